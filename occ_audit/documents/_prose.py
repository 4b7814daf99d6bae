"""Finds what running text refers to: words with a slash, and lines that words name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.documents import _line_numbers
from occ_audit.documents._document import Candidate, Offsets
from occ_audit.documents._names import known_file_name
from occ_audit.documents._shapes import LONGEST, absolute, span, with_lines
from occ_audit.model import Reference, ReferenceKind

_BACKSLASH_WORD = re.compile(
    r"(?<!\S)[(\[\"'*]*((?:[A-Za-z]:\\)?[\w.-]+(?:\\[^\W_][\w.-]*)+(?::\d{1,7}(?:-\d{1,7})?)?)"
    r"(?=[)\]\"'*,;:!?]*(?:\s|$))"
)
_RUN = re.compile(r"(?<!\S)[^\s/]*+/\S*")
_TOKEN = re.compile(
    r"(?:[\w./@+~#%:\\*…-]"
    r"|(?<=[\w./-])\{(?:[\w.-]{1,80}(?:,[\w.-]{1,80}){1,20}|\w{1,9}\.\.\w{1,9})\}(?=[\w./-]))*"
    r"(?:(?<=[A-Za-z])\(\d{1,7},\d{1,5}\))?"
)
_FIELD = re.compile(r"[(\[\"']*[a-z][a-z0-9_.]*=[\"']?")
"""A name and what follows it in a log: `file=out/a.json`."""
_LABEL = re.compile(r"[(\[*]*[A-Z][a-z]{1,20}:(?=[\w.]+/)")
"""A word that announces a path without a blank between: `Evidence:out/a.log`."""
_GLUE_BEFORE = frozenset("$%{}<>=^&?!|[]")
_GLUE_AFTER = frozenset("$%{<=^&?|[")


def prose(text: str, start: int, before: str = "", after: str = "") -> Iterator[Candidate]:
    """Find path-like words, and lines named in words, in running text that begins at `start`.

    `before` and `after` are the characters around it: a word glued to a code span is no path.
    """
    if "/" in text:
        yield from _words(text, start, before, after)
    if "\\" in text:
        yield from _words_of_windows(text, start)
    if "ine" in text:
        yield from _lines_in_words(text, start)


def _words(text: str, start: int, before: str, after: str) -> Iterator[Candidate]:
    offsets = Offsets(text, start)
    for match in _RUN.finditer(text):
        low, high = match.span()
        glued = (low == 0 and before in ("`", ">")) or (high == len(text) and after == "`")
        run = match.group()
        if glued or "://" in run or len(run) > LONGEST:
            reason = "glued to a code span" if glued else "a URL" if "://" in run else "too long"
            yield Candidate(run[:LONGEST], offsets.at(low), offsets.at(high), "prose", None, reason)
            continue
        label = _LABEL.match(run)
        for token in _TOKEN.finditer(run, label.end() if label else 0):
            word = token.group().rstrip(".:*\\")
            if "/" in word:
                if _part_of_more(run, token.start(), token.start() + len(word)):
                    continue
                shown = word.lstrip("*")
                last = low + token.start() + len(word)
                begin, end = offsets.at(last - len(shown)), offsets.at(last)
                if "\\" in shown:
                    shown = re.sub(r"\\(.)", r"\1", shown)
                behind = _line_numbers.behind(text[last : last + _line_numbers.FAR])
                yield with_lines(span(shown, begin, end, "prose"), behind)


def _words_of_windows(text: str, start: int) -> Iterator[Candidate]:
    offsets = Offsets(text, start)
    for match in _BACKSLASH_WORD.finditer(text):
        word = match[1].rstrip(".")
        path = _line_numbers.without_lines(word).replace("\\", "/")
        if known_file_name(path) or absolute(word):
            begin = match.start(1)
            yield span(word, offsets.at(begin), offsets.at(begin + len(word)), "prose")


def _part_of_more(run: str, start: int, end: int) -> bool:
    """Say whether a word is cut out of a placeholder, a variable or another expression."""
    before, after = run[max(start - 1, 0) : start], run[end : end + 1]
    if _FIELD.fullmatch(run, 0, start) and after not in _GLUE_AFTER:
        return False
    bracketed = run[:start] in ("[", "[[") and after == "]"
    if run[:start] == "<" and after == ">":  # as in mails; a placeholder has no extension
        bracketed = known_file_name(run[start:end])
    asked = run[end:] in ("?", "?)", "?!")
    return not bracketed and not asked and (before in _GLUE_BEFORE or after in _GLUE_AFTER)


def _lines_in_words(text: str, start: int) -> Iterator[Candidate]:
    offsets = Offsets(text, start)
    for low, high, lines in _line_numbers.in_words(text):
        begin, end = offsets.at(low), offsets.at(high)
        kind = ReferenceKind.LINES_IN_WORDS
        row = Reference(text[low:high], "", begin, end, kind, "prose", lines)
        yield Candidate(text[low:high], begin, end, "prose", row)
