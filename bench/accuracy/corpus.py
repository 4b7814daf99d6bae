"""Labelled cases, where their secrets stand, and the score of what a scanner said of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Position = tuple[int, float]
"""Line, from 1, and column, from 0."""


@dataclass(frozen=True)
class Span:
    """What lies between two positions; a scanner that names lines only means all of them."""

    start: Position
    end: Position

    @classmethod
    def lines(cls, first: int, last: int) -> Span:
        return cls((first, 0), (last, float("inf")))

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


Spans = Mapping[str, list[Span]]
"""What a scanner reported, by the folder of the case."""


@dataclass(frozen=True)
class Case:
    """A text, and the secret in it or the statement that there is none."""

    name: str
    text: str
    filename: str
    category: str
    secret: bool
    value: str

    @property
    def places(self) -> list[Span]:
        """Where the secret stands: a case that does not tell its value means the whole text."""
        starts = list(occurrences(self.text, self.value)) if self.value else []
        if not starts:
            return [Span.lines(1, self.text.count("\n") + 1)]
        return [
            Span(position(self.text, start), position(self.text, start + len(self.value)))
            for start in starts
        ]

    def found(self, spans: Iterable[Span]) -> bool:
        """Return whether one of these findings concerns the case."""
        if not self.secret:
            return any(True for _ in spans)
        places = self.places
        return any(span.overlaps(place) for span in spans for place in places)


def occurrences(text: str, value: str) -> Iterator[int]:
    """Yield where a value begins."""
    at = text.find(value)
    while at >= 0:
        yield at
        at = text.find(value, at + 1)


def position(text: str, offset: int) -> Position:
    """Return the line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset) - 1


def cases(paths: Iterable[Path]) -> Iterator[Case]:
    """Yield the labelled cases of JSONL files."""
    for path in paths:
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                row = json.loads(line)
                yield Case(
                    name=row["id"],
                    text=row["text"],
                    filename=row.get("filename") or "text.txt",
                    category=row["category"],
                    secret=row["expect"] == "secret",
                    value=row.get("value", ""),
                )


def folder(number: int) -> str:
    """Return the name of a case's folder: one that tells a scanner nothing."""
    return f"{number:06}"


def write(all_cases: Iterable[Case], root: Path) -> None:
    """Write each case as a file in a folder of its own."""
    for number, case in enumerate(all_cases):
        path = root / folder(number) / case.filename
        path.parent.mkdir(parents=True)
        path.write_bytes(case.text.encode("utf-8", "surrogatepass"))


@dataclass
class Score:
    """Secrets found and missed, clean cases wrongly reported."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.missed + other.missed, self.wrong + other.wrong)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def scores(all_cases: Iterable[Case], spans: Spans) -> dict[str, Score]:
    """Return the score of each category."""
    result: dict[str, Score] = defaultdict(Score)
    for number, case in enumerate(all_cases):
        found = case.found(spans.get(folder(number), ()))
        result[case.category] += Score(
            right=case.secret and found,
            missed=case.secret and not found,
            wrong=found and not case.secret,
        )
    return result


def mistakes(all_cases: Iterable[Case], spans: Spans) -> Iterator[str]:
    """Yield the cases that a scanner judged wrongly."""
    for number, case in enumerate(all_cases):
        if case.found(spans.get(folder(number), ())) != case.secret:
            yield f"{'missed' if case.secret else 'wrong'} {case.category} {case.name}"
