"""The configuration file, `.occ-audit.toml` or `[tool.occ-audit]` in pyproject.toml, as `Config`.

The dataclasses are the reference of the keys: what may be written follows from their fields.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from occ_audit import typed_toml
from occ_audit.errors import AuditError
from occ_audit.model import Severity
from occ_audit.secret import PUBLIC_SALT
from occ_audit.setting_types import Date, Pattern, Patterns, Positive, path_matcher
from occ_audit.typed_toml import NOT_A_KEY, KeyPath, MistakeError

__all__ = [
    "Allow",
    "Config",
    "EvidenceConfig",
    "ScrubConfig",
    "check_rule_ids",
    "find",
    "load",
    "parse",
    "path_matcher",
]

FILE_NAME = ".occ-audit.toml"
TABLE = "tool.occ-audit"
"""Where pyproject.toml holds what `.occ-audit.toml` holds at its top."""

_PYPROJECT = "pyproject.toml"
_MAX_FILE = 2**20


def _names_something(value: object) -> object:
    if isinstance(value, dict) and not any(map(value.get, ("rule", "path", "fingerprint"))):
        raise MistakeError(
            "an entry that names nothing would suppress everything",
            "Give it at least one of: rule, path, fingerprint.",
        )
    return value


@dataclass(frozen=True, slots=True)
class Allow:
    """One `[[allow]]` entry: what it names (at least one of the first three) is suppressed."""

    rule: str = ""
    """A rule id."""
    path: Pattern = ""
    """A gitignore-style pattern that the paths of all locations must match."""
    fingerprint: str = ""
    """As a report shows it."""
    reason: str = ""
    """Why it is right to suppress this; reports show it."""
    owner: str = ""
    """Who answers for the entry."""
    expires: Date = ""
    """The last day on which the entry holds; empty: no end."""


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """The `[evidence]` table."""

    documents: Patterns = (
        "*.md",
        "*.markdown",
        "*.mdx",
        "*.txt",
        "*.rst",
        "*.adoc",
        "*.asciidoc",
        "*.log",
        "*.ipynb",
    )
    """gitignore-style patterns of the documents that are audited."""
    logs: Patterns = ()
    """Patterns of evidence documents, where every path counts as a claim; others are recognised
    by their front matter or by their dated entries."""
    ordinary: Patterns = ()
    """Patterns of documents that are never taken for evidence documents."""
    vault: Patterns = (
        "vault/**",
        ".env*",
        "!.env*example*",
        "!.env*sample*",
        "!.env*template*",
        "!.env*.dist",
        "!.env.test",
        "!.envrc",
    )
    """Paths that must never be tracked; whether they exist is never asked."""
    planned: tuple[str, ...] = (
        "to be authored",
        "to be written",
        "to be created",
        "to be added",
        "to be attached",
        "to be captured",
        "to be generated",
        "to be provided",
        "to be recorded",
        "to be uploaded",
        "to come",
        "to follow",
        "will follow",
        "will be added",
        "will be created",
        "will be written",
        "coming soon",
        "not yet available",
        "not yet committed",
        "not yet created",
        "not yet written",
        "todo",
        "pending",
        "placeholder",
        "planned",
        "tbd",
    )
    """Words that, next to a missing reference, make it planned."""
    foreign: tuple[str, ...] = (
        "inside the container",
        "in the container",
        "within the container",
        "inside the image",
        "in the image",
        "inside the pod",
        "in the pod",
        "inside the vm",
        "on the vm",
        "on the runner",
        "on the server",
        "on the host",
        "on the remote",
        "in the upstream repository",
    )
    """Words that, next to a reference, say that it names a path somewhere else."""
    ignore: Patterns = ()
    """Patterns of targets whose existence is not asked."""
    sources: Patterns = ()
    """Patterns of source files whose comments are audited like documents."""
    transcripts: bool = False
    """Whether the command lines of console transcripts in fenced code are audited."""
    chronological: Patterns = ()
    """Patterns of logs whose entries must be in order, there once, and not empty."""
    required: tuple[str, ...] = ()
    """Front matter keys that each evidence document with front matter must have."""
    promises: tuple[str, ...] = (
        "artifacts",
        "artefacts",
        "evidence",
        "evidence list",
        "transcripts",
        "attachments",
    )
    """Words that, before a colon at the end of a line, promise a list."""
    planned_days: Positive = 30
    """So many days after its entry planned evidence is overdue."""
    review_days: Positive = 180
    """So many days may `last_reviewed` be ago."""
    stamp_minutes: Positive = 60
    """So much later than its entry may the time stamp in an artifact's name be."""
    late_days: Positive = 3
    """So many days after its entry may an artifact be committed."""


@dataclass(frozen=True, slots=True)
class ScrubConfig:
    """The `[scrub]` table."""

    mirrors: tuple[str, ...] = ()
    """Addresses of mirrors, which hold what this repository once held."""
    forks: tuple[str, ...] = ()
    """Addresses of forks; on the same host they share objects with this repository."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project has decided."""

    path: str = field(default="", metadata=NOT_A_KEY)
    """The file it was read from; empty for the defaults."""
    exclude: Patterns = ()
    """gitignore-style patterns of what is not scanned."""
    # Folders alone: files named like test_login.py hold real secrets about as often as not.
    test_paths: Patterns = (
        "[Tt]est/",
        "[Tt]ests/",
        "*.Tests/",
        "test-data/",
        "test_data/",
        "testdata/",
        "spec/",
        "fixture/",
        "fixtures/",
        "mock/",
        "mocks/",
        "__tests__/",
        "__fixtures__/",
        "__mocks__/",
        "example/",
        "examples/",
        "sample/",
        "samples/",
    )
    """Tests and examples: what a name or a sentence alone tells is less sure there."""
    rules: tuple[str, ...] = ()
    """Further rule files or folders, relative to the configuration file."""
    disable: tuple[str, ...] = ()
    """Rule ids that are switched off."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """Severity by rule id, instead of the rule's own."""
    allow: tuple[Annotated[Allow, _names_something], ...] = ()
    """What is suppressed."""
    salt: str = ""
    """The project's own fingerprint salt."""
    max_bytes: Positive = 256 * 2**20
    """Contents larger than this are skipped, and reported as skipped."""
    evidence: EvidenceConfig = EvidenceConfig()
    scrub: ScrubConfig = ScrubConfig()
    lines: Mapping[KeyPath, int] = field(
        default_factory=dict, compare=False, repr=False, metadata=NOT_A_KEY
    )
    """Line in the file by key path, such as ("allow", 0, "rule"), where it could be told."""

    @property
    def fingerprint_salt(self) -> bytes:
        """What keys the fingerprints of the project."""
        return self.salt.encode() or PUBLIC_SALT

    def line(self, *at: str | int) -> int:
        """Return the line of a key path, or of the nearest one around it; 0 if not known."""
        return typed_toml.line_of(self.lines, at)

    def where(self, *at: str | int) -> str:
        """Return `file:line` of a key path for messages, without the line if it is not known."""
        line = self.line(*at)
        return f"{self.path}:{line}" if line else self.path


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
    try:
        if not path.is_file():  # a link to a device would be read forever
            raise OSError("not a regular file")
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise OSError(f"larger than {_MAX_FILE} bytes")
        return data.decode("utf-8-sig")
    except OSError as error:
        problem = f"cannot read the configuration: {error.strerror or error}"
        raise AuditError(problem, where=str(path), mend="Make it a readable file.") from None
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}"
        raise AuditError(problem, where=str(path), mend="Save the file as UTF-8.") from None


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
                mend=typed_toml.suggest(rule, known) + "`occ-audit rules list` shows all rules.",
            )


def _named_rules(config: Config) -> Iterator[tuple[str, KeyPath]]:
    yield from ((rule, ("disable", index)) for index, rule in enumerate(config.disable))
    yield from ((rule, ("severity", rule)) for rule in config.severity)
    yield from ((a.rule, ("allow", i, "rule")) for i, a in enumerate(config.allow) if a.rule)
