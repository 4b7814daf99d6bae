"""Proof by structure: a PyPI token is a macaroon that says for which projects and until when."""

from __future__ import annotations

import json
from collections.abc import Iterator

from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import unproven, until

_VERSION = 2
_END, _LOCATION, _IDENTIFIER, _SIGNATURE = 0, 1, 2, 6
_EXPIRATION, _PROJECT_NAMES = 0, 1
"""Numbers of caveats, as https://github.com/ewjoachim/pypitoken reads them."""


def check(candidate: Candidate) -> Verdict:
    """Read location, projects and end; what does not decode is only possible."""
    data = _decode.standard(candidate.secret.partition(b"-")[2]) or b""
    try:
        fields = list(_fields(data))
    except (IndexError, ValueError):
        fields = []
    if not fields or fields[-1][0] != _SIGNATURE:
        return unproven("it does not decode to a macaroon: cut off or made up")
    location = next((value for kind, value in fields if kind == _LOCATION), b"")
    caveats = [_caveat(value) for kind, value in fields[2:] if kind == _IDENTIFIER]
    ends = [end for kind, end in caveats if kind == _EXPIRATION and isinstance(end, int)]
    named = [names for kind, names in caveats if kind == _PROJECT_NAMES and isinstance(names, list)]
    facts = {"projects": [str(name)[:100] for name in named[0][:8]]} if named else {}
    issuer = location.decode("ascii", "replace")
    return until("it decodes to a macaroon", min(ends, default=0), issuer=issuer, **facts)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each field; raises IndexError or ValueError for what is none."""
    if data[0] != _VERSION:
        raise ValueError("another version")
    at = 1
    while at < len(data):
        kind = data[at]
        at += 1
        if kind == _END:
            continue
        size, at = _number(data, at)
        if at + size > len(data):
            raise IndexError("cut off")
        yield kind, data[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Decode a variable-length number of at most two bytes."""
    if data[at] < 0x80:
        return data[at], at + 1
    if data[at + 1] >= 0x80:
        raise ValueError("too long")
    return data[at] & 0x7F | data[at + 1] << 7, at + 2


def _caveat(value: bytes) -> tuple[object, object]:
    """Return number and first operand of a caveat, such as (0, end); (None, None) for others."""
    try:
        caveat = json.loads(value)
    except (ValueError, RecursionError):
        caveat = None
    return (caveat[0], caveat[1]) if isinstance(caveat, list) and len(caveat) > 1 else (None, None)
