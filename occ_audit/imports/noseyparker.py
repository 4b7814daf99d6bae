"""Rule files of Nosey Parker (YAML): patterns with categories, which say how sure a match is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from occ_audit.imports import _yaml
from occ_audit.imports._rule import Drop, Translation
from occ_audit.model import Confidence, Severity

SUFFIXES = (".yml", ".yaml")
_UNSURE = frozenset({"fuzzy", "generic"})


def recognises(document: Mapping[str, Any]) -> bool:
    """Return whether a YAML document is a rule file of Nosey Parker."""
    rows = _yaml.rows(document)
    return bool(rows) and all("pattern" in row and "name" in row for row in rows)


def convert(document: Mapping[str, Any], where: Path) -> Translation:
    """Return the rules of a document, and what could not be translated, with the reason."""
    return _yaml.convert(document, where, "noseyparker", _judge, _left_out)


def _judge(row: _yaml.Row) -> tuple[Severity, Confidence, tuple[Drop, ...]]:
    categories = {str(name) for name in row.get("categories") or ()}
    if "secret" not in categories and categories & {"identifier", "hashed"}:
        return Severity.LOW, Confidence.LIKELY, ()
    if categories & _UNSURE:
        return Severity.MEDIUM, Confidence.LIKELY, ()
    return Severity.HIGH, Confidence.LIKELY, ()


def _left_out(row: _yaml.Row) -> Iterator[str]:
    yield from ()
