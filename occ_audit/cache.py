"""Keeps in this user's cache folder what can be computed again: no secret, no content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

KEPT = 8
"""So many files of one kind are kept; the least recently written ones go first."""


def folder() -> Path:
    """Return the folder for what can be computed again; it need not exist yet."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", "~")).expanduser()
    elif sys.platform == "darwin":
        base = Path("~/Library/Caches").expanduser()
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "occ-audit"


def key(parts: Iterable[bytes]) -> str:
    """Return a name for what was made from these parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:%b" % (len(part), part))
    return digest.hexdigest()[:32]


def read(path: Path) -> bytes | None:
    """Return what was kept, or None where nothing was."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def keep(path: Path, data: bytes) -> None:
    """Write beside, then rename, so that nobody reads half a file; a full disk is no error."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(beside).replace(path)
        kind = path.name.partition("-")[0]
        known = sorted(path.parent.glob(f"{kind}-*"), key=lambda file: file.stat().st_mtime)
        for old in known[:-KEPT]:
            old.unlink()
