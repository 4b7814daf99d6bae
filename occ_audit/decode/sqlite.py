"""The rows of SQLite databases, read in memory; nothing that the file defines is run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from occ_audit.decode import MEMBER_BYTES, Budget, Decoded, Left

MAGIC = b"SQLite format 3"
TEXTS = (MAGIC,)
STEPS = 20_000_000
"""So many steps of SQLite's machine may all queries take."""
_PERMITTED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA}
_WRITE_AHEAD = 18


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield each table, a line for each value with the name of its column."""
    if at != len(MAGIC):
        return
    if data.nbytes > MEMBER_BYTES or not hasattr(sqlite3.Connection, "deserialize"):
        yield Left("", "a database too large to be opened: only its bytes were scanned")
        return
    image = bytearray(data)
    # A journal beside the file is not there; without it a database in memory can be opened.
    image[_WRITE_AHEAD : _WRITE_AHEAD + 2] = b"\x01\x01"
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(image))
        yield from _tables(connection, budget)
    except (sqlite3.Error, ValueError, OverflowError, MemoryError):
        return  # as far as it is intact
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection, budget: Budget) -> Iterator[Decoded]:
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _PERMITTED else sqlite3.SQLITE_DENY
    )
    left = iter(range(STEPS // 1000))
    connection.set_progress_handler(lambda: next(left, None) is None, 1000)
    connection.text_factory = bytes
    schema = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for name, sql in schema.fetchall():
        if isinstance(sql, bytes) and not sql.upper().startswith(b"CREATE VIRTUAL"):
            budget.member()
            rows = b"".join(_rows(connection, name, budget))
            yield Decoded(rows, 0, 0, member=name.decode("utf-8", "replace"), shown=True)


def _rows(connection: sqlite3.Connection, table: bytes, budget: Budget) -> Iterator[bytes]:
    quoted = '"' + table.decode("utf-8", "replace").replace('"', '""') + '"'
    try:
        rows = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - quoted; no parameter may name a table
        columns = [str(column[0]).encode("utf-8", "replace") for column in rows.description]
        for row in rows:
            for column, value in zip(columns, row, strict=False):
                if isinstance(value, bytes):
                    budget.spend(len(value))
                    yield b"%b: %b\n" % (column, value)
            yield b"\n"
    except sqlite3.Error:
        return
