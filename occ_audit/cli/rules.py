"""`occ-audit rules`: what is looked for, and whether the rules keep their word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occ_audit.cli._rules_import import import_command
from occ_audit.cli._rules_print import (
    FORMAT,
    RULES,
    as_json,
    console,
    named,
    print_table,
    write_json,
)
from occ_audit.cli._rules_test import test_command
from occ_audit.cli._stderr import escaped
from occ_audit.model import Rule
from occ_audit.wording import plural

if TYPE_CHECKING:
    from occ_audit.selftest import Problem


@click.group("rules")
def rules_command() -> None:
    """List, show, test and import the rules."""


rules_command.add_command(import_command)
rules_command.add_command(test_command)


@rules_command.command("list")
@RULES
@FORMAT
def list_command(paths: tuple[Path, ...], form: str) -> None:
    """List every rule with its severity."""
    from occ_audit import rules

    known = sorted(rules.load(paths), key=lambda rule: (-rule.severity, rule.id))
    if form == "json":
        write_json([as_json(rule) for rule in known])
        return
    print_table(known)


@rules_command.command("show")
@click.argument("rule_id", metavar="ID")
@RULES
@FORMAT
def show_command(rule_id: str, paths: tuple[Path, ...], form: str) -> None:
    """Show one rule: why it matters, how to rotate, its pattern and examples."""
    from occ_audit import rules

    rule = named(rules.load(paths), rule_id)
    if form == "json":
        write_json(as_json(rule))
        return
    _print_rule(rule)


@rules_command.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@FORMAT
def check_command(paths: tuple[Path, ...], form: str) -> int:
    """Test rules on their own examples: those in PATHS, or all built-in ones.

    Each example must be found at the rule's severity by the real detection, no counter-example
    may be, and no pattern may be slow. Ends with 1 if a rule fails.
    """
    from occ_audit import cache, rules
    from occ_audit.checks.secrets import SecretCheck
    from occ_audit.selftest import self_test

    known = rules.load(paths)
    own = {rule.id for rule in rules.read(paths)} if paths else {rule.id for rule in known}
    tested = [rule for rule in known if rule.id in own]
    problems = list(self_test(tested, SecretCheck(known, cache.folder()).findings))
    if form == "json":
        write_json({"rules": len(tested), "problems": [asdict(problem) for problem in problems]})
    else:
        _print_problems(len(tested), problems)
    return 1 if any(not problem.warning for problem in problems) else 0


def _print_rule(rule: Rule) -> None:
    from rich.text import Text

    out = console()
    out.print(Text.assemble((escaped(rule.name), "bold"), f"  {escaped(rule.id)}"))
    out.print(Text(escaped(rule.description)))
    for label, value in _facts(rule):
        lines = escaped(value).splitlines() or [""]
        out.print(Text.assemble((f"{label + ':':18}", "dim"), lines[0]))
        for line in lines[1:]:
            out.print(Text(" " * 18 + line))


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
        ("helper", "yes: reported only as a part of others" if rule.helper else ""),
        ("pairs with", rule.pairs_with),
        ("when paired", rule.paired_severity.label if rule.paired_severity else ""),
        ("located by", rule.located_by),
        ("beside a host", rule.beside_host),
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

    out = console()
    for problem in problems:
        mark, style = ("warning", "yellow") if problem.warning else ("error", "bold red")
        where = f"  {escaped(problem.rule_id)}: "
        out.print(Text.assemble((mark, style), where, escaped(problem.text)))
    failed = len({problem.rule_id for problem in problems if not problem.warning})
    rules = plural(count, "rule")
    verdict = f"{failed} of {rules} fail" if failed else f"{rules} tested, all as promised"
    out.print(Text(verdict, "bold"))
