"""YAML and TOML front matter: its fields as written, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from occ_audit.documents import _shapes
from occ_audit.documents._document import Candidate, Field, text_of

_BLOCK = re.compile(
    rb"(?:---[ \t]*\r?\n(?P<yaml>(?:(?!---[ \t]*\r?$|\.\.\.[ \t]*\r?$).*\n){0,2000}?)(?:---|\.\.\.)"
    rb"|\+\+\+[ \t]*\r?\n(?P<toml>(?:(?!\+\+\+[ \t]*\r?$).*\n){0,2000}?)\+\+\+)[ \t]*\r?(?:\n|\Z)",
    re.MULTILINE,
)
_TOML_FIELD = re.compile(
    rb"^([\w-]+)[ \t]*=[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s#\"'\[{][^\s#]*))"
)
_BOM = b"\xef\xbb\xbf"
_LONGEST = 65536
_MOST_BRACKETS = 2000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The head of a document; `body` is the offset where the text begins."""

    body: int
    fields: dict[str, Field]
    candidates: tuple[Candidate, ...]


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
    for key, value in values:
        if key:
            fields.setdefault(key, value)
        found.extend(_candidates(value))
    return FrontMatter(match.end(), fields, tuple(found))


def _candidates(value: Field) -> Iterator[Candidate]:
    if re.search(r"\s", value.value):
        for row in _shapes.prose(value.value, value.start):
            yield Candidate(row.text, row.start, row.end, "frontmatter", row.reference, row.reason)
    else:
        yield _shapes.span(value.value, value.start, value.end, "frontmatter")


def _yaml(block: bytes, start: int) -> Iterator[tuple[str, Field]]:
    """Yield (top-level key or nothing, scalar) from the parser's events.

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
    depth, key = 0, None
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.events.CollectionStartEvent):
                depth, key = depth + 1, None
            elif isinstance(event, yaml.events.CollectionEndEvent):
                depth, key = depth - 1, None
            elif isinstance(event, yaml.events.ScalarEvent):
                if depth == 1 and key is None:
                    key = event.value
                    continue
                yield (key or "") if depth == 1 else "", _scalar(event, lines, offsets)
                key = None
    except yaml.YAMLError:
        return


def _scalar(event: object, lines: list[str], offsets: list[int]) -> Field:
    first, last = event.start_mark, event.end_mark  # type: ignore[attr-defined]
    start, end = (
        offsets[mark.line] + len(lines[mark.line][: mark.column].encode())
        if mark.line < len(lines)
        else offsets[-1]
        for mark in (first, last)
    )
    quoted = 1 if event.style in ("'", '"') else 0  # type: ignore[attr-defined]
    return Field(event.value, start + quoted, end - quoted)  # type: ignore[attr-defined]


def _toml(block: bytes, start: int) -> Iterator[tuple[str, Field]]:
    for line in block.splitlines(keepends=True):
        match = _TOML_FIELD.match(line)
        if match:
            group = next(index for index in (2, 3, 4) if match[index] is not None)
            low, high = match.span(group)
            yield match[1].decode(), Field(text_of(match[group]), start + low, start + high)
        start += len(line)
