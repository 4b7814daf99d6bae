"""How documents cite lines of a file: in its path, behind it, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

Lines = tuple[int, int]
"""First and last line, as written; of several ranges the last."""

FAR = 24
"""So many characters behind a path may tell of its lines."""

_LAST_OF_SEVERAL = r"(?:\d{1,6}(?:-\d{1,6})?(?:,\s?(?:and\s)?|\s(?:and|&)\s)){0,9}"
_TO = r"\s?(?:[-\u2013]|to|through)\s?"
_IN_WORDS = re.compile(rf"\b[Ll]ine(?:s\s{_LAST_OF_SEVERAL}|\s)(\d{{1,6}})(?:{_TO}(\d{{1,6}}))?\b")
_AFTER_A_FILE = re.compile(
    rf",?\s+\(?(?:lines?\s+|L){_LAST_OF_SEVERAL}(\d{{1,6}})(?:{_TO}L?(\d{{1,6}}))?\)?",
    re.IGNORECASE,
)
_IN_A_PATH = re.compile(
    r"(?::L?(\d{1,7})(?:[-\u2013]L?(\d{1,7})|:\d{1,5})?"
    r"|#L(\d{1,7})(?:C\d{1,5})?(?:-L?(\d{1,7})(?:C\d{1,5})?)?"
    r"|(?<=[A-Za-z])\((\d{1,7}),\d{1,5}\))$"
)
"""As people, GitHub and compilers (`a.ts(7,3)`) write them."""
_SEVERAL_IN_A_PATH = re.compile(r":[\d,-]{1,40},(?=\d)")
_BEHIND = re.compile(r",?\s?\(?(?:#?L|(?<![\s,]):)(\d{1,7})(?:[-\u2013]L?(\d{1,7}))?\)?(?![:.]?\w)")


def without_lines(path: str) -> str:
    """Return a path without the lines that stand behind it."""
    return _IN_A_PATH.sub("", path)


def with_the_last(path: str) -> str:
    """Return a path with the last of the lines behind it: `a.md:9` for `a.md:3,9`."""
    return _SEVERAL_IN_A_PATH.sub(":", path, count=1)


def divided(path: str) -> tuple[str, Lines | None]:
    """Return a path, or an anchor with its `#`, and the lines behind it."""
    match = _IN_A_PATH.search(path)
    return (path[: match.start()], _lines(match)) if match else (path, None)


def behind(text: str) -> Lines | None:
    """Return the lines that a text begins with: ":3-7", " (L3)"; words are told `in_words`."""
    match = _BEHIND.match(text)
    return _lines(match) if match else None


def after_a_file(text: str, position: int) -> tuple[int, Lines] | None:
    """Return the end of " lines 3-7" or " (L3)" at a position of a code span, and the lines."""
    match = _AFTER_A_FILE.match(text, position)
    return (match.end(), _lines(match)) if match else None


def in_words(text: str) -> Iterator[tuple[int, int, Lines]]:
    """Yield (start, end, lines) of what words name: "lines 3-7", "lines 3, 5 and 9"."""
    for match in _IN_WORDS.finditer(text):
        yield *match.span(), _lines(match)


def _lines(match: re.Match[str]) -> Lines:
    first, *last = (int(row) for row in match.groups() if row)
    return first, last[0] if last else first
