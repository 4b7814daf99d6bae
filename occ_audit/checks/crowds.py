"""Makes one finding of many guessable secrets: the digest of each one is made to cost time.

A table of some thousand passwords, which anyone can put into a pull request, would else keep an
audit busy for minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from occ_audit.model import Finding, Part
from occ_audit.secret import Secret

MOST = 1_000
"""So many guessable secrets have a finding each, and so a fingerprint that stays."""
_CROWD = 10
"""Fewer of the others in one content are put together with those in other contents."""


def folded(findings: Sequence[Finding], most: int = MOST) -> Sequence[Finding]:
    """Return the findings, with one for all guessable secrets of a rule and content beyond `most`.

    Which of them are the first is told by their places, however they were read.
    """
    if len({one.secret for one in findings if _is_guessable(one)}) <= most:
        return findings
    guessable = sorted(filter(_is_guessable, findings), key=_content)
    first = set(list(dict.fromkeys(one.secret for one in guessable))[:most])
    rest = [one for one in guessable if one.secret not in first]
    others = (one for one in findings if one.secret in first or not _is_guessable(one))
    return [*others, *_crowds(rest)]


def _is_guessable(finding: Finding) -> bool:
    return finding.secret is not None and finding.secret.guessable


def _content(finding: Finding) -> tuple[str, str, int]:
    place = finding.locations[0]
    return place.origins[0].path, place.oid, place.start


def _crowds(findings: Iterable[Finding]) -> Iterator[Finding]:
    in_content: dict[Hashable, list[Finding]] = defaultdict(list)
    for one in findings:
        in_content[one.rule_id, one.suppression, _content(one)[:2]].append(one)
    scattered: dict[Hashable, list[Finding]] = defaultdict(list)
    for crowd in in_content.values():
        if len(_secrets(crowd)) < _CROWD:
            scattered[crowd[0].rule_id, crowd[0].suppression is None].extend(crowd)
        else:
            yield _one(crowd)
    yield from map(_one, scattered.values())


def _secrets(crowd: Iterable[Finding]) -> list[Secret]:
    return list(dict.fromkeys(one.secret for one in crowd if one.secret))


def _one(crowd: Sequence[Finding]) -> Finding:
    """Return the gravest finding for all; as one text, its many secrets cannot be guessed."""
    gravest = max(crowd, key=lambda one: (one.severity, one.confidence))
    secrets = _secrets(crowd)
    more = f", and {len(secrets) - 1:,} more" if len(secrets) > 1 else ""
    told = {key: gravest.properties[key] for key in ("vendor",) if key in gravest.properties}
    reason = f"crowd: the scan found more than {MOST:,} secrets that could be guessed"
    return replace(
        gravest,
        message=f"{gravest.message}{more}",
        locations=tuple(place for one in crowd for place in one.locations),
        secret=Secret(secrets[0].reveal(), b"\n".join(sorted(one.decoded() for one in secrets))),
        properties={**told, "secrets": len(secrets), "reasons": [reason]},
        parts=tuple(part for one in crowd for part in (*_parts(one), *one.parts)),
    )


def _parts(finding: Finding) -> Iterator[Part]:
    if finding.secret:
        yield Part(finding.rule_id, finding.secret, finding.locations[0])
