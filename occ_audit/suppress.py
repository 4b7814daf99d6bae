"""What the configuration and the baseline keep from failing the run, and what in them is unused."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from occ_audit.markers import EXPIRED, INVALID, UNUSED
from occ_audit.model import Confidence, Finding, Location, Origin, Severity, Suppression
from occ_audit.setting_types import expired, path_matcher
from occ_audit.settings import Allow, Config

if TYPE_CHECKING:
    from occ_audit.baseline import Baseline, Entry

SEVERITIES = {EXPIRED: Severity.MEDIUM, UNUSED: Severity.LOW, INVALID: Severity.MEDIUM}


class Suppressor:
    """Applies the configuration's `[[allow]]` entries and the baseline, and knows what was used."""

    def __init__(
        self, config: Config, baseline: Baseline | None, today: date, root: Path | None = None
    ) -> None:
        self._config, self._baseline, self._today, self._root = config, baseline, today, root
        self._used: set[Allow | Entry] = set()
        self._live = [allow for allow in config.allow if not expired(allow.expires, today)]
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
        if entry is None or expired(entry.expires, self._today):
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
            if expired(entry.expires, self._today):
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
        origin = Origin("file", _relative(file, self._root))
        found = problem(rule, message, step, origin, max(line, 1))
        yield replace(found, severity=self._config.severity.get(rule, found.severity))


def problem(
    rule_id: str, message: str, step: str, origin: Origin, line: int, column: int = 1
) -> Finding:
    """Return what is wrong with something that suppresses, and what to do."""
    identity = f"{origin.path}:{message}".encode("utf-8", "surrogateescape")
    place = Location("", 0, 0, line, column, line, column, "", (origin,))
    return Finding(
        rule_id,
        SEVERITIES[rule_id],
        message,
        (place,),
        confidence=Confidence.CERTAIN,
        fingerprint=f"{rule_id}:{hashlib.sha256(identity).hexdigest()[:32]}",
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
