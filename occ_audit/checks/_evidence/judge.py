"""Judges each candidate of a document: whether it is a reference, and its target in order."""

from __future__ import annotations

import datetime
import functools
import unicodedata
from collections.abc import Callable, Iterator

from occ_audit.checks._evidence import vault
from occ_audit.checks._evidence.claims import certain, no_claim, removed_as_said
from occ_audit.checks._evidence.context import LINKS, Context
from occ_audit.checks._evidence.missing import Missing, word_pair
from occ_audit.checks._evidence.nearby import beside
from occ_audit.checks._evidence.planned import due_day, planned_mark
from occ_audit.checks._evidence.present import present, unfetched_module, with_anchor
from occ_audit.checks._evidence.resolve import existing_path, possible_paths
from occ_audit.checks._evidence.unusual import recognised
from occ_audit.checks._evidence.verdicts import NOWHERE, Judgement, Verdict
from occ_audit.documents import Candidate, absolute
from occ_audit.model import Reference, ReferenceKind
from occ_audit.setting_types import path_matcher
from occ_audit.settings import EvidenceConfig


class Judge:
    """Judges by one configuration; the order of the steps is the order of precedence."""

    def __init__(self, config: EvidenceConfig, today: datetime.date) -> None:
        self._config = config
        self._today = today

    @functools.cached_property
    def _in_vault(self) -> Callable[[str], bool]:
        return functools.cache(path_matcher(self._config.vault))

    @functools.cached_property
    def _left_out(self) -> Callable[[str], bool]:
        return functools.cache(path_matcher(self._config.ignore))

    def judgements(self, context: Context) -> Iterator[Judgement]:
        """Yield one judgement for each candidate of the document, in order."""
        return (self.judge(candidate, context) for candidate in context.document.candidates)

    def judge(self, candidate: Candidate, context: Context) -> Judgement:
        """Return what became of a candidate."""
        candidate = recognised(candidate, context)
        row = self._judged(candidate, context)
        reference = candidate.reference
        reason = context.beside_the_point(reference) if row.rule and reference else ""
        if reason:
            return row._replace(verdict=Verdict.UNCHECKED, reason=reason, rule="", next_step="")
        return row

    def _judged(self, candidate: Candidate, context: Context) -> Judgement:
        reference = candidate.reference
        if reference is None:
            return Judgement(candidate, Verdict.NO_REFERENCE, "", candidate.reason)
        if reference.kind is ReferenceKind.ANCHOR:
            row = Judgement(candidate, Verdict.EXISTS, context.path)
            return with_anchor(row, reference, context.path, context)
        if absolute(reference.target) and not _from_the_root(reference, context):
            return self._on_some_machine(candidate, reference, context)
        places = possible_paths(reference, context)
        if places:
            return self._located(candidate, reference, places, context)
        if reference.kind is ReferenceKind.LINES_IN_WORDS:
            reason = "the words before name no document"
            return Judgement(candidate, Verdict.NO_REFERENCE, "", reason)
        return _outside(candidate, "leads out of the repository", context)

    def _located(
        self, candidate: Candidate, reference: Reference, places: list[str], context: Context
    ) -> Judgement:
        if any(map(self._in_vault, places)):
            return _vault(candidate, reference, places, context)
        if any(map(self._left_out, places)):
            reason = "left out by the configuration"
            return Judgement(candidate, Verdict.UNCHECKED, places[0], reason)
        found = existing_path(reference, places, context)
        way_out = next(filter(None, map(context.paths.way_out, places)), "")
        if way_out:
            return _outside(candidate, f"a symbolic link leads to {way_out}", context)
        if found is not None:
            return present(candidate, reference, found, context)
        module = next(filter(None, map(context.paths.submodule, places)), "")
        if module:
            row = Judgement(candidate, Verdict.UNFETCHED, places[0])
            return unfetched_module(row, module, context)
        return self._absent(candidate, reference, places, context)

    def _absent(
        self, candidate: Candidate, reference: Reference, places: list[str], context: Context
    ) -> Judgement:
        rows = [Missing(reference, place, context) for place in places]
        reasons = [no_claim(row) for row in rows]
        if all(reasons):
            return Judgement(candidate, Verdict.NO_REFERENCE, places[0], reasons[0])
        missing = next(row for row, reason in zip(rows, reasons, strict=True) if not reason)
        target = missing.target + ("/" if reference.target.endswith("/") else "")
        for verdict, words in (
            (Verdict.FOREIGN, self._config.foreign),
            (Verdict.PLANNED, self._config.planned),
            (Verdict.ABSENT, () if reference.container in LINKS else self._config.absent),
        ):
            cue = beside(words, context.document.data, reference.start, reference.end)
            if cue:
                row = Judgement(candidate, verdict, target, f'"{cue}"')
                return self._planned(row, reference, context)
        mark = planned_mark(context.document.data, reference.end)
        if mark:
            row = Judgement(candidate, Verdict.PLANNED, target, mark)
            return self._planned(row, reference, context)
        if removed_as_said(missing):
            reason = "a commit removed it, as the words before say"
            return Judgement(candidate, Verdict.ABSENT, target, reason)
        return _missing(candidate, missing, target)

    def _on_some_machine(
        self, candidate: Candidate, reference: Reference, context: Context
    ) -> Judgement:
        cue = beside(self._config.foreign, context.document.data, reference.start, reference.end)
        if cue:
            return Judgement(candidate, Verdict.FOREIGN, candidate.text, f'"{cue}"')
        row = _outside(candidate, "a path of some machine", context)
        return row._replace(rule="evidence-machine-path" if row.rule else "")

    def _planned(self, row: Judgement, reference: Reference, context: Context) -> Judgement:
        if row.verdict is not Verdict.PLANNED or not context.evidence:
            return row
        due = due_day(row.reason, reference, context, self._config.planned_days)
        if due is None or due >= self._today:
            step = "Commit it when it is there, and take the mark out."
            return row._replace(rule="evidence-planned", next_step=step)
        step = "Write it, or say when it will be there: <!-- planned: YYYY-MM-DD -->."
        reason = f"{row.reason}, due by {due}"
        return row._replace(rule="evidence-overdue", reason=reason, next_step=step)


def _from_the_root(reference: Reference, context: Context) -> bool:
    """Say whether a link begins at the root of the repository, though machines have such a path."""
    path = reference.target.lstrip("/")
    return reference.container in LINKS and context.paths.find(path) is not None


def _outside(candidate: Candidate, reason: str, context: Context) -> Judgement:
    return Judgement(
        candidate,
        Verdict.OUTSIDE,
        candidate.text,
        reason,
        "evidence-outside" if context.evidence else "",
        "Copy what is cited into the repository and cite it there.",
    )


def _vault(
    candidate: Candidate, reference: Reference, places: list[str], context: Context
) -> Judgement:
    for place in places:
        entry = context.paths.entries.get(place)
        if entry is not None and not entry.tracked:
            reason = "no .gitignore names it"
            return Judgement(candidate, Verdict.VAULT, place, reason, vault.UNIGNORED, vault.IGNORE)
        if entry is not None:
            return Judgement(
                candidate,
                Verdict.VAULT,
                place,
                "git tracks it",
                vault.TRACKED,
                vault.STEP,
            )
    if word_pair(reference):
        return Judgement(candidate, Verdict.NO_REFERENCE, "", "words around a slash")
    return Judgement(candidate, Verdict.VAULT, places[0], "its existence is not asked")


def _normal_form(path: str) -> str:
    return unicodedata.normalize("NFC", path)


def _missing(candidate: Candidate, missing: Missing, target: str) -> Judgement:
    near = missing.context.paths.near(missing.target)
    near = "" if near == missing.context.path else near
    reason, step = _probably(missing, near)
    if target.endswith("/"):
        step += " git keeps no empty folder."
    if missing.context.evidence:
        rule = "evidence-missing"
    else:
        rule = "reference-missing" if certain(missing, near) else "reference-doubtful"
    return Judgement(candidate, Verdict.MISSING, target, reason, rule, step)


def _probably(missing: Missing, near: str) -> tuple[str, str]:
    """Return what probably happened to a path, `near` being the likeliest one, and what to do."""
    path = missing.target
    if missing.just_removed:
        new = missing.context.removed[path]
        if new:
            return f"these commits renamed it to {new}", f"Write {new}."
        return "these commits removed it", "Correct the reference, or restore the file."
    if not near:
        return NOWHERE, "Commit it, correct the reference, or mark it as planned."
    if near.casefold() == path.casefold():
        return f"differs only in case from {near}", f"Write {near}."
    if _normal_form(near) == _normal_form(path):
        step = "Give the file the name that is written, its letters and accents as one (NFC)."
        return f"differs only in how letters with accents are encoded from {near}", step
    return f"did you mean {near}?", f"Write {near}, if that is meant."
