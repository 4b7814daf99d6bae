"""`occ-audit rules test`: what a rule finds in its author's own text, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occ_audit.cli._rules_print import FORMAT, console, named, write_json
from occ_audit.cli._stderr import escaped
from occ_audit.errors import AuditError
from occ_audit.model import Batch, Content, Origin, Rule

if TYPE_CHECKING:
    from occ_audit.trial import Candidate, Cost, Trial

_ROWS = 20
"""So many of one kind are shown for a rule; JSON holds all."""


@click.command("test")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@click.option("--rule", "rule_id", metavar="ID", default="", help="Try this rule alone.")
@click.option(
    "--text",
    "text_file",
    metavar="FILE",
    type=click.File("rb"),
    help="The text to try them on, `-` for standard input.  [default: the rules' own examples]",
)
@FORMAT
def test_command(path: Path, rule_id: str, text_file: Any, form: str) -> None:
    """Try the rules of FILE on a text: what they find, drop, nearly find, and cost.

    A near miss is where the quick search stopped and the pattern did not match. What may be a
    secret is masked; in near misses `0`, `a` and `A` stand for the characters of longer words.
    """
    from occ_audit import rules, trial

    known = [rule for rule in rules.read([path]) if rule.pattern]
    wanted = [named(known, rule_id)] if rule_id else known
    if not wanted:
        raise AuditError("there is no rule with a pattern", where=str(path), mend="give another")
    if text_file:
        given = _text(text_file.read(), text_file.name)
        tried = trial.trials(known, given, wanted)
    else:
        tried = (one for rule in wanted for one in trial.trials(known, _samples(rule), [rule]))
    if form == "json":
        write_json([_as_json(one) for one in tried])
        return
    for one in tried:
        _print(one)


def _text(data: bytes, name: str) -> Batch:
    if not data:
        raise AuditError("the text is empty", where=name, mend="give a text with some matches")
    return Batch(memoryview(data), [Content(0, len(data), Origin("file", name))])


def _samples(rule: Rule) -> Batch:
    from occ_audit import selftest

    if not selftest.samples(rule):
        mend = "give a text by `--text FILE`"
        raise AuditError(f"the rule `{rule.id}` has no examples", mend=mend)
    return selftest.batch(rule)


def _as_json(one: Trial) -> dict[str, Any]:
    return {
        "rule_id": one.rule.id,
        "candidates": [
            {
                "text": _name(found),
                "line": found.place.line,
                "column": found.place.column,
                "secret": found.mask,
                "kept": found.kept,
                "severity": found.severity,
                "confidence": found.confidence,
                "reasons": list(found.reasons),
            }
            for found in one.candidates
        ],
        "near_misses": [asdict(miss) for miss in one.near_misses],
        "cost": asdict(one.cost),
    }


def _name(found: Candidate) -> str:
    return found.place.oid or found.place.origins[0].path


def _print(one: Trial) -> None:
    from rich.text import Text

    screen = console()
    screen.print(Text.assemble((escaped(one.rule.id), "bold"), f"  {escaped(one.rule.name)}"))
    kept = [_line(found) for found in one.candidates if found.kept]
    dropped = [_line(found) for found in one.candidates if not found.kept]
    missed = [f"{m.content}:{m.line}:{m.column}  {m.shape}" for m in one.near_misses]
    for label, style, lines in (
        ("match", "green", kept),
        ("dropped", "yellow", dropped),
        ("near miss", "cyan", missed),
    ):
        for text in _first(lines):
            screen.print(Text.assemble((f"  {label:11}", style), escaped(text)))
    screen.print(Text.assemble((f"  {'cost':11}", "dim"), _told(one.cost)))


def _line(found: Candidate) -> str:
    place = f"{_name(found)}:{found.place.line}:{found.place.column}"
    judged = f"{found.severity}, {found.confidence}; " if found.kept else ""
    return f"{place}  {found.mask}  {judged}{'; '.join(found.reasons[1:]) or found.reasons[0]}"


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_ROWS]
    if len(lines) > _ROWS:
        yield f"… and {len(lines) - _ROWS} more"


def _told(cost: Cost) -> str:
    calls = f"{cost.callbacks:.0f} places a MB pass the gate"
    usual = f"{cost.plain_callbacks:.0f} of plain source code"
    if cost.times is None:
        return f"{calls}, {usual}; the text is too short to time"
    return f"{calls}, {usual}; {cost.times:.1f} times the time of that"
