"""Text for a person at a terminal: findings by file and rule, then counts, coverage, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from rich.cells import cell_len
from rich.text import Text

from occ_audit.model import Finding, Report, Rule
from occ_audit.reports import RenderOptions
from occ_audit.reports import _view as view
from occ_audit.reports._page import STYLES, console_for, encodable, wrapped
from occ_audit.reports._text import printable

STRUCTURED = False

_PIPED_WIDTH = 100
_MAX_WIDTH = 120
_LABEL_WIDTH = 7
_COLUMN = 10


@dataclass(frozen=True, slots=True)
class _Page:
    """What is printed on."""

    width: int
    """Prose is wrapped to it; a path never is."""
    piped: bool
    """A finding's own line is not wrapped, so that other programs can read it."""
    everything: bool


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write the report; with colour only on a terminal, unless the options say otherwise."""
    console = console_for(out, width=options.width, color=options.color)
    piped = options.width is None and not console.is_terminal
    width = _PIPED_WIDTH if piped else min(console.width, _MAX_WIDTH)
    page = _Page(width, piped, options.verbosity > 0)
    lines = _quiet if options.verbosity < 0 else _full
    encoding = getattr(out, "encoding", None) or "utf-8"
    for line in lines(report, options, page):
        console.print(encodable(line, encoding), soft_wrap=True)


def _quiet(report: Report, options: RenderOptions, page: _Page) -> Iterator[Text]:
    selection = view.select(report, options.shows)
    for finding in selection.shown:
        place = next(iter(view.places(finding)), view.subject(finding))
        severity = (view.rating(finding), STYLES[finding.severity])
        message = f"{printable(finding.message)} [{finding.rule_id}]"
        yield Text.assemble(place, ": ", severity, ": ", message)
    yield _verdict(report, options, selection)


def _full(report: Report, options: RenderOptions, page: _Page) -> Iterator[Text]:
    selection = view.select(report, options.shows)
    rules = {rule.id: rule for rule in report.rules}
    explained: set[str] = set()
    for name, by_rule in view.groups(selection.shown):
        yield Text(name, style="bold underline")
        for findings in by_rule:
            rule_id = findings[0].rule_id
            yield from _section(findings, rules.get(rule_id), page, rule_id not in explained)
            explained.add(rule_id)
        yield Text()
    if page.everything and selection.suppressed:
        yield from _suppressed(selection.suppressed)
    if options.explain:
        yield from _explained(report, page)
    if report.findings:
        yield from _table(selection)
    yield from _coverage(report, page)
    yield Text()
    yield _verdict(report, options, selection)


def _section(
    findings: list[Finding], rule: Rule | None, page: _Page, explain: bool
) -> Iterator[Text]:
    """Yield the findings of one rule in one file; what the rule says is said only once."""
    first = findings[0]
    yield Text()
    yield Text.assemble(
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
            yield Text(" " * _COLUMN + "  " + printable(extra), style="dim")


def _finding(finding: Finding, page: _Page, *, own_step: bool) -> Iterator[Text]:
    places = view.places(finding) or [view.subject(finding)]
    yield from _headline(places[0], printable(finding.message), page)
    excerpt = finding.locations[0].excerpt.strip() if finding.locations else ""
    if excerpt and finding.secret:
        yield Text(f"      | {printable(excerpt)}", style="dim")
    for label, text in view.facts(finding, step=own_step, everything=page.everything):
        yield from _labelled(label, text, page)
    limit = len(places) if page.everything else view.MAX_PLACES
    for index, place in enumerate(places[1:limit]):
        label = "" if index else "also"
        yield Text.assemble("    ", (label.ljust(_LABEL_WIDTH), "dim"), " ", place)
    if len(places) > limit:
        more = f"and {view.plural(len(places) - limit, 'more place')} (-v shows all)"
        yield Text(" " * (_COLUMN + 2) + more, style="dim")


def _headline(place: str, message: str, page: _Page) -> Iterator[Text]:
    """Yield the place, and the message beside it, or below it where there is no room."""
    line = Text.assemble("    ", place)
    if page.piped or cell_len(f"    {place}  {message}") <= page.width:
        yield line.append("  " + message)
        return
    yield line
    for part in wrapped(message, page.width - 6):
        yield Text("      " + part)


def _labelled(label: str, text: str, page: _Page) -> Iterator[Text]:
    for part in wrapped(text, page.width - _COLUMN - 2):
        yield Text.assemble("    ", (label.ljust(_LABEL_WIDTH), "dim"), " ", part)
        label = ""


def _suppressed(findings: Iterable[Finding]) -> Iterator[Text]:
    yield Text("suppressed", style="bold underline")
    for finding in findings:
        if finding.suppression:
            place = next(iter(view.places(finding)), view.subject(finding))
            reason = printable(finding.suppression.reason) or "no reason given"
            note = f"{finding.suppression.kind}: {reason}"
            yield Text(f"    {place}  {printable(finding.message)} ({note})")
    yield Text()


def _explained(report: Report, page: _Page) -> Iterator[Text]:
    """Yield every candidate with what each check said, those that are no findings dimmed."""
    yield Text("every candidate, and what each check said of it", style="bold underline")
    for finding in view.candidates(report):
        place = next(iter(view.places(finding)), view.subject(finding))
        kept = bool(finding.fingerprint)
        judged = view.rating(finding) if kept else "dropped"
        mask = finding.secret.mask if finding.secret else ""
        style = STYLES[finding.severity] if kept else "dim"
        yield Text.assemble(f"  {place}  ", (judged, style), f"  {finding.rule_id}  ", mask)
        for reason in view.reasons(finding):
            for part in wrapped(reason, page.width - 6):
                yield Text("      " + part, style="dim")
    yield Text()


def _table(selection: view.Selection) -> Iterator[Text]:
    rows = {
        "reported": selection.shown,
        "not shown": selection.hidden,
        "suppressed": selection.suppressed,
    }
    columns = list(view.counts(()))
    yield Text.assemble(
        " " * (_COLUMN + 2), *((f"{severity.label:>10}", STYLES[severity]) for severity in columns)
    )
    for title, findings in rows.items():
        if findings or title == "reported":
            numbers = view.counts(findings).items()
            cells = ((f"{number:>10,}", "bold" if number else "dim") for _, number in numbers)
            yield Text.assemble(f"  {title:<{_COLUMN}}", *cells)
    yield Text()


def _coverage(report: Report, page: _Page) -> Iterator[Text]:
    rows = [("read", "", [view.what_was_read(report)])]
    rows.append(("not read", "yellow", view.not_read(report, requested=False)))
    rows.append(("left out", "", view.not_read(report, requested=True)))
    for title, style, lines in rows:
        label = title
        for line in lines:
            for part in wrapped(line, page.width - _COLUMN - 4):
                yield Text.assemble("  ", (f"{label:<{_COLUMN}}", style or "dim"), "  ", part)
                label = ""


def _verdict(report: Report, options: RenderOptions, selection: view.Selection) -> Text:
    text = view.verdict(report, selection, options.bounds)
    style = "bold green" if text.startswith("clean") else "bold red"
    return Text(text, style=style)
