"""The rotation ledger, `rotations.toml`: which secrets were rotated, when, and what shows it.

It holds fingerprints and no secret. Entries are sorted by fingerprint, so that branches that add
different ones merge; what people wrote around them stays.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated

from occ_audit import files, typed_toml
from occ_audit.errors import AuditError
from occ_audit.typed_toml import NOT_A_KEY, MistakeError

FILE_NAME = "rotations.toml"

_FINGERPRINT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*:[0-9a-f]{32}")
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")
_MAX_FILE = 2**24
_HEADER = """\
# Rotated secrets. `occ-audit rotate add` adds an entry; see docs/history.md.
"""


def _fingerprint(value: object) -> object:
    if isinstance(value, str) and not _FINGERPRINT.fullmatch(value):
        mend = "Copy it from a report: a rule's id, a colon, 32 hexadecimal digits."
        raise MistakeError(f"{value[:80]!a} is not a fingerprint", mend)
    return value


def _moment(value: object) -> object:
    """Return a date or timestamp as text, however TOML had it."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            moment(value)
        except (ValueError, OverflowError):
            mend = "Write 2030-01-31 or 2030-01-31T12:00:00Z."
            raise MistakeError(f"{value[:80]!a} is neither a date nor a timestamp", mend) from None
    return value


def _path(value: object) -> object:
    parts = value.split("/") if isinstance(value, str) else []
    if isinstance(value, str) and ("\\" in value or not set(parts).isdisjoint({"", ".", ".."})):
        mend = "Write it relative to the repository's root, with `/`."
        raise MistakeError(f"{value[:80]!a} is no path in the repository", mend)
    return value


def _line_of_text(value: object) -> object:
    if isinstance(value, str) and not (value.strip() and value.isprintable()):
        raise MistakeError("should be one line of text", "Write a few words.")
    return value


@dataclass(frozen=True, slots=True)
class Entry:
    """One rotated secret."""

    fingerprint: Annotated[str, _fingerprint]
    what: Annotated[str, _line_of_text]
    """What was rotated, in words."""
    rotated: Annotated[str, _moment]
    """A day, or a moment, in ISO 8601."""
    by: Annotated[str, _line_of_text]
    evidence: Annotated[str, _path]
    """The path of what shows it, from the repository's root."""
    checked: Annotated[str, _line_of_text] = ""
    """When a live check last asked whether it still works, and what the answer was."""
    line: int = field(default=0, compare=False, metadata=NOT_A_KEY)
    """Where the entry begins in the file."""


@dataclass(frozen=True, slots=True)
class _Ledger:
    rotation: tuple[Entry, ...] = ()


def parse(text: str, where: str) -> tuple[Entry, ...]:
    """Return the entries of a ledger; raises AuditError that names line, key and mend."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_CONFLICT):
            mend = "Keep the entries of both sides, and delete the marker lines."
            raise AuditError("an unresolved merge conflict", where=f"{where}:{number}", mend=mend)
    document = typed_toml.parse(text, where)
    lines = typed_toml.key_lines(text)
    try:
        ledger: _Ledger = typed_toml.convert(_Ledger, document)
        rows = enumerate(ledger.rotation)
        entries = [replace(e, line=lines.get(("rotation", i), 0)) for i, e in rows]
        _check(entries)
    except MistakeError as mistake:
        line_number = typed_toml.line_of(lines, mistake.at)
        place = f"{where}:{line_number}" if line_number else where
        raise AuditError(mistake.problem, where=place, mend=mistake.mend) from None
    return tuple(entries)


def _check(entries: Iterable[Entry]) -> None:
    seen: dict[str, Entry] = {}
    for index, entry in enumerate(entries):
        if known := seen.get(entry.fingerprint):
            problem = f"rotation[{index}]: the secret has an entry already, in line {known.line}"
            raise MistakeError(
                problem, "Keep the later rotation, and delete the other.", "rotation", index
            )
        seen[entry.fingerprint] = entry


def read(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a ledger file; none where there is no such file."""
    return parse(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a ledger file, empty where there is none; raises AuditError."""
    if not path.exists():
        return ""
    return files.read_text(path, "the rotation ledger", "Make it a readable file.", _MAX_FILE)


def check(entry: Entry) -> None:
    """Raise AuditError where an entry could not be read again, or tells of what is to come."""
    parse(_block(entry), "the new entry")
    if is_ahead(entry.rotated):
        mend = "Rotate the secret first, then record when that was."
        raise AuditError(f"{entry.rotated} is still to come", where="--rotated", mend=mend)


def added(text: str, entry: Entry, where: str) -> str:
    """Return the ledger with one entry more, at its place; all other bytes stay as they are.

    Raises AuditError where the ledger is wrong, or has an entry for this secret.
    """
    entries = parse(text, where)
    known = next((row for row in entries if row.fingerprint == entry.fingerprint), None)
    if known is not None:
        raise AuditError(
            f"the rotation of {entry.fingerprint} is recorded already",
            where=f"{where}:{known.line}",
            mend="Edit that entry if the secret was rotated once more.",
        )
    lines = (text or _HEADER).splitlines(keepends=True)
    later = next((row.line for row in entries if row.fingerprint > entry.fingerprint), 0)
    place = _before_comments(lines, later - 1) if later else len(lines)
    head, tail = "".join(lines[:place]).rstrip("\n"), "".join(lines[place:])
    result = f"{head}\n\n{_block(entry)}" + (f"\n{tail}" if tail else "")
    parse(result, where)
    return result


def _before_comments(lines: list[str], place: int) -> int:
    """Return where the comments begin that stand right above a line."""
    while place > 0 and lines[place - 1].startswith("#"):
        place -= 1
    return place


def _block(entry: Entry) -> str:
    texts = {key: text for key, text in asdict(entry).items() if text and key != "line"}
    rows = (f"{key} = {_quoted(text)}\n" for key, text in texts.items())
    return "[[rotation]]\n" + "".join(rows)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_before(rotated: str, since: str) -> bool:
    """Say whether a rotation lies before a moment; a day counts until its end."""
    start = moment(since)
    if len(rotated) == len("2030-01-31"):
        return datetime.date.fromisoformat(rotated) < start.date()
    return moment(rotated) < start


def is_ahead(rotated: str) -> bool:
    """Say whether a rotation is still to come, wherever on earth its day was written down."""
    return moment(rotated) > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)


def moment(text: str) -> datetime.datetime:
    """Return a date or a time in ISO 8601 in UTC, which is meant where no time zone is named."""
    found = datetime.datetime.fromisoformat(text)
    return found.replace(tzinfo=found.tzinfo or datetime.UTC).astimezone(datetime.UTC)
