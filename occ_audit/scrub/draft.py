"""Tries what replaces the secrets, as git-filter-repo would do it, and looks at what is left.

What replacement does not reach goes with its blob, or is named for people to mend.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from occ_audit.model import Batch, Content, Finding, Origin
from occ_audit.scrub import expressions
from occ_audit.scrub.expressions import Expression
from occ_audit.scrub.holders import Place, Work
from occ_audit.secret import Secret
from occ_audit.sources._objects import ObjectReader

_ROUNDS = 64
"""A content with more weak secrets than this is removed as a whole."""
_HEAD_END = b"\n\n"
_SIGNERS = (b"author ", b"committer ", b"tagger ")


@dataclass(frozen=True, slots=True)
class Removed:
    """A blob that has to go as a whole."""

    oid: str
    path: str
    reason: str
    in_head: bool


class Draft:
    """Collects expressions until no content that was read holds a secret any more."""

    def __init__(self, work: Work, wanted: set[Secret], found: list[Expression]) -> None:
        self.expressions = found
        self.removed: list[Removed] = []
        self.authors: set[tuple[bytes, bytes]] = set()
        self.unmended: list[str] = []
        self._work = work
        self._wanted = wanted
        self._objects = ObjectReader(work.repository, work.config.max_bytes)

    def read(self, places: Mapping[str, Place]) -> None:
        """Try each object; then once more, with all expressions in their final order."""
        for oid, place in places.items():
            if place.kind != "blob" or not expressions.is_binary(self._objects.read(oid)):
                self._mend(self._text(oid, place))
        for oid, place in places.items():
            self._judge(oid, place)

    def _text(self, oid: str, place: Place) -> bytes:
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

    def _holds(self, data: bytes, place: Place) -> bool:
        return any(text in data for text in place.texts) or any(True for _ in self._left(data))

    def _judge(self, oid: str, place: Place) -> None:
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

    def _remove(self, oid: str, place: Place, reason: str) -> None:
        self.removed.append(Removed(oid, place.path, reason, place.in_head))

    def _judge_head(self, oid: str, place: Place) -> None:
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


def is_one_of(secret: Secret | None, wanted: Collection[Secret]) -> bool:
    """Say whether a secret is among those wanted, by its identity or as it is written."""
    return secret is not None and (secret in wanted or Secret(secret.reveal()) in wanted)
