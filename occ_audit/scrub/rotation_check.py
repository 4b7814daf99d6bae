"""Audits the rotation ledger: every exposed secret must be in it, with evidence that holds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from occ_audit.model import Finding, Location, Origin, Rule, Severity
from occ_audit.reading import Coverage, Tree
from occ_audit.scrub.rotations import FILE_NAME, Entry, is_ahead, is_before, parse

MISSING = "rotation-missing"
EVIDENCE_MISSING = "rotation-evidence-missing"
EVIDENCE_OLD = "rotation-evidence-old"


def findings(
    rules: Iterable[Rule], tree: Tree, found: Iterable[Finding], coverage: Coverage
) -> Iterator[Finding]:
    """Yield what is wrong with the rotation of the secrets that a scan found.

    Nothing where the tree has no ledger. A secret that is accepted as none, or less grave than
    medium, needs no rotation; one that is recorded must be backed by evidence all the same. Raises
    AuditError for a broken ledger.
    """
    try:
        data = tree.read(FILE_NAME)
    except KeyError:
        return
    except OSError as error:
        coverage.skip(Origin("file", FILE_NAME), f"unreadable: {error.strerror}")
        return
    text = data.decode("utf-8-sig", "surrogateescape")
    entries = {entry.fingerprint: entry for entry in parse(text, FILE_NAME)}
    known = {rule.id: rule for rule in rules}
    told: set[tuple[str, str]] = set()  # one password may open several servers
    for finding in found:
        if finding.secret is None or finding.secret.public:
            continue
        entry = entries.get(finding.fingerprint)
        if problem := _problem(finding, entry, tree):
            rule_id, message = problem
            if rule_id in known and problem not in told:
                told.add(problem)
                yield _finding(known[rule_id], message, finding, entry, tree)


def _problem(finding: Finding, entry: Entry | None, tree: Tree) -> tuple[str, str] | None:
    if entry is None:
        if _accepted(finding) or finding.severity < Severity.MEDIUM:
            return None
        mask = finding.secret.mask if finding.secret else ""
        return MISSING, f"no rotation is recorded of {finding.fingerprint} ({mask})"
    if is_ahead(entry.rotated):
        return MISSING, f"the rotation of {entry.what} is still to come: {entry.rotated}"
    if reason := _absent(entry.evidence, tree):
        return (
            EVIDENCE_MISSING,
            f"{entry.evidence} shows the rotation of {entry.what}, but {reason}",
        )
    if since := introduced(finding):
        if is_before(entry.rotated, since):
            return (
                EVIDENCE_OLD,
                f"{entry.what} was rotated on {entry.rotated}, but leaked on {since}",
            )
        shown = _last_change(entry.evidence, tree)
        if shown and is_before(shown, since):
            told = f"{entry.evidence} was last changed {shown}"
            return EVIDENCE_OLD, f"{told}, but {entry.what} leaked {since}"
    return None


def _accepted(finding: Finding) -> bool:
    """Say whether the finding is said to be no leak; a baseline only says that it is known."""
    return finding.suppression is not None and finding.suppression.kind != "baseline"


def introduced(finding: Finding) -> str:
    """Return when the secret came in, as ISO 8601; empty where the source does not tell."""
    told = finding.properties.get("introduced")
    return str(told.get("date", "")) if isinstance(told, Mapping) else ""


def _absent(path: str, tree: Tree) -> str:
    """Say why a path cannot be looked up; empty where it can."""
    entry = tree.entries.get(path)
    if entry is not None:
        return "" if entry.tracked else "it is not in git"
    if any(name.startswith(f"{path}/") for name in tree.entries):
        return ""
    return f"it is not in the {tree.label}" if tree.label != "HEAD" else "it is not in HEAD"


def _last_change(path: str, tree: Tree) -> str:
    if tree.history is None or not tree.history.tip:
        return ""
    where = ("-1", "--format=%ct", tree.history.tip, "--", path)
    seconds = tree.history.run("--literal-pathspecs", "log", *where)
    try:
        return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""  # not committed yet, or on a day that no calendar knows


def _finding(
    rule: Rule, message: str, finding: Finding, entry: Entry | None, tree: Tree
) -> Finding:
    """Return a finding at the entry, or at the top of the ledger where there is none."""
    line = entry.line if entry and entry.line else 1
    start = sum(map(len, tree.read(FILE_NAME).splitlines(keepends=True)[: line - 1]))
    oid = tree.entries[FILE_NAME].oid
    place = Location(oid, start, start, line, 1, line, 1, "", (Origin("file", FILE_NAME),))
    return Finding(
        rule_id=rule.id,
        severity=rule.severity,
        message=message,
        locations=(place,),
        confidence=rule.confidence,
        properties={
            "document": FILE_NAME,
            "target": finding.fingerprint,
            "reason": message,
            "next_step": _next_step(rule.id, finding.fingerprint),
        },
    )


def _next_step(rule_id: str, fingerprint: str) -> str:
    if rule_id == MISSING:
        return (
            "Rotate the secret, then record it: "
            f"occ-audit rotate add {fingerprint} --what … --by … --evidence PATH"
        )
    return "Correct the entry, or rotate the secret again and say so there."
