"""What a cited file holds: nothing, a placeholder, a pointer to what was not fetched."""

from __future__ import annotations

import re

_LFS = b"version https://git-lfs.github.com/spec/v1\n"
_MOST = 400
"""A longer file is more than a placeholder."""
_PLACEHOLDERS = frozenset(
    {
        "coming soon",
        "fill in",
        "fill me in",
        "fixme",
        "n/a",
        "pending",
        "placeholder",
        "tba",
        "tbd",
        "to be added",
        "to be authored",
        "to be created",
        "to be written",
        "todo",
        "wip",
    }
)
_HEADING = re.compile(r"#{1,6}\s|[-=]{3,}$")
_NOISE = re.compile(r"^[\s#>*_`<!(\[/-]+|[\s*_`>)\].:!…-]+$")


def is_lfs_pointer(data: bytes) -> bool:
    """Say whether the bytes stand for a file that git LFS keeps elsewhere."""
    return data.startswith(_LFS) and len(data) < 1024


def emptiness(data: bytes) -> str:
    """Say why a file is no evidence: it is empty, or says only that something will come."""
    if not data.strip():
        return "the file is empty"
    if len(data) > _MOST:
        return ""
    lines = data.decode("utf-8", "replace").splitlines()
    text = [line for line in lines if line.strip()]
    said = [line for line in text if not _HEADING.match(line)] or text
    if not all(_NOISE.sub("", _NOISE.sub("", line)).casefold() in _PLACEHOLDERS for line in said):
        return ""
    return f'the file says only "{said[0].strip()}"'
