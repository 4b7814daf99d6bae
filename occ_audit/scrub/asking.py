"""Asks vendors about the secrets of a report, and writes down what they answered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence

from occ_audit import __version__
from occ_audit.liveness import Checked, Checker, Credential, shopify, supabase, vendor_of
from occ_audit.model import Finding
from occ_audit.reports._inert import code, plain
from occ_audit.scrub.report import ScrubReport
from occ_audit.scrub.subjects import Subject

_PUBLIC = (shopify.SHOPS, supabase.PROJECTS)
_MEANING = {
    "live": "it works",
    "dead": "it does not work any more",
    "unknown": "nothing is known: try again, or ask the vendor by hand",
}


def asker(checker: Checker, found: Iterable[Finding]) -> Callable[[Subject], Checked | None]:
    """Return what asks about one subject; `found` says what else the repository names."""
    public = [one for one in found if one.rule_id in _PUBLIC and one.secret]

    def ask(subject: Subject) -> Checked | None:
        rows = (*subject.findings, *subject.disk)
        chosen = next((one for one in rows if vendor_of(one.rule_id)), None)
        if chosen is None:
            return None
        return checker.check(
            Credential(
                rule_id=chosen.rule_id,
                value=subject.secret.decoded(),
                facts=chosen.properties,
                nearby={rule: _nearby(rule, public, rows) for rule in _PUBLIC},
            )
        )

    return ask


def _nearby(rule: str, public: Iterable[Finding], rows: Iterable[Finding]) -> tuple[str, ...]:
    """Return the values that stand in an object together with the secret; else all there are."""
    objects = {place.oid for row in rows for place in row.locations}
    every = [one for one in public if one.rule_id == rule]
    beside = [one for one in every if any(place.oid in objects for place in one.locations)]
    values = (one.secret.reveal() for one in beside or every if one.secret)
    return tuple(dict.fromkeys(value.decode("utf-8", "replace").lower() for value in values))


def record(report: ScrubReport, when: datetime.datetime) -> str:
    """Return a Markdown page of all answers, to be cited as evidence; it holds no secret."""
    return "\n".join(_page(report, when)) + "\n"


def _page(report: ScrubReport, when: datetime.datetime) -> Iterator[str]:
    asked = [(row, row.liveness) for row in report.rows if row.liveness]
    others = [row for row in report.rows if not row.liveness]
    yield "# Do the leaked secrets still work?"
    yield ""
    yield f"Asked by occ-audit {__version__}, written on {when:%Y-%m-%d %H:%M:%S} UTC."
    yield ""
    yield from _table(
        ("secret", "what", "asked", "when", "answer", "so"),
        [
            (
                code(row.fingerprint),
                plain(row.rule_name),
                known.vendor,
                known.at,
                plain(known.reason),
                f"**{known.state}**: {_MEANING[known.state]}",
            )
            for row, known in asked
        ],
    )
    if others:
        yield ""
        yield "Nobody was asked about:"
        yield ""
        yield from (f"- {code(row.fingerprint)}, {plain(row.rule_name)}" for row in others)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(row)} |" for row in rows)
