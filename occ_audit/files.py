"""Reads and writes files that a user names; what is written is whole or not there at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from occ_audit.errors import AuditError

MOST = 2**28
"""Bytes of a file that is read."""


def read_bytes(path: Path, what: str, mend: str, most: int = MOST) -> bytes:
    """Return what a file holds; raises AuditError that `what` cannot be read, and how to mend it.

    A link to a device would be read forever, so what is no regular file is refused.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError("not a regular file")
        with path.open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise OSError(f"larger than {most:,} bytes")
    except OSError as error:
        problem = f"cannot read {what}: {error.strerror or error}"
        raise AuditError(problem, where=str(path), mend=mend) from None
    return data


def read_text(path: Path, what: str, mend: str, most: int = MOST) -> str:
    """Return the text of a file, without a byte order mark; raises AuditError as `read_bytes`."""
    try:
        return read_bytes(path, what, mend, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}"
        raise AuditError(problem, where=str(path), mend="Save the file as UTF-8.") from None


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
