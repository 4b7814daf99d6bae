"""The anchors of a Markdown document: of its headings as GitHub makes them, and explicit ones."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from occ_audit.documents import Heading

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

    def __init__(self, headings: Sequence[Heading], read: Callable[[], bytes]) -> None:
        self._headings = headings
        self._read = read
        self._near: dict[str, str] = {}

    # Many a document is parsed that no link leads to.
    @functools.cached_property
    def _titles(self) -> list[str]:
        return [_ATTRIBUTES.sub("", row.title) for row in self._headings]

    @functools.cached_property
    def _of_headings(self) -> frozenset[str]:
        return frozenset(_numbered(self._titles))

    # Most links lead to a heading, so that the rest of the text is seldom looked at.
    @functools.cached_property
    def _names(self) -> frozenset[str]:
        text = self._read().decode("utf-8", "replace")
        in_html = [_TAG.sub("", title) for title in _HTML_HEADING.findall(text)]
        return frozenset(_numbered([*self._titles, *in_html])) | frozenset(_EXPLICIT.findall(text))

    @functools.cached_property
    def _open(self) -> bool:
        return bool(_GENERATED.search(self._read()))

    @functools.cached_property
    def _loose(self) -> Mapping[str, str]:
        return {_essence(name): name for name in sorted(self._names)}

    def has(self, anchor: str, *, by_github: bool) -> bool:
        """Say whether a link to `#anchor` ends somewhere.

        Where a site generator makes the pages its own rules hold: then letters and digits count.
        """
        if anchor in self._of_headings or _NOT_HEADINGS.match(anchor):
            return True
        if anchor in self._names or anchor.lower() in self._names or self._open:
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


def _numbered(titles: Iterable[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
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
