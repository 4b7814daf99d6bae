"""The gates of many rules: derived once for each set of patterns, and kept on disk."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from occ_audit import assignment, cache, gate, pattern_tree
from occ_audit.gate import UNBOUNDED, Gate
from occ_audit.model import Rule

_CODE = (Path(gate.__file__), Path(pattern_tree.__file__), Path(assignment.__file__))
"""What derives gates; Python's own parser of patterns is known by Python's version."""


class RuleGate(NamedTuple):
    """How to look for one rule."""

    gate: Gate
    assigns: bool
    """True where the rule can share the gate for assignments."""


def of_rules(rules: Sequence[Rule], folder: Path | None) -> list[RuleGate]:
    """Return the gates of rules, in their order."""
    file = folder / f"derived-{_key(rules)}.json" if folder else None
    kept = cache.read_json(file) if file else None
    if kept is not None:
        return [_read(row) for row in kept]
    derived = [RuleGate(_gate(rule), _is_assignment(rule)) for rule in rules]
    if file:
        cache.keep_json(file, list(map(_written, derived)))
    return derived


def _key(rules: Iterable[Rule]) -> str:
    code = (file.read_bytes() for file in _CODE)
    patterns = (text.encode() for rule in rules for text in (rule.pattern, rule.gate))
    return cache.key([sys.version.encode(), *code, *patterns])


def _written(one: RuleGate) -> list[Any]:
    expression, prefilter, before, after, starts = one.gate
    texts = [start.decode("latin-1") for start in starts]
    return [expression.decode("latin-1"), prefilter, before, after, texts, one.assigns]


def _read(row: list[Any]) -> RuleGate:
    expression, prefilter, before, after, texts, assigns = row
    starts = tuple(text.encode("latin-1") for text in texts)
    return RuleGate(Gate(expression.encode("latin-1"), prefilter, before, after, starts), assigns)


def _gate(rule: Rule) -> Gate:
    pattern = rule.pattern.encode()
    try:
        return gate.given(rule.gate.encode(), pattern) if rule.gate else gate.derive(pattern)
    except re.error:
        return Gate(pattern, prefilter=True, before=UNBOUNDED, after=UNBOUNDED)


def _is_assignment(rule: Rule) -> bool:
    with contextlib.suppress(re.error):
        return not rule.gate and assignment.is_assignment(rule.pattern.encode())
    return False
