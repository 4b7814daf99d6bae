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
_KEYS = ("pattern", "gate", "words")
_VERBOSE = "(?x)"
_BEYOND_ASCII = re.compile(r"(\\[\x00-\x7f])|\\?([^\x00-\x7f])")


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
    """Return a rule's table with its patterns in full; raises AuditError for unknown pieces.

    Where there are no pieces, every pattern means what it says. What is beyond ASCII stands as
    its bytes then.
    """
    place = f"{where}: rule `{table.get('id', 'without id')}`"
    given = {key: table[key] for key in _KEYS if isinstance(table.get(key), str)}
    full = {key: _put(text, pieces, place) if pieces else text for key, text in given.items()}
    return {**table, **{key: _ascii(text) for key, text in full.items()}}


def _ascii(pattern: str) -> str:
    """Return a pattern with an escape for each byte of a character beyond ASCII.

    `regex` leaves the bytes 0x85 and 0xa0, which end `ą` and `à`, out of verbose patterns, as
    blanks (seen with 2026.11.15).
    """
    return _BEYOND_ASCII.sub(
        lambda found: found[1] or "".join(f"\\x{byte:02x}" for byte in found[2].encode()), pattern
    )


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
