"""What the formats for a terminal are written with: lines of styled parts, and lines of words.

A hook's output goes into a pipe: rich is only loaded where there is a terminal to draw on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from occ_audit.model import Severity

STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "blue",
}
_PIPED_WIDTH = 100
_MAX_WIDTH = 120


class Line:
    """One line of text in parts, each with a style of its own, or none."""

    def __init__(self, *parts: str | tuple[str, str]) -> None:
        self.parts = [(part, "") if isinstance(part, str) else part for part in parts]

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Page:
    """What lines are written on."""

    out: TextIO
    color: bool | None
    """None: where the stream is a terminal."""
    width: int
    """Prose is wrapped to it; a path never is."""
    piped: bool
    """No terminal, and no width was asked for: other programs may read it."""
    everything: bool
    """Nothing is left out for brevity."""

    @classmethod
    def on(cls, out: TextIO, *, width: int | None, color: bool | None, everything: bool) -> Page:
        """Return the page of a stream."""
        plain = color is False or (color is None and not _is_terminal(out))
        columns = width or (_PIPED_WIDTH if plain else _columns())
        piped = plain and width is None
        shown = False if plain else color
        return cls(out, shown, min(columns, _MAX_WIDTH), piped, everything)

    def write(self, lines: Iterable[Line]) -> None:
        """Write lines; what the stream cannot encode is escaped."""
        if self.color is not False:
            self._draw(lines)
            return
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        for line in lines:
            self.out.write(line.plain.encode(encoding, "backslashreplace").decode(encoding) + "\n")

    def _draw(self, lines: Iterable[Line]) -> None:
        from rich.console import Console
        from rich.text import Text

        console = Console(
            file=self.out,
            force_terminal=self.color,
            no_color=None if self.color is None else not self.color,
            color_system="standard" if self.color else "auto",
            markup=False,
            highlight=False,
            emoji=False,
        )
        encoding = console.encoding
        for line in lines:
            text = line.plain.encode(encoding, "backslashreplace").decode(encoding)
            whole = text == line.plain
            console.print(Text.assemble(*line.parts) if whole else Text(text), soft_wrap=True)


def _is_terminal(out: TextIO) -> bool:
    """Say whether colours would be seen; FORCE_COLOR says yes for a pipe, as with most tools."""
    if os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or out.isatty()


def _columns() -> int:
    from rich.console import Console

    return Console().width


def cells(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines of whole words, so that no path is cut; a word may stand out."""
    line = ""
    for word in text.split(" "):
        if line and cells(line) + 1 + cells(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line
