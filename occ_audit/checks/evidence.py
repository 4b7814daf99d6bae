"""The evidence audit: what documents cite exists, is tracked, and says what it said."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence

from occ_audit.checks._evidence import (
    chronicle,
    clean,
    frontmatter,
    promises,
    report,
    stamps,
    vault,
)
from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.degree import evidence_reason
from occ_audit.checks._evidence.files import Files
from occ_audit.checks._evidence.history import Past
from occ_audit.checks._evidence.judge import Judge
from occ_audit.checks._evidence.judged import Judged
from occ_audit.checks._evidence.problem import Problem
from occ_audit.checks._evidence.settle import Ground, settled
from occ_audit.checks._evidence.verdicts import Judgement, Verdict
from occ_audit.checks.bearing import documents, looks_back
from occ_audit.documents import Document, Places
from occ_audit.model import Finding, Origin, Rule
from occ_audit.reading import Coverage, Entry, Tree
from occ_audit.setting_types import path_matcher
from occ_audit.settings import Config

__all__ = ["EvidenceCheck", "Judged", "Judgement", "Verdict"]

_Audited = tuple[Entry, Context]


class EvidenceCheck:
    """Audits the documents of a tree by the enabled rules."""

    def __init__(
        self, rules: Sequence[Rule], config: Config, today: datetime.date | None = None
    ) -> None:
        off = frozenset(config.disable)
        self._rules = {rule.id: rule for rule in rules if rule.enabled and rule.id not in off}
        self._config = config
        self._today = today or datetime.date.today()
        self._judge = Judge(config.evidence, self._today)
        self._is_ordinary = path_matcher(config.evidence.ordinary)
        self._is_log = path_matcher(config.evidence.logs)
        self._in_order = path_matcher(config.evidence.chronological)
        self._claiming: tuple[Tree | None, list[_Audited]] = None, []
        """The documents of a tree that may call the repository clean."""

    def findings(self, tree: Tree, coverage: Coverage) -> Iterator[Finding]:
        """Yield what is wrong with references, with documents, and with the tree."""
        past, files = Past(tree), self._files(tree)
        rows: list[Judged] = []
        claiming: list[_Audited] = []
        for entry, context in self._contexts(tree, files, past, coverage):
            places = Places(context.document.data)
            judgements = list(self._judge.judgements(context))
            if context.evidence and clean.claimed(context.document.data):
                claiming.append((entry, context))
            rows += self._located(entry, context, judgements, places, coverage)
            if _in_scope(tree, entry.path):
                yield from self._problems(entry, context, judgements, places)
        self._claiming = tree, claiming
        ground = self._ground(tree, files, past, coverage)
        known = settled(_of_interest(rows, tree), ground)
        yield from report.of_references(known, self._rules, self._config)
        yield from self._exposures(tree, past, known)

    def candidates(self, tree: Tree, coverage: Coverage, *, why: bool = True) -> Iterator[Judged]:
        """Yield the references of every audited document with their verdicts.

        With `why`, also what was not taken for one.
        """
        past, files = Past(tree), self._files(tree)
        rows: list[Judged] = []
        for entry, context in self._contexts(tree, files, past, coverage):
            places = Places(context.document.data)
            judgements = [
                row
                for row in self._judge.judgements(context)
                if why or row.verdict is not Verdict.NO_REFERENCE
            ]
            rows += self._located(entry, context, judgements, places, coverage, all_of_them=True)
        ground = self._ground(tree, files, past, coverage)
        yield from settled(_of_interest(rows, tree), ground)

    def claims(
        self, tree: Tree, findings: Iterable[Finding], coverage: Coverage
    ) -> Iterator[Finding]:
        """Yield the sentences that call the repository clean, where `findings` hold a secret.

        The documents are those that were audited before.
        """
        rule = self._rules.get(clean.RULE)
        leaks = clean.leaks(findings)
        audited, claiming = self._claiming
        if rule is None or not leaks or audited is not tree:
            return
        for entry, context in claiming:
            places = Places(context.document.data)
            for problem in clean.problems(context, leaks):
                if _in_scope(tree, entry.path):
                    yield report.of_problem(problem, entry, places, rule, self._config)

    def _files(self, tree: Tree) -> Files:
        return Files(tree, transcripts=self._config.evidence.transcripts)

    def _contexts(
        self,
        tree: Tree,
        files: Files,
        past: Past,
        coverage: Coverage,
    ) -> Iterator[_Audited]:
        """Yield the parsed documents; those without any bearing on the scan are passed over."""
        for entry in documents(tree, self._config):
            data = self._read(tree, entry, coverage)
            if data is None or not _concerned(tree, entry.path, data):
                continue
            document = files.document(entry.path, data)
            coverage.count(documents=1)
            if not document.complete:
                reason = f"its references after the first {len(document.candidates)} candidates"
                coverage.skip(Origin("file", entry.path), reason)
            degree = self._degree(entry.path, document)
            yield entry, Context(entry.path, document, degree, files, tree.removed, past)

    def _read(self, tree: Tree, entry: Entry, coverage: Coverage) -> bytes | None:
        origin = Origin("file", entry.path)
        try:
            data = tree.read(entry.path)
        except (OSError, KeyError):
            coverage.skip(origin, "unreadable, so its references were not audited")
            return None
        if len(data) > self._config.max_bytes:
            coverage.skip(origin, f"larger than {self._config.max_bytes} bytes")
            return None
        return data

    def _degree(self, path: str, document: Document) -> str:
        if self._is_ordinary(path):
            return ""
        if self._is_log(path):
            return "the configuration says so"
        return evidence_reason(path, document)

    def _located(
        self,
        entry: Entry,
        context: Context,
        judgements: Iterable[Judgement],
        places: Places,
        coverage: Coverage,
        *,
        all_of_them: bool = False,
    ) -> Iterator[Judged]:
        references = 0
        for row in judgements:
            references += row.verdict is not Verdict.NO_REFERENCE
            if all_of_them or row.rule or _is_open(row, context):
                start, end = row.candidate.start, row.candidate.end
                location = report.located(entry, start, end, places)
                around = context.entries.around(start) if context.evidence else None
                yield Judged(entry.path, context.evidence, row, location, around)
        coverage.count(references=references)

    def _problems(
        self, entry: Entry, context: Context, judgements: list[Judgement], places: Places
    ) -> Iterator[Finding]:
        evidence = self._config.evidence
        found: list[Problem] = [
            *frontmatter.problems(context, evidence, self._today),
            *promises.problems(context, evidence.promises),
            *stamps.problems(
                context, judgements, datetime.timedelta(minutes=evidence.stamp_minutes)
            ),
            *(chronicle.problems(context) if self._in_order(entry.path) else ()),
        ]
        for problem in sorted(found, key=lambda row: row.start):
            if problem.rule in self._rules:
                rule = self._rules[problem.rule]
                yield report.of_problem(problem, entry, places, rule, self._config)

    def _ground(self, tree: Tree, files: Files, past: Past, coverage: Coverage) -> Ground:
        drift, late = ("evidence-drift" in self._rules, "evidence-late" in self._rules)
        days = self._config.evidence.late_days
        return Ground(tree, files, past, coverage, days, drift, late)

    def _exposures(self, tree: Tree, past: Past, known: Iterable[Judged]) -> Iterator[Finding]:
        """Yield the secret paths that no document cites; a limited scan does not look for them."""
        if tree.changed is not None:
            return
        told = {row.judgement.target for row in known if row.judgement.verdict is Verdict.VAULT}
        whole_history = looks_back(tree) and vault.HISTORY in self._rules
        patterns = self._config.evidence.vault
        for row in vault.exposures(tree, past if whole_history else None, patterns):
            if row.rule in self._rules and not (row.path in told and row.rule != vault.HISTORY):
                entry = tree.entries.get(row.path)
                yield report.of_exposure(row, entry, self._rules[row.rule], self._config)


def _is_open(row: Judgement, context: Context) -> bool:
    """Say whether git may still have something to say of a reference that is in order."""
    if row.verdict is Verdict.UNFETCHED:
        return True
    reference = row.candidate.reference
    cited = reference is not None and reference.lines is not None
    about_now = reference is not None and not context.beside_the_point(reference)
    wanted = bool(context.evidence) or (cited and about_now)
    return row.verdict is Verdict.EXISTS and wanted


def _in_scope(tree: Tree, path: str) -> bool:
    return tree.changed is None or path in tree.changed


def _of_interest(rows: Iterable[Judged], tree: Tree) -> list[Judged]:
    """Keep, of unchanged documents, only the references to removed paths."""
    return [
        row
        for row in rows
        if _in_scope(tree, row.document) or row.judgement.target.rstrip("/") in tree.removed
    ]


def _concerned(tree: Tree, path: str, data: bytes) -> bool:
    """Leave out, cheaply, unchanged documents that cannot name a removed path."""
    if _in_scope(tree, path):
        return True
    names = (row.rpartition("/")[2] for row in tree.removed)
    return any(name.encode("utf-8", "surrogateescape") in data for name in names)
