"""`occ-audit rotate add|list`: keeps the ledger of rotated secrets, `rotations.toml`."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from pathlib import Path

import click

from occ_audit.cli._options import PATH
from occ_audit.errors import AuditError


@click.group("rotate")
def rotate_command() -> None:
    """Record which exposed secrets were rotated, and what shows it."""


@rotate_command.command("add")
@click.argument("fingerprint")
@click.option("--what", required=True, help="What was rotated, in words.")
@click.option("--by", required=True, help="Who rotated it.")
@click.option("--evidence", required=True, help="The file in the repository that shows it.")
@click.option("--rotated", metavar="DATE", help="A day or a timestamp.  [default: now]")
@click.argument("path", type=PATH, default=".")
def add_command(
    fingerprint: str, what: str, by: str, evidence: str, rotated: str | None, path: Path
) -> None:
    """Record in the repository at PATH that the secret with this FINGERPRINT was rotated."""
    from occ_audit.files import write_beside
    from occ_audit.scrub import rotations

    file = _root(path) / rotations.FILE_NAME
    entry = rotations.Entry(
        fingerprint=fingerprint,
        what=what,
        rotated=rotated or f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        by=by,
        evidence=_evidence(evidence, path, file.parent),
    )
    rotations.check(entry)
    write_beside(file, rotations.added(rotations.read_text(file), entry, str(file)))
    click.echo(f"{file.name}: {fingerprint} rotated {entry.rotated}")


@rotate_command.command("list")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")
@click.argument("path", type=PATH, default=".")
def list_command(form: str, path: Path) -> None:
    """Show the rotations that are recorded in the repository at PATH."""
    from occ_audit.scrub import rotations

    entries = rotations.read(_root(path) / rotations.FILE_NAME)
    if form == "json":
        click.echo(json.dumps([asdict(entry) for entry in entries], indent=2))
        return
    for entry in entries:
        click.echo(f"{entry.rotated:<20}  {entry.fingerprint}")
        click.echo(f"    {entry.what}, by {entry.by}: {entry.evidence}")
        if entry.checked:
            click.echo(f"    checked {entry.checked}")
    click.echo(f"{len(entries)} rotated")


def _root(path: Path) -> Path:
    """Return the root of the repository, or the folder itself outside of any."""
    from occ_audit.repository import Repository

    if not path.is_dir():
        raise AuditError("there is no such folder", where=str(path), mend="Check the path.")
    found = Repository.discover(path)
    return found.root if found else path.resolve()


def _evidence(text: str, path: Path, root: Path) -> str:
    """Return the path of the evidence from the root; raises where there is none."""
    places = (path / text, root / text)
    place = next((one.resolve() for one in places if one.exists()), None)
    if place is None or not place.is_relative_to(root.resolve()) or place == root.resolve():
        raise AuditError(
            "there is no such evidence in the repository",
            where=f"--evidence {text}",
            mend="Write down first what shows the rotation, and add it to git.",
        )
    return place.relative_to(root.resolve()).as_posix()
