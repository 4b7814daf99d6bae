"""What the paths of a secret say against a finding that rests on a name or a sentence alone.

Proofs and formats of a vendor hold wherever they stand: they are never weakened here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from occ_audit.model import Confidence, Finding, Rule, Severity
from occ_audit.secret import Secret
from occ_audit.setting_types import path_matcher

LOCKS = (
    ".terraform.lock.hcl",
    "bun.lock",
    "Cargo.lock",
    "Cartfile.resolved",
    "Chart.lock",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "Gemfile.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "Package.resolved",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "Pipfile.lock",
    "pnpm-lock.yaml",
    "Podfile.lock",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
)
"""Files that package managers write: names, versions and digests."""

_PINNED = re.compile(
    # A digest, with what names it: sizes in digits are those of MD5, SHA-1, SHA-2.
    rb"(?:(?:md5|sha1|sha224|sha256|sha384|sha512|zh|\w{1,4})[:=/])?"
    rb"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})"
    rb"|(?:(?:md5|sha1|sha256|sha384|sha512)-|h1:)?"
    rb"(?:[0-9A-Za-z+/]{22}==|[0-9A-Za-z+/]{27}=|[0-9A-Za-z+/]{43}=|[0-9A-Za-z+/]{64}"
    rb"|[0-9A-Za-z+/]{86}==)"
    # A version, or a range of versions.
    rb"|(?:[\w@/.-]{0,100}[:@])?[\^~<>=v ]{0,3}\d{1,9}(?:\.\d{1,9}){1,3}"
    rb"(?:[-+.][0-9A-Za-z.+-]{1,60})?"
)
_FILES = frozenset({"blob", "file", "index", "path", "stdin"})
"""Kinds of origins of which the path is that of a file."""


def weighed(
    findings: Sequence[Finding], rules: Iterable[Rule], test_paths: Sequence[str]
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings, less sure where all paths of their secret say so, and what is none.

    The places of a secret are those of all findings: what a test shares with the product is real.
    """
    generic = {rule.id for rule in rules if rule.generic}
    in_locks, in_tests = _below(LOCKS), _below(test_paths)
    paths: defaultdict[Secret | None, set[str]] = defaultdict(set)
    for finding in findings:
        paths[finding.secret].update(_paths(finding))
    kept, none = [], []
    for finding in findings:
        told = finding.rule_id in generic and "proof" not in finding.properties
        if not told or finding.secret is None:
            kept.append(finding)
        elif not all(map(in_locks, paths[finding.secret])):
            tests = all(map(in_tests, paths[finding.secret]))
            kept.append(_weaker(finding, "only in tests and examples") if tests else finding)
        elif _PINNED.fullmatch(finding.secret.reveal()):
            none.append(_weaker(finding, "a digest or a version in a lock file"))
        else:
            kept.append(_weaker(finding, "only in lock files"))
    return kept, none


def _below(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a test of paths, where `archive.zip!member` is a path within a path."""
    matches = path_matcher(patterns)
    return lambda path: any(map(matches, path.split("!")))


def _paths(finding: Finding) -> Iterator[str]:
    """Yield where files hold it, now too if that is known; an empty path for any other place."""
    for place in finding.locations:
        for origin in place.origins:
            yield origin.path if origin.kind in _FILES else ""
    also = finding.properties.get("also_at")
    yield from also if isinstance(also, list) else ()


def _weaker(finding: Finding, reason: str) -> Finding:
    """Return the finding one step less sure and at most medium: a path proves nothing."""
    said = finding.properties.get("reasons")
    reasons = [*(said if isinstance(said, list) else ()), f"paths: {reason}"]
    return replace(
        finding,
        severity=min(finding.severity, Severity.MEDIUM),
        confidence=Confidence(max(finding.confidence - 1, Confidence.POSSIBLE)),
        properties={**finding.properties, "reasons": reasons},
    )
