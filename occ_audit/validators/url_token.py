"""Judges a token that stands alone as the user of a URL."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict, placeholder, reference
from occ_audit.validators._host import Place, place
from occ_audit.validators._shape import is_random, wordiness

_PUBLIC_HOSTS = re.compile(rb"(?i)(?:[\w.-]+\.)?sentry\.[\w.]+")


def check(candidate: Candidate) -> Verdict:
    """Drop what is a user name or, as in a Sentry DSN, public by the vendor's own statement."""
    secret, host = candidate.secret, candidate.groups["host"]
    if why := reference.reason(secret) or placeholder.reason(secret):
        return Verdict(keep=False, reason=why)
    if _PUBLIC_HOSTS.fullmatch(host):
        return Verdict(keep=False, reason="the vendor declares this key public")
    if place(host) in (Place.SAMPLE, Place.HERE):
        return Verdict(keep=False, reason="the host is a sample")
    if not is_random(secret) or wordiness(secret) > 0.4:
        return Verdict(keep=False, reason="the user is a name")
    return Verdict(
        reason="a random value stands alone as user", properties={"opens": host.decode()}
    )
