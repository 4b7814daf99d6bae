"""Finds which path a reference means, and where that path exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.checks._evidence.context import LINKS, PAGES, Context
from occ_audit.checks._evidence.nearby import before
from occ_audit.checks._evidence.paths import normal, parents, without_dots
from occ_audit.documents import absolute, known_file_name
from occ_audit.model import Reference, ReferenceKind

_PAGES = (
    ".md",
    ".adoc",
    ".mdx",
    ".markdown",
    ".rst",
    ".txt",
    ".html",
    "/index.md",
    "/README.md",
    "/_index.md",
)
_PAGE_OF = (r"\.html?$", r"\.rst$")
"""What stands for the suffix of the document: in a link, and in a role."""
_SUBJECT_WORD = 4
"""Shorter words before "lines 3-7" name no document."""
_LINES_OF = re.compile(r"\s+(?:of|in|from)\s+(?:the\s+)?(?:file\s+)?(?:\[[^\]]*\]\()?[`*_\[<(]*")
_WITH_LINES = re.compile(r"[`*_)\]>\"]*[\s,;:(\u2013\u2014-]*(?:(?:at|on|in|see)\s+)?")
_OF_WORD = re.compile(r"\s+(?:of|in|from)\s+(?:the\s+)?([\w-]+)")
_NAME = 80
_LOOK_BACK = 100
"""So many candidates before "lines 3-7" may be its subject."""


def possible_paths(reference: Reference, context: Context) -> list[str]:
    """Return the paths that a reference may mean, the likeliest first; none if all are outside.

    A path leads from the root or from the document's folder; `../x` only from the latter.
    """
    if reference.kind is ReferenceKind.LINES_IN_WORDS:
        return _subject(reference, context)
    target = reference.target
    if not target:
        return [context.path]
    bare = reference.kind is ReferenceKind.BARE_NAME and reference.container not in LINKS
    full = _named_in_full(target, context) if bare else []
    bases = [*_bases(reference, context), *(_section_folders(reference, context) if bare else ())]
    found = (normal(f"{base}/{target}" if base else target) for base in bases)
    return [*dict.fromkeys(path for path in (*full, *found) if path is not None)]


def _section_folders(reference: Reference, context: Context) -> Iterator[str]:
    """Yield the folders that the same section names before, nearest first."""
    for row in context.document.just_before(reference.start, _LOOK_BACK):
        named = row.reference.target if row.reference else ""
        if "/" in named and not named.startswith(("/", "~")):
            folder = named.rpartition("/")[0]
            if folder in context.paths.folders:
                yield folder


def _bases(reference: Reference, context: Context) -> tuple[str, ...]:
    target = reference.target
    if target.startswith("/"):
        within = (context.folder, *parents(context.folder)) if reference.container in PAGES else ()
        return (*within, "")
    if target.startswith("../"):
        return (context.folder,)
    if reference.container in LINKS or target.startswith("."):
        return (context.folder, "") if context.folder else ("",)
    return ("", context.folder) if context.folder else ("",)


def _named_in_full(name: str, context: Context) -> list[str]:
    """Return the path under which the document itself names a bare file name in full."""
    found = context.named_in_full.get(name, set())
    return [path for path in map(normal, found) if path] if len(found) == 1 else []


def _subject(reference: Reference, context: Context) -> list[str]:
    """Return what "lines 25-27" may be of: named beside them, or by the word before."""
    named = _named_beside(reference, context) or _named_by_word(reference, context)
    if named is None:
        return []
    places = possible_paths(named, context)
    alone = context.paths.named(named.target) if named.kind is ReferenceKind.BARE_NAME else ()
    return [*places, *alone] if len(alone) == 1 else places


def _named_beside(reference: Reference, context: Context) -> Reference | None:
    """Return the document in "lines 25-27 of `x.md`" or "`x.md` (lines 25-27)"."""
    document = context.document
    before, after = document.neighbours(reference)
    for row, low, high, link in (
        (after, reference.end, after.start if after else 0, _LINES_OF),
        (before, before.end if before else 0, reference.start, _WITH_LINES),
    ):
        between = document.data[low:high].decode("utf-8", "replace")
        if row and row.reference and _is_file(row.reference) and link.fullmatch(between):
            return row.reference
    return None


def _named_by_word(reference: Reference, context: Context) -> Reference | None:
    """Return what "Direction lines 25-27" or "line 9 of the plan" mean, named in this section."""
    data = context.document.data
    follows = _OF_WORD.match(
        data[reference.end : reference.end + _NAME].decode("utf-8", "replace").casefold()
    )
    word = before(data, reference.start).rpartition(" ")[2].strip("`*_")
    words = [word for word in (follows[1] if follows else "", word) if len(word) >= _SUBJECT_WORD]
    return next(filter(None, (_called(word, reference, context) for word in words)), None)


def _called(word: str, reference: Reference, context: Context) -> Reference | None:
    """Return the file of whose path a word is a part, named before in the same section."""
    for row in context.document.just_before(reference.start, _LOOK_BACK):
        if row.reference and _is_file(row.reference):
            parts = re.split(r"[/._-]", row.reference.target.casefold())
            if any(part in (word, f"{word}s") or f"{part}s" == word for part in parts):
                return row.reference
    return None


def _is_file(reference: Reference) -> bool:
    target = reference.target
    is_file = reference.kind in (ReferenceKind.FILE, ReferenceKind.BARE_NAME)
    return is_file and known_file_name(target) and not absolute(target)


def existing_path(reference: Reference, places: list[str], context: Context) -> str | None:
    """Return where the path is that a reference means; None if nowhere."""
    paths = context.paths
    for place in places:
        found = paths.find(place)
        if found is not None:
            return found
    if reference.kind is ReferenceKind.GLOB or "[" in reference.target:
        matching = next((place for place in places if paths.matching(place) is not False), None)
        if matching or reference.kind is ReferenceKind.GLOB:
            return matching
    if reference.kind is ReferenceKind.BARE_NAME:
        named = paths.named(reference.target)
        if reference.container not in LINKS or (named and _is_loose(context)):
            return next(iter(named), None)
    if context.evidence and reference.container not in PAGES:
        return _above(reference, context)
    return _found_loosely(reference, places, context)


def _above(reference: Reference, context: Context) -> str | None:
    """Return the path as the folders above the document's have it, such as a package's root."""
    if reference.container in LINKS or reference.target.startswith((".", "/")):
        return None
    target = reference.target.rstrip("/")
    places = (context.paths.find(f"{folder}/{target}") for folder in parents(context.folder))
    return next((place for place in places if place is not None), None)


def _is_loose(context: Context) -> bool:
    """Say whether the processor of a document may look for what a link names in other folders."""
    by_processor = context.path.endswith((".adoc", ".asciidoc"))
    return by_processor or context.paths.sites.have(context.path)


def _found_loosely(reference: Reference, places: list[str], context: Context) -> str | None:
    """Ordinary documents leave out a package's root, and link to pages as a site shows them."""
    for place in places:
        plain = "." not in place.rpartition("/")[2] and known_file_name(place)
        if plain or reference.container in LINKS or place.endswith(".html"):
            stem = re.sub(_PAGE_OF[reference.container in PAGES], "", place)
            if context.paths.sites.have(place):
                stem = re.sub(r"(?:^|(?<=/))index\.md$", "index", stem)
            stems = [stem, stem.removesuffix("index") + "README"]
            pages = (context.paths.find(row + page) for row in stems for page in _PAGES)
            found = next((page for page in pages if page is not None), None)
            if found is not None:
                return found
    whole = normal(without_dots(reference.target)) or ""
    folder = reference.kind is ReferenceKind.FOLDER and reference.container not in LINKS
    return next(iter(context.paths.ending(whole)), None) if "/" in whole or folder else None
