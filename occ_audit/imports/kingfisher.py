"""Rule files of kingfisher (YAML): patterns with entropy, requirements and confidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from occ_audit.imports import _yaml
from occ_audit.imports._rule import Drop, Test, Translation
from occ_audit.model import Confidence, Severity

SUFFIXES = (".yml", ".yaml")
_OWN_KEYS = frozenset(
    {
        "min_entropy",
        "confidence",
        "validation",
        "depends_on_rule",
        "visible",
        "pattern_requirements",
    }
)
_CONFIDENCES = {"low": Confidence.POSSIBLE}
_LEAST = {
    "min_digits": "[0-9]",
    "min_uppercase": "[A-Z]",
    "min_lowercase": "[a-z]",
    "min_special_chars": "[^0-9A-Za-z]",
}


def recognises(document: Mapping[str, Any]) -> bool:
    """Return whether a YAML document is a rule file of kingfisher."""
    rows = _yaml.rows(document)
    return any(
        row.keys() & _OWN_KEYS or str(row.get("id", "")).startswith("kingfisher.") for row in rows
    )


def convert(document: Mapping[str, Any], where: Path) -> Translation:
    """Return the rules of a document, and what could not be translated, with the reason."""
    return _yaml.convert(document, where, "kingfisher", _judge, _left_out)


def _judge(row: _yaml.Row) -> tuple[Severity, Confidence, tuple[Drop, ...]]:
    confidence = _CONFIDENCES.get(str(row.get("confidence", "")).lower(), Confidence.LIKELY)
    return Severity.HIGH, confidence, tuple(_drops(row))


def _drops(row: _yaml.Row) -> Iterator[Drop]:
    if row.get("min_entropy"):
        yield (Test("secret", "entropy-at-most", (str(float(row["min_entropy"])),)),)
    asked = row.get("pattern_requirements") or {}
    for key, kind in _LEAST.items():
        if asked.get(key):
            enough = f"(?s:{kind}.*?){{{int(asked[key])}}}"
            yield (Test("secret", "matches", (enough,), negated=True),)
    if words := asked.get("ignore_if_contains"):
        yield (Test("secret", "contains", tuple(str(word).lower() for word in words)),)


def _left_out(row: _yaml.Row) -> Iterator[str]:
    if row.get("visible") is False:
        yield "it is a helper (`visible: false`), so it is not reported by itself"
    if (row.get("pattern_requirements") or {}).get("checksum"):
        yield "its checksum is not computed"
