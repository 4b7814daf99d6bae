"""Asks hyperscan where many expressions match: compiled once, with a scratch for each thread."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import hyperscan

from occ_audit import cache

VERSION = str(getattr(hyperscan, "__version__", "")).encode()
"""What another version has compiled cannot be read."""
Hit = tuple[int, int]
"""The id of an expression, and where in the buffer a match of it ends."""


class Expression(NamedTuple):
    """What is looked for."""

    id: int
    pattern: bytes
    prefilter: bool = False
    """True where hyperscan cannot say exactly, and may report more than what matches."""


class Scanner:
    """A compiled database; safe to share between threads (a scan releases Python's lock)."""

    def __init__(self, database: Callable[[], Any]) -> None:
        """Take what returns a database, asked for at the first scan; None finds nothing."""
        self._database = database
        self._local = threading.local()

    def hits(self, buffer: memoryview) -> set[Hit]:
        """Return which expressions match up to where, each once."""
        found: set[Hit] = set()
        database = self._database() if buffer.nbytes else None
        if database is None:
            return found
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(database)
        add = found.add

        def hit(index: int, start: int, end: int, flags: int, context: object) -> None:
            add((index, end))

        database.scan(buffer, match_event_handler=hit, scratch=scratch)
        return found


def compiled(expressions: Sequence[Expression], *, literal: bool = False) -> Any:
    """Return a database of expressions in hyperscan's language, or of texts without a NUL byte."""
    database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = 0 if literal else hyperscan.HS_FLAG_MULTILINE
    prefilter = hyperscan.HS_FLAG_PREFILTER
    database.compile(
        expressions=[one.pattern for one in expressions],
        ids=[one.id for one in expressions],
        flags=[flags | (prefilter if one.prefilter else 0) for one in expressions],
        literal=literal,
    )
    return database


def kept(file: Path | None, compile_: Callable[[], Any]) -> Callable[[], Any]:
    """Return what reads a database from the disk when it is needed.

    Where it is not there yet it is compiled at once, before scans are divided among processes.
    """
    read = functools.cache(functools.partial(_kept, file, compile_))
    if not (file and file.is_file()):
        read()
    return read


def _kept(file: Path | None, compile_: Callable[[], Any]) -> Any:
    """Return a database from the disk, or compile it and keep it there; without a file, compile."""
    known = cache.read(file) if file else None
    if known is not None:
        with contextlib.suppress(hyperscan.error):
            return hyperscan.loadb(known, hyperscan.HS_MODE_BLOCK)
    database = compile_()
    if file:
        cache.keep(file, hyperscan.dumpb(database))
    return database
