"""The anchors of a Markdown document: of its headings as GitHub makes them, and explicit ones."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from occ_audit.documents import Document, parse

SUFFIXES = (".md", ".markdown", ".mkd", ".mdown")

_EXPLICIT = re.compile(
    r"""(?:\b(?:id|name)\s*=\s*["']?|\{:?\s*#|\{[^{}\n]{0,80} #)([^\s"'<>{}]+)"""
)
_HTML_HEADING = re.compile(r"<h[1-6]\b[^<>]{0,200}>([^\n]{0,300}?)</h[1-6]>", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\s*\{:?\s*[#.][^{}\n]*\}\s*$")
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_GENERATED = re.compile(
    rb"\{\{[ \t]{0,8}#?include|\{%|--8<--|<!--[ \t]{0,8}@include|\{\{<|:::|\[\[toc\]\]"
    rb"|^[ \t]{0,8}import [^\n]{0,200} from ",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_ASKED = 50
_MOST_NAMES = 2000
"""Beyond these no similar anchor is sought: that takes time for each pair."""
_NOT_HEADINGS = re.compile(r"^(?:L\d+(?:-L?\d+)?|:~:.*|top|fn.*|user-content-.*|/.*|!.*)?$")


def slug(title: str) -> str:
    """Return the anchor that GitHub makes of a heading, before duplicates are numbered."""
    kept = (c for c in title.strip().lower() if c in " -_" or _is_word(c))
    return "".join(kept).replace(" ", "-")


def _is_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) in ("Mn", "Mc", "Me", "Pc", "Nl")


class Anchors:
    """What a document offers to link to."""

    def __init__(self, document: Document) -> None:
        text = document.data.decode("utf-8", "replace")
        self._open = bool(_GENERATED.search(document.data))
        self._names = frozenset(_numbered(document, text)) | frozenset(_EXPLICIT.findall(text))
        self._loose = {_essence(name): name for name in sorted(self._names)}
        self._near: dict[str, str] = {}

    def has(self, anchor: str, *, by_github: bool) -> bool:
        """Say whether a link to `#anchor` ends somewhere.

        Where a site generator makes the pages its own rules hold: then letters and digits count.
        """
        if self._open or _NOT_HEADINGS.match(anchor):
            return True
        if anchor in self._names or anchor.lower() in self._names:
            return True
        return not by_github and _essence(anchor) in self._loose

    def near(self, anchor: str) -> str:
        """Return the anchor that was probably meant, or nothing."""
        if anchor not in self._near:
            self._near[anchor] = self._loose.get(_essence(anchor)) or self._alike(anchor)
        return self._near[anchor]

    def _alike(self, anchor: str) -> str:
        if len(self._near) > _MOST_ASKED or len(self._names) > _MOST_NAMES:
            return ""
        import difflib  # only a broken anchor pays for it

        return next(iter(difflib.get_close_matches(anchor, sorted(self._names), 1, 0.8)), "")


def of(path: str, data: bytes) -> Anchors | None:
    """Return the anchors of a Markdown file; None for any other."""
    return Anchors(parse(path, data)) if path.lower().endswith(SUFFIXES) else None


def _numbered(document: Document, text: str) -> Iterator[str]:
    seen: Counter[str] = Counter()
    titles = [_ATTRIBUTES.sub("", row.title) for row in document.headings]
    titles += [_TAG.sub("", title) for title in _HTML_HEADING.findall(text)]
    for title in titles:
        name = slug(title)
        unique = name
        while unique in seen:
            unique = f"{name}-{seen[name]}"
            seen[name] += 1
        seen[unique] += 1
        yield unique


def _essence(anchor: str) -> str:
    plain = unicodedata.normalize("NFKD", anchor.casefold())
    return "".join(char for char in plain if char.isalnum())
