"""AsciiDoc: macros, inline literals, words with a slash; delimited blocks are left alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.documents import _frontmatter, _lines
from occ_audit.documents._document import MOST_CANDIDATES, Candidate, Document, Heading, text_of

SUFFIXES = (".adoc", ".asciidoc")

_LINE = re.compile(rb"[^\n]*\n?")
_FENCE = re.compile(rb"(-{4,}|\.{4,}|\+{4,}|/{4,}|```+)[^\n]{0,40}$")
_TITLE = re.compile(rb"(={1,6})[ \t]+(\S[^\r\n]*)")
_MACRO = re.compile(
    r"^(?:image|video|audio)::([^\s\[\]{}](?:[^\[\]{}]{0,1022}[^\s\[\]{}])?)\["
    r"|(?:\b(?:link|xref|image|video|audio):{1,2}|^include::)([^\s\[\]{}]{1,1024})\["
    r"|<<([^\s,<>#]{1,1024}\.adoc(?:#[^\s,<>]{0,200})?)(?:,|>>)"
)

_FAMILY = re.compile(r"(?:attachment|example|image|page|partial)\$")
"""A place that Antora knows, not a folder."""


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document; listings, literal blocks and comments give no candidates."""
    front = _frontmatter.read(data)
    headings: list[Heading] = []
    code: list[tuple[int, int]] = []
    found = _read(data, front.body, headings, code)
    candidates = tuple(itertools.islice(itertools.chain(front.candidates, found), MOST_CANDIDATES))
    return Document(data, candidates, tuple(headings), front.fields, tuple(code))


def _read(
    data: bytes, body: int, headings: list[Heading], code: list[tuple[int, int]]
) -> Iterator[Candidate]:
    fence, opened = b"", 0
    for match in _LINE.finditer(data, body):
        line = match.group().rstrip()
        mark = _FENCE.match(line)
        if fence:
            if line == fence:
                code.append((opened, match.end()))
                fence = b""
        elif mark:
            fence, opened = mark[1], match.start()
        elif not line.startswith(b"//"):
            title = _TITLE.match(line)
            if title:
                headings.append(Heading(len(title[1]), text_of(title[2]), match.start()))
            yield from _lines.candidates(line, match.start(), _targets)
    if fence:
        code.append((opened, len(data)))


def _targets(text: str) -> Iterator[tuple[int, int]]:
    for match in _MACRO.finditer(text):
        target = match.lastindex or 0
        if not _FAMILY.match(match[target]):
            yield match.span(target)
