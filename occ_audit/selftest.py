"""Tries rules on their own examples, by the real detection path, and on texts made to be slow."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from occ_audit.checks.secrets import SecretCheck
from occ_audit.matching import assignment, gate, pattern_tree
from occ_audit.matching.matcher import Matcher
from occ_audit.model import Batch, Content, Finding, Origin, Rule, Severity
from occ_audit.templates import expand

Detect = Callable[[Batch], Iterable[Finding]]
"""The real detection path, handed in because it lives in a higher layer."""

FEWEST_EXAMPLES = 2
SLOW_SECONDS = 0.25
"""What a pattern may take on one hostile text; a good one takes about a millisecond."""
HOSTILE_BYTES = 16 * 1024
SHORTEST_LITERAL = 3
"""Where fewer characters are certain, nearly every line has a place that could be a match."""
MOST_HITS = 100
"""So many places of a megabyte of plain text may pass a gate; each costs as much as 10 kB."""
_PLAIN = ("pydoc_data.topics", "argparse", "typing", "smtplib", "urllib.request", "logging.config")
"""Modules of Python whose source is at hand wherever the tool runs, and holds no secret."""
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What the self-test holds against a rule; never shows a generated token."""

    rule_id: str
    text: str
    warning: bool = False
    """A warning is shown but does not fail the test."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One example or counter-example of a rule."""

    kind: str
    """`example` or `counter-example`."""
    number: int
    """Counted from 1, as a reader does."""
    template: str

    @property
    def name(self) -> str:
        """What messages and the samples' contents call it."""
        return f"{self.kind} {self.number}"


def samples(rule: Rule) -> list[Sample]:
    """Return the examples of a rule, then its counter-examples."""
    kinds = (("example", rule.examples), ("counter-example", rule.counter_examples))
    return [Sample(kind, n, text) for kind, texts in kinds for n, text in enumerate(texts, 1)]


def batch(rule: Rule) -> Batch:
    """Return a rule's samples, expanded, as one batch in which `oid` is the sample's name."""
    first = rule.paths[0] if rule.paths else "example.txt"
    origin = Origin("file", first.replace("**", "folder").replace("*", "example").lstrip("/"))
    buffer, contents = bytearray(b"\n"), []
    for sample in samples(rule):
        start = len(buffer)
        buffer += expand(sample.template, f"{rule.id}/{sample.name}").encode()
        contents.append(Content(start, len(buffer), origin, oid=sample.name))
        buffer += b"\n"
    return Batch(memoryview(bytes(buffer)), contents)


def self_test(rules: Iterable[Rule], detect: Detect) -> Iterator[Problem]:
    """Yield what is wrong with each rule that has a pattern; `detect` knows all rules at once."""
    tested = [rule for rule in rules if rule.pattern]
    for rule in tested:
        yield from _completeness(rule)
        if rule.enabled:
            yield from _detection(rule, detect)
        yield from _cost(rule)
    yield from _weak_gates(tested)


def _weak_gates(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Yield which rules make the search in any text slow, whether or not it holds a secret."""
    mend = "name a longer word in the pattern, or give a `gate`"
    for rule in rules:
        if _certain_literal(rule) < SHORTEST_LITERAL:
            text = f"weak gate: fewer than {SHORTEST_LITERAL} characters are certain: {mend}"
            yield Problem(rule.id, text, warning=True)
    plain = memoryview(plain_text())
    matcher = Matcher(rules)
    hits = Counter(index for index, _ in matcher.hits(plain))
    for index, rule in enumerate(matcher.rules):
        rate = round(hits[index] * 1_000_000 / len(plain))
        if rate > MOST_HITS:
            text = f"weak gate: {rate} places a megabyte of plain text could be a match: {mend}"
            yield Problem(rule.id, text, warning=True)


def plain_text() -> bytes:
    """Return some hundred kilobytes of ordinary source code."""
    specs = (importlib.util.find_spec(name) for name in _PLAIN)
    files = [Path(spec.origin) for spec in specs if spec is not None and spec.origin]
    return b"".join(file.read_bytes() for file in files if file.suffix == ".py")


def _certain_literal(rule: Rule) -> int:
    """Return how long a literal every match holds at least; none is short where none is known."""
    with contextlib.suppress(re.error):
        if not rule.gate and assignment.is_assignment(rule.pattern.encode()):
            return SHORTEST_LITERAL
        return gate.literal_in(pattern_tree.parse((rule.gate or rule.pattern).encode()))
    return SHORTEST_LITERAL


def _completeness(rule: Rule) -> Iterator[Problem]:
    for what, texts in (("examples", rule.examples), ("counter-examples", rule.counter_examples)):
        if len(texts) < FEWEST_EXAMPLES:
            yield Problem(rule.id, f"has {len(texts)} {what}, needs at least {FEWEST_EXAMPLES}")
    if rule.severity > Severity.INFO and rule.rotate is None:
        yield Problem(rule.id, "does not say how to rotate the secret: add [rule.rotate]")


def _detection(rule: Rule, detect: Detect) -> Iterator[Problem]:
    worst: dict[str, Severity] = {}
    if rule.helper:  # it is a finding only beside others
        detect = SecretCheck([replace(rule, helper=False)]).findings
    for finding in detect(batch(rule)):
        for location in finding.locations if finding.rule_id == rule.id else ():
            severity = max(finding.severity, worst.get(location.oid, finding.severity))
            worst[location.oid] = severity
    for sample in samples(rule):
        found = worst.get(sample.name)
        wanted = sample.kind == "example"
        template = sample.template[:_EXCERPT]
        if wanted and (found is None or found < rule.severity):
            how = "is not found" if found is None else f"is found as {found.label} only"
            yield Problem(rule.id, f"{sample.name} {how}: {template!r}")
        if not wanted and found is not None and found >= rule.severity:
            yield Problem(rule.id, f"{sample.name} is found: {template!r}")


def _cost(rule: Rule) -> Iterator[Problem]:
    """Time the pattern on long runs of what it likes best: its own examples and characters."""
    import regex

    pattern = regex.compile(rule.pattern.encode())
    for hostile in hostile_lines(rule, HOSTILE_BYTES):
        try:
            pattern.search(hostile, timeout=SLOW_SECONDS)
        except TimeoutError:
            yield Problem(rule.id, f"the pattern is slow on a line of {len(hostile)} bytes")
            break
    if _is_open(_parsed(rule.pattern)):
        text = "an open repetition of any character: bound it, or name the characters"
        yield Problem(rule.id, text, warning=True)


def hostile_lines(rule: Rule, size: int) -> Iterator[bytes]:
    """Yield lines of about so many bytes, of what the rule's pattern likes best."""
    texts = [expand(text, rule.id).encode() for text in rule.examples[:FEWEST_EXAMPLES]]
    for text in texts:
        for part in (text, text[:-1], text[: len(text) // 2], text[len(text) // 2 :]):
            yield (part * (size // max(len(part), 1) + 1))[:size]
            yield part + part[-1:] * size
    for character in (b"a", b"A", b"0", b" ", b"\n", b"-", b".", b'"', b"eyJ"):
        yield (character * size)[:size]


def _parsed(pattern: str) -> Any:
    # `re` offers its parser under this name since 3.11 and documents it nowhere.
    from re import _parser  # type: ignore[attr-defined]

    return _parser.parse(pattern.encode())


def _is_open(node: Any) -> bool:
    """Return whether a parsed pattern repeats any (or all but some) characters without bound."""
    if isinstance(node, tuple) and len(node) == 2 and str(node[0]).endswith("_REPEAT"):
        _, most, body = node[1]
        if str(most) == "MAXREPEAT" and any(map(_is_any, body)):
            return True
    children = getattr(node, "data", node)
    return isinstance(children, list | tuple) and any(map(_is_open, children))


def _is_any(node: tuple[object, Any]) -> bool:
    code = str(node[0])
    return code in ("ANY", "NOT_LITERAL") or (code == "IN" and str(node[1][0][0]) == "NEGATE")
