"""The values that every part shares: rules, contents, findings, reports; frozen and slotted."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from occ_audit.secret import Secret
from occ_audit.typed_toml import NOT_A_KEY


class Severity(enum.IntEnum):
    """How bad it is if the finding is true; one scale for both audits."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The lower-case name that options, rules and reports use."""
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Severity:
        """Return the severity of a label; raises KeyError for an unknown one."""
        return cls[text.upper()]


class Confidence(enum.IntEnum):
    """How sure the tool is that the finding is true, apart from how bad it would be."""

    POSSIBLE = 0
    LIKELY = 1
    CERTAIN = 2

    @property
    def label(self) -> str:
        """The lower-case name that options and reports use."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rotation:
    """What to do about a leaked credential of one kind."""

    advice: str
    """One or two sentences: the first step, and what else hangs on it."""
    url: str = ""
    """The vendor's own page."""
    command: str = ""
    """A command ready to paste, where the vendor has one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for, as read from a TOML file in `rules/`."""

    id: str
    """Kebab-case, unique, stable: fingerprints and suppressions hold it."""
    name: str
    """What a reader calls it, for example "Shopify Admin API token"."""
    severity: Severity
    description: str
    """Why it matters: what the credential opens, or what the broken reference costs."""
    pattern: str = ""
    """A regular expression over bytes; empty for evidence rules."""
    gate: str = ""
    """What stands in every match and is rarer, or quicker to find, than what is derived from the
    pattern; empty: derived."""
    words: str = ""
    """A pattern for words, in any case, one of which every match holds, with no letter, digit or
    `_` behind it, and later a digit: rules that need such words share one gate."""
    group: str = "secret"
    """The named group that is the secret, or several by `|`: the first that is not empty. The
    whole match where the pattern has no such group."""
    validators: tuple[str, ...] = ()
    """Names of the checks that a match passes through, in order (`validators/`)."""
    confidence: Confidence = Confidence.LIKELY
    """Before validators raise or lower it."""
    priority: int = 50
    """Of overlapping matches the highest wins: 80 structured, 50 assigned, 20 generic, 10 prose."""
    generic: bool = False
    """What it finds is told by a name or a sentence alone, so that paths may speak against it."""
    vendor: str = field(default="", metadata=NOT_A_KEY)
    """Set from the rule file's head."""
    paths: tuple[str, ...] = ()
    """gitignore-style patterns that a location's path must match; empty: any path."""
    allow: tuple[str, ...] = ()
    """Regular expressions; a secret that one matches wholly is a known sample, no finding."""
    examples: tuple[str, ...] = ()
    """Texts that must be found, with templates such as `{hex:32}` for the token's body."""
    counter_examples: tuple[str, ...] = ()
    """Texts that must not be found at the rule's severity."""
    rotate: Rotation | None = None
    references: tuple[str, ...] = ()
    """Where the format was read."""
    enabled: bool = True
    helper: bool = False
    """Only reported as a part of others: an id or an address that nobody needs to know alone."""
    pairs_with: tuple[str, ...] = ()
    """Rules that find the id without which the secret opens nothing: near, they are one finding."""
    paired_severity: Severity | None = None
    """Instead of `severity`, where the id stands near."""
    located_by: tuple[str, ...] = ()
    """Rules that find what the secret opens, such as a project's URL or a shop's domain."""
    beside_host: str = ""
    """The rule that it becomes where host and user stand in the lines around it."""
    within_lines: int = 20
    """How far away the id or the locator may stand."""

    @property
    def public(self) -> bool:
        """True where what the rule finds is no secret by design: a locator, a publishable key."""
        return self.severity is Severity.INFO


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a content comes from."""

    kind: str
    """`file`, `index`, `blob`, `commit`, `tag`, `ref`, `config`, `path`, `stdin` …"""
    path: str = ""
    """Relative to the root with `/`; bytes that are not UTF-8 are kept by surrogateescape."""
    commit: str = ""
    """The commit that introduced it, where the source asked git for it."""

    def identified(self, oid: str) -> Origin:
        """Return what to call something that was not read: by its id where it has no path."""
        return self if self.path else replace(self, commit=oid)


class Content(NamedTuple):
    """A slice of a batch's buffer: one blob, file, message or name."""

    start: int
    end: int
    origin: Origin
    oid: str = ""
    """git's own hash; empty where it was not needed to read the content (a file on disk)."""


@dataclass(slots=True)
class Hits:
    """Where gates and signs end in a batch; None before they were asked for."""

    gates: set[tuple[int, int]] | None = None
    """Index of a rule, and place."""
    signs: list[tuple[int, int]] | None = None
    """Place, and index of a decoder; in rising order."""
    recalled: bool = False
    """Whether an earlier scan found them."""


class Batch(NamedTuple):
    """Many contents back to back, about 4 MB, so that one gate call serves them all.

    The buffer is valid only until the next batch is asked for: copy what is kept. Between two
    contents there is at least one newline byte that belongs to neither.
    """

    buffer: memoryview
    contents: Sequence[Content]
    hits: Hits | None = None
    """Kept where they are to be remembered, or are known."""


@dataclass(frozen=True, slots=True)
class Location:
    """One place of a finding. Bytes count from 0, lines and columns from 1, ends are exclusive."""

    oid: str
    start: int
    end: int
    line: int
    column: int
    """In characters, not bytes."""
    end_line: int
    end_column: int
    excerpt: str
    """The line, cut to a readable length, with the secret masked."""
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding does not fail the run."""

    kind: str
    """`inline`, `config` or `baseline`."""
    reason: str = ""
    owner: str = ""
    expires: str = ""
    """ISO date, the last day on which it holds; empty: no end."""


@dataclass(frozen=True, slots=True)
class Part:
    """What would be a finding of its own if it stood alone, such as the id of a secret."""

    rule_id: str
    secret: Secret
    location: Location


@dataclass(frozen=True, slots=True)
class Finding:
    """One secret, or one broken reference, in all its places."""

    rule_id: str
    severity: Severity
    message: str
    locations: tuple[Location, ...]
    secret: Secret | None = None
    confidence: Confidence = Confidence.LIKELY
    fingerprint: str = ""
    """Rule id and identity; set by the engine. No line, no commit, no pattern is part of it."""
    suppression: Suppression | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    """JSON-ready extras: proof, opens, introduced, in_head, refs, target, reason, next_step …"""
    parts: tuple[Part, ...] = ()
    """What belongs to it; what of that is secret is masked as the secret itself is."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that no report may show of it."""
        inner = (part.secret for part in self.parts if not part.secret.public)
        return (self.secret, *inner) if self.secret else ()


class ReferenceKind(enum.StrEnum):
    """What a document refers to."""

    FILE = "file"
    FOLDER = "folder"
    GLOB = "glob"
    BARE_NAME = "bare-name"
    LINES_IN_WORDS = "lines-in-words"
    ANCHOR = "anchor"


class Reference(NamedTuple):
    """An evidence reference as written in a document; knows no file system."""

    text: str
    """As written, for example `docs/a.md:3-7`."""
    target: str
    """The path part, unescaped and percent-decoded, for example `docs/a.md`."""
    start: int
    end: int
    """Byte offsets in the document, end exclusive."""
    kind: ReferenceKind
    container: str
    """`codespan`, `link`, `image`, `autolink`, `prose`, `frontmatter`, `html`, `fence` …"""
    lines: tuple[int, int] | None = None
    """The cited range, first and last line, both inclusive, as written (so it may be inverted)."""
    anchor: str = ""
    """A heading anchor without `#`."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not scanned; always shown: not scanned is never "fine"."""

    origin: Origin
    reason: str
    requested: bool = False
    """The user asked for it to be left out, so it does not make the scan incomplete."""
    count: int = 1
    """How many things of this origin and reason one row stands for."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found and did; what every report format renders."""

    root: str
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    stats: Mapping[str, object]
    """Coverage counts (`files`, `bytes`, `objects`, `refs`, `commits` …), `source`, `seconds`."""
    dropped: tuple[Finding, ...] = ()
    """Candidates that are no findings, where the run was asked to explain; `reasons` says why."""
    hidden: tuple[Secret, ...] = ()
    """Secrets that occur in the report's own texts (paths, refs, names), so they are masked."""

    @property
    def complete(self) -> bool:
        """True when nothing was left out but what the user asked to leave out."""
        return all(row.requested for row in self.skipped)
