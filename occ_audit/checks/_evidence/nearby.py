"""What stands directly before and after a reference, in words and in cells of a table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_NEIGHBOURHOOD = 120
_ROW = 1000
"""So much of a table's row, on either side, is looked at."""
_DECORATION = " \t\r\n`*_([\"'\u2018\u201c:\u2013\u2014-"
_CLOSING = "`*_)]\"'\u2019\u201d \t\r\n"
_NEXT_BLOCK = re.compile(r"\n[ \t>]*(?:(?=\r?\n)|[-*+][ \t]|\d{1,9}[.)][ \t]|#|\|)")
"""Where another paragraph, item, row or heading begins: its words say nothing of this one."""
_OPENING = "([:\u2013\u2014-"
_AND = frozenset({"and", "or", "&"})
_COPULAS = re.compile(r"^(?:(?:is|are|still|remains|was|were|yet) ){1,3}")
_PREDICATE = re.compile(r"(?:was|were|has|have|does|do|did|never|no longer exists?)\b")
"""How words begin that speak of what stands before them."""
_OF_SEVERAL = re.compile(r"(?:are|were|will|do|have)\b")
"""How words begin that may speak of all paths of a list before them."""
_LISTED_BEHIND = re.compile(
    r"(?: ?(?:,|,? ?and|,? ?or|&) [`*]{0,3}[\w.@-]{0,80}[./][\w./@-]{0,200}\w[`*]{0,3}){1,8} "
)
_DENIAL = re.compile(r"\w$|\b(?:no|not|nothing|none|never)(?: \w+)? $|\b(?:was|were|been) $")
"""What stands before words that say nothing of what follows, or the opposite."""
_PATH_LIKE = re.compile(r"\w[./]\w|\w/")
_EXAMPLE_CUE = re.compile(
    r"(?<!\w)(?:e\.g\.,?|i\.e\.,?|for example,?|for instance,?|such as|like|say|"
    r"creates?|created|adds?|generates?|writes?|renames?|renamed|removes?|removed|deletes?|deleted|"
    r"moves?|moved|formerly|former|old|previous|legacy|was|named|called|your|"
    r"(?:do not|don't|never) (?:add|commit|create|have|include|need|push|track|use)(?: or \w+)?|"
    r"if|when|unless|whether|finds?)"
    r"(?: (?:a|an|the|new|file|files|folder|directory|called|named|from|to|own|it|as|in|at))*$"
)
_AFTER_AN_EXAMPLE = re.compile(r"[,(]?\s*(?:for example|for instance|e\.g\.)(?!\w)")
_AFTER_REMOVAL = re.compile(
    r"\s*(?:was|were|(?:has|have) been) (?:merged|moved|renamed|replaced|split)\b"
)
_REMOVAL_CUE = re.compile(
    r"\b(?:removed?|removes|deleted?|deletes|dropped|drops?|renamed?|renames|moved?|moves|retired)"
    r"(?: (?:the|our|old|obsolete|unused|outdated|file|files|folder|script|away|from))*$"
)


def before(data: bytes, start: int) -> str:
    """Return the words directly before a reference, small, single-spaced, undecorated.

    They stand in its own paragraph or item, or announce it with a colon; paths that it is listed
    with ("removed `a.md` and ") are left out.
    """
    *blocks, text = _NEXT_BLOCK.split(_text(data, start - _NEIGHBOURHOOD, start))
    above = next(filter(None, map(str.strip, reversed(blocks))), "").rstrip("*_")
    if not text.strip(_DECORATION) and above.endswith(":"):
        text = above
    return " ".join(_before_the_list(text.rstrip(_DECORATION).replace("**", "").casefold().split()))


def _before_the_list(words: list[str]) -> list[str]:
    """Return the words without the paths that end them, each with a comma or "and" behind it."""
    while words:
        *rest, path = words[:-1] if words[-1] in _AND else words
        joined = words[-1] in _AND or path.endswith(",")
        if not (rest and joined and _PATH_LIKE.search(path)):
            break
        words = " ".join(rest).rstrip(_DECORATION).split()
    return words


def makes_an_example(data: bytes, start: int, end: int) -> bool:
    """Say whether the words around make it an example, or a thing to come or of the past."""
    behind = _behind(data, end)
    if _AFTER_AN_EXAMPLE.match(behind) or _AFTER_REMOVAL.match(behind):
        return True
    return bool(_EXAMPLE_CUE.search(before(data, start)))


def tells_of_a_removal(data: bytes, start: int, end: int) -> bool:
    """Say whether the words around say that what is referred to was removed, or has moved."""
    said = _REMOVAL_CUE.search(before(data, start)) or _AFTER_REMOVAL.match(_behind(data, end))
    return bool(said)


def _behind(data: bytes, end: int) -> str:
    """Return what follows a reference in its paragraph or item, without what closes it."""
    following = _text(data, end, end + _NEIGHBOURHOOD)
    return _NEXT_BLOCK.split(following, maxsplit=1)[0].lstrip(_CLOSING)


def _text(data: bytes, start: int, end: int) -> str:
    return data[max(start, 0) : end].decode("utf-8", "replace")


def beside(words: Iterable[str], data: bytes, start: int, end: int) -> str:
    """Return which of the words stand directly before or after a reference, or nothing.

    A single word is taken only where a bracket, a colon or a dash sets it apart: "placeholder
    `x`" says that x is there.
    """
    around = _text(data, start - _ROW, end + _ROW).casefold().replace("\n", " ")
    words = [word for word in words if word in around]
    if not words:
        return ""
    ahead, behind = before(data, start), _behind(data, end)
    set_apart = any(mark in _text(data, start - 8, start) for mark in _OPENING)
    cells = _cells_of_row(data, start, end)
    for word in words:
        announced = (" " in word or set_apart) and _announces(word, ahead)
        if word in cells or announced or _follows(word, behind):
            return word
    return ""


def _announces(word: str, text: str) -> bool:
    """Say whether a text ends with a word that speaks of what follows, and does not deny it."""
    if _PREDICATE.match(word) or not text.endswith(word):
        return False
    return not _DENIAL.search(text, 0, len(text) - len(word))


def _follows(word: str, text: str) -> bool:
    """Say whether a text begins with a word, by itself or behind "is still" and the like."""
    behind = " ".join(text.lstrip(_DECORATION).casefold().split())
    if _OF_SEVERAL.match(word):
        behind = behind[match.end() :] if (match := _LISTED_BEHIND.match(behind)) else behind
    said, copulas = _COPULAS.subn("", behind)
    if " " in word:
        return any(re.match(rf"{re.escape(word)}\b(?! *:)", row) for row in (behind, said))
    set_apart = text[:1] in tuple(_OPENING) or copulas > 0
    return set_apart and bool(re.match(rf"{re.escape(word)}\b(?! *[\w:])", said))


def _cells_of_row(data: bytes, start: int, end: int) -> list[str]:
    """Return the texts of the cells around that of a reference, undecorated, small.

    What stands behind another path of the row is said of that one.
    """
    ahead = _text(data, start - _ROW, start).rpartition("\n")[2].split("|")[-2::-1]
    rest = _text(data, end, end + _ROW).partition("\n")[0].split("|")[1:]
    cells = [
        *(ahead if all(map(_says_words, ahead)) else ()),
        *itertools.takewhile(_says_words, rest),
    ]
    return [row.strip(f"{_DECORATION}{_CLOSING}.!").casefold() for row in cells]


def _says_words(cell: str) -> bool:
    return not _PATH_LIKE.search(cell)
