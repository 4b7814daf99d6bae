"""A file of one JSON object a line, a header first: git merges it, and people can mend it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from occ_audit.errors import AuditError
from occ_audit.files import read_text, write_beside

_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")

Row = Mapping[str, object]


class Format(NamedTuple):
    """One kind of such files, and how its mistakes are mended."""

    noun: str
    """What people call it: `baseline`."""
    name: str
    version: int
    missing: str
    """How to come by one."""
    afresh: str
    """How to come by a whole one, where it is damaged."""
    conflict: str
    """How to resolve a merge."""
    line: str
    """How to mend a line that is no entry."""

    def write(self, path: Path, header: Row, rows: Iterable[Row]) -> None:
        """Replace the file at once; raises AuditError."""
        head = {"format": self.name, "version": self.version, **header}
        lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in (head, *rows))
        write_beside(path, "".join(lines))

    def read(self, path: Path) -> tuple[Row, Iterator[tuple[int, Row]]]:
        """Return the header, and the other lines with their numbers; both raise AuditError."""
        text = read_text(path, f"the {self.noun}", self.missing)
        rows = self._rows(path, text)
        number, header = next(rows, (1, {}))
        if header.get("format") != self.name:
            problem = f"the header line of a {self.noun} is missing"
            raise mistake(path, number, problem, self.afresh)
        if header.get("version") != self.version:
            problem = f"version {header.get('version')!a} of the format is not known here"
            raise mistake(path, number, problem, f"Use the occ-audit that wrote it. {self.afresh}")
        return header, self._entries(path, rows)

    def _rows(self, path: Path, text: str) -> Iterator[tuple[int, Row]]:
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith(_CONFLICT):
                raise mistake(path, number, "an unresolved merge conflict", self.conflict)
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                raise mistake(path, number, "is not a JSON object", self.line)
            yield number, row

    def _entries(self, path: Path, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        for number, row in rows:
            if row.get("format") == self.name:
                raise mistake(path, number, "a second header", self.conflict)
            yield number, row


def mistake(path: Path, number: int, problem: str, mend: str) -> AuditError:
    """Return what is wrong with a line."""
    return AuditError(problem, where=f"{path}:{number}", mend=mend)
