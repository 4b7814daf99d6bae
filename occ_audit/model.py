"""The types that every part shares: what is read, what is found, what is reported.

All are frozen and slotted, except `Coverage`, which collects while a scan runs.
"""

from __future__ import annotations

import enum
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from occ_audit.secret import Secret


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
    group: str = "secret"
    """The named group that is the secret, or several by `|`: the first that is not empty. The
    whole match where the pattern has no such group."""
    validators: tuple[str, ...] = ()
    """Names of the checks that a match passes through, in order (`checks/validators.py`)."""
    confidence: Confidence = Confidence.LIKELY
    """Before validators raise or lower it."""
    priority: int = 50
    """Of overlapping matches the highest wins: 80 structured, 50 assigned, 20 generic, 10 prose."""
    generic: bool = False
    """What it finds is told by a name or a sentence alone, so that paths may speak against it."""
    vendor: str = ""
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


@dataclass(frozen=True, slots=True)
class Content:
    """A slice of a batch's buffer: one blob, file, message or name."""

    start: int
    end: int
    origin: Origin
    oid: str = ""
    """git's own hash; empty where it was not needed to read the content (a file on disk)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Many contents back to back, about 4 MB, so that one gate call serves them all.

    The buffer is valid only until the next batch is asked for: copy what is kept. Between two
    contents there is at least one newline byte that belongs to neither.
    """

    buffer: memoryview
    contents: Sequence[Content]


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


@dataclass(frozen=True, slots=True)
class Reference:
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


class Coverage:
    """Collects, from any thread, what a scan read and what it did not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._skipped: dict[tuple[Origin, str, bool], int] = {}
        self.omissions = 0
        """How often something was skipped so far."""

    def count(self, **amounts: int) -> None:
        """Add to counters such as `files`, `bytes`, `objects`."""
        with self._lock:
            self._counts.update(amounts)

    def skip(self, origin: Origin, reason: str, *, requested: bool = False, count: int = 1) -> None:
        """Record something that was not scanned."""
        with self._lock:
            key = (origin, reason, requested)
            self._skipped[key] = self._skipped.get(key, 0) + count
            self.omissions += 1

    def snapshot(self) -> tuple[dict[str, int], tuple[Skipped, ...]]:
        """Return what there is now, to tell later what came since."""
        return self.counts, self.skipped

    def since(
        self, before: tuple[dict[str, int], tuple[Skipped, ...]]
    ) -> tuple[dict[str, int], list[Skipped]]:
        """Return what was counted and skipped since a snapshot."""
        counts, skipped = before
        known = {(row.origin, row.reason, row.requested): row.count for row in skipped}
        added = (
            replace(row, count=row.count - known.get((row.origin, row.reason, row.requested), 0))
            for row in self.skipped
        )
        return dict(self._counts - Counter(counts)), [row for row in added if row.count]

    @property
    def counts(self) -> dict[str, int]:
        """The counters so far."""
        return dict(self._counts)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far, in the order of its first mention."""
        return tuple(Skipped(o, r, q, n) for (o, r, q), n in self._skipped.items())


class EntryKind(enum.StrEnum):
    """What a path in a tree is."""

    FILE = "file"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a tree; folders are implied by the paths below them."""

    path: str
    kind: EntryKind
    tracked: bool = True
    oid: str = ""


class Memory(Protocol):
    """What earlier runs found out about a repository: answers in ids and numbers, nothing else."""

    def recall(self, question: str, about: Iterable[str]) -> list[str] | None:
        """Return the answer to a question; None unless it was given about the same."""
        ...

    def remember(self, question: str, about: Iterable[str], said: Iterable[str]) -> None:
        """Keep an answer, in place of the one before; raises ValueError for names and texts."""
        ...


class TreeHistory(Protocol):
    """git, asked about the past of a tree; never fetches, never runs what the repository says."""

    @property
    def tip(self) -> str:
        """The commit that the tree is, or lies upon; empty before the first commit."""
        ...

    @property
    def shallow(self) -> tuple[str, ...]:
        """The commits whose parents this clone does not have by design."""
        ...

    @property
    def memory(self) -> Memory | None:
        """What is known of this history; None where nothing is to be remembered."""
        ...

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints; raises GitError where it fails."""
        ...


class Tree(Protocol):
    """A snapshot of paths that evidence is audited in: disk, index, or a commit."""

    label: str
    """For messages: `working tree`, `index`, or a commit's name."""
    history: TreeHistory | None
    """Where its past can be asked; None outside a repository."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All entries by path: tracked, and on disk also untracked but not ignored ones."""
        ...

    @property
    def changed(self) -> frozenset[str] | None:
        """Paths that the scan is limited to (`--range`), or None for all."""
        ...

    @property
    def removed(self) -> Mapping[str, str]:
        """Paths deleted or renamed by the scanned range, with the new path or an empty text."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; raises KeyError for an unknown path."""
        ...

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` that exist on disk but are git-ignored."""
        ...


Progress = Callable[[str, int, int], None]
"""Called as `progress(what, done, total)`; `total` is 0 where it is not known."""


class Source(Protocol):
    """One choice of what is read."""

    name: str
    root: Path
    coverage: Coverage
    total_bytes: int
    """For progress; 0 where it is not known before reading."""
    current: bool
    """True where what is read stands now: comments in old versions are not judged."""
    whole: bool
    """True where a suppression that nothing matches can be called unused."""

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return at most `jobs` independent iterators that together give every content once.

        Whoever stops early closes them: another one may wait for what one holds.
        """
        ...

    def late(self) -> Generator[Batch]:
        """Return what can be read only when all partitions were."""
        ...

    def tree(self) -> Tree | None:
        """Return the tree that this choice implies for the evidence audit, if there is one."""
        ...

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Add to merged findings what only the source knows: paths, commits, dates, refs."""
        ...
