"""What the formats for a terminal are written with: console, colours, and lines of whole words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from occ_audit.model import Severity

STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "blue",
}


def console_for(out: TextIO, *, width: int | None, color: bool | None) -> Console:
    """Return a console that shows text as it is; with colour only on a terminal, unless told."""
    return Console(
        file=out,
        width=width,
        force_terminal=color,
        no_color=None if color is None else not color,
        color_system="standard" if color else "auto",
        markup=False,
        highlight=False,
        emoji=False,
    )


def encodable(line: Text, encoding: str) -> Text:
    """Return a line that the stream can take: what it cannot encode is escaped."""
    plain = line.plain.encode(encoding, "backslashreplace").decode(encoding)
    return line if plain == line.plain else Text(plain)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines of whole words, so that no path is cut; a word may stand out."""
    line = ""
    for word in text.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line
