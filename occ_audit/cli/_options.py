"""Options that several commands have: the same name means the same in each."""

from __future__ import annotations

import os
from pathlib import Path

import click

from occ_audit.model import Severity

PATH = click.Path(path_type=Path)
SEVERITIES = click.Choice([severity.label for severity in Severity], case_sensitive=False)

RULES = click.option(
    "--rules",
    multiple=True,
    type=PATH,
    metavar="PATH",
    help="Add rules from a file or folder.",
)
CONFIG = click.option(
    "--config",
    type=PATH,
    metavar="FILE",
    help="Use this configuration file, not the one that is found.",
)
JOBS = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 1,
    show_default="cores",
    help="How many threads scan.",
)
LEAVE_OUT = click.option(
    "--min-severity",
    type=click.Choice([severity.label for severity in Severity if severity > Severity.INFO]),
    default="low",
    show_default=True,
    help="Leave out what is less grave.",
)
FAIL_ON = click.option(
    "--fail-on",
    type=SEVERITIES,
    default="medium",
    show_default=True,
    help="End with 1 from this severity on.",
)
ALLOW_INCOMPLETE = click.option(
    "--allow-incomplete", is_flag=True, help="End with 0 though not all could be read."
)
