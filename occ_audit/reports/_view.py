"""What the formats for people have in common: which findings are shown, and in which words."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.model import Finding, Location, Origin, Report, Rotation, Rule, Severity
from occ_audit.reports._text import printable
from occ_audit.wording import plural, some

MAX_PLACES = 5
"""So many places of a finding are shown unless all are asked for."""

_SHORT_OID = 12
_REF_FOLDER = re.compile("^refs/(?:heads/|tags/|remotes/)?")
_MAX_EXAMPLES = 3
_SOURCES = {
    "worktree": "working tree",
    "index": "staged content",
    "range": "commit range",
    "commit": "files of a commit",
    "history": "history",
    "stdin": "standard input",
}
_KEPT_BY = {
    "index": "staged, and in no commit",
    "nothing": "in an object that no ref and no reflog reaches",
}
_COUNTERS = ("files", "documents", "references", "objects", "commits", "tags", "refs", "bytes")
"""In this order; others follow."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A report's findings, the worst first."""

    shown: tuple[Finding, ...]
    hidden: tuple[Finding, ...]
    """Below the severity or the confidence that was asked for."""
    suppressed: tuple[Finding, ...]


def select(report: Report, shows: Callable[[Finding], bool]) -> Selection:
    """Divide the findings of a report."""
    ordered = sorted(report.findings, key=_order)
    active = [finding for finding in ordered if finding.suppression is None]
    return Selection(
        shown=tuple(finding for finding in active if shows(finding)),
        hidden=tuple(finding for finding in active if not shows(finding)),
        suppressed=tuple(finding for finding in ordered if finding.suppression is not None),
    )


def groups(findings: Iterable[Finding]) -> Iterator[tuple[str, list[list[Finding]]]]:
    """Yield each file's name with its findings by rule and rating, the worst file first."""
    by_file: dict[str, dict[tuple[str, str], list[Finding]]] = {}
    for finding in findings:
        by_rule = by_file.setdefault(subject(finding), {})
        by_rule.setdefault((finding.rule_id, rating(finding)), []).append(finding)
    for name, by_rule in by_file.items():
        yield name, list(by_rule.values())


def rating(finding: Finding) -> str:
    """Say how bad a finding is if it is true, and how sure that it is."""
    return f"{finding.severity.label} ({finding.confidence.label})"


def subject(finding: Finding) -> str:
    """Say which file or text a finding is about, from its first place, without the commit."""
    for location in finding.locations:
        for origin in location.origins:
            return printable(origin.path) if origin.path else _named(origin, location.oid)
        return _named(Origin("object"), location.oid)
    return "repository"


def places(finding: Finding) -> list[str]:
    """Return all places of a finding, as `path:line:column` or `commit:path:line:column`."""
    rows = (
        [(row, origin) for origin in row.origins or (Origin("object"),)]
        for row in finding.locations
    )
    return list(dict.fromkeys(place(*pair) for pair in itertools.chain.from_iterable(rows)))


def place(location: Location, origin: Origin) -> str:
    """Return one place in the form that editors, terminals and `git show` understand."""
    name = _named(origin, location.oid)
    return f"{name}:{location.line}:{location.column}" if location.line > 0 else name


def _named(origin: Origin, oid: str = "") -> str:
    path, commit = printable(origin.path), printable(origin.commit)[:_SHORT_OID]
    if origin.kind in ("commit", "tag"):
        return f"{origin.kind} {commit or oid[:_SHORT_OID] or path} message"
    if origin.kind in ("ref", "path"):
        return f"name of {path}"
    if commit and path:
        return f"{commit}:{path}"
    return path or commit or " ".join(filter(None, (printable(origin.kind), oid[:_SHORT_OID])))


def since(finding: Finding) -> str:
    """Say in one line when a finding came in and where it still is; empty where not asked."""
    known = finding.properties
    parts = [_introduced(known.get("introduced"))]
    if isinstance(known.get("in_head"), bool):
        parts.append("still in HEAD" if known["in_head"] else "no longer in HEAD")
    if removed := _introduced(known.get("removed")):
        parts.append(f"removed {removed}")
    parts.append(_reached(known))
    return "; ".join(filter(None, parts))


def _reached(known: Mapping[str, object]) -> str:
    """Say what keeps a finding in the repository: refs, or else a reflog, an index, nothing."""
    if refs := [_REF_FOLDER.sub("", printable(ref)) for ref in texts(known.get("refs"))]:
        return f"reached by {some(refs, _MAX_EXAMPLES)}"
    if entries := list(map(printable, texts(known.get("reflogs")))):
        return f"reached by the reflog alone: {some(entries, _MAX_EXAMPLES)}"
    return _KEPT_BY.get(str(known.get("reached_by", "")), "")


def candidates(report: Report) -> list[Finding]:
    """Return what was taken for a secret at first, dropped or not, by place."""
    found = [finding for finding in report.findings if finding.secret]
    return sorted([*found, *report.dropped], key=lambda row: _order(row)[1:])


def reasons(finding: Finding) -> list[str]:
    """Return what each check said of a candidate, as `check: clause`."""
    return [printable(text) for text in texts(finding.properties.get("reasons"))]


def _introduced(value: object) -> str:
    if not isinstance(value, Mapping):
        return printable(value) if isinstance(value, str) else ""
    known = {key: printable(str(text)) for key, text in value.items() if text}
    parts = [known.get("date", "")]
    if commit := known.get("commit"):
        parts.append(f"in {commit[:_SHORT_OID]}")
    if author := known.get("author"):
        parts.append(f"by {author}")
    if path := known.get("path"):
        parts.append(f"as {path}")
    return " ".join(filter(None, parts))


def common_step(findings: Sequence[Finding], rule: Rule | None) -> Rotation | None:
    """Return what to do about all of some findings of a rule; None where that differs."""
    steps = {_own_step(finding) for finding in findings}
    if len(steps) > 1:
        return None
    own = steps.pop()
    return Rotation(own) if own else rule.rotate if rule else None


def _own_step(finding: Finding) -> str:
    return " ".join(texts(finding.properties.get("next_step")))


def facts(finding: Finding, *, step: bool, everything: bool) -> Iterator[tuple[str, str]]:
    """Yield labelled details of one finding, with its next step where that is its own."""
    known = finding.properties
    labels = ["opens", "proof", *(("reason", "reasons") if everything else ())]
    if text := since(finding):
        yield "since", text
    for label in labels:
        said = [printable(text) for text in texts(known.get(label)) if text not in finding.message]
        if said:
            yield label, "; ".join(said)
    if step and (own := _own_step(finding)):
        yield "next", printable(own)
    if everything:
        yield "id", printable(finding.fingerprint)


def texts(value: object) -> list[str]:
    """Return a property as texts, whatever its shape."""
    if value is None or value is False or value == "":
        return []
    if isinstance(value, Mapping):
        return [f"{key}: {inner}" for key, inner in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [str(inner) for inner in value]
    return [str(value)]


def counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Count findings by severity, the worst first, zeros included."""
    found = Counter(finding.severity for finding in findings)
    return {severity: found[severity] for severity in sorted(Severity, reverse=True)}


def complete(report: Report) -> bool:
    """Say whether everything was read that was not left out on request."""
    return report.complete and report.stats.get("complete", True) is not False


def verdict(report: Report, selection: Selection, bounds: str) -> str:
    """Say plainly how the run ended; `bounds` names what was asked of a finding to be shown."""
    whole = complete(report)
    if selection.shown:
        kinds = (f"{n} {severity.label}" for severity, n in counts(selection.shown).items() if n)
        text = f"{plural(len(selection.shown), 'finding')}: {', '.join(kinds)}"
        text += "" if whole else "; incomplete: not all was read"
    elif whole:
        text = "clean: no findings in what was read"
    else:
        text = "incomplete: no findings, but not all was read"
    if selection.hidden:
        text += f"; {len(selection.hidden)} below {bounds} not shown"
    return text


def what_was_read(report: Report) -> str:
    """Say in one line what was read, how much of it, and in what time."""
    stats = report.stats
    source = str(stats.get("source", ""))
    known = stats.get("counters")
    counters = dict(known) if isinstance(known, Mapping) else {}
    names = [
        *(name for name in _COUNTERS if name in counters),
        *sorted(set(counters) - {*_COUNTERS}),
    ]
    amounts = [_amount(name, counters[name]) for name in names]
    seconds = stats.get("seconds")
    time = f" in {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    what = _SOURCES.get(source, printable(source))
    where = (
        f"{what} of {printable(report.root)}"
        if what and report.root
        else what or printable(report.root)
    )
    return f"{where}: {', '.join(amounts) or 'nothing'}{time}"


def _amount(name: str, value: object) -> str:
    if not isinstance(value, int):
        return f"{name.replace('_', ' ')} {printable(str(value))}"
    if name.endswith("bytes"):
        return f"{_bytes(value)} {name.removesuffix('bytes').replace('_', ' ')}".rstrip()
    label = name.replace("_", " ")
    return f"{value:,} {label.removesuffix('s') if value == 1 else label}"


def _bytes(value: float) -> str:
    if value < 1000:
        return plural(int(value), "byte")
    power = 1 if value < 1e6 else 2 if value < 1e9 else 3
    return f"{value / 1000**power:.1f} {' kMG'[power]}B"


def not_read(report: Report, *, requested: bool) -> list[str]:
    """Say what was not read, one line for each reason, with the number and some names."""
    totals: Counter[str] = Counter()
    examples: dict[str, dict[str, None]] = {}
    for row in report.skipped:
        if row.requested == requested:
            totals[row.reason] += row.count
            names = examples.setdefault(row.reason, {})
            names.setdefault(_skipped_name(row.origin))
    return [
        _skipped_line(reason, total, list(examples[reason])) for reason, total in totals.items()
    ]


def _skipped_name(origin: Origin) -> str:
    commit = f"{origin.kind} {origin.commit[:_SHORT_OID]}" if origin.commit else ""
    return printable(origin.path or commit)


def _skipped_line(reason: str, total: int, names: list[str]) -> str:
    shown = list(filter(None, names))
    listed = f" ({some(shown, _MAX_EXAMPLES, total)})" if shown else ""
    return f"{printable(reason)}: {total:,}{listed}"


def _order(finding: Finding) -> tuple[int, str, int, int, str]:
    first = finding.locations[0] if finding.locations else None
    position = (first.line, first.column) if first else (0, 0)
    return -finding.severity, subject(finding), *position, finding.rule_id
