"""Finds what rules for sentences share: a telling word, and a digit behind it before any brace.

`the password is now …` may hold anything between the word and the value, so the gate of each such
rule would run its automaton over every line with one of its words.
"""

from __future__ import annotations

from collections.abc import Iterable

from occ_audit.matching.gate import UNBOUNDED
from occ_audit.matching.pattern_tree import alternatives, parse, sequence

WIDEST = 400
"""A rule that reaches further keeps a gate of its own; each window would be as wide."""
MARGIN = 8
"""So many bytes before a match may be part of its gate, to say that the word begins there."""


def shared(words: Iterable[str]) -> list[bytes]:
    """Return what is looked for on behalf of all rules that need one of these words."""
    known = dict.fromkeys(text for one in words for text in apart(one.encode()))
    return [rb"(?i:%b)[^\w{}][^0-9{}]*[0-9]" % one for one in known]


def apart(expression: bytes) -> list[bytes]:
    """Return an expression for each alternative that one begins with.

    With all of them in one, hyperscan would run an automaton instead of looking for texts.
    """
    return [sequence(nodes, UNBOUNDED).encode("ascii") for nodes in alternatives(parse(expression))]
