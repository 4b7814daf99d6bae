"""What a project may decide; the fields of these classes are the reference of the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from occ_audit import typed_toml
from occ_audit.model import Severity
from occ_audit.secret import PUBLIC_SALT
from occ_audit.setting_types import Date, Pattern, Patterns, Positive
from occ_audit.typed_toml import NOT_A_KEY, KeyPath, MistakeError


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
        "will be attached",
        "will be created",
        "will be generated",
        "will be provided",
        "will be recorded",
        "will be uploaded",
        "will be written",
        "coming soon",
        "not yet available",
        "not yet committed",
        "not yet created",
        "not yet there",
        "not yet written",
        "not there yet",
        "does not exist yet",
        "todo",
        "pending",
        "placeholder",
        "planned",
        "tbd",
    )
    """Words that, next to a missing reference, make it planned."""
    absent: tuple[str, ...] = (
        "there is no",
        "there was no",
        "does not exist",
        "did not exist",
        "do not exist",
        "no longer exists",
        "no longer exist",
        "never existed",
        "no longer have",
        "no longer there",
        "not there any more",
        "we deleted",
        "we removed",
        "deliberately deleted",
        "deliberately removed",
        "was deleted",
        "was removed",
        "were deleted",
        "were removed",
        "has been deleted",
        "has been removed",
        "have been deleted",
        "have been removed",
        "removed from scope",
        "not applicable",
        "deleted",
        "removed",
        "missing",
        "gone",
    )
    """Words that, next to a missing reference, say that it is not there."""
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
        "on the bastion",
        "on the machine",
        "on the node",
        "on my machine",
        "on my laptop",
        "on the remote",
        "in the upstream repository",
    )
    """Words that, next to a reference, say that it names a path somewhere else."""
    ignore: Patterns = ()
    """Patterns of targets whose existence is not asked."""
    sources: Patterns = ()
    """Patterns of source files whose comments are audited like documents."""
    transcripts: bool = False
    """Whether command lines of transcripts (fenced, or behind `$ ` in text) are audited."""
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


_TEST_NAMES = {
    "_test": "c cc cpp dart exs go js php py rb rs ts",
    "_tests": "py rs",
    "_spec": "js lua rb ts",
    "-test": "js ts",
    ".test": "cjs cts js jsx mjs mts ts tsx",
    ".spec": "cjs cts js jsx mjs mts ts tsx",
    ".cy": "js ts",
    "Test": "cs groovy java kt php scala swift",
    "Tests": "cs groovy java kt swift",
    ".Tests": "ps1",
    "IT": "java",
    "Spec": "groovy kt scala",
}
"""How the names of files end that a test runner looks for, by what they are written in.

A name such as `test_login.py` says less: these hold real secrets about as often as not.
"""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project has decided."""

    path: str = field(default="", metadata=NOT_A_KEY)
    """The file it was read from; empty for the defaults."""
    exclude: Patterns = ()
    """gitignore-style patterns of what is not scanned."""
    test_paths: Patterns = (
        "[Tt]est/",
        "[Tt]ests/",
        "*[a-z]Test/",
        "*.Tests/",
        "*-tests/",
        "integration-test/",
        "e2e/",
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
        *(f"*{end}.{kind}" for end, kinds in _TEST_NAMES.items() for kind in kinds.split()),
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
