"""How git names contents, and holds them."""

from __future__ import annotations

import hashlib


def blob_id(data: bytes, like: str) -> str:
    """Return the name that git gives to these bytes, in the format of another name."""
    name = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return name(b"blob %d\0" % len(data) + data).hexdigest()


def as_stored(data: bytes, oid: str) -> bytes:
    """Return what git holds where it gave the lines other endings when it checked the file out."""
    if b"\r\n" not in data or not oid:
        return data
    stored = data.replace(b"\r\n", b"\n")
    return stored if blob_id(stored, oid) == oid else data
