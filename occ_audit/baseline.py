"""The baseline: findings that a project has accepted, kept as keyed digests in a text file.

One JSON object a line: a header with the key, then the entries, sorted. An entry's identity is
its rule and digest; it holds no line, commit or path, so it survives moved lines, renamed files
and rebases. A broken reference is identified by its target and the *name* of the document, so
that moving the document keeps it accepted, while citing the target in another one does not.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from occ_audit.json_lines import Format, Row, mistake
from occ_audit.masking import Masker
from occ_audit.model import Finding, Suppression
from occ_audit.setting_types import is_date
from occ_audit.wording import visible

FILE_NAME = ".occ-audit-baseline.jsonl"

_KEY_BYTES = 32
_HINT_LENGTH = 160
_NO_NOTE = Suppression("baseline")
_START_AFRESH = "Restore the file from git, or delete it and run `occ-audit baseline write`."
_FORMAT = Format(
    noun="baseline",
    name="occ-audit-baseline",
    version=1,
    missing="Make one with `occ-audit baseline write`.",
    afresh=_START_AFRESH,
    conflict="Keep the entries of both sides under one header; those that were made with the key "
    "of the other are of no use, so run `occ-audit baseline write` again.",
    line="Mend or delete the line; each line is one JSON object.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding; people edit the last three fields, and rewriting keeps them."""

    rule: str
    digest: str
    hint: str = ""
    """For people: what it was and where it was first seen; no part of the identity."""
    reason: str = ""
    owner: str = ""
    expires: str = ""
    """The last day on which it holds, `YYYY-MM-DD`; empty: no end."""
    line: int = field(default=0, compare=False)
    """Where the entry stands in the file."""

    @property
    def suppression(self) -> Suppression:
        """What a finding that this entry covers is marked with."""
        return Suppression("baseline", self.reason, self.owner, self.expires)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of one baseline file, and the key that their digests are made with."""

    path: Path
    key: bytes = field(repr=False)
    history: bool = False
    """It was written from the whole history, so only a scan of that can tell what is unused."""
    entries: Mapping[tuple[str, str], Entry] = field(default_factory=dict)
    """By rule and digest."""
    _rules: set[str] = field(init=False, compare=False, repr=False, default_factory=set)

    def __post_init__(self) -> None:
        self._rules.update(rule for rule, _ in self.entries)

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline file; raises AuditError that names the line and the mend."""
        return _read(path)

    @classmethod
    def new(cls, path: Path) -> Baseline:
        """Return an empty baseline with a fresh random key; writes nothing."""
        return cls(path, os.urandom(_KEY_BYTES))

    def find(self, finding: Finding) -> Entry | None:
        """Return the entry that names this finding, whether or not it has expired."""
        if not self.asks_for(finding):
            return None
        return self.entries.get((finding.rule_id, digest(finding, self.key)))

    def asks_for(self, finding: Finding) -> bool:
        """Say whether `find` needs a digest of the finding: that of a weak secret takes 20 ms."""
        return finding.rule_id in self._rules


def digest(finding: Finding, key: bytes) -> str:
    """Return 32 hex digits that identify the finding under `key` and give no secret away."""
    if finding.secret is not None:
        return finding.secret.digest(salt=key)
    identity = _identity(finding).encode("utf-8", "surrogateescape")
    return hmac.new(key, identity, hashlib.sha256).hexdigest()[:32]


def _identity(finding: Finding) -> str:
    named = finding.properties.get("identity")
    if isinstance(named, str):
        return named
    document, target = finding.properties.get("document"), finding.properties.get("target")
    if isinstance(document, str) and isinstance(target, str):
        return f"{target}\n{document.rpartition('/')[2]}"
    return finding.fingerprint


def write(
    path: Path,
    findings: Iterable[Finding],
    previous: Baseline | None,
    *,
    history: bool = False,
    note: Suppression = _NO_NOTE,
) -> Baseline:
    """Add the unsuppressed findings to the file, keep all entries as they are, return the result.

    Findings that a comment or the configuration suppresses are left out, and so are those about
    suppressions. `history` says that the findings come from the whole history; new entries get
    the reason, owner and expiry of `note`.
    """
    known = previous or Baseline.new(path)
    everything = list(findings)
    masker = Masker({v for f in everything for secret in f.secrets for v in secret.variants})
    new = [
        Entry(
            finding.rule_id,
            digest(finding, known.key),
            _hint(finding, masker),
            note.reason,
            note.owner,
            note.expires,
        )
        for finding in everything
        if _is_acceptable(finding) and known.find(finding) is None
    ]
    entries = _by_identity((*known.entries.values(), *new))
    return _save(replace(known, path=path, history=known.history or history, entries=entries))


def prune(path: Path, findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """Remove the entries that no unsuppressed finding needs any more, and return them.

    The caller passes the findings of a complete scan to which this baseline was not applied.
    """
    known = Baseline.read(path)
    needed = {known.find(finding) for finding in findings if finding.suppression is None}
    unused = tuple(entry for entry in known.entries.values() if entry not in needed)
    if unused:
        kept = (entry for entry in known.entries.values() if entry in needed)
        _save(replace(known, entries=_by_identity(kept)))
    return unused


def _by_identity(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """Index the entries; of two for one finding, as a merge may leave them, the first holds."""
    index: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        index.setdefault((entry.rule, entry.digest), entry)
    return index


def _is_acceptable(finding: Finding) -> bool:
    return finding.suppression is None and not finding.rule_id.startswith("suppression-")


def _hint(finding: Finding, masker: Masker) -> str:
    """Say what was found and where, any secret masked that is part of a name."""
    origins = (origin for location in finding.locations for origin in location.origins)
    path = next((origin.path for origin in origins if origin.path), "")
    return shortened(masker.name(f"{finding.message} ({path})" if path else finding.message))


def shortened(text: str) -> str:
    """Return one short line in which every character is to be seen."""
    shown = visible(text[:_HINT_LENGTH])
    return shown if len(text) <= _HINT_LENGTH else shown + "…"


def _save(baseline: Baseline) -> Baseline:
    # Neither called a key nor in one piece: scanners would take it for a credential.
    header = {"random": baseline.key.hex(" ", 4), "history": baseline.history}
    rows = [asdict(entry) for _, entry in sorted(baseline.entries.items())]
    for row in rows:
        del row["line"]
    _FORMAT.write(baseline.path, header, rows)
    return Baseline.read(baseline.path)


def _read(path: Path) -> Baseline:
    header, rows = _FORMAT.read(path)
    try:
        key = bytes.fromhex(str(header.get("random")))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        problem = f"`random` is not {2 * _KEY_BYTES} hexadecimal digits"
        raise mistake(path, 1, problem, _START_AFRESH)
    entries = _by_identity(_checked(path, number, row) for number, row in rows)
    return Baseline(path, key, header.get("history") is True, entries)


_FIELDS = ("rule", "digest", "hint", "reason", "owner", "expires")


def _checked(path: Path, number: int, row: Row) -> Entry:
    for name, value in row.items():
        if name not in _FIELDS or not isinstance(value, str):
            problem = f"{name!a} is no text field of an entry"
            raise mistake(path, number, problem, f"The fields are: {', '.join(_FIELDS)}.")
    texts = {name: str(row.get(name, "")) for name in _FIELDS}
    if not (texts["rule"] and texts["digest"]):
        raise mistake(path, number, "an entry without rule or digest", "Delete the line.")
    if texts["expires"] and not is_date(texts["expires"]):
        problem = f"expires: {texts['expires']!a} is not a date"
        raise mistake(path, number, problem, "Write it as YYYY-MM-DD, or leave it empty.")
    return Entry(**texts, line=number)
