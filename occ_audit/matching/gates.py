"""The gates of many rules: derived once for each set of patterns, and kept on disk."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from occ_audit import cache
from occ_audit.matching import assignment, gate, pattern_tree, told
from occ_audit.matching.gate import UNBOUNDED, Gate
from occ_audit.matching.near import Shared
from occ_audit.matching.scanner import Expression
from occ_audit.model import Rule

_CODE = tuple(Path(str(one.__file__)) for one in (gate, pattern_tree, assignment, told))
"""What derives gates; Python's own parser of patterns is known by Python's version."""

FEWEST_ASSIGNING = 8
"""So many rules at least share the gate for assignments; fewer are as quick alone."""


class RuleGate(NamedTuple):
    """How to look for one rule."""

    gate: Gate
    assigns: bool
    """True where the rule can share the gate for assignments."""
    telling: tuple[bytes, ...] = ()
    """Where the rule can share the gate for sentences, what it adds to that."""
    near: tuple[bytes, ...] = ()
    """What is looked for near that gate, in place of the rule's own."""


def of_rules(rules: Sequence[Rule], folder: Path | None) -> list[RuleGate]:
    """Return the gates of rules, in their order."""
    file = folder / f"derived-{_key(rules)}.json" if folder else None
    kept = cache.read_json(file) if file else None
    if kept is not None:
        return [_read(row) for row in kept]
    derived = list(map(_derived, rules))
    if file:
        cache.keep_json(file, list(map(_written, derived)))
    return derived


def everywhere(known: Sequence[RuleGate], groups: Iterable[Shared]) -> list[Expression]:
    """Return what is looked for in all texts; the shared gates follow the rules' own."""
    near = {one.id for group in groups for one in group.rules}
    own = [i for i in range(len(known)) if i not in near]
    result = [Expression(i, known[i].gate.expression, known[i].gate.prefilter) for i in own]
    for number, group in enumerate(groups, len(known)):
        result += [Expression(number, text) for text in group.expressions]
    return result


def shared(known: Sequence[RuleGate]) -> list[Shared]:
    """Return the gates that rules share."""
    return [*_assigned(known), *_told(known)]


def _assigned(known: Sequence[RuleGate]) -> Iterator[Shared]:
    found = {i: one.gate for i, one in enumerate(known) if one.assigns}
    if len(found) >= FEWEST_ASSIGNING:
        beyond = max(gate.before for gate in found.values())
        own = [Expression(i, gate.expression) for i, gate in found.items()]
        yield Shared("assigned", [assignment.EXPRESSION], own, assignment.REACH, beyond)


def _told(known: Sequence[RuleGate]) -> Iterator[Shared]:
    found = [(i, one) for i, one in enumerate(known) if one.telling]
    if found:
        reach = max(one.gate.before for _, one in found) + told.MARGIN
        telling = dict.fromkeys(text for _, one in found for text in one.telling)
        own = [Expression(i, text) for i, one in found for text in one.near]
        yield Shared("told", list(telling), own, reach, reach)


def _key(rules: Iterable[Rule]) -> str:
    code = (file.read_bytes() for file in _CODE)
    texts = (text for rule in rules for text in (rule.pattern, rule.gate, rule.words))
    return cache.key([sys.version.encode(), *code, *map(str.encode, texts)])


def _written(one: RuleGate) -> list[Any]:
    expression, prefilter, before, after, starts = one.gate
    numbers = [prefilter, before, after, one.assigns]
    texts = ([expression], starts, one.telling, one.near)
    return [*numbers, *([text.decode("latin-1") for text in row] for row in texts)]


def _read(row: list[Any]) -> RuleGate:
    prefilter, before, after, assigns, *rows = row
    texts = (tuple(text.encode("latin-1") for text in row) for row in rows)
    [expression], starts, telling, near = texts
    return RuleGate(Gate(expression, prefilter, before, after, starts), assigns, telling, near)


def _derived(rule: Rule) -> RuleGate:
    own = _gate(rule)
    if rule.words and own.before <= told.WIDEST:
        return RuleGate(own, False, told.telling(rule.words), told.apart(own.expression))
    return RuleGate(own, _is_assignment(rule))


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
