"""Rules are data: reads them from TOML files and refuses what is wrong, naming file, line and key.

docs/rules.md is the reference of the keys; `selftest` tries rules on their own examples.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from occ_audit import cache, fragments, imports, plugins, typed_toml, validators
from occ_audit.errors import AuditError
from occ_audit.files import read_text
from occ_audit.imports import ImportedRule, Refused, _table
from occ_audit.model import Confidence, Rotation, Rule, Severity
from occ_audit.setting_types import AS_IN_GITIGNORE, is_pattern
from occ_audit.typed_toml import MistakeError
from occ_audit.wording import did_you_mean

__all__ = ["built_in", "load", "parse", "read"]

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
Refuse = Callable[[Refused], object]
"""Takes what of a foreign rule file could not be translated."""
_NAMING = ("pairs_with", "located_by", "beside_host")
"""Keys that name other rules."""
_MOST_LINES = 200
_SEVERITIES = {member.label: member for member in Severity}
_LABELS: Mapping[str, Mapping[str, object]] = {
    "severity": _SEVERITIES,
    "paired_severity": _SEVERITIES,
    "confidence": {member.label: member for member in Confidence},
}


def built_in() -> Path:
    """Return the folder of the built-in rules: inside the wheel, or beside an editable package."""
    package = Path(__file__).parent
    places = (package / "rules", package.parent / "rules")
    for place in places:
        if place.is_dir():
            return place
    raise AuditError("the built-in rules are missing", where=str(places[0]), mend="install again")


def load(
    paths: Iterable[Path] = (), *, refuse: Refuse | None = None, own: bool = True
) -> tuple[Rule, ...]:
    """Return the built-in rules and the user's; a user's rule replaces the built-in of its id.

    Imported rules replace none: their ids are set apart. `own=False` leaves out the built-in
    rules that look for secrets. Raises AuditError for what is wrong in the user's files.
    """
    built = list(_built_in_rules())
    rules = {rule.id: rule for rule in built if own or not rule.pattern}
    places: dict[str, str] = {}
    given = list(read(paths, refuse=refuse, places=places))
    check_named(given, {rule.id for rule in (*built, *given)}, places)
    rules.update((rule.id, rule) for rule in given if not isinstance(rule, ImportedRule))
    foreign = (rule for rule in given if isinstance(rule, ImportedRule))
    rules.update((rule.id, rule) for rule in imports.apart(foreign, rules))
    return tuple(rules.values())


def _built_in_rules() -> Iterator[Rule]:
    """Yield the built-in rules: from the cache, which is read many times as fast as TOML."""
    with os.scandir(built_in()) as folder:
        files = (file for file in folder if file.name.endswith(".toml"))
        found = sorted((file.path, file.stat()) for file in files)
    named = "\n".join(f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in found)
    kept = cache.folder() / f"rules-{hashlib.sha256(named.encode()).hexdigest()[:32]}.json"
    rows = cache.read_json(kept)
    if rows is None:
        import tomllib

        texts = (Path(file).read_text(encoding="utf-8") for file, _ in found)
        documents = map(tomllib.loads, texts)
        rows = [(document["vendor"], _tables(document)) for document in documents]
        cache.keep_json(kept, rows)
    for vendor, tables in rows:
        for table in tables:
            yield _proved(table, vendor)


def _tables(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tables of the rules of a built-in file, their patterns in full."""
    pieces = fragments.read(document, "")
    return [fragments.put(table, pieces, "") for table in document["rule"]]


def check_named(rules: Iterable[Rule], known: Collection[str], places: Mapping[str, str]) -> None:
    """Refuse rules that name others which are not known; `places` says where each rule stands."""
    for rule in rules:
        for key in _NAMING:
            value = getattr(rule, key)
            for name in (value,) if isinstance(value, str) else value:
                if name and name not in known:
                    raise AuditError(
                        f"`{key}` names an unknown rule `{name}`",
                        where=f"{places.get(rule.id, 'rules')}: rule `{rule.id}`",
                        mend=did_you_mean(name, known, "`occ-audit rules list` shows all rules."),
                    )


def parse(text: str, where: str, *, places: dict[str, str] | None = None) -> tuple[Rule, ...]:
    """Return the rules of one TOML text; errors name `where`, the line, the rule and the key.

    `places` learns where each rule stands.
    """
    document = typed_toml.parse(text, where)
    unknown = sorted(document.keys() - {"vendor", "fragments", "rule"})
    if unknown:
        mend = "a rule file has `vendor`, [fragments] and [[rule]] tables"
        raise AuditError(f"unknown key `{unknown[0]}`", where=where, mend=mend)
    vendor, tables = document.get("vendor", ""), document.get("rule", [])
    shaped = isinstance(tables, list) and all(isinstance(table, dict) for table in tables)
    if not isinstance(vendor, str) or not shaped:
        mend = '`vendor = "..."`, then one [[rule]] table for each rule'
        raise AuditError("wrong type of `vendor` or `rule`", where=where, mend=mend)
    pieces = fragments.read(document, where)
    seen: dict[str, str] = {}
    rules = []
    for table, place in zip(tables, _places(text, where, len(tables)), strict=True):
        rules.append(_rule(fragments.put(table, pieces, place), vendor, place))
        _refuse_duplicate(rules[-1].id, place, seen)
    if places is not None:
        places.update(seen)
    return tuple(rules)


def _places(text: str, where: str, count: int) -> list[str]:
    """Name the line of each [[rule]]; tomllib does not tell, so that is best effort."""
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[rule]]"]
    return [f"{where}:{line}" for line in lines] if len(lines) == count else [where] * count


def read(
    paths: Iterable[Path],
    *,
    refuse: Refuse | None = None,
    places: dict[str, str] | None = None,
) -> Iterator[Rule]:
    """Yield the rules of files and folders of one origin, in which an id of ours occurs once.

    A file of another scanner is recognised by its structure and translated. `places` learns
    where each of our own rules stands.
    """
    seen: dict[str, str] = {}
    for file in _files(paths):
        text = read_text(file, "rules", "give a TOML rule file or a folder of them")
        foreign = imports.read(file, text)
        if foreign and refuse:
            _tell(foreign.refused, refuse)
        own = () if foreign else parse(text, str(file), places=places)
        for rule in foreign.rules if foreign else own:
            if not isinstance(rule, ImportedRule):
                _refuse_duplicate(rule.id, str(file), seen)
            yield rule


def _tell(refused: Iterable[Refused], refuse: Refuse) -> None:
    for row in refused:
        refuse(row)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in imports.SUFFIXES)
        else:
            yield path


def _refuse_duplicate(rule_id: str, where: str, seen: dict[str, str]) -> None:
    if rule_id in seen:
        problem = f"the rule id `{rule_id}` is not unique"
        raise AuditError(problem, where=where, mend=f"rename it: it is also in {seen[rule_id]}")
    seen[rule_id] = where


def _rule(table: Mapping[str, Any], vendor: str, where: str) -> Rule:
    name = table.get("id") if isinstance(table.get("id"), str) else "without id"
    place = f"{where}: rule `{name}`"
    own = {key: value for key, value in table.items() if key != "imported"}
    try:
        rule: Rule = replace(typed_toml.convert(Rule, own), vendor=vendor)
    except MistakeError as mistake:
        raise AuditError(mistake.problem, where=place, mend=mistake.mend) from None
    if "imported" in table:
        rule = _table.imported(rule, table["imported"], place)
    _check_values(rule, place)
    return rule


def _proved(table: Mapping[str, Any], vendor: str) -> Rule:
    """Return a built-in rule; what the tests have proved is not checked at every start."""
    fields: dict[str, Any] = {
        key: tuple(value) if type(value) is list else value for key, value in table.items()
    }
    for key, labels in _LABELS.items():
        if key in fields:
            fields[key] = labels[fields[key]]
    if rotate := fields.get("rotate"):
        fields["rotate"] = Rotation(**rotate)
    return Rule(vendor=vendor, **fields)


def _check_values(rule: Rule, place: str) -> None:
    imported = isinstance(rule, ImportedRule)
    if not imported and not _KEBAB.fullmatch(rule.id):
        mend = "lower-case words joined by hyphens, such as vendor-api-token"
        raise AuditError("`id` is not kebab-case", where=place, mend=mend)
    for key, patterns in (
        ("pattern", (rule.pattern,)),
        ("gate", (rule.gate,)),
        ("words", (rule.words,)),
        ("allow", rule.allow),
    ):
        for pattern in patterns:
            _check_pattern(pattern, key, place)
    for path in rule.paths:
        if not is_pattern(path):
            problem = f"`paths` holds {path!r}, which is not a path pattern"
            raise AuditError(problem, where=place, mend=AS_IN_GITIGNORE)
    if not 0 <= rule.within_lines <= _MOST_LINES:
        mend = f"a number of lines up to {_MOST_LINES}"
        raise AuditError("`within_lines` is out of range", where=place, mend=mend)
    known = plugins.names(validators)
    for name in rule.validators:
        if name not in known:
            mend = f"known: {', '.join(known)}"
            raise AuditError(f"unknown validator `{name}`", where=place, mend=mend)
    if rule.pattern and not imported and not (rule.examples and rule.counter_examples):
        missing = "counter_examples" if rule.examples else "examples"
        mend = "give at least two; templates such as {hex:32} stand for the token's body"
        raise AuditError(f"`{missing}` is missing", where=place, mend=mend)


def _check_pattern(pattern: str, key: str, place: str) -> None:
    """Refuse what either engine cannot read: the gate is derived by `re`, `regex` confirms."""
    import regex

    try:
        re.compile(pattern.encode())
        regex.compile(pattern.encode())
    except (re.error, regex.error) as error:
        mend = "the syntax that Python's re and regex share, over bytes; see docs/rules.md"
        raise AuditError(f"`{key}` is no pattern: {error}", where=place, mend=mend) from None
    if key == "pattern" and pattern and re.compile(pattern.encode()).match(b""):
        mend = "make a part of it mandatory"
        raise AuditError("`pattern` matches an empty text", where=place, mend=mend)
