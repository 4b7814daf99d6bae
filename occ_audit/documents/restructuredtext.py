"""reStructuredText: links, roles, inline literals, words with a slash; no literal blocks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from occ_audit.documents import _frontmatter, _lines, _shapes
from occ_audit.documents._document import MOST_CANDIDATES, Candidate, Document, Heading, text_of

SUFFIXES = (".rst", ".rest")

_LINE = re.compile(rb"[^\n]*\n?")
_EXPLICIT = re.compile(rb"[ \t]*\.\.(?:[ \t]|$)")
_DIRECTIVE = re.compile(rb"[ \t]*\.\.[ \t]+(?:\|[^|\n]{1,80}\|[ \t]+)?([\w:-]{1,40})::")
_TOCTREE = re.compile(rb"[ \t]*\.\.[ \t]+toctree::")
_ENTRY = re.compile(r"\s*(?:[^<>\s][^<>]{0,400}<([^<>\s:*]{1,1024})>|([^<>\s:*]{1,1024}))$")
"""A page in a toctree, by its name alone or behind its title; no pattern, no option, no URL."""
_NAMED = re.compile(rb"[ \t]*\.\.[ \t]+(?:_|\[)")
_LITERAL_BLOCKS = frozenset(
    {b"code", b"code-block", b"highlight", b"math", b"parsed-literal", b"raw", b"sourcecode"}
    | {b"doctest", b"graphviz", b"productionlist", b"prompt", b"testcode", b"testsetup"}
)
_UNDERLINE = re.compile(rb"([=\-`:.'\"~^_*+#!$%&,;<>?@/|(){}\[\]\\])\1{2,}$")
_TARGET = re.compile(
    r"`[^`<>]{0,400}<([^`<>\s]{1,1024})>`__?"
    r"|:(?:doc|download):`(?:[^`<>]{0,400}<)?([^`<>\s]{1,1024})>?`"
    r"|\.\. (?:\|[^|]{1,80}\| )?(?:image|figure|include|literalinclude):: +(\S{1,1024})"
    r"|^\s+:file: +(\S{1,1024})$"
    r"|^\s*\.\. _[^:`]{1,400}: (\S{1,1024}[^\s_])$"
)


@dataclass
class _State:
    """What the lines before say of the next one."""

    headings: list[Heading] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    levels: list[bytes] = field(default_factory=list)
    block: int = -1
    """The indentation that ends the block which is left alone; -1 outside of one."""
    toctree: int = -1
    """The indentation that ends the list of pages; -1 outside of one."""


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the document; literal blocks, code directives and comments give no candidates."""
    front = _frontmatter.read(data)
    state = _State()
    found = _read(data, front.body, state)
    candidates = tuple(itertools.islice(itertools.chain(front.candidates, found), MOST_CANDIDATES))
    return Document(data, candidates, tuple(state.headings), front.fields, tuple(state.code))


def _read(data: bytes, body: int, state: _State) -> Iterator[Candidate]:
    above, start_above = b"", body
    for match in _LINE.finditer(data, body):
        line = match.group().rstrip()
        if not line:
            above = b""
            continue
        indent = len(line) - len(line.lstrip())
        if state.block >= 0 and indent > state.block:
            state.code.append(match.span())
            continue
        if state.toctree >= 0 and indent > state.toctree:
            yield from _page(text_of(line), match.start())
            continue
        state.toctree = indent if _TOCTREE.match(line) else -1
        state.block = indent if _opens_block(line) else -1
        if above and _UNDERLINE.match(line) and len(line) >= len(text_of(above)):
            _title(state, line[:1], above, start_above)
        elif not _is_comment(line):
            yield from _lines.candidates(line, match.start(), _targets)
        above, start_above = line, match.start()


def _page(line: str, start: int) -> Iterator[Candidate]:
    """Yield what a line of a toctree leads to; `self` is the page itself."""
    match = _ENTRY.match(line)
    if match and match[match.lastindex or 0] != "self":
        name = match[match.lastindex or 0]
        begin = start + len(line[: match.start(match.lastindex or 0)].encode())
        yield _shapes.page(name, begin, begin + len(name.encode()), "toctree")


def _opens_block(line: bytes) -> bool:
    directive = _DIRECTIVE.match(line)
    if directive:
        return directive[1] in _LITERAL_BLOCKS
    return line.endswith(b"::") or _is_comment(line)


def _is_comment(line: bytes) -> bool:
    return bool(_EXPLICIT.match(line)) and not (_DIRECTIVE.match(line) or _NAMED.match(line))


def _title(state: _State, mark: bytes, text: bytes, start: int) -> None:
    if mark not in state.levels:
        state.levels.append(mark)
    state.headings.append(Heading(state.levels.index(mark) + 1, text_of(text.strip()), start))


def _targets(text: str) -> Iterator[tuple[int, int]]:
    for match in _TARGET.finditer(text):
        yield match.span(match.lastindex or 0)
