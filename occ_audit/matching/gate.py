"""Derives from a rule's pattern the hyperscan expression that says where it may match.

Hyperscan reports one match per possible end, so an open-ended `x{10,}` would call back for every
further byte. The gate is therefore the pattern's shortest certain part: optional heads and tails
are cut off, an open repetition at the rim keeps its minimum, look-around is dropped. Whatever
the pattern matches contains a match of its gate; the reverse need not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from occ_audit.matching.pattern_tree import (
    COUNTED,
    DROPPED,
    GROUPS,
    REPEATS,
    Node,
    flat,
    op,
    parse,
    parser,
    sequence,
    width,
    written,
)

LONGEST_RIM = 32
"""A longer fixed repetition at the rim adds states to the automaton, but hardly any certainty."""
FEW = 6
"""hyperscan takes a class of so few characters apart and sees as many literals."""
LITERAL_LEAST, LITERAL_ENOUGH = 3, 6
"""A shorter literal does not pay for what is cut off before it; a longer one is rare anyway."""
WIDEST_INNER = 512
"""A wider repetition would span a whole content when open-ended: the gate ends before it."""
LONGEST_START, MOST_STARTS = 4, 64
"""How long and how many the beginnings of a match are that are worth looking for."""
UNBOUNDED = 16 * 1024
"""Stands for the length of what has no upper bound."""

_OF_ALL_KINDS = (b"\n", b" ", b"0", b"a", b"Z", b'"')


class Gate(NamedTuple):
    """What hyperscan looks for on behalf of one pattern."""

    expression: bytes
    prefilter: bool
    """True where the pattern could not be translated and hyperscan approximates it itself."""
    before: int
    """A match of the pattern begins at most so many bytes before the gate's end."""
    after: int
    """A match of the pattern ends at most so many bytes after the gate's end."""
    starts: tuple[bytes, ...] = ()
    """Every match of the pattern begins with one of these, in lower case; empty: with anything."""


def derive(pattern: bytes) -> Gate:
    """Return the gate of a pattern; raises `re.error` where none can be derived."""
    parsed = parse(pattern)
    longest = min(parsed.getwidth()[1], UNBOUNDED)
    before, head = _certain_stretch(list(flat(parsed)))
    nodes = _trim(_from_best_literal(head), last=False)
    if width(nodes)[0] == 0:
        raise re.error("no part of the pattern is certain, so it could match anywhere")
    expression = written(nodes, parsed.state.flags)
    reach = min(width([*before, *head])[1], UNBOUNDED)
    return Gate(expression, False, before=reach, after=longest, starts=starts(parsed))


def given(gate: bytes, pattern: bytes) -> Gate:
    """Return the gate that a rule gives for its pattern, as it was written.

    One that begins like the pattern begins where the match does, so its own width is the reach.
    It may hold the character behind a match, which ends it.
    Raises `re.error` where hyperscan cannot search for it.
    """
    parsed, own = parse(pattern), parse(gate)
    longest = min(parsed.getwidth()[1], UNBOUNDED)
    begins = starts(parsed)
    alike = begins and begins == starts(own)
    reach = min(width(own)[1] if alike else UNBOUNDED, longest + 1)
    expression = written(own, own.state.flags, counted=UNBOUNDED)
    return Gate(expression, False, before=reach, after=longest, starts=begins)


def starts(nodes: Iterable[Node]) -> tuple[bytes, ...]:
    """Return what a match can begin with, in lower case; empty where that is not short to say."""
    found = sorted({text[:LONGEST_START].lower() for text, _ in _texts(nodes)})
    return tuple(found) if found and all(len(text) >= 2 for text in found) else ()


def _texts(nodes: Iterable[Node]) -> list[tuple[bytes, bool]]:
    """Return the texts that a sequence begins with, and whether each may go on with the next."""
    texts = [(b"", True)]
    for node in flat(nodes):
        if node[0] in DROPPED:
            continue
        further = _texts_of(*node)
        texts = [
            (text + more, goes_on and len(text + more) < LONGEST_START)
            for text, open_end in texts
            for more, goes_on in (further if open_end else [(b"", False)])
        ]
        if len(texts) > MOST_STARTS or not any(open_end for _, open_end in texts):
            break
    return texts if len(texts) <= MOST_STARTS else [(b"", False)]


def _texts_of(code: Any, argument: Any) -> list[tuple[bytes, bool]]:
    if code is op.LITERAL:
        return [(bytes([argument]), True)]
    if code is op.IN and all(kind is op.LITERAL for kind, _ in argument):
        return [(bytes([value]), True) for _, value in argument]
    if code is op.SUBPATTERN:
        return _texts(argument[3])
    if code is op.BRANCH:
        return [text for branch in argument[1] for text in _texts(branch)]
    if code in REPEATS and argument[1] == 1:
        return [*_texts(argument[2]), *([(b"", True)] if argument[0] == 0 else [])]
    return [(b"", False)]


def _from_best_literal(nodes: Iterable[Node]) -> list[Node]:
    """Cut off the head up to where a literal begins that is long enough to search for.

    hyperscan finds literals many times as fast as it runs automata, and each pattern that has
    none, or only a short one, slows all others down.
    """
    kept = list(nodes)
    lengths = [min(_literal(kept[first:])[0], LITERAL_ENOUGH) for first in range(len(kept))]
    best = max(lengths, default=0)
    return kept[lengths.index(best) :] if best >= LITERAL_LEAST else kept


def _literal(nodes: Iterable[Node]) -> tuple[int, bool]:
    """Return the length of the literal that a sequence begins with, and whether it is all one."""
    length = 0
    for code, argument in nodes:
        here, goes_on = _literal_of(code, argument)
        length += here
        if not goes_on:
            return length, False
    return length, True


def _literal_of(code: Any, argument: Any) -> tuple[int, bool]:
    """Return how many literal characters an element begins with, and whether it ends so."""
    if code is op.LITERAL:
        return 1, True
    if code is op.IN:
        few = len(argument) <= FEW and all(kind is op.LITERAL for kind, _ in argument)
        return (1, True) if few else (0, False)
    if code in REPEATS:
        low, high, body = argument
        length, whole = _literal_all([body])
        return (length * low, low == high) if whole else (length * min(low, 1), False)
    if code is op.SUBPATTERN:
        return _literal_all([argument[3]])
    if code is op.BRANCH:
        return _literal_all(argument[1])
    return 0, code in DROPPED


def _literal_all(branches: Iterable[Iterable[Node]]) -> tuple[int, bool]:
    found = [_literal(branch) for branch in branches]
    return min(length for length, _ in found), all(whole for _, whole in found)


def literal_in(nodes: Iterable[Node]) -> int:
    """Return the length of the longest literal that every match surely holds."""
    kept = [(code, argument) for code, argument in flat(nodes) if code not in DROPPED]
    runs = [_literal(kept[first:])[0] for first in range(len(kept))]
    return max([0, *runs, *(_inner_literal(code, argument) for code, argument in kept)])


def _inner_literal(code: Any, argument: Any) -> int:
    if code is op.BRANCH:
        return min(literal_in(branch) for branch in argument[1])
    if code in GROUPS:
        return literal_in(argument[3] if code is op.SUBPATTERN else argument)
    return literal_in(argument[2]) if code in REPEATS and argument[0] else 0


def _certain_stretch(nodes: list[Node]) -> tuple[list[Node], parser.SubPattern]:
    """Return the stretch of a pattern to make its gate of, after what stands before it.

    That is its head, unless nearly any text has one, as where a host's name begins with any word.
    """
    firsts = [0, *(place for place, node in enumerate(nodes, 1) if _is_wide(node))]
    cuts = [(nodes[:at], _trim(_before_wide_repeat(nodes[at:]), last=True)) for at in firsts]
    head = cuts[0][1]
    if literal_in(head) >= 2 and width(head)[0] >= LITERAL_LEAST:
        return cuts[0]
    return next((cut for cut in cuts if literal_in(cut[1]) >= LITERAL_LEAST), cuts[0])


def _before_wide_repeat(parsed: Iterable[Node]) -> list[Node]:
    """Return the longest head of the pattern that a gate can hold."""
    head: list[Node] = []
    for code, argument in parsed:
        if head and code in REPEATS and _is_wide((code, argument)):
            low, _, body = argument
            return [*head, (code, (low, low, body))] if low <= LONGEST_RIM else head
        if head and code in (*GROUPS, op.BRANCH) and _is_wide((code, argument)):
            cut = (code, _trim_argument(code, argument, last=True))
            if width([cut])[0] and not _is_wide(cut):
                return [*head, cut]
        head.append((code, argument))
    return head


def _is_wide(node: Node) -> bool:
    """Return whether a gate that goes on behind a node would call back too often."""
    return width([node])[1] > WIDEST_INNER or _spans_lines(*node)


def _spans_lines(code: Any, argument: Any) -> bool:
    """Return whether a counted repetition of anything, lines included, is part of a node."""
    if code is op.BRANCH:
        return any(_spans_lines(*node) for branch in argument[1] for node in branch)
    if code in GROUPS:
        body = argument[3] if code is op.SUBPATTERN else argument
    elif code in REPEATS:
        body = argument[2]
        if argument[1] > COUNTED and _is_anything(body):
            return True
    else:
        return False
    return any(_spans_lines(*node) for node in body)


def _is_anything(body: Iterable[Node]) -> bool:
    one = re.compile(sequence(body).encode("ascii"))
    return all(map(one.fullmatch, _OF_ALL_KINDS))


def _trim(nodes: Iterable[Node], *, last: bool) -> parser.SubPattern:
    """Cut what is not certain off one end of a sequence."""
    kept = list(nodes)
    rim = -1 if last else 0
    while kept:
        code, argument = kept[rim]
        if code in DROPPED or (code in REPEATS and argument[0] == 0):
            del kept[rim]
            continue
        kept[rim] = (code, _trim_argument(code, argument, last=last))
        break
    return parser.SubPattern(parser.State(), kept)


def _trim_argument(code: Any, argument: Any, *, last: bool) -> Any:
    if code in REPEATS:
        low, _, body = argument
        fewest = min(low, LONGEST_RIM)
        return (fewest, fewest, _trim(body, last=last) if fewest == 1 else body)
    if code is op.SUBPATTERN:
        group, add, remove, body = argument
        return (group, add, remove, _trim(body, last=last))
    if code is op.ATOMIC_GROUP:
        return _trim(argument, last=last)
    if code is op.BRANCH:
        return (None, [_trim(branch, last=last) for branch in argument[1]])
    return argument
