"""What is said beside the reports: errors, made safe to show."""

from __future__ import annotations

import re
import sys

from occ_audit.wording import visible

_LONG_WORD = re.compile(r"[\w+=-]{20,}")


def say(text: str) -> None:
    """Write to standard error: secrets masked, control characters as escapes."""
    print(escaped(masked(text)), file=sys.stderr)


def escaped(text: str) -> str:
    """Show control characters, which a repository may have put into a name, by their escapes."""
    return visible(text, keep="\n")


def masked(text: str) -> str:
    """Mask what the built-in rules take for a secret: an error quotes paths, revisions, names."""
    try:
        return _by_rules(text)
    except Exception:  # a fault while telling of a fault must not hide it, nor show a secret
        return _LONG_WORD.sub(lambda word: "****" if re.search(r"\d", word[0]) else word[0], text)


def _by_rules(text: str) -> str:
    from occ_audit import cache, rules
    from occ_audit.checks.secrets import SecretCheck
    from occ_audit.masking import Masker
    from occ_audit.model import Batch, Content, Origin, Severity

    data = text.encode("utf-8", "surrogateescape")
    known = [rule for rule in rules.load([]) if rule.enabled]
    batch = Batch(memoryview(data), [Content(0, len(data), Origin("message"))])
    found = SecretCheck(known, cache.folder()).findings(batch)
    graver = (one for one in found if one.severity > Severity.INFO)
    secrets = {secret for one in graver for secret in one.secrets}
    return Masker({variant for secret in secrets for variant in secret.variants}).name(text)
