"""A pattern as a tree: read by Python's own parser, written in hyperscan's language."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator

# `re` offers its parser under this name since 3.11 and documents it nowhere; rules are tested
# against the gate at every build, so a change there would be noticed.
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

__all__ = [
    "DROPPED",
    "GROUPS",
    "REPEATS",
    "Node",
    "alternatives",
    "flat",
    "op",
    "parse",
    "parser",
    "sequence",
    "width",
    "written",
]

Node = tuple[Any, Any]
"""An operation and its argument, as Python's own parser of patterns gives them."""
COUNTED = 8
"""Counting costs the automaton a state for each step: a longer repetition is made open-ended."""

REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
DROPPED = (op.ASSERT, op.ASSERT_NOT, op.AT)
GROUPS = (op.SUBPATTERN, op.ATOMIC_GROUP)

_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


def parse(pattern: bytes) -> parser.SubPattern:
    """Return the tree of a pattern; raises `re.error` for what only other engines understand."""
    with warnings.catch_warnings():
        # Python warns where it reads as plain characters what other engines give a meaning.
        warnings.simplefilter("error", FutureWarning)
        try:
            return parser.parse(pattern)
        except FutureWarning as warning:
            raise re.error(str(warning)) from None


def flat(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield a sequence with the groups that only capture dissolved into it."""
    for code, argument in nodes:
        if code is op.SUBPATTERN and not _letters(argument[1] | argument[2]):
            yield from flat(argument[3])
        else:
            yield code, argument


def alternatives(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    """Yield a sequence once for each of the alternatives that it begins with.

    Before these may stand one character.
    """
    (code, argument), *rest = list(nodes) or [(None, None)]
    if code is op.BRANCH:
        for branch in argument[1]:
            yield from alternatives([*branch, *rest])
    elif code is op.SUBPATTERN:
        *flags, body = argument
        for inner in alternatives(body):
            yield [(code, (*flags, inner)), *rest]
    elif code in (op.AT, op.IN):
        for inner in alternatives(rest):
            yield [(code, argument), *inner]
    else:
        yield [(code, argument), *rest] if code is not None else []


def width(nodes: Iterable[Node]) -> tuple[int, int]:
    """Return the length of the shortest and of the longest text that a sequence matches."""
    low, high = parser.SubPattern(parser.State(), list(nodes)).getwidth()
    return int(low), int(high)


def written(nodes: Iterable[Node], flags: int, counted: int = COUNTED) -> bytes:
    """Return the expression of a sequence under the flags of its pattern."""
    return f"(?{_letters(flags)}:{sequence(nodes, counted)})".encode("ascii")


def sequence(nodes: Iterable[Node], counted: int = COUNTED) -> str:
    """Return the expression of a sequence in hyperscan's language.

    A repetition that may occur more than `counted` times is made open-ended.
    """
    return "".join(_node(code, argument, counted) for code, argument in nodes)


def _node(code: Any, argument: Any, counted: int) -> str:
    if code in DROPPED:
        return "^" if argument is op.AT_BEGINNING else ""
    if code in REPEATS:
        return _repeat(argument, counted)
    if code in GROUPS or code is op.BRANCH:
        return _compound(code, argument, counted)
    if code is op.ANY:
        return "."
    return _single(code, argument)


def _repeat(argument: Any, counted: int) -> str:
    low, high, body = argument
    bounds = f"{{{low},}}" if high > max(counted, low) else f"{{{low},{high}}}"
    return f"(?:{sequence(body, counted)}){bounds}"


def _compound(code: Any, argument: Any, counted: int) -> str:
    if code is op.BRANCH:
        branches = (sequence(branch, counted) for branch in argument[1])
        return f"(?:{'|'.join(branches)})"
    if code is op.ATOMIC_GROUP:
        return f"(?:{sequence(argument, counted)})"
    _, add, remove, body = argument
    inner = sequence(body, counted)
    off = f"-{letters}" if (letters := _letters(remove)) else ""
    return f"(?{_letters(add)}{off}:{inner})"


def _letters(flags: int) -> str:
    """Return the flags that matter once a pattern is a tree: in it nothing is verbose."""
    return "i" * bool(flags & re.IGNORECASE) + "s" * bool(flags & re.DOTALL)


def _single(code: Any, argument: Any) -> str:
    if code is op.LITERAL:
        return f"\\x{argument:02x}"
    if code is op.NOT_LITERAL:
        return f"[^\\x{argument:02x}]"
    if code is op.IN:
        return f"[{''.join(_member(kind, value) for kind, value in argument)}]"
    raise re.error(f"the gate cannot express {code}")


def _member(kind: Any, value: Any) -> str:
    if kind is op.NEGATE:
        return "^"
    if kind is op.LITERAL:
        return f"\\x{value:02x}"
    if kind is op.RANGE:
        low, high = value
        return f"\\x{low:02x}-\\x{high:02x}"
    return _CATEGORIES[value]
