"""No rule is slow: on lines of what it likes best, its work stays in proportion to the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from occ_audit import rules
from occ_audit.matching.matcher import Matcher
from occ_audit.model import Batch, Content, Origin, Rule
from occ_audit.templates import expand

SIZE = 40 * 1024
RULES = {rule.id: rule for rule in rules.load() if rule.pattern and rule.enabled}


def hostile(rule: Rule) -> Iterator[bytes]:
    """Yield long lines of the rule's own examples: cut short, cut in half, and their last part;
    and, behind its beginning, of what may be passwords."""
    text = expand(rule.examples[0], rule.id).encode().replace(b"\n", b" ")
    half = len(text) // 2
    for part in (text[:-1], text[:half], text[half:], text + b" "):
        yield (part * (SIZE // max(len(part), 1) + 1))[:SIZE]
    yield text[:half] + text[half : half + 1] * SIZE
    yield text[:half] + b" aB3!x7 Yz-77.q" * (SIZE // 15)


class Counting(Matcher):
    """Counts at how many places the pattern is tried."""

    tried = 0

    def _confirm(self, index: int, buffer: memoryview, limit: int, start: int, end: int) -> Any:
        self.tried += end - max(start, end - self.reach(index))
        return super()._confirm(index, buffer, limit, start, end)


@pytest.mark.parametrize("name", RULES)
def test_work_in_proportion_to_the_text(name: str) -> None:
    matcher = Counting([RULES[name]])
    for line in hostile(RULES[name]):
        matcher.tried = matcher.callbacks = 0
        content = Content(0, len(line), Origin("file", "line.txt"))
        for _ in matcher.matches(Batch(memoryview(line), [content])):
            pass
        assert matcher.tried <= len(line)
        assert matcher.callbacks <= len(line) // 4
