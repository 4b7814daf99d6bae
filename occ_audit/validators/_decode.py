"""Small decoders that several proofs share; each returns None for what it cannot read."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
from typing import Any


def standard(text: bytes) -> bytes | None:
    """Decode base64 in either alphabet, padded or not; a cut-off last group is dropped."""
    body = text.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def claims(part: bytes) -> dict[str, Any] | None:
    """Decode one part of a JWT to its JSON object."""
    try:
        value = json.loads(standard(part) or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def day(seconds: object) -> str:
    """Name the day of a time in seconds since 1970 as an ISO date; empty for what is no time."""
    if not isinstance(seconds, int | float):
        return ""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return ""
