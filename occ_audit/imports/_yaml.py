"""What the YAML rule files of Nosey Parker and kingfisher have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from occ_audit.imports._rule import PRIORITY, Drop, ImportedRule, Refused, Translation, one_line
from occ_audit.imports._syntax import GROUP, UntranslatableError, translate
from occ_audit.model import Confidence, Severity

Row = Mapping[str, Any]


def rows(document: Mapping[str, Any]) -> list[Row]:
    """Return the rule tables of a document."""
    found = document.get("rules", [])
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def convert(
    document: Mapping[str, Any],
    where: Path,
    source: str,
    judge: Callable[[Row], tuple[Severity, Confidence, tuple[Drop, ...]]],
    left_out: Callable[[Row], Iterator[str]],
) -> Translation:
    """Return the rules of a document; `judge` reads what only its format has."""
    rules, refused = [], []
    for row in rows(document):
        name = one_line(row.get("id") or row.get("name") or "?", 80)
        try:
            rules.append(_rule(row, name, source, *judge(row)))
        except (UntranslatableError, TypeError, ValueError) as error:
            refused.append(Refused(name, str(error), str(where)))
            continue
        refused += [Refused(name, reason, str(where), whole=False) for reason in left_out(row)]
    return Translation(source, tuple(rules), tuple(refused))


def _rule(
    row: Row,
    name: str,
    source: str,
    severity: Severity,
    confidence: Confidence,
    drops: tuple[Drop, ...],
) -> ImportedRule:
    pattern = str(row.get("pattern") or "")
    if not pattern:
        raise UntranslatableError("it has no pattern")
    found = translate(pattern, rust=True)
    links = row.get("references") or ()
    return ImportedRule(
        id=name,
        name=one_line(row.get("name") or name, 120),
        severity=severity,
        description=one_line(row.get("description") or "") or f"A rule of {source}.",
        pattern=found.pattern,
        group="|".join(found.groups) or GROUP,
        confidence=confidence,
        priority=PRIORITY,
        vendor=source,
        references=tuple(one_line(link) for link in links if isinstance(link, str)),
        source=source,
        own_id=name,
        drops=drops,
        helper=row.get("visible") is False,
    )
