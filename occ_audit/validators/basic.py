"""Judges Basic credentials by decoding them to user and password."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict, header


def check(candidate: Candidate) -> Verdict:
    """Keep a candidate that decodes to a user and a password that is no stand-in."""
    if header.pair(candidate.secret) is None:
        return Verdict(keep=False, reason="the value does not decode to user and password")
    return header.check(candidate)
