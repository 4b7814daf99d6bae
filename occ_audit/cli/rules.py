"""`occ-audit rules list|show|check`: what is looked for, and whether the rules keep their word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occ_audit.errors import AuditError
from occ_audit.model import Rule, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from occ_audit.selftest import Problem

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="How the answer is written.",
)
_RULES = click.option(
    "--rules",
    "paths",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Add rules from a file or folder.",
)


@click.group("rules")
def rules_command() -> None:
    """List, show and test the rules."""


@rules_command.command("list")
@_RULES
@_FORMAT
def list_command(paths: tuple[Path, ...], form: str) -> None:
    """List every rule with its severity."""
    from occ_audit import rules

    known = sorted(rules.load(paths), key=lambda rule: (-rule.severity, rule.id))
    if form == "json":
        _write_json([as_json(rule) for rule in known])
        return
    _print_table(known)


@rules_command.command("show")
@click.argument("rule_id", metavar="ID")
@_RULES
@_FORMAT
def show_command(rule_id: str, paths: tuple[Path, ...], form: str) -> None:
    """Show one rule: why it matters, how to rotate, its pattern and examples."""
    from occ_audit import rules

    rule = _find(rules.load(paths), rule_id)
    if form == "json":
        _write_json(as_json(rule))
        return
    _print_rule(rule)


@rules_command.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@_FORMAT
def check_command(paths: tuple[Path, ...], form: str) -> int:
    """Test rules on their own examples: those in PATHS, or all built-in ones.

    Each example must be found at the rule's severity by the real detection, no counter-example
    may be, and no pattern may be slow. Ends with 1 if a rule fails.
    """
    from occ_audit import rules
    from occ_audit.checks.secrets import SecretCheck
    from occ_audit.selftest import self_test

    known = rules.load(paths)
    own = {rule.id for rule in rules.read(paths)} if paths else {rule.id for rule in known}
    tested = [rule for rule in known if rule.id in own]
    problems = list(self_test(tested, SecretCheck(known).findings))
    if form == "json":
        _write_json({"rules": len(tested), "problems": [asdict(problem) for problem in problems]})
    else:
        _print_problems(len(tested), problems)
    return 1 if any(not problem.warning for problem in problems) else 0


def as_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON-ready data, severity and confidence by their labels."""
    data = asdict(rule)
    return data | {"severity": rule.severity.label, "confidence": rule.confidence.label}


def _find(known: Iterable[Rule], rule_id: str) -> Rule:
    by_id = {rule.id: rule for rule in known}
    if rule_id in by_id:
        return by_id[rule_id]
    import difflib

    near = difflib.get_close_matches(rule_id, by_id, n=3)
    mend = f"Did you mean {', '.join(near)}?" if near else "`occ-audit rules list` names them all."
    raise AuditError(f"there is no rule `{rule_id}`", mend=mend)


def _write_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2))


def _plain(text: str) -> str:
    """Escape control characters, which a rule file may hold, line breaks excepted."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def _print_table(known: Sequence[Rule]) -> None:
    """Print one aligned line a rule, so that `grep` and `cut` work on it."""
    from rich.text import Text

    console = _console()
    width = max((len(rule.id) for rule in known), default=0)
    for rule in known:
        console.print(
            Text.assemble(
                (f"{rule.severity.label:8}  ", _STYLES[rule.severity]),
                (f"{_plain(rule.id):{width}}  ", "bold"),
                _plain(rule.name),
                "" if rule.enabled else "  (off)",
            )
        )
    counts = ", ".join(_counts(known))
    console.print(Text(f"\n{len(known)} rules: {counts}", "dim"))


def _counts(known: Sequence[Rule]) -> Iterable[str]:
    for severity in sorted(Severity, reverse=True):
        if count := sum(rule.severity is severity for rule in known):
            yield f"{count} {severity.label}"


def _print_rule(rule: Rule) -> None:
    from rich.text import Text

    console = _console()
    console.print(Text.assemble((_plain(rule.name), "bold"), f"  {_plain(rule.id)}"))
    console.print(Text(_plain(rule.description)))
    for label, value in _facts(rule):
        lines = _plain(value).splitlines() or [""]
        console.print(Text.assemble((f"{label + ':':18}", "dim"), lines[0]))
        for line in lines[1:]:
            console.print(Text(" " * 18 + line))


def _facts(rule: Rule) -> Iterable[tuple[str, str]]:
    """Yield what a rule says, under a label, without what it leaves empty."""
    rotate = rule.rotate
    rows: tuple[tuple[str, str | Sequence[str]], ...] = (
        ("severity", rule.severity.label),
        ("confidence", rule.confidence.label),
        ("vendor", rule.vendor),
        ("rotate", rotate.advice if rotate else ""),
        ("rotate page", rotate.url if rotate else ""),
        ("rotate command", rotate.command if rotate else ""),
        ("paths", rule.paths),
        ("pattern", rule.pattern),
        ("priority", str(rule.priority) if rule.pattern else ""),
        ("validators", rule.validators),
        ("allow", rule.allow),
        ("found", rule.examples),
        ("not found", rule.counter_examples),
        ("references", rule.references),
    )
    for label, value in rows:
        text = value if isinstance(value, str) else "\n".join(value)
        if text:
            yield label, text


def _print_problems(count: int, problems: Sequence[Problem]) -> None:
    from rich.text import Text

    console = _console()
    for problem in problems:
        mark, style = ("warning", "yellow") if problem.warning else ("error", "bold red")
        where = f"  {_plain(problem.rule_id)}: "
        console.print(Text.assemble((mark, style), where, _plain(problem.text)))
    failed = len({problem.rule_id for problem in problems if not problem.warning})
    verdict = (
        f"{failed} of {count} rules fail" if failed else f"{count} rules tested, all as promised"
    )
    console.print(Text(verdict, "bold"))
