"""A Markdown page for a pull request, a ticket or a job summary; nothing foreign in it is live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from occ_audit.model import Finding, Report, Rule
from occ_audit.reports import RenderOptions
from occ_audit.reports import _view as view
from occ_audit.reports._inert import code, plain
from occ_audit.wording import plural

STRUCTURED = False


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write a page: the verdict, a table of counts, the findings by file, and the coverage."""
    for line in _page(report, options):
        out.write(line + "\n")


def _page(report: Report, options: RenderOptions) -> Iterator[str]:
    selection = view.select(report, options.shows)
    rules = {rule.id: rule for rule in report.rules}
    yield "# occ-audit report"
    yield ""
    yield f"**{plain(view.verdict(report, selection, options.bounds))}**"
    yield ""
    if options.verbosity >= 0:
        yield from _table(selection)
    explained: set[str] = set()
    for name, by_rule in view.groups(selection.shown):
        yield f"## {code(name)}"
        yield ""
        for findings in by_rule:
            rule_id = findings[0].rule_id
            yield from _section(findings, rules.get(rule_id), options, rule_id not in explained)
            explained.add(rule_id)
    if selection.suppressed and options.verbosity > 0:
        yield from _suppressed(selection.suppressed)
    yield from _coverage(report)


def _table(selection: view.Selection) -> Iterator[str]:
    rows = [
        ("reported", selection.shown),
        ("not shown", selection.hidden),
        ("suppressed", selection.suppressed),
    ]
    labels = [severity.label for severity in view.counts(())]
    yield f"| | {' | '.join(labels)} |"
    yield "|---|" + "---:|" * len(labels)
    for title, findings in rows:
        if not findings and title == "not shown":
            continue
        numbers = view.counts(findings).values()
        yield f"| {title} | {' | '.join(map(str, numbers))} |"
    yield ""


def _section(
    findings: list[Finding], rule: Rule | None, options: RenderOptions, explain: bool
) -> Iterator[str]:
    """Yield the findings of one rule in one file; what the rule says is said only once."""
    first = findings[0]
    title = plain(rule.name) if rule else code(first.rule_id)
    yield f"### {view.rating(first)}: {title}"
    yield ""
    step = view.common_step(findings, rule if explain else None)
    for finding in findings:
        yield from _finding(finding, options, own_step=step is None)
    yield ""
    if explain and rule and rule.description:
        yield f"Why it matters: {plain(rule.description)}"
        yield ""
    if step:
        page = f"<{step.url}>" if re.fullmatch(r"https?://[^\s<>]+", step.url) else plain(step.url)
        command = code(step.command) if step.command else ""
        yield f"Next step: {' '.join(filter(None, (plain(step.advice), page, command)))}"
        yield ""


def _finding(finding: Finding, options: RenderOptions, *, own_step: bool) -> Iterator[str]:
    everything = options.verbosity > 0
    places = view.places(finding) or [view.subject(finding)]
    yield f"- {code(places[0])} {_message(finding.message)}"
    if options.verbosity < 0:
        return
    if finding.locations and finding.locations[0].excerpt.strip():
        yield f"  - {code(finding.locations[0].excerpt.strip())}"
    for label, text in view.facts(finding, step=own_step, everything=everything):
        yield f"  - {label}: {plain(text)}"
    limit = len(places) if everything else view.MAX_PLACES
    for place in places[1:limit]:
        yield f"  - also {code(place)}"
    if len(places) > limit:
        yield f"  - and {plural(len(places) - limit, 'more place')}"


def _suppressed(findings: tuple[Finding, ...]) -> Iterator[str]:
    yield "## Suppressed"
    yield ""
    for finding in findings:
        if finding.suppression:
            place = next(iter(view.places(finding)), view.subject(finding))
            why = finding.suppression.reason or "no reason given"
            note = f"{finding.suppression.kind}: {plain(why)}"
            yield f"- {code(place)} {_message(finding.message)} ({note})"
    yield ""


def _coverage(report: Report) -> Iterator[str]:
    yield "## Coverage"
    yield ""
    yield f"- Read: {plain(view.what_was_read(report))}"
    for line in view.not_read(report, requested=False):
        yield f"- **Not read**: {plain(line)}"
    for line in view.not_read(report, requested=True):
        yield f"- Left out on request: {plain(line)}"


def _message(text: str) -> str:
    """Return text whose back-ticked parts stay code, and all else plain."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(code(part) if index % 2 else plain(part) for index, part in enumerate(parts))
