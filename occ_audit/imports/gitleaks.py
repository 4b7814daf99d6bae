"""Rule files of gitleaks and betterleaks (TOML): keywords, entropy, allowlists, filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from occ_audit.errors import AuditError
from occ_audit.imports._expression import UnreadableError, drops_of
from occ_audit.imports._rule import (
    PRIORITY,
    Drop,
    ImportedRule,
    Refused,
    Required,
    Test,
    Translation,
    keyword_drop,
    one_line,
)
from occ_audit.imports._syntax import GROUP, UntranslatableError, translate
from occ_audit.model import Severity

SUFFIXES = (".toml",)
_DEEPEST = 2
"""As deep as gitleaks follows `[extend]`."""
_TARGETS = {"": "secret", "secret": "secret", "match": "match", "line": "line"}


def recognises(document: Mapping[str, Any]) -> bool:
    """Return whether a TOML document is a rule file of gitleaks or betterleaks."""
    if "rule" in document or "vendor" in document:
        return False
    return bool(document.keys() & {"rules", "allowlist", "allowlists", "extend"})


def convert(document: Mapping[str, Any], where: Path) -> Translation:
    """Return the rules of a document, and what could not be translated, with the reason."""
    refused: list[Refused] = []
    source = "betterleaks" if _is_betterleaks(document) else "gitleaks"
    tables, shared = _extended(document, where, refused, depth=0)
    try:
        everywhere = (*_allowlists(shared, "global"), *_filters(document))
    except (UntranslatableError, UnreadableError) as error:
        refused.append(Refused("(global)", str(error), str(where), whole=False))
        everywhere = ()
    refused += _commits(shared, "(global)", where)
    rules = []
    for table in tables:
        try:
            rules.append(_rule(table, everywhere, source))
        except (UntranslatableError, UnreadableError) as error:
            refused.append(Refused(one_line(table.get("id", "?"), 80), str(error), str(where)))
        refused += _commits(table["allowlists"], one_line(table.get("id", "?"), 80), where)
    return Translation(source, tuple(rules), tuple(refused))


def _commits(rows: Sequence[Mapping[str, Any]], name: str, where: Path) -> Iterator[Refused]:
    if any(row.get("commits") for row in rows):
        reason = "the commits of its allowlist are ignored: no secret belongs to a commit"
        yield Refused(name, reason, str(where), whole=False)


def _is_betterleaks(document: Mapping[str, Any]) -> bool:
    if document.keys() & {"prefilter", "filter", "betterleaksMinVersion"}:
        return True
    return any(rule.keys() & {"filter", "prefilter", "validate"} for rule in _tables(document))


def _tables(document: Mapping[str, Any], key: str = "rules") -> list[dict[str, Any]]:
    rows = document.get(key, [])
    rows = [rows] if isinstance(rows, dict) else rows
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _extended(
    document: Mapping[str, Any], where: Path, refused: list[Refused], depth: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rule tables and the global allowlists, those of `[extend]` merged in."""
    own = [_normal(rule) for rule in _tables(document)]
    shared = [*_tables(document, "allowlist"), *_tables(document, "allowlists")]
    extend = document.get("extend", {})
    base: list[dict[str, Any]] = []
    if extend.get("useDefault"):
        reason = "`extend.useDefault`: gitleaks' default rules are not part of this program; "
        refused.append(Refused("(extend)", reason + "give their file as well", str(where)))
    elif extend.get("path") and depth < _DEEPEST:
        file = _beside(where, str(extend["path"]))
        base, more = _extended(_read(file), file, refused, depth + 1)
        shared += more
    merged = _merged(base, own, extend.get("disabledRules", []))
    for row in [row for row in shared if row.get("targetRules")]:
        shared.remove(row)
        for rule in merged:
            if rule.get("id") in row["targetRules"]:
                rule["allowlists"] = [*rule["allowlists"], row]
    return merged, shared


def _normal(rule: Mapping[str, Any]) -> dict[str, Any]:
    lists = [*_tables(rule, "allowlists"), *_tables(rule, "allowlist")]
    return {key: value for key, value in rule.items() if key != "allowlist"} | {"allowlists": lists}


def _beside(where: Path, name: str) -> Path:
    near = where.parent / name
    return near if near.is_file() else Path(name)


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        mend = "give the path of a gitleaks rule file in `extend.path`"
        problem = f"cannot read the extended rules: {type(error).__name__}"
        raise AuditError(problem, where=str(file), mend=mend) from None


def _merged(
    base: Sequence[Mapping[str, Any]], own: Sequence[dict[str, Any]], disabled: Sequence[str]
) -> list[dict[str, Any]]:
    """Lay a file's own rules over those that it extends, as gitleaks does."""
    rules = {str(rule.get("id")): dict(rule) for rule in own}
    for row in base:
        key = str(row.get("id"))
        if key in disabled:
            continue
        over = rules.get(key, {})
        joined = {
            name: [*row.get(name, []), *over.get(name, [])]
            for name in ("keywords", "tags", "allowlists")
        }
        rules[key] = {**row, **{k: v for k, v in over.items() if v}, **joined}
    return list(rules.values())


def _rule(table: Mapping[str, Any], everywhere: tuple[Drop, ...], source: str) -> ImportedRule:
    own_id = one_line(table.get("id", ""), 80)
    if not own_id:
        raise UntranslatableError("it has no id")
    by_name = not table.get("regex")
    if by_name and not table.get("path"):
        raise UntranslatableError(
            "it has neither regex nor path, as a rule that extends another has"
        )
    found = translate(
        str(table["path"] if by_name else table["regex"]), group=int(table.get("secretGroup", 0))
    )
    drops = (
        *keyword_drop(list(map(str, table.get("keywords", [])))),
        *(() if by_name else _path(table)),
        *_entropy(table),
        *everywhere,
        *_allowlists(table["allowlists"], own_id),
        *_filters(table),
    )
    generic = "generic" in own_id.lower()
    return ImportedRule(
        id=own_id,
        name=f"File that {own_id} names" if by_name else own_id,
        severity=Severity.MEDIUM if generic or by_name else Severity.HIGH,
        description=one_line(table.get("description", "")) or f"A rule of {source}.",
        pattern=found.pattern,
        group="|".join(found.groups) if found.groups and not by_name else GROUP,
        priority=PRIORITY,
        vendor=source,
        source=source,
        own_id=own_id,
        drops=drops,
        required=tuple(_required(table)),
        helper=bool(table.get("skipReport")),
        by_name=by_name,
    )


def _path(table: Mapping[str, Any]) -> Iterator[Drop]:
    if table.get("path"):
        wanted = translate(str(table["path"])).pattern
        yield (Test("path", "matches", (wanted,), negated=True),)


def _entropy(table: Mapping[str, Any]) -> Iterator[Drop]:
    if table.get("entropy"):
        yield (Test("secret", "entropy-at-most", (str(float(table["entropy"])),)),)


def _filters(table: Mapping[str, Any]) -> Iterator[Drop]:
    for key in ("prefilter", "filter"):
        if table.get(key):
            yield from drops_of(str(table[key]))


def _required(table: Mapping[str, Any]) -> Iterator[Required]:
    for row in _tables(table, "required"):
        yield Required(
            str(row.get("id", "")),
            int(row.get("withinLines", -1)),
            int(row.get("withinColumns", -1)),
        )


def _allowlists(rows: Sequence[Mapping[str, Any]], owner: str) -> Iterator[Drop]:
    """Yield what allowlists drop; their commits are ignored, as no secret belongs to a commit."""
    for row in rows:
        target = _TARGETS.get(str(row.get("regexTarget", "")))
        if target is None:
            raise UntranslatableError(f"the allowlist of {owner} has an unknown regexTarget")
        tests = [
            Test("path", "matches", tuple(_patterns(row, "paths"))),
            Test(target, "matches", tuple(_patterns(row, "regexes"))),
            Test("secret", "contains", tuple(str(w).lower() for w in row.get("stopwords", []))),
        ]
        present = tuple(test for test in tests if test.values)
        if str(row.get("condition", "")).upper() in ("AND", "&&"):
            if present and not row.get("commits"):
                yield present
        else:
            yield from ((test,) for test in present)


def _patterns(row: Mapping[str, Any], key: str) -> Iterator[str]:
    for pattern in row.get(key, []):
        yield translate(str(pattern)).pattern
