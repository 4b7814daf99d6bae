"""`occ-audit scrub plan`: writes how the secrets leave the history, and tries it on request."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occ_audit.cli import CLEAN, FINDINGS, INCOMPLETE
from occ_audit.cli._names import shown_name
from occ_audit.cli._options import CONFIG, JOBS, LEAVE_OUT, PATH, RULES
from occ_audit.cli._scrub_open import Opened, open_repository
from occ_audit.cli._scrub_verify import exit_code, skip_text, terminal
from occ_audit.cli._stderr import escaped
from occ_audit.errors import AuditError
from occ_audit.wording import plural

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.masking import Masker
    from occ_audit.model import Finding
    from occ_audit.repository import Repository
    from occ_audit.scrub.plan import Plan
    from occ_audit.scrub.rewrite import Rewritten
    from occ_audit.scrub.script import Place
    from occ_audit.scrub.wanted import Wanted

_PAGE = "README.md"


@click.command("plan")
@click.option(
    "--out", type=PATH, required=True, help="A new or empty folder outside of the repository."
)
@click.option("--dry-run", is_flag=True, help="Also rewrite a temporary mirror, and verify it.")
@click.option("--report", type=PATH, help="Plan for the secrets of this scrub report (JSON).")
@click.option(
    "--only", multiple=True, metavar="FINGERPRINT", help="Plan for this secret; repeatable."
)
@LEAVE_OUT
@RULES
@CONFIG
@click.option("--baseline", type=PATH, help="Known findings, which are left out.")
@click.option("--remote", default="", help="What scrub.sh clones.  [default: the remote origin]")
@JOBS
@click.argument("path", type=PATH, default=".")
def plan_command(
    path: Path,
    out: Path,
    dry_run: bool,
    report: Path | None,
    only: tuple[str, ...],
    min_severity: str,
    rules: tuple[Path, ...],
    config: Path | None,
    baseline: Path | None,
    remote: str,
    jobs: int,
) -> int:
    """Write to a private folder how the secrets leave the history of the repository at PATH.

    The folder gets the files that git-filter-repo reads, a script to run step by step, and a page
    that says what changes and what people have to do. It holds the secrets in clear. Nothing is
    rewritten: --dry-run does that, in a temporary mirror, with the real git-filter-repo.
    """
    from occ_audit.cli._progress import progress_bar
    from occ_audit.masking import Masker
    from occ_audit.scrub import plan as planning
    from occ_audit.scrub import wanted
    from occ_audit.scrub.holders import Work

    opened = open_repository(path, rules, config, jobs, baseline)
    choose = _choice(report, only, min_severity)
    with _folder(out, opened.repository) as folder:
        found = opened.scan(opened.repository.root, history=True)
        unread = tuple(skip_text(row) for row in found.skipped if not row.requested)
        with progress_bar(quiet=False) as progress:
            check = opened.check.findings
            work = Work(opened.repository, opened.config, check, jobs, progress)
            named = planning.in_names(work, opened.config.fingerprint_salt)
            chosen = _chosen(found.findings, named, only, choose)
            if not chosen:
                click.echo("There is nothing to plan: no such secret was found.")
                _tell_unread(unread, Masker())
                return INCOMPLETE if unread else CLEAN
            plan = replace(planning.make(work, chosen), unread=unread)
        digests = wanted.of_findings(chosen)
        place = _place(opened.repository, remote)
        _write(folder, plan, place, digests)
    _tell(plan, folder)
    tried = _tried(opened, plan, folder, place, digests) if dry_run else CLEAN
    if plan.unmended or tried == FINDINGS:
        return FINDINGS
    return INCOMPLETE if plan.unread else tried


def register(group: click.Group) -> None:
    """Add the command to `occ-audit scrub`."""
    group.add_command(plan_command)


@contextlib.contextmanager
def _folder(out: Path, repository: Repository) -> Iterator[Path]:
    """Create the folder for a plan, and take it away where no whole plan came about."""
    folder = _outside(out, repository)
    try:
        yield folder
    except BaseException:
        for file in folder.iterdir():
            file.unlink()
        raise
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


def _outside(out: Path, repository: Repository) -> Path:
    """Create the folder, which is no part of the repository, for its owner alone."""
    folder = out.absolute().parent.resolve() / out.name
    tops = {repository.git_dir, repository.common_dir}
    tops |= {*repository.working_trees(), *([] if repository.bare else [repository.root])}
    if any(folder.is_relative_to(top.resolve()) for top in tops):
        raise AuditError(
            "a plan holds secrets in clear and must not lie in the repository",
            where=str(out),
            mend="Name a folder elsewhere, such as ../scrub-plan.",
        )
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        occupied = folder.is_symlink() or any(folder.iterdir())
        folder.chmod(0o700)
    except OSError as error:
        raise AuditError(
            f"cannot make this folder: {error.strerror}",
            where=str(out),
            mend="Name a new folder in one that exists and that you may write to.",
        ) from None
    if occupied:
        raise AuditError(
            "this folder is not empty", where=str(out), mend="Name a new or an empty folder."
        )
    return folder


def _choice(
    report: Path | None, only: Sequence[str], min_severity: str
) -> Callable[[Finding], bool]:
    """Return which findings are planned for."""
    from occ_audit.model import Severity
    from occ_audit.scrub import wanted

    least = Severity.parse(min_severity)
    known = wanted.read(report) if report else None

    def choose(finding: Finding) -> bool:
        if only and finding.fingerprint not in only:
            return False
        if known:
            return finding.secret is not None and known.find(finding.secret) is not None
        return finding.severity >= least and (bool(only) or finding.suppression is None)

    return choose


def _chosen(
    found: Sequence[Finding],
    named: Iterable[Finding],
    only: Sequence[str],
    choose: Callable[[Finding], bool],
) -> list[Finding]:
    """Return all findings of the secrets that are planned for, those in names among them.

    Raises AuditError for a fingerprint that is not there: a slip would leave a secret behind.
    """
    from occ_audit.scrub.draft import is_one_of

    known = {row.secret for row in found}
    rows = [*found, *(row for row in named if row.secret not in known)]
    fingerprints = {row.fingerprint for row in rows if row.secret}
    if unknown := [one for one in only if one not in fingerprints]:
        raise AuditError(
            "no secret of this history has this fingerprint",
            where=f"--only {unknown[0]}",
            mend="Copy it from a report of this repository.",
        )
    asked = {row.secret for row in rows if row.secret and choose(row)}
    # What one rule takes for grave, another may find elsewhere, or a comment suppress.
    return [row for row in rows if row.secret and is_one_of(row.secret, asked)]


def _place(repository: Repository, remote: str) -> Place:
    from occ_audit.scrub.script import Place

    return Place(remote or repository.origin_url() or str(repository.root), str(repository.root))


def _write(folder: Path, plan: Plan, place: Place, known: Wanted) -> None:
    """Write all files, readable for their owner alone."""
    from occ_audit.scrub import page, script, wanted

    files = script.data_files(plan)
    texts = {
        script.SCRIPT: script.script(place, files),
        _PAGE: page.page(plan, place),
        "report.json": wanted.text_of(known),
    }
    for name, text in texts.items():
        files[name] = text.encode("utf-8", "surrogateescape")
    for name, data in files.items():
        _write_private(folder / name, data)


def _write_private(file: Path, data: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)


def _tell(plan: Plan, folder: Path) -> None:
    from occ_audit.scrub.page import masker

    known = plan.changes
    secrets = plural(len({row.secret for row in plan.secrets}), "secret")
    click.echo(f"Plan for {secrets} in {shown_name(folder)} (holds what is secret in clear)")
    click.echo(
        f"changes {known.commits:,} of {plural(known.commits_before, 'commit')}, "
        f"{plural(len(known.branches), 'branch')}, {plural(len(known.tags), 'tag')}, "
        f"{plural(len(known.others), 'other ref')}"
    )
    if plan.removed:
        blobs = plural(len(plan.removed), "blob")
        click.echo(f"removes {blobs} that text replacement does not reach")
    for row in plan.unmended:
        click.echo(f"cannot mend: {row}")
    _tell_unread(plan.unread, masker(plan))
    click.echo(f"Read {shown_name(folder / _PAGE)} first.")


def _tell_unread(unread: Iterable[str], mask: Masker) -> None:
    for row in unread:
        click.echo(f"not looked at, so a secret may stay: {escaped(mask.name(row))}")


def _tried(opened: Opened, plan: Plan, folder: Path, place: Place, known: Wanted) -> int:
    """Rewrite a temporary mirror, verify it, and put the true figures into the page."""
    from occ_audit.scrub import page, rewrite, verify
    from occ_audit.scrub.expressions import read_literals

    with tempfile.TemporaryDirectory(prefix="occ-audit-") as temporary:
        done = rewrite.dry_run(opened.repository, plan, folder, Path(temporary))
        _tell_rewritten(done, page.masker(plan))
        task = verify.Task(
            repository=done.mirror,
            wanted=known,
            candidates=opened.candidates,
            max_bytes=opened.config.max_bytes,
            jobs=opened.jobs,
            progress=lambda what, done, total: None,
            texts=read_literals(folder / rewrite.TEXTS),
        )
        found = verify.verify(task)
    text = page.page(plan, place, done)
    _write_private(folder / _PAGE, text.encode("utf-8", "surrogateescape"))
    terminal(found)
    return exit_code(found)


def _tell_rewritten(done: Rewritten, mask: Masker) -> None:
    click.echo("")
    click.echo(f"dry run: {done.commits_changed:,} of {done.commits:,} commits get another id")
    for what, prefix in (("branches", "refs/heads/"), ("tags", "refs/tags/")):
        moved = done.moved(prefix)
        click.echo(f"dry run: {len(moved):,} of {done.count(prefix):,} {what} move")
        for name in moved:
            before, after = done.refs_before[name], done.refs_after.get(name)
            now = after.oid[:10] if after else "gone"
            click.echo(escaped(f"    {mask.name(name)}: {before.oid[:10]} → {now}"))
