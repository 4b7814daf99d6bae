"""The secrets check: match, judge, settle overlaps, locate.

Every candidate that a pattern confirms is kept with what each validator said, so that the same
pipeline gives findings and explains why the others are none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path

from occ_audit import plugins, validators
from occ_audit.checks import _imported, composite
from occ_audit.checks._decoded import Decoding, Skip
from occ_audit.checks._fingerprints import Fingerprints
from occ_audit.checks._locate import Locator
from occ_audit.checks._settle import Judged, settle
from occ_audit.checks._signs import Signs
from occ_audit.imports import ImportedRule, dropped
from occ_audit.matching.matcher import Match, Matcher
from occ_audit.model import Batch, Confidence, Content, Finding, Location, Part, Rule, Severity
from occ_audit.secret import Secret
from occ_audit.setting_types import path_matcher
from occ_audit.validators import Candidate, Groups, Verdict

BEFORE, AFTER = 2048, 512
"""Bytes around a match that validators see."""

Check = Callable[[Candidate], Verdict]
Judges = tuple[tuple[str, Check], ...]
_Line = tuple[str, bytes, bytes, int, int, bytes]
"""A rule, the line before a match, the match, where the secret is in it, the line after it."""
_Opinion = tuple[Secret, bool, Severity, Confidence, tuple[str, ...], dict[str, object]]
OPINIONS_KEPT = 30_000
"""So many lines that were judged are remembered: the versions of a file repeat most of theirs."""


class SecretCheck:
    """Finds the secrets of all `rules` in batches; may be shared between threads."""

    def __init__(
        self,
        rules: Sequence[Rule],
        cache: Path | None = None,
        witness: Callable[[Finding], object] | None = None,
    ) -> None:
        """`witness` is told, from any thread, each candidate that is no finding."""
        self._witness = witness
        active = [rule for rule in rules if rule.enabled and rule.pattern]
        self._by_id = {rule.id: rule for rule in rules if rule.enabled}
        self._judges: dict[str, tuple[Judges, bool]] = {}
        self._opinions: dict[_Line, _Opinion] = {}
        self._fingerprints = Fingerprints(rule.id for rule in rules)
        self._by_name = [one for one in active if isinstance(one, ImportedRule) and one.by_name]
        self.matcher = Matcher([rule for rule in active if rule not in self._by_name], cache)
        self._decoding = Decoding(Signs(active, cache), self._kept, _findings)

    def findings(self, batch: Batch, skip: Skip = lambda origin, reason: None) -> Iterator[Finding]:
        """Yield one finding for each secret and place, ordered by content, then by place.

        What is encoded or packed is looked into; `skip` is told what was left out there.
        """
        return self._decoding.findings(batch, skip)

    def _kept(self, batch: Batch) -> Iterator[tuple[Content, list[Judged]]]:
        for content, settled in self._settled(batch):
            if self._witness:
                dropped = [one for one in settled if not one.keep]
                for finding in _findings(batch, content, dropped):
                    self._witness(finding)
            yield content, [one for one in settled if one.keep]

    def explain(self, batch: Batch) -> Iterator[tuple[Judged, Location]]:
        """Yield every candidate, the dropped ones too, with its place and the reasons."""
        for content, candidates in self._settled(batch):
            settled = sorted(candidates, key=lambda one: one.span)
            locator = _locator(batch, content, settled)
            for one in settled:
                yield one, locator.locate(one.span, one.secret)

    def _settled(self, batch: Batch) -> Iterator[tuple[Content, list[Judged]]]:
        """Yield the candidates of each content, all that is no finding dropped."""
        for content, candidates in self._contents(batch):
            settled = settle(candidates)
            yield content, composite.composed(settled, batch.buffer, self._by_id)

    def _contents(self, batch: Batch) -> Iterator[tuple[Content, list[Judged]]]:
        """Group the judged candidates by content."""
        found = chain(self.matcher.matches(batch), _imported.names(batch, self._by_name))
        matches = sorted(found, key=lambda match: match.content.start)
        for _, group in groupby(matches, key=lambda match: match.content.start):
            judged = [self._judge(batch.buffer, match) for match in group if _applies(match)]
            if judged:
                yield judged[0].match.content, _imported.together(judged, batch.buffer)

    def _judge(self, buffer: memoryview, match: Match) -> Judged:
        if self._fingerprints.holds(buffer, match):
            return _fingerprint(match, buffer)
        if isinstance(match.rule, ImportedRule):
            return _by_its_own_file(match, match.rule, buffer)
        judges, by_line = self._judges_of(match.rule)
        if not by_line:
            return Judged(match, *_opinion(_candidate(buffer, match), judges))
        place = _line_around(buffer, match)
        opinion = self._opinions.get(place)
        if opinion is None:
            if len(self._opinions) >= OPINIONS_KEPT:
                self._opinions.clear()
            opinion = self._opinions[place] = _opinion(_candidate(buffer, match), judges)
        return Judged(match, *opinion)

    def _judges_of(self, rule: Rule) -> tuple[Judges, bool]:
        """Return what judges the matches of a rule, and whether by no more than their line.

        Validators are imported when they are first needed.
        """
        judges = self._judges.get(rule.id)
        if judges is None:
            allowed = [("allow", _allow(rule.allow))] if rule.allow else []
            loaded = [(name, plugins.load(validators, name)) for name in rule.validators]
            named = ((name, module.check) for name, module in loaded)
            by_line = all(getattr(module, "BY_LINE", False) for _, module in loaded)
            judges = self._judges[rule.id] = ((*allowed, *named), by_line)
        return judges


def _candidate(buffer: memoryview, match: Match) -> Candidate:
    content = match.content
    return Candidate(
        rule=match.rule,
        secret=bytes(buffer[match.secret_start : match.secret_end]),
        groups=Groups(match.groups),
        before=bytes(buffer[max(content.start, match.start - BEFORE) : match.start]),
        after=bytes(buffer[match.end : min(content.end, match.end + AFTER)]),
    )


def _line_around(buffer: memoryview, match: Match) -> _Line:
    """Return all that a validator by line looks at."""
    content, (before, after) = match.content, validators.LINE
    head = bytes(buffer[max(content.start, match.start - before) : match.start])
    tail = bytes(buffer[match.end : min(content.end, match.end + after)])
    return (
        match.rule.id,
        head.rpartition(b"\n")[2],
        bytes(buffer[match.start : match.end]),
        match.secret_start - match.start,
        match.secret_end - match.start,
        tail.partition(b"\n")[0],
    )


def _fingerprint(match: Match, buffer: memoryview) -> Judged:
    rule = match.rule
    secret = Secret(bytes(buffer[match.secret_start : match.secret_end]))
    reasons = (f"rule: the pattern of {rule.id} matches", "fingerprint: it is one of a finding")
    return Judged(match, secret, False, rule.severity, rule.confidence, reasons)


def _by_its_own_file(match: Match, rule: ImportedRule, buffer: memoryview) -> Judged:
    sight = _imported.sight(buffer, match)
    why = dropped(rule, sight)
    reasons = [f"rule: the pattern of {rule.id} matches", *([f"import: {why}"] if why else [])]
    secret = Secret(sight.secret, public=rule.public)
    return Judged(match, secret, not why, rule.severity, rule.confidence, tuple(reasons))


def _opinion(candidate: Candidate, judges: Judges) -> _Opinion:
    """Return what the judges say of a candidate together, in the order of `Judged`'s fields."""
    rule = candidate.rule
    severity, confidence, identity = rule.severity, rule.confidence, None
    reasons, keep = [f"rule: the pattern of {rule.id} matches"], True
    properties: dict[str, object] = {}
    for name, judge in judges:
        verdict = judge(candidate)
        properties.update(verdict.properties)
        if verdict.reason:
            reasons.append(f"{name}: {verdict.reason}")
        severity = severity if verdict.severity is None else verdict.severity
        confidence = confidence if verdict.confidence is None else verdict.confidence
        identity = identity if verdict.identity is None else verdict.identity
        if not verdict.keep:
            keep = False
            break
    secret = Secret(candidate.secret, identity, public=rule.public)
    return secret, keep, severity, confidence, tuple(reasons), properties


def _findings(batch: Batch, content: Content, kept: list[Judged]) -> Iterator[Finding]:
    ordered = sorted(kept, key=lambda one: one.span)
    everything = {id(one): one for whole in ordered for one in (whole, *whole.parts)}
    standing = sorted(everything.values(), key=lambda one: one.span)
    locator = _locator(batch, content, standing)
    places = {id(one): locator.locate(one.span, one.secret) for one in standing}
    for one in ordered:
        yield _finding(one, places)


def _locator(batch: Batch, content: Content, ordered: Sequence[Judged]) -> Locator:
    spans, secrets = [one.span for one in ordered], [one.secret for one in ordered]
    return Locator(batch.buffer, content, spans, secrets)


def _finding(one: Judged, places: Mapping[int, Location]) -> Finding:
    rule = one.match.rule
    return Finding(
        rule_id=rule.id,
        severity=one.severity,
        message=rule.name if rule.public else f"{rule.name} in clear",
        locations=(places[id(one)],),
        secret=one.secret,
        confidence=one.confidence,
        properties={
            **({"vendor": rule.vendor} if rule.vendor else {}),
            **one.properties,
            "reasons": list(one.reasons),
        },
        parts=tuple(Part(part.match.rule.id, part.secret, places[id(part)]) for part in one.parts),
    )


def _allow(patterns: Sequence[str]) -> Check:
    import regex

    compiled = [regex.compile(pattern.encode()) for pattern in patterns]

    def check(candidate: Candidate) -> Verdict:
        known = any(pattern.fullmatch(candidate.secret) for pattern in compiled)
        return Verdict(keep=not known, reason="it is a known sample" if known else "")

    return check


def _applies(match: Match) -> bool:
    return path_applies(match.rule, match.content.origin.path)


def path_applies(rule: Rule, path: str) -> bool:
    """Return whether a rule looks at this path; yes for an unknown one, such as a blob's."""
    if not rule.paths or not path:
        return True
    return _paths(rule.paths)(path.rpartition("!")[2])


_paths = functools.lru_cache(maxsize=256)(path_matcher)
