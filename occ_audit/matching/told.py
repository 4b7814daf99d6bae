"""Finds what rules for sentences share: a telling word, and a digit behind it before any brace.

`the password is now …` may hold anything between the word and the value, so the gate of each such
rule would run its automaton over every line with one of its words.
"""

from __future__ import annotations

from occ_audit.matching.gate import UNBOUNDED
from occ_audit.matching.pattern_tree import alternatives, parse, sequence

WIDEST = 400
"""A rule that reaches further keeps a gate of its own; each window would be as wide."""
MARGIN = 8
"""So many bytes before a match may be part of its gate, to say that the word begins there."""


def telling(words: str) -> tuple[bytes, ...]:
    """Return what is looked for on behalf of a rule that needs one of these words."""
    return tuple(rb"(?i:%b)[^\w{}][^0-9{}]*[0-9]" % one for one in apart(words.encode()))


def apart(expression: bytes) -> tuple[bytes, ...]:
    """Return an expression for each alternative that one begins with.

    With all of them in one, hyperscan would run an automaton instead of looking for texts.
    """
    found = (sequence(nodes, UNBOUNDED) for nodes in alternatives(parse(expression)))
    return tuple(text.encode("ascii") for text in dict.fromkeys(found))
