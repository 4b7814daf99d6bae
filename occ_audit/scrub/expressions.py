"""What git-filter-repo is to replace: the expressions, their file, their effect on a content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from occ_audit import files
from occ_audit.secret import Secret, guessing_bits
from occ_audit.spellings import spellings

REMOVED = b"***REMOVED***"
"""What stands in place of a secret after the rewrite."""

_SHORTEST = 8
_VARIED = 5
_SURE_BITS = 40.0
"""From here on a text is replaced wherever it stands; below, only where a rule found it."""

_CONTEXT = 24
"""So many bytes before and after a weak secret say which of its occurrences is meant."""

_LOOKED_AT = 8192
"""Where git-filter-repo finds a zero byte among the first ones, it replaces nothing."""

_PLAIN_WORD = re.compile(rb"[A-Za-z][a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Expression:
    """One line of a file for `--replace-text` or `--replace-message`."""

    match: bytes
    """A literal, or a regular expression over bytes; without a newline."""
    regex: bool = False
    replacement: bytes = REMOVED
    """Of a regular expression: a template, in which a backslash is doubled."""

    @property
    def line(self) -> bytes:
        """The line as git-filter-repo reads it, without its end."""
        kind = b"regex:" if self.regex else b"literal:"
        return kind + self.match + b"==>" + self.replacement


def literals(secret: Secret) -> Iterator[bytes]:
    """Yield the spellings of a secret that can be replaced wherever they stand; none of a weak one.

    A secret of several lines is given line by line.
    """
    for variant in sorted(secret.variants):
        if not all(map(is_sure, _lines(variant))):
            continue
        for text in spellings(variant):
            spelling = text.encode("utf-8", "surrogateescape")
            if b"\n" not in spelling and is_sure(spelling):
                yield spelling


def _lines(value: bytes) -> list[bytes]:
    """Return the value, or, of a value with several lines, nothing: each line is judged alone."""
    return [] if re.search(rb"[\r\n]|\\n", value) else [value]


def is_sure(text: bytes) -> bool:
    """Say whether a secret is too peculiar to stand anywhere by chance; others are weak."""
    return (
        len(text) >= _SHORTEST
        and len(set(text)) >= _VARIED
        and not _PLAIN_WORD.fullmatch(text)
        and guessing_bits(text) >= _SURE_BITS
    )


def within_line(data: bytes, start: int, end: int) -> Expression | None:
    """Return what replaces `data[start:end]` between its neighbours; None where it has a newline.

    The neighbours are what stands on the same line, so that the word elsewhere is left alone.
    """
    value = data[start:end]
    if not value or b"\n" in value or b"\r" in value:
        return None
    line = data.rfind(b"\n", 0, start) + 1
    stop = data.find(b"\n", end)
    rest = data[end : stop if stop >= 0 else None].rstrip(b"\r")
    before, after = data[max(line, start - _CONTEXT) : start], rest[:_CONTEXT]
    tail = b"(?=%b)" % re.escape(after) if after else rb"(?=\r?$)"
    if not before:
        return Expression(b"(?m)^" + re.escape(value) + tail, regex=True)
    if b"==>" in before:  # it would end the expression if it stood in the replacement
        head = b"(?<=%b)" % re.escape(before)
        return Expression(b"(?m)" + head + re.escape(value) + tail, regex=True)
    # What begins with plain text is found many times faster than what begins by looking back.
    pattern = b"(?m)" + re.escape(before + value) + tail
    return Expression(pattern, regex=True, replacement=before.replace(b"\\", rb"\\") + REMOVED)


def is_binary(data: bytes) -> bool:
    """Say whether git-filter-repo takes a blob for binary, and so replaces nothing in it."""
    return b"\0" in data[:_LOOKED_AT]


def applied(expressions: Iterable[Expression], data: bytes) -> bytes:
    """Return a text as git-filter-repo leaves it: literals come first, in order."""
    known = list(expressions)
    for one in known:
        if not one.regex:
            data = data.replace(one.match, one.replacement)
    for one in known:
        if one.regex:
            data = re.sub(one.match, one.replacement, data)
    return data


def ordered(found: Iterable[bytes]) -> list[Expression]:
    """Return literals as expressions, the longest first: none may cut a longer one to pieces."""
    return [Expression(text) for text in sorted(set(found), key=lambda text: (-len(text), text))]


def file_text(expressions: Iterable[Expression]) -> bytes:
    """Return the file that git-filter-repo reads."""
    return b"".join(one.line + b"\n" for one in expressions)


def read_literals(path: Path) -> frozenset[bytes]:
    """Return the literals of a file that `file_text` made; raises AuditError for another file."""
    mend = "Name the folder that `occ-audit scrub plan` has written."
    lines = files.read_bytes(path, "the plan", mend).split(b"\n")
    rows = (line.rpartition(b"==>")[0] for line in lines)
    return frozenset(row[8:] for row in rows if row.startswith(b"literal:"))
