"""An imported rule as a table of our own rule files, written and read again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from occ_audit.errors import AuditError
from occ_audit.imports._rule import KINDS, TARGETS, Drop, ImportedRule, Required, Test
from occ_audit.model import Rule

_MEND = "write it by `occ-audit rules import`"


def written(rules: list[ImportedRule], head: str) -> str:
    """Return a rule file of our own format; `head` becomes its first comment."""
    comment = "".join(f"# {line}\n" for line in head.splitlines())
    return comment + "\n" + "\n".join("\n".join(_lines(rule)) + "\n" for rule in rules)


def _lines(rule: ImportedRule) -> Iterator[str]:
    yield "[[rule]]"
    for key in ("id", "name"):
        yield f"{key} = {_text(getattr(rule, key))}"
    yield f"severity = {_text(rule.severity.label)}"
    yield f"confidence = {_text(rule.confidence.label)}"
    yield f"description = {_text(rule.description)}"
    yield f"pattern = {_text(rule.pattern)}"
    yield f"group = {_text(rule.group)}"
    yield f"priority = {rule.priority}"
    if rule.references:
        yield f"references = {_texts(rule.references)}"
    yield ""
    yield "[rule.imported]"
    yield f"source = {_text(rule.source)}"
    yield f"own_id = {_text(rule.own_id)}"
    for key in ("helper", "by_name"):
        if getattr(rule, key):
            yield f"{key} = true"
    if rule.required:
        rows = (
            f"{{ rule_id = {_text(r.rule_id)}, lines = {r.lines}, columns = {r.columns} }}"
            for r in rule.required
        )
        yield f"required = [{', '.join(rows)}]"
    if rule.drops:
        yield "drops = ["
        yield from (f"    [{', '.join(map(_test, drop))}]," for drop in rule.drops)
        yield "]"


def _test(test: Test) -> str:
    negated = ", negated = true" if test.negated else ""
    return (
        f"{{ target = {_text(test.target)}, kind = {_text(test.kind)}, "
        f"values = {_texts(test.values)}{negated} }}"
    )


def _texts(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    if "\\" in value and "'" not in value and value.isprintable() and value.isascii():
        return f"'{value}'"
    return json.dumps(value).replace("\x7f", "\\u007f")


def imported(rule: Rule, table: Mapping[str, Any], place: str) -> ImportedRule:
    """Return the rule with what `[rule.imported]` adds; raises AuditError naming the place."""
    known = {"source", "own_id", "helper", "by_name", "required", "drops"}
    own = {field.name: getattr(rule, field.name) for field in fields(rule)}
    try:
        if unknown := sorted(table.keys() - known):
            raise ValueError(f"unknown key `{unknown[0]}`")
        added = {
            **{key: str(table[key]) for key in ("source", "own_id")},
            **{key: table.get(key, False) is True for key in ("helper", "by_name")},
            "required": tuple(Required(**row) for row in table.get("required", [])),
            "drops": tuple(_drop(row) for row in table.get("drops", [])),
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"`[rule.imported]` is not understood: {error}"
        raise AuditError(problem, where=place, mend=_MEND) from None
    return ImportedRule(**own | added | {"vendor": rule.vendor or added["source"]})


def _drop(rows: list[dict[str, Any]]) -> Drop:
    tests = tuple(
        Test(row["target"], row["kind"], tuple(map(str, row["values"])), row.get("negated", False))
        for row in rows
    )
    for test in tests:
        if test.target not in TARGETS or test.kind not in KINDS or not test.values:
            raise ValueError(f"a test of `{test.target}` by `{test.kind}`")
    return tests
