"""`occ-audit example DIR`: builds the bundled example repository, to try the tool on."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command("example", hidden=True)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def example_command(folder: Path) -> None:
    """Build an example operations repository in DIR, with leaks and with missing evidence."""
    from occ_audit import example

    built = example.build(folder)
    shown = shlex.quote(str(built))
    click.echo(f"Built an example repository in {shown}. Now try:")
    click.echo(f"  occ-audit scan {shown}")
    click.echo(f"  occ-audit scan --history {shown}")
