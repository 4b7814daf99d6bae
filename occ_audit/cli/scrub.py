"""`occ-audit scrub report|plan|verify`: from a leak to proof that it is gone."""

from __future__ import annotations

import click

from occ_audit.cli import _scrub_plan, _scrub_report, _scrub_verify


@click.group("scrub")
def scrub_command() -> None:
    """Report what leaked, plan its removal from the history, and prove that it is gone."""


_scrub_report.register(scrub_command)
_scrub_plan.register(scrub_command)
_scrub_verify.register(scrub_command)
