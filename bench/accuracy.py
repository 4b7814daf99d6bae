"""Accuracy of the secrets check over a labelled corpus, as a table by category.

    python bench/accuracy.py CORPUS.jsonl… [--misses] [--severity medium] [--confidence likely]

A line of the corpus is an object with `id`, `text`, `filename`, `category`, `expect` (`secret` or
`clean`) and `value` (the secret, as it stands in the text). A secret counts as found when a
finding overlaps its value; a clean text counts as wrongly reported when it has any finding.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from occ_audit import rules
from occ_audit.checks.secrets import SecretCheck
from occ_audit.model import Batch, Confidence, Content, Finding, Origin, Severity


@dataclass
class Score:
    """Counts of one category."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

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


def cases(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the labelled cases of JSONL files."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def reported(
    check: SecretCheck, case: dict[str, Any], severity: Severity, confidence: Confidence
) -> bool:
    """Return whether a finding of this severity and confidence concerns the case."""
    data = case["text"].encode("utf-8", "surrogatepass")
    value = case["value"].encode("utf-8", "surrogatepass")
    content = Content(0, len(data), Origin("file", case.get("filename", "")))
    findings = check.findings(Batch(memoryview(data), [content]))
    return any(
        finding.severity >= severity
        and finding.confidence >= confidence
        and (not value or _overlaps(finding, data, value))
        for finding in findings
    )


def _overlaps(finding: Finding, data: bytes, value: bytes) -> bool:
    for location in finding.locations:
        at = data.find(value, max(0, location.start - len(value) + 1))
        if 0 <= at < location.end:
            return True
    return False


def measure(
    paths: Iterable[Path], severity: Severity, confidence: Confidence, *, misses: bool
) -> dict[str, Score]:
    """Return the scores by category; `misses` prints the ids of what went wrong."""
    check = SecretCheck(rules.load())
    scores: dict[str, Score] = defaultdict(Score)
    for case in cases(paths):
        found, secret = reported(check, case, severity, confidence), case["expect"] == "secret"
        score = scores[case["category"]]
        score.right += found and secret
        score.missed += secret and not found
        score.wrong += found and not secret
        if misses and found != secret:
            print("missed" if secret else "wrong ", case["category"], case["id"], file=sys.stderr)
    return scores


def table(scores: dict[str, Score]) -> str:
    """Return the scores as a Markdown table with a last row for all."""
    total = Score(*(sum(getattr(s, f) for s in scores.values()) for f in Score().__dict__))
    rows = ["| category | found | missed | wrong | precision | recall | F1 |", "|" + "---|" * 7]
    for name, score in [*sorted(scores.items()), ("all", total)]:
        rates = f"{score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f}"
        rows.append(f"| {name} | {score.right} | {score.missed} | {score.wrong} | {rates} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy over a labelled corpus.")
    parser.add_argument("corpus", nargs="+", type=Path)
    parser.add_argument("--severity", default="medium", help="lowest that counts as reported")
    parser.add_argument("--confidence", default="likely", help="lowest that counts as reported")
    parser.add_argument("--misses", action="store_true", help="print the ids of what went wrong")
    options = parser.parse_args()
    confidence = Confidence[options.confidence.upper()]
    severity = Severity.parse(options.severity)
    print(table(measure(options.corpus, severity, confidence, misses=options.misses)))


if __name__ == "__main__":
    main()
