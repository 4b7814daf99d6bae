"""One audit: read a source, run the checks, merge, attribute, suppress; returns a `Report`."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from occ_audit import comments, digests, scanning
from occ_audit.checks import composite, crowds, paths
from occ_audit.comments import MarkedLine
from occ_audit.imports import ImportedRule, drops_path
from occ_audit.markers import UNUSED
from occ_audit.model import Batch, Content, Finding, Location, Origin, Report, Rule, Severity
from occ_audit.plan import Plan, SecretCheck
from occ_audit.reading import Coverage, Tree
from occ_audit.secret import Secret
from occ_audit.setting_types import path_matcher

_TreeOf = Callable[[], Tree | None]
"""Returns the tree that evidence is audited in, always the same one."""


class _Apart(Coverage):
    """What the evidence audit reads; shown while it is read, unless the secrets are."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def count(self, **amounts: int) -> None:
        """Add to counters."""
        super().count(**amounts)
        if not self._plan.seek_secrets:
            self._plan.progress("evidence", 0, 0)


def audit(plan: Plan) -> Report:
    """Run the plan; what could not be scanned is in the report's `skipped`."""
    started = time.monotonic()
    tree = functools.cache(plan.source.tree)
    secrets, evidence, marked = _found(plan, tree)
    found = [*secrets, *evidence]
    told = crowds.folded(secrets) if plan.crowds else secrets
    with digests.beside(told, plan) as digested:
        kept, dropped = _placed([*told, *evidence], plan)
        digested(kept)
    final = [plan.suppressor.apply(_identified(finding, plan)) for finding in kept]
    refuted = _within_paths(_claims(plan, tree, final), plan)
    final += [plan.suppressor.apply(_identified(finding, plan)) for finding in list(refuted)]
    about_comments = [plan.suppressor.apply(row) for row in _about_comments(marked, found, plan)]
    complaints = plan.suppressor.problems(plan.everything, history=plan.source.name == "history")
    findings = tuple(sorted([*final, *complaints, *about_comments], key=_order))
    report = Report(
        root=str(plan.source.root),
        rules=_rules_of(plan.rules, findings),
        findings=findings,
        dropped=tuple(sorted(dropped, key=_order)),
        skipped=plan.source.coverage.skipped,
        stats={
            "source": plan.source.name,
            "counters": plan.source.coverage.counts,
            "rules": len(plan.rules),
            **({"repository": plan.facts} if plan.facts else {}),
            "seconds": round(time.monotonic() - started, 3),
        },
    )
    return replace(report, hidden=_hidden(report, plan.secrets))


def _found(plan: Plan, tree: _TreeOf) -> tuple[list[Finding], list[Finding], list[MarkedLine]]:
    """Run both checks side by side; return secrets, evidence, and the lines with comments."""
    apart = _Apart(plan)  # so that the order of what is skipped does not hang on who is first
    with scanning.started(plan) as scanned:
        evidence = list(_evidence(plan, tree, apart))
        secrets, marked = scanned()
    plan.source.coverage.add(apart.counts, apart.skipped)
    return secrets, evidence, marked


def _placed(found: Iterable[Finding], plan: Plan) -> tuple[list[Finding], list[Finding]]:
    """Return the findings with all their places and what is known of these, and the dropped."""
    merged = [composite.told(finding) for finding in _merge(found)]
    attributed = plan.source.attribute([*merged, *(plan.dropped or ())], plan.progress)
    within = list(_within_paths(attributed[: len(merged)], plan))
    kept, none = paths.weighed(within, plan.rules, plan.config.test_paths)
    explained = none if plan.dropped is not None else []
    return kept, [*_within_paths(attributed[len(merged) :], plan), *explained]


def _about_comments(
    marked: Sequence[MarkedLine], found: Sequence[Finding], plan: Plan
) -> Iterator[Finding]:
    """Yield what is wrong with comments; what was not looked for cannot make one unused."""
    for finding in comments.problems(marked, found, plan.config.fingerprint_salt):
        rule = finding.rule_id
        if rule not in plan.config.disable and (plan.everything or rule != UNUSED):
            yield replace(finding, severity=plan.config.severity.get(rule, finding.severity))


def _evidence(plan: Plan, tree_of: _TreeOf, coverage: Coverage) -> Iterator[Finding]:
    tree = tree_of() if plan.evidence else None
    if plan.evidence is None or tree is None:
        return
    yield from _commentable(plan.evidence(tree, coverage), tree, plan)


def _claims(plan: Plan, tree_of: _TreeOf, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what the secrets of this scan refute."""
    asked = plan.claims and any(finding.secret for finding in found)
    tree = tree_of() if asked else None
    if tree is not None:
        for check in plan.claims:
            yield from _commentable(check(tree, found, plan.source.coverage), tree, plan)


def _commentable(findings: Iterable[Finding], tree: Tree, plan: Plan) -> Iterator[Finding]:
    """Let comments in documents speak, where the user lets them."""
    if not plan.inline_comments:
        return iter(findings)
    return comments.in_documents(findings, tree, plan.config.fingerprint_salt)


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """Make one finding of all places of one secret, or of one broken reference.

    Places that a comment covers stay apart from those that none covers, and so do those where a
    password opens another server.
    """
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        identity = finding.secret or _reference(finding)
        login = finding.properties.get("login")
        key = (finding.rule_id, identity, finding.suppression, login)
        alike.setdefault(key, []).append(finding)
    return [_joined(same) if len(same) > 1 else same[0] for same in alike.values()]


def _joined(same: Sequence[Finding]) -> Finding:
    """Return the gravest of the findings of one thing, with the places of all."""
    gravest = max(same, key=lambda finding: (finding.severity, finding.confidence))
    return replace(
        gravest,
        locations=tuple(place for finding in same for place in finding.locations),
        properties=composite.joined(gravest, same),
        parts=tuple(dict.fromkeys(part for finding in same for part in finding.parts)),
    )


def _reference(finding: Finding) -> tuple[str, str]:
    document = finding.locations[0].origins[0].path if finding.locations else ""
    return document, str(finding.properties.get("target", finding.message))


def _within_paths(findings: Iterable[Finding], plan: Plan) -> Iterator[Finding]:
    """Drop places that the rule or the configuration leaves out; a content may have many paths."""
    excluded = path_matcher(plan.config.exclude)
    wanted = {rule.id: path_matcher(rule.paths) for rule in plan.rules if rule.paths}
    imported = {rule.id: rule for rule in plan.rules if isinstance(rule, ImportedRule)}

    def counts(finding: Finding, place: Location) -> bool:
        paths = [origin.path for origin in place.origins if origin.path]
        # `archive.zip!member` is left out with its archive; a rule's paths are those of members.
        included = [p for p in paths if not (excluded(p) or excluded(p.partition("!")[0]))]
        if paths and not included:
            reason = "excluded by the configuration"
            plan.source.coverage.skip(place.origins[0], reason, requested=True)
        matches = wanted.get(finding.rule_id)
        included = [p for p in included if matches is None or matches(p.rpartition("!")[2])]
        if (rule := imported.get(finding.rule_id)) and finding.secret:
            secret = finding.secret.reveal()
            included = [path for path in included if not drops_path(rule, path, secret)]
        return not paths or bool(included)

    for finding in findings:
        places = tuple(place for place in finding.locations if counts(finding, place))
        if places or not finding.locations:
            yield replace(finding, locations=places)


def _identified(finding: Finding, plan: Plan) -> Finding:
    """Set the fingerprint and the severity that the project has decided on."""
    severity = plan.config.severity.get(finding.rule_id, finding.severity)
    if finding.secret:
        identity = finding.secret.digest(plan.config.fingerprint_salt)
    else:
        named = "\0".join(_reference(finding)).encode("utf-8", "surrogateescape")
        identity = hashlib.sha256(named).hexdigest()[:32]
    return replace(finding, severity=severity, fingerprint=f"{finding.rule_id}:{identity}")


def _order(finding: Finding) -> tuple[object, ...]:
    """Sort the gravest first, then by place."""
    if not finding.locations:
        return (-finding.severity, finding.rule_id, "", 0, 0)
    place = finding.locations[0]
    path = place.origins[0].path if place.origins else ""
    return (-finding.severity, finding.rule_id, path, place.line, place.column)


def _rules_of(rules: Sequence[Rule], findings: Iterable[Finding]) -> tuple[Rule, ...]:
    used = {finding.rule_id for finding in findings}
    return tuple(rule for rule in rules if rule.id in used)


def _hidden(report: Report, check: SecretCheck) -> tuple[Secret, ...]:
    """Return the secrets in paths, refs, authors, cited text and the like, to be masked too."""
    # Blank lines apart, so that no text is read as the context of another.
    texts = "\n\n".join(sorted(_told(report))).encode("utf-8", "surrogateescape")
    found = check(Batch(memoryview(texts), [Content(0, len(texts), Origin("report"))]))
    graver = (one for one in found if one.severity > Severity.INFO)
    return tuple({secret for one in graver for secret in one.secrets})


def _told(report: Report) -> set[str]:
    """Return the texts of a report that come from the repository."""
    told = {report.root, *_texts(report.stats)}
    for row in report.skipped:
        told |= {row.origin.path, row.reason}
    for finding in (*report.findings, *report.dropped):
        told |= {finding.message, *_texts(finding.properties)}
        for place in finding.locations:
            told |= {place.excerpt, *(origin.path for origin in place.origins)}
    return told


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in _texts(item))
