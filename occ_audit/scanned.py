"""Remembers what earlier scans of a repository's history learned, so that a second one is quick.

One SQLite file per repository in this user's cache folder. It holds ids of objects and commits,
and numbers: no content, no path, no secret. Whatever is wrong with it, the scan goes on without it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from occ_audit import cache
from occ_audit.model import Rule

SCHEMA = 3
NEWEST_KEYS = 2
"""For so many sets of rules the clean objects are kept."""
MOST_OBJECTS = 8_000_000
"""With more, 20 to 32 bytes each, the file is begun anew."""
AT_ONCE = 20_000
"""So many new objects are written together: what was written survives a kill."""
ASKED_AT_ONCE = 500
FEW = 20_000
"""For more objects, reading all that are clean is faster than asking for them."""
LONGEST_ANSWER = 32 * 2**20
MOST_HITS = 32 * 2**20
"""So many bytes at most tell where gates and signs were met."""
FILES = 64
"""So many repositories are remembered; the least recently scanned ones go first."""
_SECONDS = 5.0
_IDS_AND_NUMBERS = re.compile("[0-9a-f ]*")
_TABLES = """
CREATE TABLE IF NOT EXISTS rules (key TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clean (rules INTEGER, oid BLOB, PRIMARY KEY (rules, oid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hit (rules INTEGER, oid BLOB, places BLOB, PRIMARY KEY (rules, oid))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS walk (commits INTEGER, tips BLOB, missing BLOB);
CREATE TABLE IF NOT EXISTS origin (oid BLOB PRIMARY KEY, commit_oid BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (question TEXT PRIMARY KEY, about TEXT, said TEXT, sum TEXT);
"""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk over the whole history said."""

    tips: frozenset[str]
    """The commits that it began with."""
    commits: int
    """How many there are."""
    missing: frozenset[str]
    """Objects that it should have met, which this clone does not hold."""
    origins: Mapping[str, str]
    """The commit that brought an object in, of the objects that were asked about; empty for those
    that it did not meet."""


class Scanned:
    """What is known of one repository, under one set of rules; may be shared between threads."""

    def __init__(self, file: Path, key: str, tell: Callable[[str], object]) -> None:
        """Open or begin the file; `tell` is told when it had to be begun anew.

        Without a `key`, nothing is known of objects, and nothing of them may be noted.
        """
        self._file = file
        self._lock = threading.Lock()
        self._fresh: list[bytes] = []
        self._hits: dict[bytes, bytes] = {}
        self._room = MOST_HITS
        self._number = 0
        self._database: sqlite3.Connection | None = None
        self.rules = key
        """A name for the rules, and all else that decides what is found."""
        try:
            self._open(key)
        except (OSError, sqlite3.OperationalError):  # locked, read-only, or the disk is full
            pass
        except sqlite3.DatabaseError as error:
            tell(f"the cache {file} was corrupt and is begun anew ({error})")
            _remove(file)
            with contextlib.suppress(sqlite3.Error, OSError):
                self._open(key)

    def _open(self, key: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = sqlite3.connect(self._file, timeout=_SECONDS, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        [version] = database.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA):  # of another version of this tool
            database.close()
            _remove(self._file)
            if not self._file.exists():
                self._open(key)
            return
        database.executescript(f"{_TABLES} PRAGMA user_version={SCHEMA};")
        self._number = _number_of(database, key) if key else 0
        self._database = database
        self._file.touch()

    def note(self, oids: Iterable[str], hits: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Remember objects in which nothing was found, and the hits in others."""
        with self._lock:
            self._fresh += map(bytes.fromhex, oids)
            for oid, places in hits.items():
                self._room -= len(places)
                if self._room >= 0:
                    self._hits[bytes.fromhex(oid)] = places
            if len(self._fresh) >= AT_ONCE:
                self._write()

    def not_clean(self, oids: Iterable[str]) -> set[str]:
        """Return those of the objects of which it is not known that these rules find nothing."""
        left = set(oids)
        with contextlib.suppress(sqlite3.Error), self._lock:
            self._write()
            if self._database is not None and left:
                left.difference_update(oid.hex() for oid in self._clean(self._database, left))
        return left

    def _clean(self, database: sqlite3.Connection, among: Collection[str]) -> Iterator[bytes]:
        """Yield clean objects: all, or where few are asked for, only those."""
        ask = "SELECT oid FROM clean WHERE rules = ?"
        if len(among) > FEW:
            yield from (oid for (oid,) in database.execute(ask, (self._number,)))
            return
        asked = [bytes.fromhex(oid) for oid in among]
        for first in range(0, len(asked), ASKED_AT_ONCE):
            part = asked[first : first + ASKED_AT_ONCE]
            some = f"{ask} AND oid IN ({','.join('?' * len(part))})"
            yield from (oid for (oid,) in database.execute(some, (self._number, *part)))

    def hits(self) -> dict[str, bytes]:
        """Return where gates and signs were met in objects, by id, as `hits.packed` wrote it."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            if self._database is not None:
                ask = "SELECT oid, places FROM hit WHERE rules = ?"
                rows = self._database.execute(ask, (self._number,))
                known = {oid.hex(): bytes(places) for oid, places in rows}
                self._room = MOST_HITS - sum(map(len, known.values()))
                return known
        return {}

    def recall(self, question: str, about: Iterable[str]) -> list[str] | None:
        """Return the answer to a question; None unless it was given about the same."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            if self._database is not None:
                ask = "SELECT said, sum FROM answer WHERE question = ? AND about = ?"
                row = self._database.execute(ask, (question, _digest(about))).fetchone()
                if row and _sum(row[0]) == row[1]:
                    return str(row[0]).split("\n")
        return None

    def remember(self, question: str, about: Iterable[str], said: Iterable[str]) -> None:
        """Keep an answer, in place of the one before; raises ValueError for names and texts.

        A very long one is not kept.
        """
        text = "\n".join(said)
        if any(not _IDS_AND_NUMBERS.fullmatch(row) for row in text.split("\n")):
            raise ValueError("only ids and numbers are kept")
        with self._lock, self._writing() as database:
            if database is not None and len(text) <= LONGEST_ANSWER:
                row = (question, _digest(about), text, _sum(text))
                database.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", row)

    def walked(self) -> Walked | None:
        """Return what the last walk said; None before the first."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            if self._database is None:
                return None
            row = self._database.execute("SELECT commits, tips, missing FROM walk").fetchone()
            rows = self._database.execute("SELECT oid, commit_oid FROM origin").fetchall()
            origins = {oid.hex(): commit.hex() for oid, commit in rows}
            return Walked(_unpacked(row[1]), row[0], _unpacked(row[2]), origins) if row else None
        return None

    def note_walk(self, walked: Walked) -> None:
        """Remember what a walk said, in place of the one before."""
        rows = [(bytes.fromhex(o), bytes.fromhex(c)) for o, c in walked.origins.items()]
        row = (walked.commits, _packed(walked.tips), _packed(walked.missing))
        with self._lock, self._writing() as database:
            if database is not None:
                database.execute("DELETE FROM walk")
                database.execute("DELETE FROM origin")
                database.execute("INSERT INTO walk VALUES (?, ?, ?)", row)
                database.executemany("INSERT INTO origin VALUES (?, ?)", rows)

    def close(self) -> None:
        """Write what is new."""
        with self._lock:
            self._write()
            if self._database is not None:
                self._database.close()
                self._database = None

    def _write(self) -> None:
        rows = [(self._number, oid) for oid in sorted(self._fresh)]  # in order, it is quicker
        hits = [(self._number, oid, places) for oid, places in sorted(self._hits.items())]
        self._fresh, self._hits = [], {}
        with self._writing() as database:
            if database is not None and (rows or hits):
                database.executemany("INSERT OR IGNORE INTO clean VALUES (?, ?)", rows)
                database.executemany("INSERT OR REPLACE INTO hit VALUES (?, ?, ?)", hits)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection | None]:
        """Give a transaction; a full disk or a lock that is not given up loses what is new."""
        with contextlib.suppress(sqlite3.Error):
            if self._database is None:
                yield None
                return
            with self._database:
                yield self._database


def file_of(common_dir: Path) -> Path:
    """Return the file for a repository, named by its folder."""
    name = hashlib.sha256(str(common_dir).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return cache.folder() / "history" / f"{name}.sqlite"


def forget_oldest() -> None:
    """Keep only the files of the most recently scanned repositories."""
    for old in cache.oldest_first((cache.folder() / "history").glob("*.sqlite"))[:-FILES]:
        _remove(old.path)


def _remove(file: Path) -> None:
    for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        with contextlib.suppress(OSError):
            part.unlink()


def _number_of(database: sqlite3.Connection, key: str) -> int:
    """Return the number of a set of rules; forgets what was found by older ones."""
    with database:
        known = dict(database.execute("SELECT key, number FROM rules").fetchall())
        number = max(known.values(), default=0) + 1
        oldest = number - NEWEST_KEYS + 1
        [objects] = database.execute("SELECT count(*) FROM clean").fetchone()
        if objects > MOST_OBJECTS:
            database.execute("DELETE FROM clean")
        if known.get(key) == number - 1:
            return number - 1
        # The newest number is that of the rules used last.
        database.execute("INSERT OR REPLACE INTO rules VALUES (?, ?)", (key, number))
        if key in known:
            database.execute("UPDATE clean SET rules = ? WHERE rules = ?", (number, known[key]))
            database.execute("UPDATE hit SET rules = ? WHERE rules = ?", (number, known[key]))
        database.execute("DELETE FROM rules WHERE number < ?", (oldest,))
        database.execute("DELETE FROM clean WHERE rules < ?", (oldest,))
        database.execute("DELETE FROM hit WHERE rules < ?", (oldest,))
        return number


def _packed(oids: Iterable[str]) -> bytes:
    return "\n".join(sorted(oids)).encode()


def _unpacked(data: bytes) -> frozenset[str]:
    return frozenset(data.decode().split())


def key_of(rules: Sequence[Rule], max_bytes: int) -> str:
    """Return what the finding of secrets depends on: the rules, the bound, and our own code."""
    return cache.key([repr((rules, max_bytes)).encode(), _code().encode()])


def _digest(about: Iterable[str]) -> str:
    """Return a name for what a question is about, and for the code that asks it."""
    return cache.key(
        [_code().encode(), *(part.encode("utf-8", "surrogateescape") for part in about)]
    )


def _sum(text: str) -> str:
    return cache.key([text.encode("utf-8", "replace")])


@functools.cache
def _code() -> str:
    return cache.key(file.read_bytes() for file in sorted(Path(__file__).parent.rglob("*.py")))
