"""Where decoding is worth while: one hyperscan database of all signs of all decoders.

It is compiled once per set of rules and kept on disk, as that of the gates is.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import hyperscan

from occ_audit import cache, decode, plugins
from occ_audit.checks import _literals
from occ_audit.decode import Decoder
from occ_audit.model import Rule

NUMBERED = 20
"""So many bits of a sign's id are its own number; the others are that of its decoder."""
FLAGS = (hyperscan.HS_FLAG_MULTILINE, 0, hyperscan.HS_FLAG_CASELESS)
"""Of expressions, texts, and texts in either case: a database each."""
_TEXT = re.compile(rb"(\(\?i:)?((?:\\x(?!00)[0-9a-f]{2})+)\)?")
Hit = tuple[int, int]
"""Where a sign ends in a buffer, and the number of its decoder."""


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
        key = self._key(rules)
        names = [f"signs-{key}-{kind}.hs" for kind in range(len(FLAGS))]
        known = [cache.read(folder / name) for name in names] if folder else []
        loaded = [data for data in known if data is not None]
        with contextlib.suppress(hyperscan.error):
            if len(loaded) == len(FLAGS):
                return [hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK) for data in loaded]
        databases = self._compiled(rules)
        if folder is not None:
            for name, database in zip(names, databases, strict=True):
                cache.keep(folder / name, hyperscan.dumpb(database))
        return databases

    def _key(self, rules: Sequence[Rule]) -> str:
        """Return what names the database: hyperscan, the rules, and the code that makes signs."""
        key = hashlib.sha256(str(getattr(hyperscan, "__version__", "")).encode())
        for rule in rules:
            key.update(rule.pattern.encode() + b"\0")
        for file in (Path(_literals.__file__), *sorted(Path(decode.__path__[0]).glob("*.py"))):
            state = file.stat()
            key.update(f"{file.name} {state.st_size} {state.st_mtime_ns}\0".encode())
        return key.hexdigest()[:32]

    def _compiled(self, rules: Sequence[Rule]) -> list[Any]:
        literals = sorted(_literals.literals(rules))
        kinds: list[list[tuple[int, bytes]]] = [[] for _ in FLAGS]
        for index, expression in dict.fromkeys(self._signs(literals)):
            text = _TEXT.fullmatch(expression)
            kind = 0 if text is None else 2 if text[1] else 1
            sign = bytes.fromhex(text[2].replace(rb"\x", b"").decode()) if text else expression
            kinds[kind].append((index, sign))
        return [_database(signs, kind) for kind, signs in enumerate(kinds)]

    def _signs(self, literals: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        for index in range(len(self.names)):
            for expression in self.decoder(index).signs(literals):
                yield index, expression


def _database(signs: Sequence[tuple[int, bytes]], kind: int) -> Any:
    database: Any = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in signs],
        # Each sign has an id of its own: with shared ones compiling takes a minute.
        ids=[(index << NUMBERED) + number for number, (index, _) in enumerate(signs)],
        flags=[FLAGS[kind]] * len(signs),
        literal=kind > 0,
    )
    return database
