"""Pieces of patterns that the rules of one file share: `%{name}` stands for a row of `[fragments]`.

A piece is a group of its own, and verbose only if it begins with `(?x)`, wherever it is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from occ_audit.errors import AuditError
from occ_audit.wording import did_you_mean

Pieces = Mapping[str, str]
"""Patterns by name, each a group."""
_USE = re.compile(r"%\{([^{}]*)\}")
_KEYS = ("pattern", "gate")
_VERBOSE = "(?x)"


def read(document: Mapping[str, Any], where: str) -> Pieces:
    """Return the fragments of a rule file, with those above put into those below.

    Raises AuditError for what is no fragment, or is unknown.
    """
    given = document.get("fragments", {})
    if not isinstance(given, dict):
        raise AuditError("`fragments` is no table", where=where, mend="[fragments], then rows")
    pieces: dict[str, str] = {}
    for name, text in given.items():
        place = f"{where}: fragment `{name}`"
        if not isinstance(text, str):
            raise AuditError("it is no text", where=place, mend=f"{name} = '''a pattern'''")
        pieces[name] = _group(_put(text, pieces, place))
    return pieces


def put(table: Mapping[str, Any], pieces: Pieces, where: str) -> Mapping[str, Any]:
    """Return a rule's table with the pieces in its patterns; raises AuditError for unknown ones.

    Where there are no pieces, every pattern means what it says.
    """
    uses = {key: table[key] for key in _KEYS if isinstance(table.get(key), str)}
    if not pieces or not uses:
        return table
    place = f"{where}: rule `{table.get('id', 'without id')}`"
    return {**table, **{key: _put(text, pieces, place) for key, text in uses.items()}}


def _group(text: str) -> str:
    if text.startswith(_VERBOSE):
        return f"(?x:{text.removeprefix(_VERBOSE)}\n)"  # it may end with a comment
    return f"(?-x:{text})"


def _put(text: str, pieces: Pieces, place: str) -> str:
    def piece(use: re.Match[str]) -> str:
        if use[1] not in pieces:
            mend = did_you_mean(use[1], pieces, "Put it into [fragments], above its first use.")
            raise AuditError(f"unknown fragment `{use[1]}`", where=place, mend=mend)
        return pieces[use[1]]

    return _USE.sub(piece, text)
