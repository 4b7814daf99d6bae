"""Turns judgements, problems and exposed paths into findings, with the message a user reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from occ_audit.checks._evidence.judged import Judged
from occ_audit.checks._evidence.problem import Problem
from occ_audit.checks._evidence.vault import Exposure
from occ_audit.checks._evidence.verdicts import NOWHERE, Judgement, Verdict
from occ_audit.documents import Places
from occ_audit.model import Finding, Location, Origin, ReferenceKind, Rule
from occ_audit.reading import Entry
from occ_audit.settings import Config

_MESSAGES: Mapping[Verdict, str] = {
    Verdict.MISSING: "{target} is cited but does not exist",
    Verdict.UNTRACKED: "{target} is cited but not in git: a fresh clone will not have it",
    Verdict.EMPTY: "{target} is cited but holds no evidence",
    Verdict.OUTSIDE: "{target} is cited but lies outside the repository",
    Verdict.VAULT: "{target} must never be in git, but {reason}",
    Verdict.ANCHOR: "{target}: there is no such heading",
    Verdict.UNFETCHED: "{target} is cited but was not checked: {reason}",
    Verdict.PLANNED: "{target} is cited as planned and does not exist yet",
    Verdict.DRIFTED: "{target}: {reason}",
    Verdict.LATE: "{target} came later than the entry that cites it",
}
_DOUBTFUL, _SURE = "reference-doubtful", "reference-missing"
"""What is named and also linked to is surely meant."""
_UNTOLD = frozenset({NOWHERE, "git does not track it", "it is git-ignored"})
_SELF_TOLD = frozenset({Verdict.DRIFTED, Verdict.VAULT, Verdict.UNFETCHED})


def of_references(
    rows: Iterable[Judged], rules: Mapping[str, Rule], config: Config
) -> Iterator[Finding]:
    """Yield one finding for each rule, document and target, with all its places."""
    rows = [row for row in rows if row.judgement.rule in rules]
    sure = {_about(row) for row in rows if row.judgement.rule == _SURE}
    groups: dict[tuple[str, str, str], list[Judged]] = {}
    for row in rows:
        rule = row.judgement.rule
        doubted_elsewhere = rule == _DOUBTFUL and _about(row) in sure
        groups.setdefault((_SURE if doubted_elsewhere else rule, *_about(row)), []).append(row)
    for (rule_id, *_), group in groups.items():
        yield _finding(rules[rule_id], config, group)


def _about(row: Judged) -> tuple[str, str]:
    return row.document, row.judgement.target


def _finding(rule: Rule, config: Config, rows: Sequence[Judged]) -> Finding:
    first = rows[0].judgement
    properties: dict[str, object] = {
        "target": first.target,
        "document": rows[0].document,
        "reason": first.reason,
        "next_step": first.next_step,
    }
    cited = list(dict.fromkeys(filter(None, (_cited(row.judgement) for row in rows))))
    if cited:
        properties["cited_lines"] = cited
    return Finding(
        rule_id=rule.id,
        severity=config.severity.get(rule.id, rule.severity),
        message=_message(first, cited),
        locations=tuple(row.location for row in rows),
        confidence=rule.confidence,
        properties=properties,
    )


def _cited(row: Judgement) -> str:
    reference = row.candidate.reference
    if reference is None or reference.lines is None:
        return ""
    first, last = reference.lines
    in_words = reference.kind is ReferenceKind.LINES_IN_WORDS
    return str(first) if first == last and not in_words else f"{first}-{last}"


def _message(row: Judgement, cited: list[str]) -> str:
    if row.verdict is Verdict.LINES:
        lines = "line" if len(cited) == 1 and "-" not in cited[0] else "lines"
        return f"{row.target}: {lines} {', '.join(cited)} cited, but {row.reason}"
    message = _MESSAGES[row.verdict].format(target=row.target, reason=row.reason)
    told = row.reason not in _UNTOLD and row.verdict not in _SELF_TOLD
    return f"{message} ({row.reason})" if told else message


def of_problem(
    problem: Problem, entry: Entry, places: Places, rule: Rule, config: Config
) -> Finding:
    """Return the finding for what is wrong with a document."""
    properties = {
        "target": problem.target,
        "document": entry.path,
        "reason": problem.reason or problem.message,
        "next_step": problem.next_step,
    }
    return Finding(
        rule_id=rule.id,
        severity=config.severity.get(rule.id, rule.severity),
        message=problem.message,
        locations=(located(entry, problem.start, problem.end, places),),
        confidence=rule.confidence,
        properties=properties,
    )


def of_exposure(row: Exposure, entry: Entry | None, rule: Rule, config: Config) -> Finding:
    """Return the finding for a secret path; it stands at the path itself, not in a document."""
    origin = Origin("path", row.path, row.commit)
    oid = entry.oid if entry else ""
    return Finding(
        rule_id=rule.id,
        severity=config.severity.get(rule.id, rule.severity),
        message=row.message,
        locations=(Location(oid, 0, 0, 1, 1, 1, 1, "", (origin,)),),
        confidence=rule.confidence,
        properties={"target": row.path, "reason": row.message, "next_step": row.next_step},
    )


def located(entry: Entry, start: int, end: int, places: Places) -> Location:
    """Return the place of a byte range in a document."""
    line, column = places.place(start)
    end_line, end_column = places.place(end)
    origin = Origin("file", entry.path)
    excerpt = places.excerpt(start, end)
    return Location(entry.oid, start, end, line, column, end_line, end_column, excerpt, (origin,))
