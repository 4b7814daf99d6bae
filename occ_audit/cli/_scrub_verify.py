"""`occ-audit scrub verify`: proves that a report's secrets are gone, or says where they are."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occ_audit.cli import CLEAN, FINDINGS, INCOMPLETE
from occ_audit.cli._filed import place
from occ_audit.cli._names import shown_name
from occ_audit.cli._options import ALLOW_INCOMPLETE, CONFIG, JOBS, PATH, RULES
from occ_audit.cli._scrub_open import open_repository
from occ_audit.wording import plural, some

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.model import Rule, Skipped
    from occ_audit.scrub.leftovers import Leftover
    from occ_audit.scrub.verify import Verification

_SHOWN_DIGITS, _SHOWN_REFS, _SHOWN_PLACES = 10, 3, 50


@click.command("verify")
@click.option("--report", type=PATH, required=True, help="The scrub report, as JSON.")
@click.option("--remote", metavar="URL", default="", help="Look at all that this remote has, too.")
@click.option("--plan", "folder", type=PATH, help="Look for every spelling in this plan, too.")
@click.option(
    "--certificate",
    type=PATH,
    help="When all is clean, write FILE.md and FILE.json; in a folder with dated names.",
)
@RULES
@CONFIG
@JOBS
@ALLOW_INCOMPLETE
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal")
@click.argument("path", type=PATH, default=".")
def verify_command(
    path: Path,
    report: Path,
    remote: str,
    folder: Path | None,
    certificate: Path | None,
    rules: Sequence[Path],
    config: Path | None,
    jobs: int,
    allow_incomplete: bool,
    form: str,
) -> int:
    """Prove that the secrets of a scrub report are gone from the repository at PATH.

    Looks at every object, reachable or not, at refs, reflogs, stashes, notes, names, the index,
    the files of all worktrees and those of git itself; with --remote, at every ref that the
    remote advertises. Ends with 0 when all secrets are gone, with 1 when one is left, with 3 when
    not everything could be looked at.
    """
    from occ_audit.cli._progress import progress_bar
    from occ_audit.scrub import verify, wanted
    from occ_audit.scrub.expressions import read_literals
    from occ_audit.scrub.rewrite import TEXTS

    opened = open_repository(path, rules, config, jobs)
    target = place(certificate, "--certificate", "scrub-certificate") if certificate else None
    with progress_bar(quiet=form == "json") as progress:
        task = verify.Task(
            repository=opened.repository,
            wanted=wanted.read(report),
            candidates=opened.candidates,
            max_bytes=opened.config.max_bytes,
            jobs=opened.jobs,
            progress=progress,
            remote=remote,
            texts=read_literals(folder / TEXTS) if folder else frozenset(),
        )
        found = verify.verify(task)
    FORMATS[form](found)
    code = exit_code(found, allow_incomplete=allow_incomplete)
    if target and code == CLEAN:
        _write(target, found, opened.rules)
    return code


def register(group: click.Group) -> None:
    """Add the command to `occ-audit scrub`."""
    group.add_command(verify_command)


def exit_code(found: Verification, *, allow_incomplete: bool = False) -> int:
    """Return 0 for clean, 1 where a secret is left, 3 where not all was looked at."""
    if found.leftovers:
        return FINDINGS
    return CLEAN if found.complete or allow_incomplete else INCOMPLETE


def terminal(found: Verification) -> None:
    """Print what is left and where, what removes it, what was not looked at, and the result."""
    from occ_audit.reports._text import printable

    for line in _lines(found):
        click.echo(printable(line))


def _lines(found: Verification) -> Iterator[str]:
    from occ_audit.scrub.leftovers import REMOVED_BY

    by_secret: dict[str, list[Leftover]] = {}
    for row in found.leftovers:
        by_secret.setdefault(row.digest, []).append(row)
    for digest, rows in by_secret.items():
        named = (rows[0].mask, rows[0].rule_id, rows[0].fingerprint)
        yield "  ".join(named) if digest else rows[0].mask
        yield from (f"    {_place(row)}" for row in rows[:_SHOWN_PLACES])
        if len(rows) > _SHOWN_PLACES:
            yield f"    and {len(rows) - _SHOWN_PLACES:,} more places (--format json tells all)"
    if kinds := dict.fromkeys(row.kind for row in found.leftovers):
        yield "what removes it, each in its kind of place:"
        yield from (f"    {kind}: {REMOVED_BY[kind]}" for kind in kinds)
    for skipped in found.skipped:
        yield f"not looked at: {skip_text(skipped)}"
    for text in found.unchecked:
        yield f"not checked: {text}"
    yield ""
    for side in found.sides:
        objects = side.counters.get("objects", 0)
        yield f"{side.name}: {side.where}: {objects:,} objects, {len(side.refs):,} refs"
    yield _verdict(found)


def _verdict(found: Verification) -> str:
    total, places = len(found.wanted.secrets), len(found.leftovers)
    left = {row.digest: row.mask for row in found.leftovers}
    if left:
        spelling = left.pop("", "")  # of the plan, which is no secret of the report
        known = f"{len(left):,} of {total:,} secrets" if left else ""
        what = " and ".join(filter(None, (known, spelling)))
        verb = "is" if len(left) + bool(spelling) == 1 else "are"
        return f"{what} {verb} left, in {plural(places, 'place')}"
    if found.complete:
        return f"clean: none of {total:,} secrets is left"
    return f"none of {total:,} secrets was found, but not all could be looked at"


def _place(row: Leftover) -> str:
    where = "" if row.side == "here" else f"{row.side}: "
    path = row.path.replace(row.oid, row.oid[:_SHOWN_DIGITS]) if row.oid else row.path
    commit = f", commit {row.commit[:_SHOWN_DIGITS]}" if row.commit not in ("", row.oid) else ""
    refs = f" ({some(row.refs, _SHOWN_REFS)})" if row.refs else ""
    return f"{where}{row.kind}{refs}: {path}:{row.line}{commit}"


def skip_text(row: Skipped) -> str:
    """Say what was not looked at, and why."""
    times = f" ({row.count:,} times)" if row.count > 1 else ""
    named = row.origin.path or row.origin.commit
    return f"{row.origin.kind} {named}: {row.reason}{times}"


def as_json(found: Verification) -> None:
    """Print the result as JSON."""
    told = {
        "schema_version": 1,
        "clean": not found.leftovers and found.complete,
        "secrets": len(found.wanted.secrets),
        "leftovers": [asdict(row) for row in found.leftovers],
        "skipped": [asdict(row) for row in found.skipped],
        "sides": [asdict(side) for side in found.sides],
        "not_checked": list(found.unchecked),
    }
    click.echo(json.dumps(told, indent=2))


FORMATS: dict[str, Callable[[Verification], None]] = {"terminal": terminal, "json": as_json}


def _write(target: Path, found: Verification, rules: Iterable[Rule]) -> None:
    from occ_audit.files import write_beside
    from occ_audit.scrub import certificate

    target.parent.mkdir(parents=True, exist_ok=True)
    made = certificate.make(found, tuple(rules), datetime.datetime.now(datetime.UTC))
    for suffix, text in ((".json", certificate.as_json(made)), (".md", certificate.as_page(made))):
        file = target.with_suffix(suffix)
        write_beside(file, text)
        click.echo(f"certificate: {shown_name(file)}")
