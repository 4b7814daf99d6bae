"""Looks for secrets in all that a source reads, side by side."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from occ_audit import comments
from occ_audit.comments import MarkedLine
from occ_audit.matching import hits
from occ_audit.model import Batch, Finding, Skipped
from occ_audit.plan import Note, Plan
from occ_audit.reading import Progress

WORTH_A_PROCESS = 16 * 2**20
"""So many bytes are scanned by processes; less is done before they are up."""


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What was found in one partition, and what could not be read of it."""

    findings: list[Finding]
    marked: list[MarkedLine]
    counts: Mapping[str, int] = field(default_factory=dict)
    skipped: Sequence[Skipped] = ()


Advance = Callable[[int, Sequence[str], Mapping[str, bytes]], object]
"""Told, batch by batch, how many bytes were scanned, in which objects nothing was found, and what
is to be remembered of the others."""


@contextlib.contextmanager
def started(plan: Plan) -> Iterator[Callable[[], tuple[list[Finding], list[MarkedLine]]]]:
    """Begin to scan all partitions side by side; give what waits for what is found.

    They are scanned in processes where it is worth it, else in threads, and no longer than the
    block lasts.
    """
    if not plan.seek_secrets:
        yield lambda: ([], [])
        return
    partitions = plan.source.partitions(plan.jobs)
    meter = _Meter(plan.progress, plan.source.total_bytes, plan.note)
    begin = _in_processes if _worth_processes(plan, len(partitions)) else _in_threads

    with begin(plan, partitions, meter) as scanned:

        def found() -> tuple[list[Finding], list[MarkedLine]]:
            results = list(scanned())
            late = _scan(plan, plan.source.late(), lambda *learned: None)
            rows = [finding for result in results for finding in result.findings]
            marked = [line for result in (*results, late) for line in result.marked]
            return [*plan.source.in_order(rows), *late.findings], marked

        yield found


def _worth_processes(plan: Plan, partitions: int) -> bool:
    if plan.source.total_bytes < WORTH_A_PROCESS or min(plan.jobs, partitions) < 2:
        return False
    if plan.dropped is not None:  # what is dropped is told in this process
        return False
    from occ_audit import workers

    return workers.available()


_Results = Callable[[], Iterable[_Scanned]]


@contextlib.contextmanager
def _in_threads(
    plan: Plan, partitions: Sequence[Generator[Batch]], meter: _Meter
) -> Iterator[_Results]:
    """Scan in threads: hyperscan and the pipes release Python's lock."""
    if len(partitions) < 2:
        yield lambda: [_scan(plan, part, meter.add) for part in partitions]
        return
    from concurrent.futures import ThreadPoolExecutor  # a hook does without

    with ThreadPoolExecutor(max_workers=plan.jobs) as pool:
        scans = [pool.submit(_scan, plan, part, meter.add) for part in partitions]
        try:
            yield lambda: [scan.result() for scan in scans]
        except BaseException:
            plan.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextlib.contextmanager
def _in_processes(
    plan: Plan, partitions: Sequence[Generator[Batch]], meter: _Meter
) -> Iterator[_Results]:
    """Scan in processes, which cost a moment to start and to hear from."""
    from occ_audit import workers

    def task(partition: Generator[Batch], tell: workers.Told) -> _Scanned:
        coverage = plan.source.coverage
        before = coverage.snapshot()
        found = _scan(plan, partition, lambda *learned: tell(learned))
        counts, skipped = coverage.since(before)
        return replace(found, counts=counts, skipped=skipped)

    def counted(results: Iterable[_Scanned]) -> Iterator[_Scanned]:
        for result in results:
            plan.source.coverage.add(result.counts, result.skipped)
            yield result

    tasks = [functools.partial(task, partition) for partition in partitions]
    with workers.running(tasks, plan.jobs, lambda told: meter.add(*told)) as results:
        yield lambda: counted(results())


def _scan(plan: Plan, partition: Generator[Batch], advance: Advance) -> _Scanned:
    found: list[Finding] = []
    marked: list[MarkedLine] = []
    with contextlib.closing(partition):
        for batch in partition:
            if plan.stop.is_set():
                break
            omissions = plan.source.coverage.omissions
            findings = list(plan.secrets(batch))
            holding = {place.oid for finding in findings for place in finding.locations}
            if findings and plan.inline_comments:
                findings = list(comments.in_batch(findings, batch, plan.config.fingerprint_salt))
            found += findings
            if plan.inline_comments and plan.source.current:
                marked += comments.marked_lines(batch)
            # What was looked into only in part is not clean, nor may be what was read beside it.
            whole = plan.source.coverage.omissions == omissions
            read = {content.oid for content in batch.contents if content.oid and whole}
            learned = hits.packed(batch, read & holding)
            advance(batch.buffer.nbytes, sorted(read - holding), learned)
    return _Scanned(found, marked)


class _Meter:
    """Adds up, from all threads, how far the scan is; has noted what was learned."""

    def __init__(self, progress: Progress, total: int, note: Note | None) -> None:
        self._progress = progress
        self._total = total
        self._note = note
        self._done = 0
        self._lock = threading.Lock()

    def add(self, amount: int, clean: Sequence[str], hits: Mapping[str, bytes]) -> None:
        if self._note and (clean or hits):
            self._note(clean, hits)
        with self._lock:
            self._done += amount
            self._progress("scanning", self._done, self._total)
