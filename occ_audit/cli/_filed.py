"""Where a command files what is evidence: as the file named, or by day and time in a folder."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from occ_audit.errors import AuditError


def place(given: Path, option: str, name: str) -> Path:
    """Return the page to write; what has no suffix is a folder, which may be new.

    Raises AuditError where it could not be written, so that nothing is done in vain.
    """
    in_folder = given.is_dir() or not given.suffix
    folder = given if in_folder else given.parent
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not (in_folder or folder.is_dir()):
        raise _error(option, given, "its folder does not exist", "Create it first")
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise _error(option, given, "its folder cannot be written to", "Change its permissions")
    if not in_folder:
        return given
    now = datetime.datetime.now(datetime.UTC)
    return folder / f"{now:%Y-%m-%d}" / f"{name}-{now:%Y%m%dT%H%M%SZ}.md"


def _error(option: str, given: Path, problem: str, mend: str) -> AuditError:
    return AuditError(problem, where=f"{option} {given}", mend=f"{mend}, or give another path.")
