"""`occ-audit init`: writes a commented configuration file to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from occ_audit.cli._names import shown_name


@click.command("init")
@click.argument(
    "folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--force", is_flag=True, help="Replace a configuration file that is there.")
def init_command(folder: Path, force: bool) -> None:
    """Write a commented .occ-audit.toml into FOLDER, with a fresh random salt."""
    import os
    import secrets

    from occ_audit.config import FILE_NAME
    from occ_audit.errors import AuditError
    from occ_audit.files import write_beside

    file = folder / FILE_NAME
    if os.path.lexists(file) and not force:
        raise AuditError(
            "the configuration file exists already",
            where=str(file),
            mend="Edit it, or replace it with `occ-audit init --force`.",
        )
    write_beside(file, TEMPLATE.replace("SALT", secrets.token_hex(16)))
    click.echo(f"Wrote {shown_name(file)}; every setting in it is explained there.")


TEMPLATE = """\
# Settings of occ-audit. Paths are patterns as in .gitignore, relative to the repository's root.
# What is commented out shows the default or an example.

# Makes fingerprints and digests in reports the project's own. It is no secret, but keep it:
# a new one changes every fingerprint.
salt = "SALT"  # occ-audit: allow[assigned-key] public by design

# What is not scanned; reports say so.
# exclude = ["third_party/**", "*.min.js"]

# Folders of tests and examples, where a password known only by its name is less sure: the
# finding is `possible` there. A token of a vendor's format or with a proof is as sure as anywhere.
# test_paths = ["tests/", "fixtures/", "examples/"]

# Larger files and objects are skipped, and reported as skipped (bytes).
# max_bytes = 268435456

# Further rule files or folders, relative to this file.
# rules = ["security/rules"]

# Rules that are switched off; `occ-audit rules list` shows all rules.
# disable = ["suppression-unused"]

# Another severity for a rule: critical, high, medium, low or info.
# [severity]
# suppression-unused = "info"

# What is accepted. An entry needs a rule, a path or a fingerprint (as a report shows it); all
# that it names must hold. The rest is for people, and after `expires` the entry ends.
# [[allow]]
# rule = "private-key"
# path = "tests/fixtures/**"
# fingerprint = ""
# reason = "made for the tests, opens nothing"
# owner = "platform team"
# expires = "2030-12-31"

# The evidence audit.
# [evidence]
# The documents that are audited.
# documents = ["*.md", "*.txt"]
# Documents in which every path counts as a claim.
# logs = ["docs/status/*.md"]
# Paths that must never be tracked.
# vault = ["vault/**", ".env*", "!.env.example"]
# Words that make a missing reference planned.
# planned = ["to be authored", "pending"]
"""
