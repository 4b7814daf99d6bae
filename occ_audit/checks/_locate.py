"""Lines, columns and masked excerpts of many places in one content, each byte looked at once."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

from occ_audit.model import Content, Location
from occ_audit.secret import Secret
from occ_audit.wording import visible

_AHEAD, _BEHIND = 70, 90
"""Characters of an excerpt before and behind a secret, the masks not counted."""
_NEIGHBOURS = 8
"""So many findings at least before and after are hidden wherever their text stands in an excerpt;
the report's own last filter hides the others."""
_SHORTEST = 4
_BLANKS = {ord(char): " " for char in "\t\r"}
_CHUNK = 1 << 20


class Locator:
    """Gives the locations of spans that are asked for in rising order; others cost more.

    `spans` are all places that an excerpt must mask, in the batch's buffer, in rising order;
    `secrets` are those that stand there.
    """

    def __init__(
        self,
        buffer: memoryview,
        content: Content,
        spans: Sequence[tuple[int, int]],
        secrets: Sequence[Secret],
    ) -> None:
        self._buffer = buffer
        self._content = content
        self._spans = spans
        self._secrets = secrets
        self._first = 0
        self._block = -1
        self._hidden: list[bytes] = []
        self._restart()

    def _restart(self) -> None:
        self._at = self._content.start
        self._line, self._column = 1, 1

    def locate(self, span: tuple[int, int], secret: Secret) -> Location:
        """Return the place of a span, its excerpt masked."""
        start, end = span
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        content = self._content
        return Location(
            oid=content.oid,
            start=start - content.start,
            end=end - content.start,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            excerpt=self._excerpt(start, end, secret),
            origins=(content.origin,),
        )

    def _position(self, to: int) -> tuple[int, int]:
        if to < self._at:
            self._restart()
        for piece in self._pieces(to):
            newlines = piece.count(b"\n")
            if newlines:
                self._line += newlines
                self._column = 1
                piece = piece[piece.rindex(b"\n") + 1 :]
            self._column += characters(piece)
        return self._line, self._column

    def _pieces(self, to: int) -> Iterator[bytes]:
        """Yield the bytes from the last position to `to`, cut where a character begins."""
        while self._at < to:
            stop = min(self._at + _CHUNK, to)
            while self._at < stop - 4 and stop < to and self._buffer[stop] & 0xC0 == 0x80:
                stop -= 1
            yield bytes(self._buffer[self._at : stop])
            self._at = stop

    def _excerpt(self, start: int, end: int, secret: Secret) -> str:
        low = self._content.start
        before = bytes(self._buffer[max(low, start - 4 * _AHEAD) : start]).rpartition(b"\n")[2]
        stop = min(self._content.end, end + 4 * _BEHIND)
        after = bytes(self._buffer[end:stop]).partition(b"\n")[0]
        left, right = start - len(before), end + len(after)
        known = self._known(start, end)
        head = _tail_of(self._masked(left, start, known), _AHEAD)
        tail = _head_of(self._masked(end, right, known), _BEHIND)
        return (head + secret.mask + tail).strip()

    def _known(self, start: int, end: int) -> list[bytes]:
        """Return the spellings of this secret and its neighbours, the longest first."""
        block = bisect.bisect_left(self._spans, (start, end)) // _NEIGHBOURS
        if block != self._block:
            first = max(block - 1, 0) * _NEIGHBOURS
            near = self._secrets[first : (block + 2) * _NEIGHBOURS]
            variants = {variant for secret in near for variant in secret.variants}
            shown = (variant for variant in variants if len(variant) >= _SHORTEST)
            self._block, self._hidden = block, sorted(shown, key=len, reverse=True)
        return self._hidden

    def _masked(self, start: int, end: int, known: Sequence[bytes]) -> str:
        """Return the text of a stretch with every secret in it masked."""
        pieces, at = [], start
        for low, high in self._between(start, end):
            if low > at:
                pieces.append(_shown(bytes(self._buffer[at:low]), known))
            pieces.append("****")
            at = max(at, high)
        pieces.append(_shown(bytes(self._buffer[at:end]), known) if at < end else "")
        return "".join(pieces)

    def _between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        spans = self._spans
        while self._first and spans[self._first - 1][1] > start:
            self._first -= 1
        while self._first < len(spans) and spans[self._first][1] <= start:
            self._first += 1
        for index in range(self._first, len(spans)):
            low, high = spans[index]
            if low >= end:
                return
            if not self._secrets[index].public:
                yield low, high


def characters(data: bytes) -> int:
    """Count characters: UTF-8, with every byte that is none counted as one."""
    return len(data) if data.isascii() else len(data.decode("utf-8", "surrogateescape"))


def _shown(data: bytes, known: Sequence[bytes]) -> str:
    for variant in known:
        data = data.replace(variant, b"****")
    return visible(data.decode("utf-8", "replace").translate(_BLANKS))


def _tail_of(text: str, size: int) -> str:
    text = text.lstrip()
    return "…" + text[-size:] if len(text) > size else text


def _head_of(text: str, size: int) -> str:
    text = text.rstrip()
    return text[:size] + "…" if len(text) > size else text
