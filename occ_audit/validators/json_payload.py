"""Proof by structure: some tokens carry JSON in base64, which says what they open and until when.

The rule's pattern names the JSON's base64 `payload`: Sentry, Grafana, Snyk and Mapbox write such.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, _decode

_OWNERS = (("org", "organisation"), ("o", "organisation"), ("u", "account"))
"""Keys that name whose token it is: Sentry's, Grafana Cloud's, Mapbox's."""
_EXPIRES = "e"
"""Snyk's key for the end of the token, in seconds since 1970."""
_NAME = re.compile(r"[\w.:/@-]{1,100}", re.ASCII)


def check(candidate: Candidate) -> Verdict:
    """Read owner and end; what does not decode to JSON stays, at lower severity."""
    payload = _decode.claims(candidate.groups["payload"])
    if payload is None:
        return Verdict(
            reason="its payload is no JSON: cut off or made up",
            severity=Severity.MEDIUM,
            confidence=Confidence.POSSIBLE,
        )
    expired, facts = _facts(payload)
    reason = "its payload decodes to JSON"
    if expired:
        reason = f"its payload says that it expired on {facts['expires']}"
    return Verdict(
        reason=reason,
        severity=Severity.LOW if expired else None,
        confidence=Confidence.CERTAIN,
        properties={"proof": reason, **facts},
    )


def _facts(payload: Mapping[str, Any]) -> tuple[bool, dict[str, object]]:
    """Return whether the token has expired, and what a reader may know."""
    facts: dict[str, object] = {}
    for key, word in _OWNERS:
        name = payload.get(key)
        if isinstance(name, str) and _NAME.fullmatch(name):
            facts["opens"] = f"{word} {name}"
            break
    end = payload.get(_EXPIRES)
    day = _decode.day(end)
    if day:
        facts["expires"] = day
    return bool(day) and end is not None and end < time.time(), facts
