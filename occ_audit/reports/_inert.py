"""Text from a repository in Markdown: shown as it is, and nothing in it is live."""

from __future__ import annotations

import re

from occ_audit.reports._text import printable

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&$]|:(?=//)|(?<=www)\.")
_REFERENCE = re.compile(r"@(?=\w)|#(?=\d)")
"""Code hosts make mentions and links of these even where they are escaped."""

_RUN_OF_TICKS = re.compile("`+")


def plain(text: str) -> str:
    """Return text in which no character means anything to Markdown, HTML or a code host."""
    escaped = _SPECIAL.sub(_inert, printable(text))
    return _REFERENCE.sub(lambda match: match[0] + "\u200b", escaped)


def _inert(match: re.Match[str]) -> str:
    return {"<": "&lt;", "&": "&amp;"}.get(match[0]) or f"\\{match[0]}"


def code(text: str) -> str:
    """Return text as a code span, whatever it holds."""
    shown = printable(text)
    longest = max(map(len, _RUN_OF_TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
