"""Makes a scrub report of what the scans of a repository found."""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from occ_audit import __version__
from occ_audit.liveness import Checked
from occ_audit.model import Batch, Content, Finding, Origin, Report, Rule, Severity, Skipped
from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.scrub import _read, checklist, exposure
from occ_audit.scrub.lineage import Lineage, trace
from occ_audit.scrub.report import RefAt, Rotated, ScrubReport, texts
from occ_audit.scrub.rows import Known, rows
from occ_audit.scrub.subjects import Subject, subjects
from occ_audit.scrub.surroundings import Surroundings, is_head, look_around
from occ_audit.secret import Secret
from occ_audit.settings import ScrubConfig
from occ_audit.sources._git_files import ref_names

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Request:
    """What a report is made from, beside the scans."""

    repository: Repository
    rules: Sequence[Rule]
    check: Callable[[Batch], Iterable[Finding]]
    """Finds secrets; the one of the scan."""
    salt: bytes
    """Of the fingerprints."""
    config: ScrubConfig
    lowest: Severity
    """Secrets that are less grave are only counted."""
    rotations: Mapping[str, Rotated]
    """By fingerprint."""
    now: datetime.datetime
    jobs: int
    ask: Callable[[Subject], Checked | None]
    """Asks a vendor whether a secret still works; None where nobody is asked."""


def build(request: Request, history: Report, disk: Sequence[Report]) -> ScrubReport:
    """Return the report on what the scan of all objects and those of the working trees found."""
    key, coverage = secrets.token_bytes(KEY_BYTES), Coverage()
    around = look_around(request.repository)
    looked = _look(request, history.findings, disk, around, coverage)
    known = Known(
        rules={rule.id: rule for rule in request.rules},
        rotations=request.rotations,
        key=key,
        now=request.now,
        ask=request.ask,
    )
    found = rows(request.repository, looked.subjects, looked.lineage, around, known)
    ordered = checklist.ranked(found)
    skipped = (*history.skipped, *(row for report in disk for row in report.skipped))
    return ScrubReport(
        root=str(request.repository.root),
        generated=request.now.isoformat(timespec="seconds"),
        tool_version=__version__,
        # Not in one piece: scanners would take it for a credential.
        key=key.hex(" ", 4),
        head=request.repository.head,
        branch=request.repository.branch(),
        remotes=tuple(f"{remote.name} {remote.url}" for remote in around.remotes),
        mirrors=request.config.mirrors,
        forks=request.config.forks,
        refs=tuple(_refs(around)),
        counters=_counters(history, disk),
        rows=ordered,
        steps=checklist.steps(ordered, (*request.config.mirrors, *request.config.forks)),
        skipped=_skipped(skipped, coverage),
        below=looked.below,
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    subjects: list[Subject]
    below: int
    lineage: Lineage


def _look(
    request: Request,
    findings: Iterable[Finding],
    disk: Sequence[Report],
    around: Surroundings,
    coverage: Coverage,
) -> _Looked:
    """Follow the secrets through the history; those in names of files are known only afterwards."""
    in_objects = [*findings, *_named(request, ref_names(request.repository.refs()))]
    on_disk = [finding for report in disk for finding in report.findings]

    def traced(found: Iterable[Finding], skips: Coverage) -> _Looked:
        chosen, below = subjects(found, on_disk, request.lowest)
        asked = exposure.asked(chosen)
        lineage = trace(request.repository, around.refs, asked, request.jobs, skips)
        return _Looked(chosen, below, lineage)

    looked = traced(in_objects, coverage)
    paths = ((os.fsdecode(path), "") for path in sorted(looked.lineage.names))
    in_names = list(_named(request, _read.names(paths)))
    if not any(finding.severity >= request.lowest for finding in in_names):
        return looked
    return traced([*in_objects, *in_names], Coverage())


def _named(request: Request, batches: Iterable[Batch]) -> Iterator[Finding]:
    """Yield the secrets in names, with the fingerprints that the scan would give them."""
    for batch in batches:
        for finding in request.check(batch):
            if finding.secret:
                fingerprint = f"{finding.rule_id}:{finding.secret.digest(request.salt)}"
                yield replace(finding, fingerprint=fingerprint)


def hidden(report: ScrubReport, check: Callable[[Batch], Iterable[Finding]]) -> Iterator[Secret]:
    """Yield the secrets in the report's own texts, such as a ref's name, to be masked."""
    # Blank lines apart, so that no text is read as the context of another.
    told = "\n\n".join(sorted(set(texts(report)))).encode("utf-8", "surrogateescape")
    batch = Batch(memoryview(told), [Content(0, len(told), Origin("report"))])
    for one in check(batch):
        if one.severity > Severity.INFO:
            yield from one.secrets


def _refs(around: Surroundings) -> Iterator[RefAt]:
    for name, ref in sorted(around.refs.items()):
        if not is_head(name) or name == "HEAD":
            yield RefAt(name, ref.oid, ref.peeled)


def _counters(history: Report, disk: Sequence[Report]) -> dict[str, int]:
    """Return what was read, all scans together."""
    total: dict[str, int] = {}
    for report in (history, *disk):
        counters = report.stats.get("counters")
        for name, count in counters.items() if isinstance(counters, Mapping) else ():
            total[name] = total.get(name, 0) + count
    return total


def _skipped(rows: Iterable[Skipped], coverage: Coverage) -> tuple[Skipped, ...]:
    """Return what was left out, each once though several passes met it."""
    known = {(row.origin, row.reason): row for row in (*rows, *coverage.skipped)}
    return tuple(known.values())
