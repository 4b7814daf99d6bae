"""Where decoding is worth while: hyperscan looks for the signs of all decoders.

What it looks for is compiled once per set of rules and kept on disk, as the gates are.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import hyperscan

from occ_audit import cache, decode, plugins
from occ_audit.decode import Decoder
from occ_audit.model import Rule

NUMBERED = 20
"""So many bits of a sign's id are its own number; the others are that of its decoder."""
Hit = tuple[int, int]
"""Where a sign ends in a buffer, and the number of its decoder."""
_Sign = tuple[int, bytes]
"""The number of a decoder, and a text or an expression."""


class Signs:
    """Finds signs in buffers; safe to share between threads."""

    def __init__(self, rules: Sequence[Rule], folder: Path | None = None) -> None:
        self.names = plugins.names(decode)
        self._databases = self._kept(rules, folder)
        self._local = threading.local()

    def decoder(self, index: int) -> Decoder:
        """Return a decoder; those that are never needed are never imported."""
        return cast(Decoder, plugins.load(decode, self.names[index]))

    def hits(self, buffer: memoryview) -> list[Hit]:
        """Return all signs in a buffer in rising order; equal ones count once."""
        found: set[Hit] = set()
        if not buffer.nbytes:
            return []
        scratches = getattr(self._local, "scratches", None)
        if scratches is None:
            scratches = [hyperscan.Scratch(database) for database in self._databases]
            self._local.scratches = scratches

        def hit(index: int, start: int, end: int, flags: int, context: object) -> None:
            found.add((end, index >> NUMBERED))

        for database, scratch in zip(self._databases, scratches, strict=True):
            database.scan(buffer, match_event_handler=hit, scratch=scratch)
        return sorted(found)

    def _kept(self, rules: Sequence[Rule], folder: Path | None) -> list[Any]:
        """Return the databases of texts and of expressions, from the cache if they are there."""
        key = _key(rules)
        files = [folder / f"{kind}-{key}.hs" for kind in ("texts", "signs")] if folder else []
        known = [data for file in files if (data := cache.read(file)) is not None]
        with contextlib.suppress(hyperscan.error):
            if files and len(known) == len(files):
                return [hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK) for data in known]
        databases = [
            _database(self._texts(rules), literal=True),
            _database(self._expressions(), literal=False),
        ]
        for file, database in zip(files, databases, strict=bool(files)):
            cache.keep(file, hyperscan.dumpb(database))
        return databases

    def _texts(self, rules: Sequence[Rule]) -> Iterator[_Sign]:
        from occ_audit.checks import _literals  # needed to compile alone

        literals = sorted(_literals.literals(rules))
        for index in range(len(self.names)):
            decoder = self.decoder(index)
            yield from ((index, text) for text in getattr(decoder, "TEXTS", ()))
            if spellings := getattr(decoder, "spellings", None):
                yield from ((index, text) for text in spellings(literals))

    def _expressions(self) -> Iterator[_Sign]:
        for index in range(len(self.names)):
            yield from ((index, one) for one in getattr(self.decoder(index), "EXPRESSIONS", ()))


def _key(rules: Sequence[Rule]) -> str:
    """Return what names the databases: hyperscan, the rules, and the code that makes signs."""
    key = hashlib.sha256(str(getattr(hyperscan, "__version__", "")).encode())
    for rule in rules:
        key.update(rule.pattern.encode() + b"\0")
    code = (Path(__file__).with_name("_literals.py"), *Path(decode.__path__[0]).glob("*.py"))
    for file in sorted(code):
        key.update(file.read_bytes())
    return key.hexdigest()[:32]


def _database(signs: Iterable[_Sign], *, literal: bool) -> Any:
    known = list(dict.fromkeys(signs))
    database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in known],
        # Each sign has an id of its own: with shared ones compiling takes a minute.
        ids=[(index << NUMBERED) + number for number, (index, _) in enumerate(known)],
        flags=[0 if literal else hyperscan.HS_FLAG_MULTILINE] * len(known),
        literal=literal,
    )
    return database
