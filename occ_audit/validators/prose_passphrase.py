"""Judges the words that prose presents as a passphrase."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict, placeholder
from occ_audit.validators._syntax import KEYWORDS

_LEAST = 4
_OF_SENTENCES = frozenset(
    b"a an the of to in is it not no and or your my our for from with on at as be by must should "
    b"please enter see ask use this that new old any all was are will can if when then than has "
    b"have do does only same which who how what where empty required stored phrase words used der "
    b"die das ist nicht und oder ein eine bitte im in von mit la le les el los de des du et est no "
    b"e il che correct staple".split()
)
"""Words that join others into a sentence, and those of the passphrase that everybody knows."""


def check(candidate: Candidate) -> Verdict:
    """Keep words that make no sentence, as dice or a password manager choose them."""
    words = candidate.secret.lower().replace(b"-", b" ").split()
    if len(words) < _LEAST or len(set(words)) < len(words):
        return Verdict(keep=False, reason="there are too few words")
    if _OF_SENTENCES.intersection(words) or KEYWORDS.intersection(words):
        return Verdict(keep=False, reason="the words are a sentence")
    if why := placeholder.reason(candidate.secret):
        return Verdict(keep=False, reason=why)
    return Verdict(reason="the text presents the words as a passphrase")
