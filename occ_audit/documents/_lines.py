"""Reads text line by line: inline literals, macros of the markup, and words with a slash."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from occ_audit.documents import _line_numbers, _prose, _shapes, _spans
from occ_audit.documents._document import Candidate, text_of

Macros = Callable[[str], Iterator[tuple[int, int]]]
"""Yields the (start, end) of the targets that the macros of a line's text lead to."""

_PAGE = re.compile(r":doc:`[^`]*$")
_LITERAL = re.compile(r"(`{1,2})([^`\n]{1,1024})\1(?!`)")


def candidates(source: bytes, start: int, macros: Macros | None = None) -> Iterator[Candidate]:
    """Find what a line, which begins at byte `start`, may refer to."""
    if not any(mark in source for mark in (b"/", b"`", b"ine", b":", b"\\")):
        return
    text = text_of(source)
    targets = list(macros(text)) if macros else []
    found = [_target(text, low, high, start) for low, high in targets]
    found += _plain(_without(text, targets), start)
    yield from sorted(found, key=lambda row: row.start)


def _target(text: str, low: int, high: int, start: int) -> Candidate:
    begin = start + len(text[:low].encode())
    end = begin + len(text[low:high].encode())
    if _PAGE.search(text, 0, low):
        return _shapes.page(text[low:high], begin, end, "role")
    return _shapes.link(text[low:high], begin, end, "link")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Blank out spans; the UTF-8 form of the text keeps its length."""
    for low, high in spans:
        text = text[:low] + " " * (high - low) + text[high:] if text[low:high].isascii() else text
    return text


def _plain(text: str, start: int) -> Iterator[Candidate]:
    done, offset = 0, start
    for literal in _LITERAL.finditer(text):
        low, high = literal.span(2)
        if text[low] == text[high - 1] == "+" and high - low > 2:
            low, high = low + 1, high - 1  # how AsciiDoc says that nothing in it is markup
        between = text[done : literal.start()]
        yield from _prose.prose(between, offset, "`" if done else "", "`")
        begin = offset + len(text[done:low].encode())
        end = begin + len(text[low:high].encode())
        behind = text[literal.end() : literal.end() + _line_numbers.FAR]
        yield from _spans.spans(text[low:high], text[low:high], begin, behind)
        offset = end + len(text[high : literal.end()].encode())
        done = literal.end()
    yield from _prose.prose(text[done:], offset, "`" if done else "")
