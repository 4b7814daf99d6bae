"""Reads files below a folder as git sees them: a link is its target's text, and leads nowhere."""

from __future__ import annotations

import errno
import functools
import os
import stat
from pathlib import Path

_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class Disk:
    """What is on disk below `root`; paths are relative to it, with `/`."""

    def __init__(self, root: Path) -> None:
        # Texts, not `Path`s: with many small files those take longer than to read the files.
        self._root = f"{root}{os.sep}"
        self._leads_away = functools.cache(self._is_behind_link)

    def size(self, path: str) -> int:
        """Return a file's size; 0 where `read` will say why there is none."""
        try:
            return os.lstat(self._root + path).st_size
        except OSError:
            return 0

    def exists(self, path: str) -> bool:
        """Say whether something is there that no link has to be followed for."""
        return not self._leads_away(path.rpartition("/")[0]) and os.path.lexists(self._root + path)

    def is_link(self, path: str) -> bool:
        """Say whether it is a symbolic link."""
        try:
            return stat.S_ISLNK(os.lstat(self._root + path).st_mode)
        except OSError:
            return False

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; never follows a link or waits for a pipe.

        Raises OSError; where there is no such file, FileNotFoundError.
        """
        place = self._root + path
        if self._leads_away(path.rpartition("/")[0]):
            raise _not_there(place)
        try:
            handle = os.open(place, _OPEN)
        except OSError as error:
            there = Path(place)
            if there.is_symlink():
                return os.fsencode(there.readlink())
            if error.errno == errno.ENOTDIR or there.is_dir():
                raise _not_there(place) from None
            raise
        try:
            return _contents(handle, place)
        finally:
            os.close(handle)

    def _is_behind_link(self, folder: str) -> bool:
        if not folder:
            return False
        return self.is_link(folder) or self._leads_away(folder.rpartition("/")[0])


def _contents(handle: int, place: str) -> bytes:
    status = os.fstat(handle)
    if stat.S_ISDIR(status.st_mode):
        raise _not_there(place)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", place)
    parts = []
    while part := os.read(handle, status.st_size + 1):
        parts.append(part)
    return b"".join(parts)


def _not_there(place: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)
