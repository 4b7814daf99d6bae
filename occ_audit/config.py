"""Finds and reads the configuration file: `.occ-audit.toml`, or pyproject.toml's table."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from occ_audit import typed_toml
from occ_audit.errors import AuditError
from occ_audit.files import read_text
from occ_audit.settings import Config
from occ_audit.typed_toml import KeyPath, MistakeError
from occ_audit.wording import did_you_mean

FILE_NAME = ".occ-audit.toml"
TABLE = "tool.occ-audit"
"""Where pyproject.toml holds what `.occ-audit.toml` holds at its top."""

_PYPROJECT = "pyproject.toml"
_MAX_FILE = 2**20


def find(root: Path, explicit: Path | None = None) -> Path | None:
    """Return the configuration file for `root`: `explicit`, else the nearest one upwards.

    In each folder `.occ-audit.toml` comes before a pyproject.toml that has `[tool.occ-audit]`.
    The search ends at the home folder, or at the file system's root outside of it. Above `root`
    a file of another user is passed over: on a shared machine anyone may write to /tmp.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise AuditError(
                "there is no such configuration file",
                where=str(explicit),
                mend="Correct the path, or leave the option out to have the file searched for.",
            )
        return explicit
    start = Path(os.path.realpath(root))
    for folder in _upwards(start):
        own, shared = folder / FILE_NAME, folder / _PYPROJECT
        file = own if os.path.lexists(own) else shared if _has_table(shared) else None
        if file and (folder == start or _is_trusted(file, start)):
            return file
    return None


def _upwards(start: Path) -> Iterator[Path]:
    home: Path | None
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user without a home folder
        home = None
    for folder in (start, *start.parents):
        yield folder
        if folder == home:
            return


def _is_trusted(file: Path, start: Path) -> bool:
    """Say whether the file belongs to this user, to root, or to whom the start folder belongs."""
    if not hasattr(os, "getuid"):
        return True
    try:
        return file.stat().st_uid in {0, os.getuid(), start.stat().st_uid}
    except OSError:
        return False


def _has_table(pyproject: Path) -> bool:
    """Say whether pyproject.toml is meant for us; a broken one that may be is left to `load`."""
    if not os.path.lexists(pyproject):
        return False
    try:
        text = _read(pyproject)
    except AuditError:
        return False
    head, _, name = TABLE.partition(".")
    if name not in text:
        return False
    try:
        return name in typed_toml.parse(text, "").get(head, {})
    except AuditError:
        return True


def _read(path: Path) -> str:
    return read_text(path, "the configuration", "Make it a readable file.", _MAX_FILE)


def for_root(root: Path, explicit: Path | None = None) -> Config:
    """Return what holds for `root`: what its configuration file says, else the defaults."""
    file = find(root, explicit)
    return load(file) if file else Config()


def load(path: Path) -> Config:
    """Read a configuration file; raises AuditError that names file, line, key and mend."""
    return parse(_read(path), str(path), TABLE if path.name == _PYPROJECT else "")


def parse(text: str, where: str, table: str = "") -> Config:
    """Return the configuration in the TOML `text` at `table` (dotted; empty: the whole text)."""
    node: Any = typed_toml.parse(text, where)
    head = tuple(table.split(".")) if table else ()
    for name in head:
        node = node.get(name, {}) if isinstance(node, dict) else {}
    lines = {
        at[len(head) :]: line
        for at, line in typed_toml.key_lines(text).items()
        if at[: len(head)] == head
    }
    try:
        config: Config = typed_toml.convert(Config, node)
    except MistakeError as mistake:
        located = Config(path=where, lines=lines).where(*mistake.at)
        raise AuditError(mistake.problem, where=located, mend=mistake.mend) from None
    return replace(config, path=where, lines=lines)


def rule_files(config: Config) -> list[Path]:
    """Return the rule files and folders that it names; raises AuditError where one is not there."""
    files = [Path(config.path).parent / name for name in config.rules]
    for index, file in enumerate(files):
        if not file.exists():
            raise AuditError(
                f"rules[{index}]: there is no such file or folder: {config.rules[index]}",
                where=config.where("rules", index),
                mend="Correct the path; it is relative to the configuration file.",
            )
    return files


def check_rule_ids(config: Config, known: Collection[str]) -> None:
    """Raise AuditError for the first rule id in the configuration that is not in `known`."""
    for rule, at in _named_rules(config):
        if rule not in known:
            raise AuditError(
                f"{typed_toml.key_text(at)}: there is no rule {rule!r}",
                where=config.where(*at),
                mend=did_you_mean(rule, known, "`occ-audit rules list` shows all rules."),
            )


def _named_rules(config: Config) -> Iterator[tuple[str, KeyPath]]:
    yield from ((rule, ("disable", index)) for index, rule in enumerate(config.disable))
    yield from ((rule, ("severity", rule)) for rule in config.severity)
    yield from ((a.rule, ("allow", i, "rule")) for i, a in enumerate(config.allow) if a.rule)
