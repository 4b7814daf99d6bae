"""Makes text from a repository harmless in a terminal, in a CI log, and in any parser."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, invisible ones, ones that turn the reading direction, and lone surrogates."""

_CI_COMMAND = re.compile(r"(?<!\S):(?=:)|##(?=\[|vso\[|teamcity\[)")
"""What makes CI systems obey a line of a log: `::error`, `##[error]`, `##vso[`, `##teamcity[`."""

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def valid(text: str) -> str:
    r"""Return text that every parser takes: a byte that was not UTF-8 becomes `\xNN`."""
    return _SURROGATE.sub(_escape, text)


def printable(text: str) -> str:
    """Return text of one line that shows every character it holds and commands nothing."""
    return _CI_COMMAND.sub(lambda match: match[0] + "\\", _UNSEEN.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return _SHORT.get(character) or (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
