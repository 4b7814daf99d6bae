"""No speed-up changes a finding: the plain way, one job and every pattern over every content."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import regex

from occ_audit import rules
from occ_audit.matching.matcher import Match, Matcher
from occ_audit.model import Batch
from occ_audit.templates import expand
from tests import repos
from tests.scans import scan

compiled = functools.cache(regex.compile)
"""The module itself remembers fewer patterns than there are rules."""


def plainly(matcher: Matcher, batch: Batch) -> Iterator[Match]:
    """Yield what each pattern finds in each content by itself."""
    for rule in matcher.rules:
        pattern = compiled(rule.pattern.encode())
        names = rule.group.split("|")
        for content in batch.contents:
            text = bytes(batch.buffer[content.start : content.end])
            for found in pattern.finditer(text):
                groups = {k: v for k, v in found.groupdict().items() if v is not None}
                held = [name for name in names if name in groups]
                group = next((name for name in held if groups[name]), held[0] if held else 0)
                start, end = found.span(group)
                at = content.start
                yield Match(
                    rule,
                    content,
                    at + found.start(),
                    at + found.end(),
                    at + start,
                    at + end,
                    groups,
                )


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which examples of all rules come, move between files, and go."""
    repo = repos.init(tmp_path_factory.mktemp("identity") / "repo")
    lines = [
        expand(text, f"{rule.id}{number}")
        for rule in rules.load()
        for number, text in enumerate((*rule.examples, *rule.counter_examples))
        if rule.pattern
    ]
    dice = random.Random(7)
    dice.shuffle(lines)
    files = {f"notes/{n}.md": lines[n * 40 : n * 40 + 40] for n in range(len(lines) // 40 + 1)}
    for version in range(2):
        for kept in files.values():
            if version:
                kept.insert(dice.randrange(len(kept) + 1), f"version {version}")
                kept.pop(dice.randrange(len(kept)))
        written = {path: "\n".join(kept) + "\n" for path, kept in files.items()}
        repos.commit(repo, written, f"Version {version}\n\n{dice.choice(lines)}\n")
    return repo


def findings(repo: Path, *options: str) -> list[dict[str, Any]]:
    report = scan("--history", "--only", "secrets", *options, repo).report
    found: list[dict[str, Any]] = report["findings"]
    return found


def test_gates_jobs_and_cache_change_nothing(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Matcher, "matches", plainly)
        plain = findings(repo, "--no-cache", "-j", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert len(plain) > 500
    assert findings(repo, "-j", "2") == plain
    assert findings(repo, "-j", "2") == plain, "from the cache"
