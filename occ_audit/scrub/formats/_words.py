"""What the formats for people have in common: the same words for the same facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from occ_audit.model import Report
from occ_audit.reports import _view as view
from occ_audit.reports._text import printable
from occ_audit.scrub.report import Event, Names, ScrubReport, ScrubRow
from occ_audit.wording import plural, some

SHORT_OID = 12
NAMED = 5
"""So many names of a list are spelled out."""

_KIND_NOUNS = {
    "branch": ("branch", "branches"),
    "remote": ("remote-tracking ref", "remote-tracking refs"),
    "pull": ("pull ref", "pull refs"),
    "tag": ("tag", "tags"),
    "note": ("notes ref", "notes refs"),
    "stash": ("stash", "stashes"),
    "replace": ("replacement", "replacements"),
    "other": ("other ref", "other refs"),
}
_REF_FOLDER = re.compile("^refs/(?:heads|tags|remotes)/")
_OID = re.compile(r"\b[0-9a-f]{40,64}\b")
_STATES = {"live": "yes, still", "dead": "no", "unknown": "unknown"}
_ANSWERS = {"yes": "yes", "possible": "perhaps", "no": "no"}
PUSHED = {"yes": "pushed", "possible": "perhaps pushed", "no": "never left this clone"}


def day(date: str) -> str:
    """Return the day of an ISO 8601 time."""
    return date[:10]


def days(count: int | None) -> str:
    """Say how many days."""
    return "unknown" if count is None else plural(count, "day")


def window(row: ScrubRow) -> str:
    """Say from when to when a secret was to be read in current files, and for how long."""
    if not row.exposure.start:
        return "since an unknown time"
    end = day(row.exposure.end) or "now"
    return f"{day(row.exposure.start)} to {end}: {days(row.exposure.days)}"


def facts(row: ScrubRow) -> Iterator[tuple[str, str]]:
    """Yield what is known of a secret as label and text, ready to be shown on one line."""
    for label, text in _facts(row):
        if text:
            yield label, printable(text)


def _facts(row: ScrubRow) -> Iterator[tuple[str, str]]:
    yield "opens", listed(row.opens)
    yield "proof", row.proof
    yield "paths", named(row.paths)
    yield "texts", listed([_OID.sub(lambda found: found[0][:SHORT_OID], one) for one in row.texts])
    more = row.introduced_count - 1
    others = f"; and by {plural(more, 'other commit')}" if more > 0 else ""
    yield "came in", (event(row.introduced[0]) + others) if row.introduced else "not known"
    if len(row.authors) > 1:
        yield "authors", listed(row.authors)
    yield "last in", event(row.last)
    yield "removed", event(row.removed) or not_removed(row)
    yield "still in", "; ".join(still_in(row))
    yield "exposed", window(row)
    yield "usable", usable(row)
    evidence = listed(row.exposure.evidence)
    yield "pushed", f"{_ANSWERS[row.exposure.pushed]}: {evidence}"
    yield "rotated", rotated(row)
    yield "works", works(row)
    yield "accepted", row.suppression
    yield "id", row.fingerprint


def usable(row: ScrubRow) -> str:
    """Say how long the secret worked for whoever found it in the history."""
    if row.exposure.usable_days is None:
        return ""
    until = "until its rotation" if row.rotated else "and counting"
    return f"{days(row.exposure.usable_days)}, {until}"


def rotated(row: ScrubRow) -> str:
    """Say what the ledger knows."""
    if row.rotation is None:
        return "no rotation is recorded"
    told = row.rotation
    doubt = f"; this does not count: {told.problem}" if told.problem else ""
    return f"{told.date} by {told.by}, shown by {told.evidence}{doubt}"


def works(row: ScrubRow) -> str:
    """Say what the vendor answered; empty where nobody was asked."""
    known = row.liveness
    if known is None:
        return ""
    when = known.at.replace("T", " ").replace("+00:00", " UTC")
    return f"{_STATES[known.state]}: {known.reason} ({known.vendor}, {when})"


def not_removed(row: ScrubRow) -> str:
    """Say why there is no removing commit."""
    if row.presence.head:
        return "no: it is still in HEAD"
    if row.presence.tips.count:
        return "no: it is still at the tip of a ref"
    return ""


def still_in(row: ScrubRow) -> Iterator[str]:
    """Yield all places in which a secret still is."""
    at = row.presence
    if at.working_tree:
        yield f"working tree ({listed(at.working_tree)})"
    if at.index:
        yield f"index ({listed(at.index)})"
    if at.head:
        yield "HEAD"
    if at.tips.count:
        yield f"{plural(at.tips.count, 'tip')} ({refs(at.tips)})"
    if at.refs.count > at.tips.count:
        kinds = ", ".join(
            f"{count:,} {_KIND_NOUNS[kind][count != 1]}" for kind, count in at.kinds.items()
        )
        yield f"history of {kinds}" + ("" if at.tips.count else f" ({refs(at.refs)})")
    if at.reflogs:
        yield f"reflog of {refs(Names(at.reflogs, len(at.reflogs)))}"
    if at.unreachable:
        yield plural(at.unreachable, "unreachable object")


def where(row: ScrubRow) -> str:
    """Say in a few words where a secret still is, the most visible place first."""
    at = row.presence
    places = {
        "working tree": at.working_tree,
        "index": at.index,
        "HEAD": at.head,
        "tips": at.tips.count,
        "history": at.refs.count,
        "reflog": at.reflogs,
        "unreachable": at.unreachable,
    }
    return ", ".join(name for name, there in places.items() if there) or "nowhere"


def event(one: Event | None) -> str:
    """Say when, in which commit and by whom something was done."""
    if one is None:
        return ""
    commit = f"in {one.commit[:SHORT_OID]}" if one.commit else ""
    author = f"by {one.author}" if one.author else ""
    path = f"as {one.path}" if one.path else ""
    return " ".join(filter(None, (day(one.date), commit, author, path)))


def listed(texts: Sequence[str]) -> str:
    """Name some of many."""
    return some(texts, NAMED)


def named(names: Names) -> str:
    """Name some of many, and say how many there are besides."""
    return some(names.shown, NAMED, names.count)


def refs(names: Names) -> str:
    """Name some of many refs by their short names."""
    return named(Names(tuple(map(short, names.shown)), names.count))


def short(ref: str) -> str:
    """Return a branch, tag or remote-tracking ref without its folder."""
    return _REF_FOLDER.sub("", ref)


def figures(report: ScrubReport) -> list[tuple[str, str]]:
    """Return the summary as number and what it counts."""
    known = report.summary
    return [
        (f"{known['secrets']:,}", "secret" if known["secrets"] == 1 else "secrets"),
        (f"{known['not_rotated']:,}", "not rotated"),
        (f"{known['visible']:,}", "in current files or tips"),
        (f"{known['pushed']:,}", "known to be pushed"),
        (f"{known['longest_days']:,}", "days, the longest that one was usable"),
    ]


def verdict(report: ScrubReport) -> str:
    """Say plainly how bad it is."""
    known = report.summary
    if not known["secrets"]:
        text = "clean: no secrets in what was read"
    else:
        secrets = plural(known["secrets"], "secret")
        text = f"{secrets} leaked, {known['not_rotated']:,} not rotated"
    extra = []
    if known["live"]:
        extra.append(f"{known['live']:,} known to work still")
    if known["suppressed"]:
        extra.append(f"{known['suppressed']:,} accepted as no leak")
    if report.below:
        extra.append(f"{report.below:,} less grave not shown")
    if not report.complete:
        extra.append("incomplete: not all was read")
    return "; ".join((text, *extra))


def read(report: ScrubReport) -> str:
    """Say in one line what was read."""
    return view.what_was_read(_as_scan(report))


def not_read(report: ScrubReport, *, requested: bool) -> list[str]:
    """Say what was not read, one line for each reason."""
    return view.not_read(_as_scan(report), requested=requested)


def _as_scan(report: ScrubReport) -> Report:
    stats = {"source": "history", "counters": report.counters}
    return Report(report.root, (), (), report.skipped, stats)
