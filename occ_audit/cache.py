"""Keeps in this user's cache folder what can be computed again: no secret, no content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from occ_audit.files import replacing

KEPT = 8
"""So many files of one kind are kept; the least recently written ones go first."""


class Kept(NamedTuple):
    """A file that is there."""

    written: float
    """In seconds of the epoch."""
    path: Path
    bytes: int


def folder() -> Path:
    """Return the folder for what can be computed again; it need not exist yet."""
    if sys.platform == "win32":
        named, usual = os.environ.get("LOCALAPPDATA", ""), "~"
    elif sys.platform == "darwin":
        named, usual = "", "~/Library/Caches"
    else:
        named, usual = os.environ.get("XDG_CACHE_HOME", ""), "~/.cache"
    # A relative folder would lie in whatever is scanned, and not everybody has a home.
    choices = (named, os.path.expanduser(usual))  # noqa: PTH111 - that of Path raises
    base = next(filter(os.path.isabs, choices), os.devnull)
    return Path(base, "occ-audit")


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


def read_json(path: Path) -> Any:
    """Return what was kept as JSON, or None where nothing is there whole, as it was written."""
    digest, _, text = (read(path) or b"").partition(b"\n")
    return json.loads(text) if digest == _digest(text) else None


def keep_json(path: Path, value: object) -> None:
    """Keep what JSON can say, with a digest: a bit that falls over is never taken for a rule."""
    text = json.dumps(value).encode()
    keep(path, _digest(text) + b"\n" + text)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def keep(path: Path, data: bytes) -> None:
    """Keep data, whole or not at all: a full disk is no error."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replacing(path, private=True) as out:
            out.write(data)
        kind = path.name.partition("-")[0]
        for old in oldest_first(path.parent.glob(f"{kind}-*"))[:-KEPT]:
            old.path.unlink(missing_ok=True)


def oldest_first(files: Iterable[Path]) -> Sequence[Kept]:
    """Return those of the files that are still there: another process may remove them meanwhile."""
    kept = []
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            stat = file.stat()
            kept.append(Kept(stat.st_mtime, file, stat.st_size))
    return sorted(kept)
