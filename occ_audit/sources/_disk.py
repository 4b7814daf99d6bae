"""Reads files below a folder as git sees them: a link is its target's text, and leads nowhere."""

from __future__ import annotations

import errno
import functools
import os
import stat
from pathlib import Path

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Disk:
    """What is on disk below `root`; paths are relative to it, with `/`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._leads_away = functools.cache(self._is_behind_link)

    def size(self, path: str) -> int:
        """Return a file's size; 0 where `read` will say why there is none."""
        try:
            return (self._root / path).lstat().st_size
        except OSError:
            return 0

    def exists(self, path: str) -> bool:
        """Say whether something is there that no link has to be followed for."""
        return not self._leads_away(path.rpartition("/")[0]) and os.path.lexists(self._root / path)

    def is_link(self, path: str) -> bool:
        """Say whether it is a symbolic link."""
        return (self._root / path).is_symlink()

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; never follows a link or waits for a pipe.

        Raises OSError; where there is no such file, FileNotFoundError.
        """
        place = self._root / path
        if not self.exists(path) or (place.is_dir() and not place.is_symlink()):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))
        try:
            handle = os.open(place, _OPEN)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK) and place.is_symlink():
                return os.fsencode(place.readlink())
            raise
        with os.fdopen(handle, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", str(place))
            return file.readall()

    def _is_behind_link(self, folder: str) -> bool:
        if not folder:
            return False
        return self.is_link(folder) or self._leads_away(folder.rpartition("/")[0])
