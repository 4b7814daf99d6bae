"""Source files: what their comments refer to; strings and code are left alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.documents import _lines
from occ_audit.documents._document import MOST_CANDIDATES, Candidate, Document

_HASH = ".bash .cfg .ex .exs .nix .pl .py .pyi .r .rake .rb .sh .tf .toml .yaml .yml .zsh"
_SLASH = (
    ".c .cc .cpp .cs .css .cts .dart .go .h .hpp .java .js .jsx .kt .mjs .mts .php .proto .rs"
    " .scala .scss .swift .ts .tsx"
)
_DASH = ".hs .lua .sql"
SUFFIXES = tuple(f"{_HASH} {_SLASH} {_DASH}".split())

_STRINGS = (
    rb"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\"|\Z)"
    rb"|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z)"
    rb"|\"(?:[^\"\\\n]|\\.)*+(?:\"|$)|'(?:[^'\\\n]|\\.)*+(?:'|$)"
)
_COMMENTS = (
    rb"(?P<hash>(?<![\w$&])#[^\n]*)"
    rb"|(?P<slash>(?<!:)//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))"
    rb"|(?P<dash>--[^\n]*)"
)
_TOKEN = re.compile(_STRINGS + b"|" + _COMMENTS, re.DOTALL | re.MULTILINE)
_LINE = re.compile(rb"[^\n]+")


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document; the marks of all languages count, wherever a comment could begin."""
    found = (row for match in _TOKEN.finditer(data) if match.lastgroup for row in _comment(match))
    return Document(data, tuple(itertools.islice(found, MOST_CANDIDATES)))


def _comment(match: re.Match[bytes]) -> Iterator[Candidate]:
    end = match.end()
    for line in _LINE.finditer(match.string, match.start(), end):
        skipped = len(line.group()) - len(line.group().lstrip(b" \t/*#-!"))
        text = line.group()[skipped:].removesuffix(b"*/")
        yield from _lines.candidates(text, line.start() + skipped)
