"""Drops what does not look drawn at random: words, counts, code."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._shape import is_random


def check(candidate: Candidate) -> Verdict:
    """Keep a candidate only if its secret looks random."""
    if is_random(candidate.secret):
        return Verdict(reason="the value looks random")
    return Verdict(keep=False, reason="the value does not look random")
