"""The texts that begin or accompany secrets, from the patterns of the rules.

Decoders look for their encoded spellings, so that nothing is decoded without a reason.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence
from re import _constants as op  # type: ignore[attr-defined]  # as in `gate`
from typing import Any

from occ_audit.matching.pattern_tree import DROPPED, REPEATS, Node, parse
from occ_audit.model import Rule

SHORTEST, SURE, LONGEST = 3, 6, 12
"""Shorter texts are too common, from the second length on one stands for all that hold it, and of
longer ones so much is sign enough."""
MANY = 48
"""A part of a pattern that stands for more texts than these is no set of literals."""
LETTERS, REPEATED = 10, 8
"""A class of more letters, or more repetitions, is no literal."""
CASELESS = 256
"""Added to a letter that may be in either case."""

NAMES = (
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "client_secret",
    "passphrase",
    "credential",
)
"""What rules about names look for, which have no literal of their own."""
Word = tuple[int, ...]
Words = frozenset[Word]
_NOTHING: Words = frozenset()
_EMPTY: Words = frozenset({()})
_Found = tuple[Words | None, Words]
"""All texts that a part of a pattern stands for, where they are few, and texts of which each
match of the part holds one."""


def literals(rules: Iterable[Rule]) -> frozenset[bytes]:
    """Return short texts, one of which stands in or beside nearly every secret of the rules."""
    found = {text[:LONGEST] for rule in rules for text in required(rule.pattern.encode())}
    found |= {shape(name).encode() for name in NAMES for shape in (str, str.upper, str.capitalize)}
    found |= {f"{letter}://".encode() for letter in string.ascii_lowercase}
    found = {text for text in found if len(text) >= SHORTEST}
    return frozenset(text for text in found if not _known(text, found))


def _known(text: bytes, others: Iterable[bytes]) -> bool:
    """Say whether a shorter text among the others is a sign of this one."""
    return any(SURE <= len(other) < len(text) and other in text for other in others)


def required(pattern: bytes) -> frozenset[bytes]:
    """Return texts of which each match of the pattern holds one; empty where it needs none.

    Only what is spelled in one way counts: a name that may be in capitals is left out.
    """
    try:
        parsed = parse(pattern)
    except re.error:
        return frozenset()
    _, best = _of_all(parsed, bool(parsed.state.flags & re.IGNORECASE))
    return frozenset(bytes(word) for word in best if max(word, default=CASELESS) < CASELESS)


def _of_all(nodes: Iterable[Node], nocase: bool) -> _Found:
    best, run, exact = _NOTHING, _EMPTY, True
    for code, argument in nodes:
        whole, inner = _of(code, argument, nocase)
        if whole is not None and len(run) * len(whole) <= MANY:
            run = frozenset(head + tail for head in run for tail in whole)
            continue
        best, exact = max(best, run, inner, key=_worth), False
        run = _EMPTY if whole is None else whole
    return (run if exact else None), max(best, run, key=_worth)


def _worth(words: Words) -> tuple[int, int]:
    return min(min(map(len, words), default=0), LONGEST), -len(words)


def _of(code: Any, argument: Any, nocase: bool) -> _Found:
    if code in DROPPED:
        return _EMPTY, _NOTHING
    if code is op.SUBPATTERN:
        _, add, remove, body = argument
        return _of_all(body, bool((nocase or add & re.IGNORECASE) and not remove & re.IGNORECASE))
    if code is op.ATOMIC_GROUP:
        return _of_all(argument, nocase)
    if code is op.BRANCH:
        return _of_any([_of_all(branch, nocase) for branch in argument[1]])
    if code in REPEATS:
        return _of_repeated(argument, nocase)
    letters = _letters(code, argument, nocase)
    return letters, letters or _NOTHING


def _of_any(branches: Sequence[_Found]) -> _Found:
    wholes = [whole for whole, _ in branches if whole is not None]
    certain = all(_worth(best)[0] for _, best in branches)
    best = _NOTHING.union(*(best for _, best in branches)) if certain else _NOTHING
    return (_NOTHING.union(*wholes) if len(wholes) == len(branches) else None), best


def _of_repeated(argument: Any, nocase: bool) -> _Found:
    low, high, body = argument
    whole, best = _of_all(body, nocase)
    if low == 0:
        return (whole | _EMPTY if high == 1 and whole is not None else None), _NOTHING
    if low == high <= REPEATED and whole is not None and len(whole) == 1:
        return frozenset(word * low for word in whole), best
    return None, best


def _letters(code: Any, argument: Any, nocase: bool) -> Words | None:
    """Return the texts of one letter that an element stands for; None if they are many."""
    if code is op.LITERAL:
        letter = chr(argument)
        folded = nocase and letter.isascii() and letter.isalpha()
        return frozenset({(ord(letter.lower()) + CASELESS if folded else argument,)})
    if code is not op.IN or any(kind not in (op.LITERAL, op.RANGE) for kind, _ in argument):
        return None
    members = [
        range(value, value + 1) if kind is op.LITERAL else range(value[0], value[1] + 1)
        for kind, value in argument
    ]
    if sum(map(len, members)) > LETTERS:
        return None
    found = (_letters(op.LITERAL, one, nocase) or _NOTHING for part in members for one in part)
    return _NOTHING.union(*found)
