"""A stream that masks what is written to it, whatever writes it, and however it is cut."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import TextIO

from occ_audit.masking import Masker, remembering

_ENOUGH = 65536
_LITERAL = re.compile(r'"(?:[^"\\]++|\\.)*+"(\s*+:)?')


class MaskingStream(io.TextIOBase):
    """A text stream that masks what is written to `out`, however the writes cut a secret.

    With `literals`, the text is JSON and only the values that are strings are masked, so that it
    stays valid; then `reveal` exempts the member `value`, where a report shows a secret that the
    user asked to see.
    """

    def __init__(
        self, out: TextIO, masker: Masker, *, literals: bool = False, reveal: bool = False
    ) -> None:
        self._out = out
        self._masker = masker
        self._whole_lines = literals
        self._mask = _literals_masker(masker.text, reveal) if literals else masker.text
        self._waiting = ""

    def write(self, text: str, /) -> int:
        """Write all complete lines, and hold back the rest."""
        self._waiting += text
        if "\n" in text:
            self._emit(self._waiting.rfind("\n") + 1)
        if len(self._waiting) > _ENOUGH and not self._whole_lines:
            self._emit(self._masker.held(self._waiting))
        return len(text)

    def flush(self) -> None:
        """Write what cannot become part of a secret any more."""
        if self._waiting and not self._whole_lines:
            self._emit(self._masker.held(self._waiting))
        self._out.flush()

    def finish(self) -> None:
        """Write everything: nothing follows."""
        self._emit(len(self._waiting))
        self._out.flush()

    def close(self) -> None:
        """Write everything, and leave the stream underneath open: whoever opened it closes it."""
        if not self.closed:
            self.finish()
            super().close()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def isatty(self) -> bool:
        """Say what the stream underneath is."""
        return self._out.isatty()

    def fileno(self) -> int:
        """Return the number of the file underneath."""
        return self._out.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here, as in TextIOWrapper
        """The encoding of the stream underneath."""
        return self._out.encoding or "utf-8"

    def _emit(self, cut: int) -> None:
        ready, self._waiting = self._waiting[:cut], self._waiting[cut:]
        if ready:
            self._out.write(self._mask(ready) if self._masker else ready)


def _literals_masker(mask: Callable[[str], str], reveal: bool) -> Callable[[str], str]:
    """Return a function that masks the string values of JSON text, given in whole lines."""

    @remembering
    def cleaned(literal: str) -> str:
        value = json.loads(literal)
        clean = mask(value)
        return literal if clean == value else json.dumps(clean)

    def masked(text: str) -> str:
        key = ""

        def replace(match: re.Match[str]) -> str:
            nonlocal key
            literal = match[0]
            previous, key = key, literal.rstrip(" :") if match[1] else ""
            shown = match[1] or (reveal and previous == '"value"')
            return literal if shown else cleaned(literal)

        return _LITERAL.sub(replace, text)

    return masked
