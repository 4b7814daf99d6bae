"""Markdown: CommonMark with GitHub's tables, task lists, footnotes and strikethrough."""

from __future__ import annotations

import html
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyromark

from occ_audit.documents import _frontmatter, _line_numbers, _prose, _shapes, _spans
from occ_audit.documents._document import (
    MOST_CANDIDATES,
    Candidate,
    Document,
    Heading,
    Offsets,
    text_of,
)

SUFFIXES = (".md", ".markdown", ".mdx", ".mdown", ".mkd")

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_STRIKETHROUGH
)
_CONSOLES = frozenset({"console", "sh-session", "shell-session", "terminal", "ShellSession"})
_COMMAND = re.compile(rb"^[ \t>]*[$#%] (.+)$", re.MULTILINE)
_BREAK = re.compile(r"(?<=[/\\_-])[ \t]{0,8}\r?\n[ \t>]*")
"""Where a path in a code span goes on in the next line."""
_SET_IN_HTML = re.compile(
    rb"<(?:/?(?:abbr|b|code|del|em|i|ins|kbd|mark|p|samp|small|strong|sub|sup|tt|u)|br */?)>\Z"
)
"""Tags around words, unlike the placeholders that look like tags."""
_ADMONITION = re.compile(
    r"^(?:!!!|\?\?\?\+?|===) +[\w\"][^\n]*+\n(?:(?: {4}[^\n]*+|[ \t]*+)(?:\n|\Z))++", re.MULTILINE
)
"""A note, or a tab, as Python-Markdown has them: below it four spaces make no code."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"\b(?:src|href)=(?:\"([^\"<>]{1,1024})\"|'([^'<>]{1,1024})')")
_HTML_CODE = re.compile(r"<(?:code|kbd|samp|tt)>([^<>\n]{1,1024})</")
_LINKS = ("Link", "Image")
_AUTOLINKS = ("Autolink", "Email")


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document; comments give no candidates, nor does code.

    With `transcripts`, the command lines of console transcripts do.
    """
    front = _frontmatter.read(data)
    reader = _Reader(data, front.body, transcripts)
    found = itertools.chain(front.candidates, reader.read())
    candidates = list(itertools.islice(found, MOST_CANDIDATES))
    candidates.sort(key=lambda row: row.start)
    headings, code = tuple(reader.headings), tuple(reader.code)
    return Document(data, tuple(candidates), headings, front.fields, code)


def _may_refer(text: Any) -> bool:
    return "/" in text or "ine" in text or "\\" in text  # a path, or lines in words


def _with_admonitions(text: str) -> str:
    """Return the text with what stands in admonitions quoted, every character in its place."""
    if not any(mark in text for mark in ("!!! ", "???", "=== ")):
        return text
    return _ADMONITION.sub(lambda m: re.sub(r"(?m)^ {4}", ">   ", m.group()), text)


def _struck_out(row: Candidate) -> Candidate:
    return row._replace(container="strikethrough", reference=None, reason="struck out")


class _Reader:
    """Walks the parser's events; keeps what it is inside of."""

    def __init__(self, data: bytes, body: int, transcripts: bool) -> None:
        self.headings: list[Heading] = []
        self.code: list[tuple[int, int]] = []
        self._source = data
        self._base = body
        self._inside: defaultdict[str, int] = defaultdict(int)
        self._title: list[str] = []
        self._transcripts = transcripts

    def read(self) -> Iterator[Candidate]:
        text = _with_admonitions(text_of(self._source[self._base :]))
        for event, where in pyromark.events_with_range(text, options=_OPTIONS, merge_text=True):
            if isinstance(event, str):
                continue
            ((name, value),) = event.items()
            if name == "Text" and not (_may_refer(value) or self._inside["Heading"]):
                continue  # most of a document; to be quick here is to be quick
            start, end = where["start"] + self._base, where["end"] + self._base
            if name == "End":
                self._close(value)
                continue
            if name == "Start":
                found = self._open(value, start, end)
            else:
                found = self._leaf(name, value, start, end)
            yield from map(_struck_out, found) if self._inside["Strikethrough"] else found

    def _open(self, value: Any, start: int, end: int) -> Iterator[Candidate]:
        name, details = next(iter(value.items())) if isinstance(value, dict) else (value, {})
        self._inside[name] += 1
        if name == "Heading":
            self._title = []
            self.headings.append(Heading(int(details["level"][1:]), "", start))
        elif name in _LINKS and details["link_type"] not in _AUTOLINKS:
            yield self._destination(name, details["dest_url"], start, end)
        elif name == "CodeBlock":
            self.code.append((start, end))
            if self._transcripts and str(details.get("Fenced", "")).partition(" ")[0] in _CONSOLES:
                yield from self._transcript(start, end)
        elif name == "HtmlBlock":
            if self._source.startswith(b"<!--", start):
                self.code.append((start, end))
            yield from _html(text_of(self._source[start:end]), start)

    def _transcript(self, start: int, end: int) -> Iterator[Candidate]:
        for line in _COMMAND.finditer(self._source, start, end):
            for row in _prose.prose(text_of(line[1]), line.start(1)):
                reference = row.reference and row.reference._replace(container="fence")
                yield row._replace(container="fence", reference=reference)

    def _close(self, value: Any) -> None:
        name = next(iter(value)) if isinstance(value, dict) else value
        self._inside[name] -= 1
        if name == "Heading":
            self.headings[-1] = self.headings[-1]._replace(title="".join(self._title))

    def _leaf(self, name: str, value: Any, start: int, end: int) -> Iterator[Candidate]:
        if name == "InlineHtml":
            yield from _html(text_of(self._source[start:end]), start)
        elif name in ("Text", "Code"):
            if self._inside["Heading"]:
                self._title.append(value)
            if self._inside["Link"] or self._inside["Image"] or self._inside["CodeBlock"]:
                return
            if name == "Code":
                yield from self._code(value, start, end)
            elif _may_refer(value):
                yield from self._prose(start, end)

    def _code(self, value: str, start: int, end: int) -> Iterator[Candidate]:
        source = self._source[start:end]
        ticks = len(source) - len(source.lstrip(b"`"))
        inner = source[ticks : len(source) - ticks]
        padded = inner[:1] in b" \n" and inner[-1:] in b" \n" and inner.strip() != b""
        margin = ticks + (1 if padded else 0)
        written = text_of(self._source[start + margin : end - margin])
        joined = _BREAK.sub("", written)
        if joined != written and not re.search(r"\s", joined):
            value = joined
        behind = text_of(self._source[end : end + _line_numbers.FAR])
        return _spans.spans(value, written, start + margin, behind)

    def _prose(self, start: int, end: int) -> Iterator[Candidate]:
        before = self._source[max(start - 1, 0) : start].decode("utf-8", "replace")
        if before == ">" and _SET_IN_HTML.search(self._source, max(start - 80, 0), start):
            before = ""
        after = self._source[end : end + 1].decode("utf-8", "replace")
        return _prose.prose(text_of(self._source[start:end]), start, before, after)

    def _destination(self, name: str, target: str, start: int, end: int) -> Candidate:
        """Place a link at its destination where that is written in it, else at the whole link."""
        container = "link" if name == "Link" else "image"
        at = self._source.rfind(b"](", start, end)
        found = self._source.find(target.encode(), at, end) if at >= 0 and target else -1
        if found >= 0:
            start, end = found, found + len(target.encode())
        return _shapes.link(target, start, end, container)


def _html(source: str, start: int) -> Iterator[Candidate]:
    """Find what attributes and code in HTML refer to; comments are left alone."""
    visible = _COMMENT.sub(lambda m: " " * len(m.group()), source)
    offsets = Offsets(visible, start)
    for match in _ATTRIBUTE.finditer(visible):
        low, high = match.span(match.lastindex or 0)
        destination = html.unescape(visible[low:high])
        yield _shapes.link(destination, offsets.at(low), offsets.at(high), "html")
    for match in _HTML_CODE.finditer(visible):
        low, high = match.span(1)
        text = html.unescape(match[1])
        yield _shapes.span(text, offsets.at(low), offsets.at(high), "codespan")
