"""Where decoding is worth while: hyperscan looks for the signs of all decoders.

What it looks for is compiled once per set of rules and kept on disk, as the gates are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

from occ_audit import cache, decode, plugins
from occ_audit.decode import Decoder
from occ_audit.matching.scanner import VERSION, Expression, Scanner, compiled, kept
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
        key = _key(rules)
        texts = folder / f"texts-{key}.hs" if folder else None
        signs = folder / f"signs-{key}.hs" if folder else None
        self._scanners = (
            Scanner(kept(texts, lambda: compiled(_numbered(self._texts(rules)), literal=True))),
            Scanner(kept(signs, lambda: compiled(_numbered(self._expressions())))),
        )

    def decoder(self, index: int) -> Decoder:
        """Return a decoder; those that are never needed are never imported."""
        return cast(Decoder, plugins.load(decode, self.names[index]))

    def hits(self, buffer: memoryview) -> list[Hit]:
        """Return all signs in a buffer in rising order; equal ones count once."""
        hits = (hit for scanner in self._scanners for hit in scanner.hits(buffer))
        return sorted({(end, index >> NUMBERED) for index, end in hits})

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
    code = (Path(__file__).with_name("_literals.py"), *Path(decode.__path__[0]).glob("*.py"))
    patterns = (rule.pattern.encode() for rule in rules)
    return cache.key([VERSION, *(file.read_bytes() for file in sorted(code)), *patterns])


def _numbered(signs: Iterable[_Sign]) -> list[Expression]:
    # Each sign has an id of its own: with shared ones compiling takes a minute.
    known = enumerate(dict.fromkeys(signs))
    return [Expression((index << NUMBERED) + number, text) for number, (index, text) in known]
