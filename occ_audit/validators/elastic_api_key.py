"""Proof by structure: an encoded Elasticsearch API key is base64 of its id and its secret."""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import proven

_FORM = re.compile(rb"[0-9A-Za-z_-]{20}:[0-9A-Za-z_-]{22}")


def check(candidate: Candidate) -> Verdict:
    """Keep what decodes to an id and a secret of their exact lengths."""
    if not _FORM.fullmatch(_decode.standard(candidate.secret) or b""):
        reason = "it does not decode to id and secret of an API key"
        return Verdict(keep=False, reason=reason, confidence=Confidence.POSSIBLE)
    return proven("it decodes to id and secret of an API key")
