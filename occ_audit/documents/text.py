"""Plain text and logs: words with a slash, inline literals, paragraphs that begin with a day."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.documents import _frontmatter, _lines
from occ_audit.documents._document import MOST_CANDIDATES, Document, Heading, text_of

SUFFIXES = (".txt", ".text", ".log")

_LINE = re.compile(rb"[^\n]+")
_PROMPT = re.compile(
    rb"[ \t]*(?:\[?\d[\dT:.,Z+ -]{3,40}\]?[ \t]+)?(?:[$%]|[\w.-]{1,80}@[\w.-]{1,80}\S{0,200}[$%#]) "
    rb"|[ \t]*(?:PS )?[A-Z]:\\[^>\n]{0,200}>"
)
"""What stands before a command: `$ `, with user and host or the time before it; or `C:\\x>`."""
_ENTRY = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)?|(?<=\n)[ \t]*\r?\n)"
    rb"\[?((?:19|20)\d\d-\d\d-\d\d[^\r\n]{0,120})\r?$",
    re.M,
)


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document; every line counts, as plain text marks nothing as code.

    Command lines, behind a prompt, count with `transcripts` alone.
    """
    front = _frontmatter.read(data)
    lines = (
        line
        for line in _LINE.finditer(data, front.body)
        if transcripts or not _PROMPT.match(line.group())
    )
    found = (row for line in lines for row in _lines.candidates(line.group(), line.start()))
    candidates = itertools.islice(itertools.chain(front.candidates, found), MOST_CANDIDATES)
    return Document(data, tuple(candidates), tuple(_entries(data, front.body)), front.fields)


def _entries(data: bytes, body: int) -> Iterator[Heading]:
    """Yield the lines that begin with a day, at the top or below a blank line, as headings."""
    for match in _ENTRY.finditer(data, body):
        yield Heading(2, text_of(match[1]), match.start(1))
