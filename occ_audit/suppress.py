"""What does not fail the run, and why: inline comments, the configuration, the baseline.

One inline comment covers one secret, so that a new one on its line is never covered by chance.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from occ_audit.markers import OWN, Marker, markers
from occ_audit.model import Confidence, Finding, Location, Origin, Severity, Suppression
from occ_audit.setting_types import path_matcher
from occ_audit.settings import Allow, Config

if TYPE_CHECKING:
    from occ_audit.baseline import Baseline, Entry

__all__ = ["Complaint", "Found", "Marker", "Suppressor", "complaints", "inline", "markers"]

EXPIRED, UNUSED, INVALID = "suppression-expired", "suppression-unused", "suppression-invalid"
SEVERITIES = {EXPIRED: Severity.MEDIUM, UNUSED: Severity.LOW, INVALID: Severity.MEDIUM}

Found = tuple[str, int, str]
"""One finding on a line: rule id, start in the line, digest of the secret (empty: no secret)."""


def inline(
    line: bytes, previous: bytes, found: Sequence[Found], today: date | None = None
) -> list[Suppression | None]:
    """Say for each finding on `line` whether a comment there, or on the line above, covers it.

    Our own comment covers the secret that its rule found; where that could be one of several and
    there is not a comment for each, it covers none. Another tool's comment covers the nearest
    secret before it, or the first one if it stands before all.
    """
    suppressions: list[Suppression | None] = [None] * len(found)
    for marker, covered in _claims(_speaking_of(line, previous), found, today or date.today()):
        reason = marker.reason if marker.tool == OWN else marker.tool
        for index in covered:
            suppressions[index] = suppressions[index] or Suppression(
                "inline", reason, marker.owner, marker.expires
            )
    return suppressions


class Complaint(NamedTuple):
    """What is wrong with one of our own comments."""

    marker: Marker
    rule_id: str
    message: str
    next_step: str


def complaints(
    line: bytes, previous: bytes, found: Sequence[Found], today: date | None = None
) -> Iterator[Complaint]:
    """Yield what is wrong with our own comments that speak of `line`: malformed, expired, unused.

    A marker with `next_line` stands on the line above.
    """
    day = today or date.today()
    for marker, covered in _claims(_speaking_of(line, previous), found, day):
        if marker.tool == OWN and not covered:
            yield _complaint(marker, found, day)


def _complaint(marker: Marker, found: Sequence[Found], today: date) -> Complaint:
    if marker.problem:
        step = "Write it as `occ-audit: allow[rule-id] reason`."
        return Complaint(marker, INVALID, f"a comment covers nothing: {marker.problem}", step)
    if _expired(marker.expires, today):
        step = "Mend what the comment accepts, or renew the date after a review."
        return Complaint(marker, EXPIRED, f"a comment expired on {marker.expires}", step)
    rules = {rule for rule, digest in marker.names if not digest}
    meant = sorted({(rule, digest) for rule, _, digest in found if rule in rules and digest})
    if len(meant) > 1:
        message = f"a comment covers nothing: it could mean any of {len(meant)} secrets"
        bound = ", ".join(f"{rule}@{digest[:8]}" for rule, digest in meant)
        return Complaint(marker, INVALID, message, f"Name the one that is accepted: {bound}.")
    names = ", ".join(rule for rule, _ in marker.names)
    message = f"a comment accepts {names}, which is not found there"
    return Complaint(marker, UNUSED, message, "Delete the comment, or correct the rule id.")


def _speaking_of(line: bytes, previous: bytes) -> list[Marker]:
    above = (marker for marker in markers(previous) if marker.next_line)
    return [*above, *(marker for marker in markers(line) if not marker.next_line)]


def _claims(
    speaking: Sequence[Marker], found: Sequence[Found], today: date
) -> Iterator[tuple[Marker, frozenset[int]]]:
    """Yield each marker with the indexes of the findings that it covers."""
    usable = [m for m in speaking if not m.problem and not _expired(m.expires, today)]
    covered = {id(m): _bound(m, found) for m in usable if m.tool == OWN}
    taken = frozenset[int]().union(*covered.values())
    for marker, indexes in _unbound([m for m in usable if m.tool == OWN], found, taken):
        covered[id(marker)] |= indexes
    for tool in dict.fromkeys(m.tool for m in usable if m.tool != OWN):
        # Two tools' comments side by side speak of one secret, two of one tool of two.
        covered.update(_nearest([m for m in usable if m.tool == tool], found))
    yield from ((marker, covered.get(id(marker), frozenset())) for marker in speaking)


def _bound(marker: Marker, found: Sequence[Found]) -> frozenset[int]:
    bound = [(rule, prefix) for rule, prefix in marker.names if prefix]
    return frozenset(
        index
        for index, (rule, _, digest) in enumerate(found)
        if any(name == rule and digest.startswith(prefix) for name, prefix in bound)
    )


def _unbound(
    own: Sequence[Marker], found: Sequence[Found], taken: frozenset[int]
) -> Iterator[tuple[Marker, frozenset[int]]]:
    """Give one secret to each marker of those that name the same rules, or none to any of them."""
    groups: dict[frozenset[str], list[Marker]] = {}
    for marker in own:
        rules = frozenset(rule for rule, prefix in marker.names if not prefix)
        groups.setdefault(rules, []).append(marker)
    for rules, group in groups.items():
        named = (index for index, (rule, _, _) in enumerate(found) if rule in rules)
        meant = _secrets(found, (index for index in named if index not in taken))
        if len(meant) <= len(group):
            for marker, indexes in zip(group, meant.values(), strict=False):
                taken |= indexes
                yield marker, indexes


def _nearest(
    foreign: Sequence[Marker], found: Sequence[Found]
) -> Iterator[tuple[int, frozenset[int]]]:
    """Give each marker the nearest secret before it that none of the others has, or the first."""
    left = _secrets(found, (index for index, (_, _, digest) in enumerate(found) if digest))
    for marker in foreign[: len(left)]:
        position = -1 if marker.next_line else marker.start
        before = [key for key in left if min(found[index][1] for index in left[key]) < position]
        yield id(marker), left.pop(before[-1] if before else next(iter(left)))


def _secrets(found: Sequence[Found], indexes: Iterable[int]) -> dict[str, frozenset[int]]:
    """Group findings by secret, in the order of their starts; one without secret is for itself."""
    groups: dict[str, frozenset[int]] = {}
    for index in sorted(indexes, key=lambda index: found[index][1]):
        key = found[index][2] or f"@{index}"
        groups[key] = groups.get(key, frozenset()) | {index}
    return groups


def _expired(expires: str, today: date) -> bool:
    return bool(expires) and expires < today.isoformat()


class Suppressor:
    """Applies the configuration's `[[allow]]` entries and the baseline, and knows what was used."""

    def __init__(
        self, config: Config, baseline: Baseline | None, today: date, root: Path | None = None
    ) -> None:
        self._config, self._baseline, self._today, self._root = config, baseline, today, root
        self._used: set[Allow | Entry] = set()
        self._live = [allow for allow in config.allow if not _expired(allow.expires, today)]
        self._matchers = {
            allow.path: functools.lru_cache(maxsize=65536)(path_matcher([allow.path]))
            for allow in self._live
            if allow.path
        }

    def apply(self, finding: Finding) -> Finding:
        """Return the finding, marked if an entry that has not expired covers it.

        All that an entry names must hold. Paths must match at every location, if need be those of
        several entries together: a secret that also stands elsewhere is not suppressed.
        """
        if finding.suppression is not None:
            return finding
        suppression = self._by_config(finding) or self._by_baseline(finding)
        return replace(finding, suppression=suppression) if suppression else finding

    def _by_config(self, finding: Finding) -> Suppression | None:
        entries = [
            allow
            for allow in self._live
            if allow.rule in ("", finding.rule_id)
            and allow.fingerprint in ("", finding.fingerprint)
        ]
        used = [allow for allow in entries if not allow.path][:1] or self._by_path(finding, entries)
        self._used.update(used)
        return _suppression(used[0]) if used else None

    def _by_path(self, finding: Finding, entries: Sequence[Allow]) -> list[Allow]:
        """Return the entries whose paths together match all places of the finding, or none."""
        used: list[Allow] = []
        for origin in _places(finding) if entries else ():
            allow = next((a for a in entries if self._matchers[a.path](origin.path)), None)
            if allow is None or not origin.path:
                return []
            used.append(allow)
        return used

    def salts(self, finding: Finding) -> tuple[bytes, ...]:
        """Return the keys under which digests of a finding's secret will be asked for."""
        baseline = self._baseline
        asks = baseline is not None and baseline.asks_for(finding)
        return (self._config.fingerprint_salt, *([baseline.key] if baseline and asks else []))

    def _by_baseline(self, finding: Finding) -> Suppression | None:
        entry = self._baseline.find(finding) if self._baseline else None
        if entry is None or _expired(entry.expires, self._today):
            return None
        self._used.add(entry)
        return entry.suppression

    def problems(self, complete: bool, *, history: bool = False) -> Iterator[Finding]:
        """Yield a finding for each expired entry and, after a `complete` scan, each unused one.

        `complete` says that all was read, by all rules, that entries could be about; `history`
        that this includes the history, without which a baseline made from it is not judged.
        """
        rows = [*self._config_rows(), *self._baseline_rows()]
        for entry, file, line, label in rows:
            judged = complete and self._judged(entry, history=history)
            if _expired(entry.expires, self._today):
                step = "Mend what it suppresses, or renew the date after a review."
                message = f"{label} expired on {entry.expires}"
                yield from self._problem(EXPIRED, message, step, file, line)
            elif judged and entry not in self._used:
                step = "Delete it, or correct what it names."
                if not isinstance(entry, Allow):
                    step = "Run `occ-audit baseline prune`."
                yield from self._problem(UNUSED, f"{label} suppresses nothing", step, file, line)

    def _judged(self, entry: Allow | Entry, *, history: bool) -> bool:
        """Say whether a scan of this kind could have used an entry."""
        if isinstance(entry, Allow):  # comments are judged where they stand now
            return not (history and entry.rule in SEVERITIES)
        return history or self._baseline is None or not self._baseline.history

    def _config_rows(self) -> Iterator[tuple[Allow | Entry, str, int, str]]:
        for index, allow in enumerate(self._config.allow):
            named = {"rule": allow.rule, "path": allow.path, "fingerprint": allow.fingerprint}
            label = ", ".join(f"{key} {value!r}" for key, value in named.items() if value)
            line = self._config.line("allow", index)
            yield allow, self._config.path, line, f"the [[allow]] entry for {label}"

    def _baseline_rows(self) -> Iterator[tuple[Allow | Entry, str, int, str]]:
        if self._baseline is not None:
            for entry in self._baseline.entries.values():
                hint = f", {entry.hint!r}," if entry.hint else ""
                label = f"the baseline entry for {entry.rule!r}{hint}"
                yield entry, str(self._baseline.path), entry.line, label

    def _problem(
        self, rule: str, message: str, step: str, file: str, line: int
    ) -> Iterator[Finding]:
        if rule in self._config.disable:
            return
        path = _relative(file, self._root)
        place = Location("", 0, 0, max(line, 1), 1, max(line, 1), 1, "", (Origin("file", path),))
        yield Finding(
            rule,
            self._config.severity.get(rule, SEVERITIES[rule]),
            message,
            (place,),
            confidence=Confidence.CERTAIN,
            fingerprint=f"{rule}:{hashlib.sha256(f'{path}:{message}'.encode()).hexdigest()[:32]}",
            properties={"next_step": step},
        )


def _places(finding: Finding) -> Iterator[Origin]:
    for location in finding.locations:
        yield from location.origins or (Origin("unknown"),)


def _suppression(allow: Allow) -> Suppression:
    return Suppression("config", allow.reason, allow.owner, allow.expires)


def _relative(file: str, root: Path | None) -> str:
    """Return the file as seen from the scanned root, as the paths of other findings are."""
    path = Path(file)
    if root is not None and path.is_absolute() and path.is_relative_to(root.resolve()):
        path = path.relative_to(root.resolve())
    return path.as_posix()
