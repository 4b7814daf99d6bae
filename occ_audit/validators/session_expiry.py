"""Proof by date: a saved browser cookie says until when it is valid."""

from __future__ import annotations

import re
import time

from occ_audit.model import Severity
from occ_audit.validators import Candidate, Verdict, _decode

_EXPIRES = re.compile(rb'"expires"\s{0,4}:\s{0,4}(-?[0-9]{1,12})')


def check(candidate: Candidate) -> Verdict:
    """Lower the severity of a cookie that has expired."""
    found = _EXPIRES.search(candidate.after)
    expires = int(found[1]) if found else -1
    if expires < 0:
        return Verdict(reason="a cookie without an end")
    day = _decode.day(expires)
    if expires < time.time():
        return Verdict(reason=f"the cookie expired on {day}", severity=Severity.LOW)
    return Verdict(reason=f"the cookie is valid until {day}", properties={"expires": day})
