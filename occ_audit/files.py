"""Writes files so that nobody ever reads half of one: a neighbour first, then its new name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from occ_audit.errors import AuditError


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Give a new file to write into, which takes the place of `path` once it is whole.

    It keeps the mode of the file that it replaces; a `private` one is readable for its owner
    alone. Raises OSError, and leaves all as it was.
    """
    beside = path.with_name(f".occ-audit-{os.urandom(8).hex()}.tmp")
    try:
        mode = 0o600 if private else 0o666
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
        if path.exists() and not private:
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def write_beside(path: Path, text: str | bytes) -> None:
    """Replace a file at once, or not at all; raises AuditError, also for a symbolic link."""
    if path.is_symlink():
        raise AuditError(
            "is a symbolic link", where=str(path), mend="Name the file that the link points to."
        )
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    try:
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        problem = f"cannot write the file: {error.strerror or error}"
        mend = "Name a file in a folder that exists and that you may write to."
        raise AuditError(problem, where=str(path), mend=mend) from None
