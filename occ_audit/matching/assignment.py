"""Finds what most rules share: a telling word, what assigns, and a long value.

`TOKEN = "…"` is what a rule looks for when the vendor's name stands before and the value has no
mark of its own. A gate for each of them costs more than all other gates together, so one gate
looks for them all, and the gates of the single rules see only the places that it found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# `re` offers its parser under this name since 3.11; see `gate`.
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from occ_audit.matching.pattern_tree import (
    DROPPED,
    GROUPS,
    REPEATS,
    Node,
    flat,
    parse,
    sequence,
    width,
)

WORDS = (b"key", b"token", b"secret", b"password", b"passwd", b"auth", b"login", b"jwt", b"pat")
"""The last words of nearly all names; `pass` would cost more than it saves."""
GAP = rb"(?:_(?:prod|production|live|staging|dev|main))?(?:\sstring)?"
"""What may stand between the word and the separator."""
SEPARATOR = rb"""[\s"'`*:=>?.,|(\[\\]"""
VALUE = rb"[0-9A-Za-z+/=_\-]"
SHORTEST = 14
"""A shorter value would find code rather than secrets."""
EXPRESSION = b"(?i:(?:%b)%b)%b+%b{%d}" % (b"|".join(WORDS), GAP, SEPARATOR, VALUE, SHORTEST)
"""The gate that the rules share."""
WIDEST = 256
"""Before the value; a rule that looks further back keeps a gate of its own."""
REACH = WIDEST + SHORTEST
"""A match of a rule begins at most so many bytes before the end of the shared gate's match."""

_EVERY = [bytes([code]) for code in range(256)]
_SEPARATOR = frozenset(code for code in _EVERY if re.fullmatch(SEPARATOR, code))
_VALUE = frozenset(code for code in _EVERY if re.fullmatch(VALUE, code))
_GAP = [sequence([node]) for node in parse(GAP)]


def is_assignment(pattern: bytes) -> bool:
    """Return whether every match of a pattern holds a match of the shared gate."""
    nodes = list(flat(parse(pattern)))
    for index, node in enumerate(nodes):
        if _separates(node):
            return (
                _certain(nodes[index + 1 :])[0] >= SHORTEST
                and width(nodes[: index + 1])[1] <= WIDEST
                and _ends_telling(nodes[:index], list(_GAP))
            )
    return False


def _characters(node: Node) -> frozenset[bytes]:
    """Return what a node of one character stands for; empty for all others."""
    if node[0] not in (op.LITERAL, op.IN):
        return frozenset()
    one = re.compile(sequence([node]).encode("ascii"))
    return frozenset(code for code in _EVERY if one.fullmatch(code))


def _within(node: Node, wanted: frozenset[bytes]) -> bool:
    characters = _characters(node)
    return bool(characters) and characters <= wanted


def _separates(node: Node) -> bool:
    code, argument = node
    if code not in REPEATS or argument[0] < 1 or len(argument[2]) != 1:
        return False
    return argument[2][0][0] is op.IN and _within(argument[2][0], _SEPARATOR)


def _certain(nodes: Iterable[Node]) -> tuple[int, bool]:
    """Return how many characters of a value a sequence begins with, and whether it is all one."""
    length = 0
    for code, argument in nodes:
        here, whole = (0, True) if code in DROPPED else _certain_of(code, argument)
        length += here
        if not whole:
            return length, False
    return length, True


def _certain_of(code: Any, argument: Any) -> tuple[int, bool]:
    if code is op.BRANCH:
        found = [_certain(branch) for branch in argument[1]]
        return min(length for length, _ in found), all(whole for _, whole in found)
    if code in GROUPS:
        return _certain(argument[3] if code is op.SUBPATTERN else argument)
    if code in REPEATS:
        length, whole = _certain(argument[2])
        return (length * argument[0], True) if whole else (length * min(argument[0], 1), False)
    return (1, True) if _within((code, argument), _VALUE) else (0, False)


def _ends_telling(nodes: Sequence[Node], gap: list[str]) -> bool:
    """Return whether a sequence surely ends with a telling word, and the gap after it."""
    kept = [node for node in nodes if node[0] not in DROPPED]
    while kept and sequence(kept[-1:]) in gap:
        # Each part of the gap once, and in its order.
        del gap[gap.index(sequence([kept.pop()])) :]
    while kept and _is_optional(*kept[-1]) and _ends_telling(kept[-1][1][2], list(gap)):
        del kept[-1]
    if not kept:
        return False
    code, argument = kept[-1]
    if code is op.SUBPATTERN:
        return _ends_telling(argument[3], gap)
    if code is op.BRANCH:
        return all(_ends_telling(branch, list(gap)) for branch in argument[1])
    return _letters(kept).endswith(WORDS)


def _is_optional(code: Any, argument: Any) -> bool:
    return code in REPEATS and tuple(argument[:2]) == (0, 1)


def _letters(nodes: Sequence[Node]) -> bytes:
    """Return the text that a sequence ends with, in lower case."""
    text = b""
    for code, argument in reversed(nodes):
        if code is not op.LITERAL:
            break
        text = bytes([argument]) + text
    return text.lower()
