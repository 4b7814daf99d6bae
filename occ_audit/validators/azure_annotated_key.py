"""Reads a key of Microsoft's common annotated form: which service issued it, and in which month."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._proof import proven, unproven

_PARTS = re.compile(rb"[0-9A-Za-z]{52}JQQJ9[9DH](.)([A-L])[0-9A-Za-z]{16}([0-9A-Za-z]{4})")
_YEARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_FIRST_YEAR = 2024
_SERVICES = {
    b"acog": "Azure AI services",
    b"azac": "Azure App Configuration",
    b"azcs": "Azure Communication Services",
    b"azdo": "Azure DevOps",
    b"azeg": "Azure Event Grid",
    b"azfr": "Azure Fluid Relay",
    b"azmp": "Azure Maps",
    b"azmr": "Azure Mixed Reality",
}


def check(candidate: Candidate) -> Verdict:
    """Name service and month; the signature in the middle of a key does not come up by chance."""
    found = _PARTS.match(candidate.secret)
    if not found:
        return unproven("it has not the parts of an annotated key")
    year = _FIRST_YEAR + _YEARS.index(found[1])
    issued = f"{year}-{found[2][0] - ord('A') + 1:02}"
    service = _SERVICES.get(found[3].lower())
    opens = {"opens": service} if service else {}
    return proven(f"annotated by Microsoft as issued in {issued}", issued=issued, **opens)
