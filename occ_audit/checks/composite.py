"""Findings that say more together: a secret with its id, with what it opens, with its host.

Looks only at what the rules have found in one content, and at the lines around a password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from occ_audit import plugins, validators
from occ_audit.checks import _nearness
from occ_audit.checks._nearness import ENTRY, Pair
from occ_audit.checks._settle import Judged, rank
from occ_audit.model import Confidence, Finding, Rule
from occ_audit.secret import Secret
from occ_audit.wording import some

NEARBY = "nearby"
"""What `opens_by` says where nothing but nearness tells what a secret opens."""
_MOST = 20
"""So many of what one secret opens are named."""
_TOLD, _LONGEST = 2, 100
"""So many stand in a message, each cut to that length."""


def composed(
    settled: Sequence[Judged], buffer: memoryview, rules: Mapping[str, Rule]
) -> list[Judged]:
    """Return the candidates of one content, those that are a part of another dropped."""
    result = list(settled)
    if not any(one.keep for one in result):
        return result
    from occ_audit.checks import _siblings  # most runs find nothing that has siblings

    steps: tuple[Callable[[list[Judged]], Iterable[tuple[Judged, Judged]]], ...] = (
        lambda kept: _siblings.with_host(kept, buffer, rules),
        lambda kept: _with_id(kept, buffer),
        lambda kept: _located(kept, buffer),
        _one_login,
        _alone,
    )
    for step in steps:
        kept = [one for one in result if one.keep]
        changed = {id(before): after for before, after in step(kept)}
        result = [changed.get(id(one), one) for one in result] if changed else result
    return result


def _with_id(kept: Sequence[Judged], buffer: memoryview) -> Iterator[tuple[Judged, Judged]]:
    """Yield secrets with their ids, and the ids as a part of them."""
    taken: dict[Secret, Judged] = {}
    absorbed: dict[int, tuple[Judged, Judged]] = {}
    found = _near(kept, kept, buffer, lambda rule: rule.pairs_with)
    for pair in sorted(found, key=lambda pair: pair.crossed):
        owner = taken.setdefault(pair.found.secret, pair.seeker)
        # What belongs to another secret nearer by is not the id of one further away.
        if pair.crossed > ENTRY and owner.secret != pair.seeker.secret:
            continue
        yield pair.seeker, _paired(pair.seeker, pair.found)
        absorbed.setdefault(id(pair.found), (pair.found, pair.seeker))
    for part, owner in absorbed.values():
        yield part, part.dropped(f"composite: a part of the finding of {owner.match.rule.id}")


def _paired(one: Judged, part: Judged) -> Judged:
    rule = one.match.rule
    severity, confidence = one.severity, one.confidence
    if severity >= rule.severity:  # what lowers it is known of this very secret
        severity = max(severity, rule.paired_severity or severity)
        confidence = Confidence(min(confidence + 1, Confidence.CERTAIN))
    reason = f"composite: {part.match.rule.id} stands beside it"
    inherited = {key: part.properties[key] for key in ("opens",) if key in part.properties}
    return replace(
        one,
        severity=severity,
        confidence=confidence,
        reasons=(*one.reasons, reason),
        properties={**inherited, **one.properties, "id": part.secret.mask},
        parts=(*one.parts, part),
    )


def _located(kept: Sequence[Judged], buffer: memoryview) -> Iterator[tuple[Judged, Judged]]:
    """Yield secrets with what the text around them says that they open."""
    unknown = [one for one in kept if one.match.rule.located_by and "opens" not in one.properties]
    by_rule: dict[str, list[Judged]] = {}
    for one in unknown:
        by_rule.setdefault(one.match.rule.id, []).append(one)
    unproved: list[Judged] = []
    for group in by_rule.values():
        rule = group[0].match.rule
        fits = _proof(rule)
        if fits is None:
            unproved += group
            continue
        found = dict.fromkeys(_name(one) for one in kept if one.match.rule.id in rule.located_by)
        names = [*found][:_MOST]
        for one in group:
            if named := next((name for name in names if fits(one.secret.decoded(), name)), ""):
                yield one, _opening(one, named, f"the checksum fits {named}", proved=True)
    for one, place, _ in _near(unproved, kept, buffer, lambda rule: rule.located_by):
        yield one, _opening(one, _name(place), f"{place.match.rule.id} stands nearby", proved=False)


def _proof(rule: Rule) -> Callable[[bytes, str], bool] | None:
    """Return what can prove that a secret of a rule opens something, if anything can."""
    modules = (plugins.load(validators, name) for name in rule.validators)
    return next(filter(None, (getattr(module, "fits", None) for module in modules)), None)


def _name(locator: Judged) -> str:
    return str(locator.properties.get("names") or locator.secret.mask)


def _opening(one: Judged, named: str, reason: str, *, proved: bool) -> Judged:
    facts = {"opens": named, **({"proof": reason} if proved else {"opens_by": NEARBY})}
    return replace(
        one,
        confidence=Confidence.CERTAIN if proved else one.confidence,
        reasons=(*one.reasons, f"composite: {reason}"),
        properties={**one.properties, **facts},
    )


def _near(
    seeking: Sequence[Judged],
    kept: Sequence[Judged],
    buffer: memoryview,
    wanted: Callable[[Rule], tuple[str, ...]],
) -> Iterator[Pair]:
    """Yield those of the kept that the rules of the seeking want near them."""
    groups: dict[tuple[str, ...], list[Judged]] = {}
    for one in seeking:
        if names := wanted(one.match.rule):
            groups.setdefault(names, []).append(one)
    for names, seekers in groups.items():
        if offers := [one for one in kept if one.match.rule.id in names]:
            yield from _nearness.pairs(seekers, offers, buffer)


def _one_login(kept: Sequence[Judged]) -> Iterator[tuple[Judged, Judged]]:
    """Yield connection strings of one login, written in another form, under one rule."""
    first: dict[tuple[object, Secret], Judged] = {}
    for one in sorted(kept, key=rank):
        if login := one.properties.get("login"):
            known = first.setdefault((login, one.secret), one)
            if known.match.rule is not one.match.rule:
                reason = f"composite: {known.match.rule.id} sees the same login"
                match = one.match._replace(rule=known.match.rule)
                yield one, replace(one, match=match, reasons=(*one.reasons, reason))


def _alone(kept: Sequence[Judged]) -> Iterator[tuple[Judged, Judged]]:
    for one in kept:
        if one.match.rule.helper:
            yield one, one.dropped("composite: nothing that it belongs to stands near")


def joined(gravest: Finding, same: Sequence[Finding]) -> dict[str, object]:
    """Return the properties of all findings of one secret: all that it opens, and by which ids."""
    facts = {**gravest.properties}
    if ids := sorted({text for one in same for text in _texts(one, "id")}):
        facts["id"] = ids[0] if len(ids) == 1 else ids[:_MOST]
    if named := sorted(opened(same)):
        facts["opens"] = named[0] if len(named) == 1 else named[:_MOST]
        facts.pop("opens_by", None)
        if not any("opens" in one.properties and not _nearby(one) for one in same):
            facts["opens_by"] = NEARBY
    return facts


def opened(findings: Iterable[Finding]) -> list[str]:
    """Return what a secret opens by all its findings; a proof is better than nearness."""
    proved: dict[str, None] = {}
    near: dict[str, None] = {}
    for one in findings:
        (near if _nearby(one) else proved).update(dict.fromkeys(_texts(one, "opens")))
    return list(proved or near)


def _nearby(finding: Finding) -> bool:
    return finding.properties.get("opens_by") == NEARBY


def told(finding: Finding) -> Finding:
    """Return the finding with its id and with what it opens in the message."""
    if finding.secret is None:
        return finding
    # `id=` and not a word: a scan of the report is not to read it as a sentence about a token.
    clauses = ((", with id=", _texts(finding, "id")), (", opens ", _texts(finding, "opens")))
    said = (words + _some(texts) for words, texts in clauses if texts)
    return replace(finding, message=finding.message + "".join(said))


def _some(texts: Sequence[str]) -> str:
    shown = [text if len(text) <= _LONGEST else text[:_LONGEST] + "…" for text in texts]
    return some(shown, _TOLD)


def _texts(finding: Finding, key: str) -> list[str]:
    found = finding.properties.get(key)
    return [found] if isinstance(found, str) and found else found if isinstance(found, list) else []
