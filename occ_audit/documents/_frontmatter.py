"""YAML and TOML front matter: its fields as written, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from occ_audit.documents import _prose, _shapes
from occ_audit.documents._document import Candidate, Field, text_of
from occ_audit.documents._names import spaced_path

_BLOCK = re.compile(
    rb"(?:---[ \t]*\r?\n(?P<yaml>(?:(?!---[ \t]*\r?$|\.\.\.[ \t]*\r?$).*\n){0,2000}?)(?:---|\.\.\.)"
    rb"|\+\+\+[ \t]*\r?\n(?P<toml>(?:(?!\+\+\+[ \t]*\r?$).*\n){0,2000}?)\+\+\+)[ \t]*\r?(?:\n|\Z)",
    re.MULTILINE,
)
_TOML_FIELD = re.compile(
    rb"^([\w-]+)[ \t]*=[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s#\"'\[{][^\s#]*))"
)
_TOML_TEXT = re.compile(rb"\"([^\"\\\n]+)\"|'([^'\n]+)'|#.*")
_BOM = b"\xef\xbb\xbf"
_LONGEST = 65536
_MOST_BRACKETS = 2000
_NODES = frozenset({"AliasEvent", "MappingStartEvent", "ScalarEvent", "SequenceStartEvent"})


class FrontMatter(NamedTuple):
    """The head of a document; `body` is the offset where the text begins."""

    body: int
    fields: dict[str, Field]
    candidates: tuple[Candidate, ...]
    intricate: frozenset[str] = frozenset()
    """Keys that are there twice, or whose value is no plain one: a list, a table, an alias."""


def read(data: bytes) -> FrontMatter:
    """Return the front matter; of what is no valid YAML only the readable beginning."""
    head = len(_BOM) if data.startswith(_BOM) else 0
    match = _BLOCK.match(data[: head + _LONGEST], head)
    if not match:
        return FrontMatter(head, {}, ())
    kind = "yaml" if match["yaml"] is not None else "toml"
    values = (_yaml if kind == "yaml" else _toml)(match[kind], match.start(kind))
    fields: dict[str, Field] = {}
    found: list[Candidate] = []
    intricate: set[str] = set()
    for key, value in values:
        if key and (value is None or key in fields):
            intricate.add(key)
        if value is not None:
            if key:
                fields.setdefault(key, value)
            found.extend(_candidates(value))
    return FrontMatter(match.end(), fields, tuple(found), frozenset(intricate))


def _candidates(value: Field) -> Iterator[Candidate]:
    if re.search(r"\s", value.value) and not spaced_path(value.value):
        for row in _prose.prose(value.value, value.start):
            yield Candidate(row.text, row.start, row.end, "frontmatter", row.reference, row.reason)
    else:
        yield _shapes.span(value.value, value.start, value.end, "frontmatter")


def _yaml(block: bytes, start: int) -> Iterator[tuple[str, Field | None]]:
    """Yield (top-level key or nothing, scalar) from the parser's events; None for no scalar.

    Events need no recursion and expand no alias, so no document can exhaust the machine.
    """
    import yaml  # only documents that have front matter pay for it

    if block.count(b"[") + block.count(b"{") > _MOST_BRACKETS:
        return  # each open one costs the parser time for every further token
    text = text_of(block)
    lines = text.splitlines(keepends=True)
    offsets = [start]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for key, event in _nodes(yaml.parse(text, Loader=loader)):
            yield key, _scalar(event, lines, offsets) if event else None
    except yaml.YAMLError:
        return


def _nodes(events: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield (top-level key or nothing, scalar), and None for what is no scalar at the top."""
    depth = 0
    key: str | None = None
    for event in events:
        kind = type(event).__name__
        depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        if kind not in _NODES:
            continue
        scalar = event if kind == "ScalarEvent" else None
        if depth == 1 and key is None:
            key = scalar.value if scalar else ""
        elif depth == 1:
            yield key or "", scalar
            key = None
        elif scalar:
            yield "", scalar
        depth += kind in ("MappingStartEvent", "SequenceStartEvent")


def _scalar(event: Any, lines: list[str], offsets: list[int]) -> Field:
    first, last = event.start_mark, event.end_mark
    start, end = (
        offsets[mark.line] + len(lines[mark.line][: mark.column].encode())
        if mark.line < len(lines)
        else offsets[-1]
        for mark in (first, last)
    )
    quoted = 1 if event.style in ("'", '"') else 0
    return Field(event.value, start + quoted, end - quoted)


def _toml(block: bytes, start: int) -> Iterator[tuple[str, Field]]:
    """Yield (key, scalar) of each line that is a field, and what lists and tables hold."""
    for line in block.splitlines(keepends=True):
        match = _TOML_FIELD.match(line)
        if match:
            yield match[1].decode(), _found(match, start)
        else:
            rows = filter(lambda row: row.lastindex, _TOML_TEXT.finditer(line))
            yield from (("", _found(row, start)) for row in rows)
        start += len(line)


def _found(match: re.Match[bytes], start: int) -> Field:
    """Return the last group that a match has as a field."""
    low, high = match.span(match.lastindex or 0)
    return Field(text_of(match[match.lastindex or 0]), start + low, start + high)
