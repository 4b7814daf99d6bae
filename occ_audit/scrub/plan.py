"""Decides how each secret leaves the history: replaced, its blob removed, or its ref renamed.

Every decision is tried: each content that holds a secret is rewritten here as git-filter-repo
would do it and looked at again. What replacement does not reach goes with its blob.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from occ_audit.model import Batch, Content, Finding, Location, Origin, Severity
from occ_audit.reading import Progress
from occ_audit.repository import Ref, Repository
from occ_audit.scrub import _read, changes, expressions
from occ_audit.scrub.changes import Changes
from occ_audit.scrub.expressions import Expression
from occ_audit.scrub.literals import Literals
from occ_audit.secret import Secret
from occ_audit.settings import Config
from occ_audit.sources import Request, history
from occ_audit.sources._git_files import ref_names
from occ_audit.sources._objects import ObjectReader

Check = Callable[[Batch], Iterable[Finding]]

_ROUNDS = 64
"""A content with more weak secrets than this is removed as a whole."""
_HEAD_END = b"\n\n"
_TEXTS = ("commit", "tag")
_NAMES = ("path", "name", "ref")


@dataclass(frozen=True, slots=True)
class Removed:
    """A blob that has to go as a whole."""

    oid: str
    path: str
    reason: str
    in_head: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How the secrets leave the history; holds them in clear."""

    secrets: tuple[Finding, ...]
    expressions: tuple[Expression, ...] = field(repr=False)
    removed: tuple[Removed, ...]
    names: tuple[bytes, ...] = field(repr=False)
    """Texts that are cut out of the names of files and folders."""
    refs: tuple[tuple[str, str], ...] = field(repr=False)
    """Old and new name of each ref whose name holds a secret."""
    authors: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    """Name and address of each author, committer or tagger that holds a secret."""
    unreachable: int
    """Objects that no ref reaches: a fresh clone does not have them, old clones do."""
    unmended: tuple[str, ...]
    """Contents in which a secret would remain, and why."""
    changes: Changes
    existing: Mapping[str, Ref] = field(repr=False)
    """All refs before the rewrite."""
    unread: tuple[str, ...] = ()
    """What was not looked at, and why: a secret in there stays."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the plan is made from."""

    repository: Repository
    config: Config
    check: Check
    """Finds secrets; the one of the scan."""
    jobs: int
    progress: Progress


def make(work: Work, chosen: Sequence[Finding]) -> Plan:
    """Return the plan for these findings of a history scan."""
    wanted = {secret for finding in chosen for secret in finding.secrets}
    spellings = {text: secret for secret in wanted for text in expressions.literals(secret)}
    places = _places(work, chosen, spellings)
    reachable = {oid: place for oid, place in places.items() if place.reached_by == "refs"}
    occurring = {text for place in reachable.values() for text in place.texts}
    draft = _Draft(work, wanted, expressions.ordered(occurring))
    draft.read(reachable)
    names = _found_in(
        work, _read.names(_read.tree_names(work.repository).items()), wanted, spellings
    )
    refs = work.repository.refs()
    commits, tags = _changed(work.repository, refs, reachable, names)
    return Plan(
        secrets=tuple(chosen),
        expressions=tuple(draft.expressions),
        removed=tuple(draft.removed),
        names=tuple(sorted({text for texts in names.values() for text in texts}, key=_longest)),
        refs=tuple(_ref_renames(work, refs, wanted, spellings)),
        authors=tuple(sorted(draft.authors)),
        unreachable=len(places) - len(reachable),
        unmended=tuple(draft.unmended),
        changes=changes.of(work.repository, refs, commits, tags),
        existing={name: ref for name, ref in refs.items() if name.startswith("refs/")},
    )


def is_one_of(secret: Secret | None, wanted: Collection[Secret]) -> bool:
    """Say whether a secret is among those wanted, by its identity or as it is written."""
    return secret is not None and (secret in wanted or Secret(secret.reveal()) in wanted)


def in_names(work: Work, salt: bytes) -> Iterator[Finding]:
    """Yield the secrets in the names of files, folders and refs, fingerprinted with this salt."""
    found: dict[Secret, Finding] = {}
    for batches in (
        _read.names(_read.tree_names(work.repository).items()),
        ref_names(work.repository.refs()),
    ):
        for finding in (one for batch in batches for one in work.check(batch)):
            if finding.secret:
                fingerprint = f"{finding.rule_id}:{finding.secret.digest(salt)}"
                found.setdefault(finding.secret, replace(finding, fingerprint=fingerprint))
    yield from found.values()


def _longest(text: bytes) -> tuple[int, bytes]:
    return -len(text), text


@dataclass(frozen=True, slots=True)
class _Place:
    """An object that holds a secret."""

    kind: str
    path: str = ""
    paths: frozenset[str] = frozenset()
    reached_by: str = ""
    in_head: bool = False
    texts: frozenset[bytes] = frozenset()
    """The literals that stand in it."""


def _places(
    work: Work, chosen: Sequence[Finding], spellings: Mapping[bytes, Secret]
) -> dict[str, _Place]:
    """Return the objects in which a rule found a secret, or a spelling of one stands."""
    request = Request((work.repository.root,), work.repository, work.config)
    source = history.open_source(request)
    partitions = source.objects(work.jobs)
    literals = Literals(spellings)

    def look(batch: Batch) -> Iterator[tuple[str, str, bytes]]:
        for one in literals.find(batch):
            yield one.content.oid, one.content.origin.kind, one.text

    kinds = {
        place.oid: kind if (kind := place.origins[0].kind) in _TEXTS else "blob"
        for finding in chosen
        for place in finding.locations
        if place.oid and place.origins[0].kind not in _NAMES
    }
    texts: dict[str, set[bytes]] = {}
    for oid, kind, text in _read.everything(partitions, work.jobs, look):
        kinds[oid] = kind
        texts.setdefault(oid, set()).add(text)
    asked = [_as_finding(oid, kind) for oid, kind in sorted(kinds.items())]
    found = source.attribute(asked, work.progress)
    return {
        finding.fingerprint: _place(finding, kinds, texts.get(finding.fingerprint, set()))
        for finding in found
    }


def _as_finding(oid: str, kind: str) -> Finding:
    """Return an object as a finding, so that the source says where it is."""
    place = Location(oid, 0, 0, 1, 1, 1, 1, "", (Origin(kind),))
    return replace(_NOTHING, locations=(place,), fingerprint=oid)


_NOTHING = Finding("", Severity.INFO, "", ())


def _place(finding: Finding, kinds: Mapping[str, str], texts: set[bytes]) -> _Place:
    paths = [origin.path for place in finding.locations for origin in place.origins]
    return _Place(
        kind=kinds[finding.fingerprint],
        path=next(filter(None, paths), ""),
        paths=frozenset(paths),
        reached_by=str(finding.properties.get("reached_by", "")),
        in_head=finding.properties.get("in_head") is True,
        texts=frozenset(texts),
    )


class _Draft:
    """Collects expressions until no content that was read holds a secret any more."""

    def __init__(self, work: Work, wanted: set[Secret], found: list[Expression]) -> None:
        self.expressions = found
        self.removed: list[Removed] = []
        self.authors: set[tuple[bytes, bytes]] = set()
        self.unmended: list[str] = []
        self._work = work
        self._wanted = wanted
        self._objects = ObjectReader(work.repository, work.config.max_bytes)

    def read(self, places: Mapping[str, _Place]) -> None:
        """Try each object; then once more, with all expressions in their final order."""
        for oid, place in places.items():
            if place.kind != "blob" or not expressions.is_binary(self._objects.read(oid)):
                self._mend(self._text(oid, place))
        for oid, place in places.items():
            self._judge(oid, place)

    def _text(self, oid: str, place: _Place) -> bytes:
        """Return what `--replace-text` or `--replace-message` sees of an object."""
        data = self._objects.read(oid)
        return data if place.kind == "blob" else data.partition(_HEAD_END)[2]

    def _mend(self, data: bytes) -> None:
        data = expressions.applied(self.expressions, data)
        for _ in range(_ROUNDS):
            left = (self._within_line(data, one) for one in self._left(data))
            new = next(filter(None, left), None)
            if new is None or new in self.expressions:
                return
            self.expressions.append(new)
            data = expressions.applied([new], data)

    def _within_line(self, data: bytes, finding: Finding) -> Expression | None:
        place, secret = finding.locations[0], finding.secret
        if secret is None or data[place.start : place.end] not in secret.variants:
            return None  # it was found in a decoded text
        return expressions.within_line(data, place.start, place.end)

    def _left(self, data: bytes) -> Iterator[Finding]:
        """Yield the wanted secrets that a rule finds in a text."""
        batch = Batch(memoryview(data), [Content(0, len(data), Origin("blob"))])
        for found in self._work.check(batch):
            if is_one_of(found.secret, self._wanted):
                yield found

    def _holds(self, data: bytes, place: _Place) -> bool:
        return any(text in data for text in place.texts) or any(True for _ in self._left(data))

    def _judge(self, oid: str, place: _Place) -> None:
        data = self._text(oid, place)
        if place.kind != "blob":
            self._judge_head(oid, place)
        elif expressions.is_binary(data):
            self._remove(oid, place, "binary: git-filter-repo replaces no text in it")
            return
        if self._holds(expressions.applied(self.expressions, data), place):
            if place.kind == "blob":
                self._remove(oid, place, "encoded, packed, or in lines that cannot be replaced")
            else:
                self.unmended.append(f"message of the {place.kind} {oid}: reword it by hand")

    def _remove(self, oid: str, place: _Place, reason: str) -> None:
        self.removed.append(Removed(oid, place.path, reason, place.in_head))

    def _judge_head(self, oid: str, place: _Place) -> None:
        """Look at who wrote a commit or tag: these names are mapped to another one."""
        head = self._objects.read(oid).partition(_HEAD_END)[0]
        if not self._holds(head, place):
            return
        signed = [line for line in head.split(b"\n") if line.startswith(_SIGNERS)]
        bad = [line for line in signed if self._holds(line, place)]
        if not bad:
            self.unmended.append(f"head of the {place.kind} {oid}: no rewrite reaches it")
        for line in bad:
            name, _, address = line.partition(b" ")[2].rpartition(b"> ")[0].rpartition(b" <")
            self.authors.add((name, address))


_SIGNERS = (b"author ", b"committer ", b"tagger ")


def _found_in(
    work: Work, batches: Iterable[Batch], wanted: set[Secret], spellings: Mapping[bytes, Secret]
) -> dict[str, set[bytes]]:
    """Return the contents that hold a secret, by path, each with the texts to be cut out."""
    literals = Literals(spellings)
    found: dict[str, set[bytes]] = {}
    for batch in batches:
        for text in literals.find(batch):
            found.setdefault(text.content.origin.path, set()).add(text.text)
        for one in work.check(batch):
            if one.secret and is_one_of(one.secret, wanted):
                path = one.locations[0].origins[0].path
                found.setdefault(path, set()).add(one.secret.reveal())
    return found


def _ref_renames(
    work: Work, refs: Mapping[str, Ref], wanted: set[Secret], spellings: Mapping[bytes, Secret]
) -> Iterator[tuple[str, str]]:
    """Yield old and new name of each ref whose name holds a secret."""
    found = _found_in(work, ref_names(refs), wanted, spellings)
    taken = set(refs)
    for old, texts in sorted(found.items()):
        new = old
        for text in sorted(texts, key=_longest):
            new = new.replace(text.decode("utf-8", "surrogateescape"), "REMOVED")
        number = 1
        while (name := new if number == 1 else f"{new}-{number}") in taken:
            number += 1
        taken.add(name)
        yield old, name


def _changed(
    repository: Repository,
    refs: Mapping[str, Ref],
    places: Mapping[str, _Place],
    names: Iterable[str],
) -> tuple[set[str], set[str]]:
    """Return the commits and the tag objects that hold a secret themselves."""
    blobs = {oid for oid, place in places.items() if place.kind == "blob"}
    paths = {path for oid in blobs for path in places[oid].paths}
    commits = {oid for oid, place in places.items() if place.kind == "commit"}
    commits |= changes.holding(repository, refs, blobs, paths)
    commits |= changes.naming(repository, refs, names)
    return commits, {oid for oid, place in places.items() if place.kind == "tag"}
