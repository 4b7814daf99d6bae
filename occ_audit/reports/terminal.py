"""Text for a person at a terminal: findings by file and rule, then counts, coverage, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from occ_audit.model import Finding, Report, Rule
from occ_audit.reports import RenderOptions
from occ_audit.reports import _view as view
from occ_audit.reports._page import STYLES, Line, Page, cells, wrapped
from occ_audit.reports._text import printable
from occ_audit.wording import plural

STRUCTURED = False

_LABEL_WIDTH = 7
_COLUMN = 10


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write the report; with colour only on a terminal, unless the options say otherwise."""
    everything = options.verbosity > 0
    page = Page.on(out, width=options.width, color=options.color, everything=everything)
    page.write((_quiet if options.verbosity < 0 else _full)(report, options, page))


def _quiet(report: Report, options: RenderOptions, page: Page) -> Iterator[Line]:
    selection = view.select(report, options.shows)
    for finding in selection.shown:
        place = next(iter(view.places(finding)), view.subject(finding))
        severity = (view.rating(finding), STYLES[finding.severity])
        message = f"{printable(finding.message)} [{finding.rule_id}]"
        yield Line(place, ": ", severity, ": ", message)
    for line in view.not_read(report, requested=False):
        yield Line(("not read", "yellow"), ": ", line)
    yield _verdict(report, options, selection)


def _full(report: Report, options: RenderOptions, page: Page) -> Iterator[Line]:
    selection = view.select(report, options.shows)
    rules = {rule.id: rule for rule in report.rules}
    explained: set[str] = set()
    for name, by_rule in view.groups(selection.shown):
        yield Line((name, "bold underline"))
        for findings in by_rule:
            rule_id = findings[0].rule_id
            yield from _section(findings, rules.get(rule_id), page, rule_id not in explained)
            explained.add(rule_id)
        yield Line()
    if page.everything and selection.suppressed:
        yield from _suppressed(selection.suppressed)
    if options.explain:
        yield from _explained(report, page)
    if report.findings:
        yield from _table(selection)
    yield from _coverage(report, page)
    yield Line()
    yield _verdict(report, options, selection)


def _section(
    findings: list[Finding], rule: Rule | None, page: Page, explain: bool
) -> Iterator[Line]:
    """Yield the findings of one rule in one file; what the rule says is said only once."""
    first = findings[0]
    yield Line()
    yield Line(
        "  ",
        (first.severity.label, STYLES[first.severity]),
        (f" ({first.confidence.label})  ", "dim"),
        (printable(rule.name if rule else first.rule_id), "bold"),
        (f"  {first.rule_id}" if rule else "", "dim"),
    )
    step = view.common_step(findings, rule if explain else None)
    for finding in findings:
        yield from _finding(finding, page, own_step=step is None)
    if explain and rule and rule.description:
        yield from _labelled("why", printable(rule.description), page)
    if step:
        yield from _labelled("next", printable(step.advice), page)
        for extra in filter(None, (step.url, step.command)):
            yield Line((" " * _COLUMN + "  " + printable(extra), "dim"))


def _finding(finding: Finding, page: Page, *, own_step: bool) -> Iterator[Line]:
    places = view.places(finding) or [view.subject(finding)]
    yield from _headline(places[0], printable(finding.message), page)
    excerpt = finding.locations[0].excerpt.strip() if finding.locations else ""
    if excerpt and finding.secret:
        yield Line((f"      | {printable(excerpt)}", "dim"))
    for label, text in view.facts(finding, step=own_step, everything=page.everything):
        yield from _labelled(label, text, page)
    limit = len(places) if page.everything else view.MAX_PLACES
    for index, place in enumerate(places[1:limit]):
        label = "" if index else "also"
        yield Line("    ", (label.ljust(_LABEL_WIDTH), "dim"), " ", place)
    if len(places) > limit:
        more = f"and {plural(len(places) - limit, 'more place')} (-v shows all)"
        yield Line((" " * (_COLUMN + 2) + more, "dim"))


def _headline(place: str, message: str, page: Page) -> Iterator[Line]:
    """Yield the place, and the message beside it, or below it where there is no room."""
    if page.piped or cells(f"    {place}  {message}") <= page.width:
        yield Line(f"    {place}  {message}")
        return
    yield Line(f"    {place}")
    for part in wrapped(message, page.width - 6):
        yield Line("      " + part)


def _labelled(label: str, text: str, page: Page) -> Iterator[Line]:
    for part in wrapped(text, page.width - _COLUMN - 2):
        yield Line("    ", (label.ljust(_LABEL_WIDTH), "dim"), " ", part)
        label = ""


def _suppressed(findings: Iterable[Finding]) -> Iterator[Line]:
    yield Line(("suppressed", "bold underline"))
    for finding in findings:
        if finding.suppression:
            place = next(iter(view.places(finding)), view.subject(finding))
            reason = printable(finding.suppression.reason) or "no reason given"
            note = f"{finding.suppression.kind}: {reason}"
            yield Line(f"    {place}  {printable(finding.message)} ({note})")
    yield Line()


def _explained(report: Report, page: Page) -> Iterator[Line]:
    """Yield every candidate with what each check said, those that are no findings dimmed."""
    yield Line(("every candidate, and what each check said of it", "bold underline"))
    for finding in view.candidates(report):
        place = next(iter(view.places(finding)), view.subject(finding))
        kept = bool(finding.fingerprint)
        judged = view.rating(finding) if kept else "dropped"
        mask = finding.secret.mask if finding.secret else ""
        style = STYLES[finding.severity] if kept else "dim"
        yield Line(f"  {place}  ", (judged, style), f"  {finding.rule_id}  ", mask)
        for reason in view.reasons(finding):
            for part in wrapped(reason, page.width - 6):
                yield Line(("      " + part, "dim"))
    yield Line()


def _table(selection: view.Selection) -> Iterator[Line]:
    rows = {
        "reported": selection.shown,
        "not shown": selection.hidden,
        "suppressed": selection.suppressed,
    }
    columns = list(view.counts(()))
    yield Line(
        " " * (_COLUMN + 2), *((f"{severity.label:>10}", STYLES[severity]) for severity in columns)
    )
    for title, findings in rows.items():
        if findings or title == "reported":
            numbers = view.counts(findings).items()
            cells = ((f"{number:>10,}", "bold" if number else "dim") for _, number in numbers)
            yield Line(f"  {title:<{_COLUMN}}", *cells)
    yield Line()


def _coverage(report: Report, page: Page) -> Iterator[Line]:
    rows = [("read", "", [view.what_was_read(report)])]
    rows.append(("not read", "yellow", view.not_read(report, requested=False)))
    rows.append(("left out", "", view.not_read(report, requested=True)))
    for title, style, lines in rows:
        label = title
        for line in lines:
            for part in wrapped(line, page.width - _COLUMN - 4):
                yield Line("  ", (f"{label:<{_COLUMN}}", style or "dim"), "  ", part)
                label = ""


def _verdict(report: Report, options: RenderOptions, selection: view.Selection) -> Line:
    text = view.verdict(report, selection, options.bounds)
    style = "bold green" if text.startswith("clean") else "bold red"
    return Line((text, style))
