"""What the commands about rules share: their options, and how rules are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occ_audit.cli._stderr import escaped
from occ_audit.errors import AuditError
from occ_audit.model import Rule, Severity
from occ_audit.wording import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="How the answer is written.",
)
RULES = click.option(
    "--rules",
    "paths",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="Add rules from a file or folder.",
)


def as_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON-ready data, severity and confidence by their labels."""
    data = asdict(rule)
    return data | {"severity": rule.severity.label, "confidence": rule.confidence.label}


def named(known: Iterable[Rule], rule_id: str) -> Rule:
    """Return the rule of this id; raises AuditError that offers near ones."""
    by_id = {rule.id: rule for rule in known}
    if rule_id in by_id:
        return by_id[rule_id]
    mend = did_you_mean(rule_id, by_id, "`occ-audit rules list` shows all rules.")
    raise AuditError(f"there is no rule `{rule_id}`", mend=mend)


def write_json(value: object) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(value, indent=2))


def console() -> Console:
    """Return what prints to standard output, without markup of its own."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def print_table(known: Sequence[Rule]) -> None:
    """Print one aligned line a rule, so that `grep` and `cut` work on it."""
    from rich.text import Text

    from occ_audit.reports._page import STYLES

    out = console()
    width = max((len(rule.id) for rule in known), default=0)
    for rule in known:
        out.print(
            Text.assemble(
                (f"{rule.severity.label:8}  ", STYLES[rule.severity]),
                (f"{escaped(rule.id):{width}}  ", "bold"),
                escaped(rule.name),
                "" if rule.enabled else "  (off)",
            )
        )
    counts = ", ".join(_counts(known))
    out.print(Text(f"\n{len(known)} rules: {counts}", "dim"))


def _counts(known: Sequence[Rule]) -> Iterable[str]:
    for severity in sorted(Severity, reverse=True):
        if count := sum(rule.severity is severity for rule in known):
            yield f"{count} {severity.label}"
