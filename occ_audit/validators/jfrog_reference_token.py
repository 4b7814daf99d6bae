"""Proof by structure: a JFrog reference token is base64 of `reftkn`, a version and its end."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import unproven, until

_FORM = re.compile(rb"reftkn:\d\d:(\d{10}):[0-9A-Za-z]{20,40}")


def check(candidate: Candidate) -> Verdict:
    """Read the end; what does not decode is only possible."""
    found = _FORM.fullmatch(_decode.standard(candidate.secret) or b"")
    if not found:
        return unproven("it does not decode to a reference token: cut off or made up")
    return until("it decodes to a reference token", int(found[1]))
