"""`occ-audit evidence stamp`: fills `doc_hash` and `last_reviewed` in front matter."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import click

from occ_audit.cli._names import shown_names
from occ_audit.errors import AuditError
from occ_audit.setting_types import is_date

_STAMPS = ("doc_hash", "last_reviewed")


@click.command("stamp")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--date", metavar="DATE", help="The day of the review.  [default: today]")
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Choice(_STAMPS),
    help="Fill only this key; repeatable.  [default: both]",
)
@click.option(
    "--add",
    is_flag=True,
    help="Add the keys, and (in Markdown) a front matter, where there is none.",
)
def stamp_command(files: Sequence[Path], date: str | None, keys: Sequence[str], add: bool) -> None:
    """Fill `doc_hash` and `last_reviewed` in the front matter of FILES.

    No other byte is touched. `doc_hash` is the SHA-256 of all that follows the front matter.
    Either all files are stamped, or none.
    """
    from occ_audit.files import write_beside

    day = _day(date)
    stamped = [(file, *_stamped(file, day, keys or _STAMPS, add=add)) for file in files]
    names = shown_names(map(str, files))
    for file, before, after in stamped:
        if before != after:
            write_beside(file, after)
        click.echo(f"{names[str(file)]}: {'stamped' if before != after else 'up to date'}")


def _day(text: str | None) -> str:
    if text is None:
        return datetime.date.today().isoformat()
    if not is_date(text):
        mend = "Write it as YYYY-MM-DD."
        raise AuditError(f"{text!a} is not a date", where="--date", mend=mend)
    return text


def _stamped(file: Path, day: str, keys: Sequence[str], *, add: bool) -> tuple[bytes, bytes]:
    """Return the bytes of a document as they are, and with the stamps."""
    from occ_audit import documents
    from occ_audit.documents import markdown
    from occ_audit.files import read_bytes

    data = read_bytes(file, "the document", "Name a document.")
    values = {"doc_hash": documents.body_digest(data), "last_reviewed": day}
    wanted = {key: values[key] for key in _STAMPS if key in keys}
    begin = add and file.suffix.lower() in markdown.SUFFIXES
    return data, documents.stamped(data, wanted, str(file), add=add, begin=begin)
