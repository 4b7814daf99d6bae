"""Computes the digests of what was found: some are made to cost time, and all are remembered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from occ_audit.model import Finding
from occ_audit.plan import Plan
from occ_audit.reading import Memory
from occ_audit.secret import Secret

_QUESTION = "digests"
_Place = str
"""A rule's number, an object, and where in it the secret stands; holds ids and numbers only."""


@contextlib.contextmanager
def beside(
    findings: Sequence[Finding], plan: Plan
) -> Iterator[Callable[[Iterable[Finding]], None]]:
    """Compute digests beside all else; give what waits for those of findings.

    What is not begun when the block ends is left: not every finding stays one. Those of an earlier
    scan are not computed again.
    """
    places = _places(findings, plan) if plan.memory else {}
    known = _recalled(plan, places)
    salts: dict[Secret, set[bytes]] = {}
    for finding in findings:
        if finding.secret:
            salts.setdefault(finding.secret, set()).update(plan.suppressor.salts(finding))
    if len(salts) < 2:
        yield lambda kept: None
        return
    from concurrent.futures import ThreadPoolExecutor  # a hook does without

    pool = ThreadPoolExecutor(max_workers=plan.jobs)
    begun = {one: [pool.submit(one.digest, salt) for salt in salts[one]] for one in salts}

    def wait(kept: Iterable[Finding]) -> None:
        done = {secret for finding in kept if (secret := finding.secret) and secret in begun}
        for secret in done:
            for digest in begun[secret]:
                digest.result()
        # One that equals it may be public, and so have another digest.
        salt = plan.config.fingerprint_salt
        rows = {place: one.digest(salt) for place, one in places.items() if one in done}
        if plan.memory and rows != known:
            said = [f"{place} {digest}" for place, digest in sorted(rows.items())]
            plan.memory.remember(_QUESTION, _about(plan.memory, plan), said)

    try:
        yield wait
    finally:
        pool.shutdown(cancel_futures=True)


def _places(findings: Iterable[Finding], plan: Plan) -> dict[_Place, Secret]:
    """Return a place of each secret where a rule sees no other: what is decoded may share one."""
    numbers = {rule.id: number for number, rule in enumerate(plan.rules)}
    found: dict[_Place, Secret | None] = {}
    for finding in findings:
        at, secret = finding.locations[0], finding.secret
        if len(finding.locations) > 1:
            continue  # many secrets, and the next scan may find others beside them
        if secret and not secret.public and at.oid and not at.origins[0].path:
            place = f"{numbers[finding.rule_id]:x} {at.oid} {at.start:x} {at.end:x}"
            found[place] = secret if found.get(place, secret) == secret else None
    first = {secret: place for place, secret in reversed(found.items()) if secret}
    return {place: secret for secret, place in first.items()}


def _recalled(plan: Plan, places: Mapping[_Place, Secret]) -> dict[_Place, str]:
    """Return the digests that are known of secrets in these places, and tell them to these."""
    said = plan.memory.recall(_QUESTION, _about(plan.memory, plan)) if plan.memory else None
    rows = (row.rpartition(" ") for row in said or ())
    known = {place: digest for place, _, digest in rows}
    for place in known.keys() & places.keys():
        places[place].has_digest(plan.config.fingerprint_salt, known[place])
    return known


def _about(memory: Memory, plan: Plan) -> list[str]:
    return [memory.rules, plan.config.fingerprint_salt.hex()]
