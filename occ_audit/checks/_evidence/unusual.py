"""Paths that their form alone does not tell: with spaces, with brackets, with a suffix alone."""

from __future__ import annotations

import re

from occ_audit.checks._evidence.context import SET_APART, Context
from occ_audit.checks._evidence.resolve import possible_paths
from occ_audit.documents import (
    SUFFIX_ALONE,
    Candidate,
    as_written,
    known_file_name,
    marked_path,
    spaced_path,
)
from occ_audit.model import Reference, ReferenceKind

_IN_A_LIST = re.compile(rb"[`*]{0,3}\s?(?:[,/|+&]|and|or)\s?(?:and\s|or\s)?[`*]{0,3}")
"""What stands between a file and another suffix for it: "`a.csv`, `.json`"."""


_LONGEST_LIST = 8
"""So many suffixes may follow one file."""


def recognised(candidate: Candidate, context: Context) -> Candidate:
    """Return a candidate as a path with all its marks, if the repository vouches for that.

    What the markup sets apart is a path if it is there to the letter, or once was; in an
    evidence document also if its folder is there, and it reads like a file rather than a command.
    """
    text = candidate.text
    if candidate.reason == SUFFIX_ALONE:
        return _with_another_suffix(candidate, context)
    if candidate.reference is not None and not candidate.reference.anchor:
        return candidate
    if candidate.container not in SET_APART or not ("/" in text or "\\" in text or _named(text)):
        return candidate
    reference = as_written(candidate)
    if reference is None or (text.startswith("/") and not _named(reference.target)):
        return candidate
    if not (context.paths.has_name(reference.target) or _reads_like_one(reference.target)):
        return candidate  # most are: what follows takes time
    places = [place for place in possible_paths(reference, context) if place]
    missing = candidate.reference is None and _is_missing(reference, places, context)
    if missing or _is_there(reference, places, context):
        return candidate._replace(reference=reference, reason="")
    return candidate


def _with_another_suffix(candidate: Candidate, context: Context) -> Candidate:
    """Return `.json` behind "`a.csv`, " as `a.json`, and any other suffix as it is."""
    after = candidate.start
    for row in context.document.just_before(after, _LONGEST_LIST):
        if row.text == "/":
            continue
        if not _IN_A_LIST.fullmatch(context.document.data, row.end, after):
            break
        if row.reference is not None and row.reference.kind is ReferenceKind.FILE:
            stem = row.reference.target.rpartition(".")[0]
            named = row.reference._replace(text=candidate.text, target=stem + candidate.text)
            reference = named._replace(start=candidate.start, end=candidate.end, lines=None)
            return candidate._replace(reference=reference, reason="")
        after = row.start
    return candidate


def _named(text: str) -> bool:
    return "." in text or known_file_name(text)


def _reads_like_one(target: str) -> bool:
    """Say whether a text with spaces or brackets is a path by its form."""
    return spaced_path(target) or marked_path(target)


def _is_there(reference: Reference, places: list[str], context: Context) -> bool:
    known = context.paths.named_folders if reference.kind is ReferenceKind.FOLDER else ()
    return any(place in context.paths.entries or place in known for place in places)


def _is_missing(reference: Reference, places: list[str], context: Context) -> bool:
    first, *more = reference.target.split(" ")
    if any(row[:1] == "-" and row != "-" for row in more):
        return False
    if not _reads_like_one(reference.target):
        return False
    if any(map(context.once_had, places)):
        return True
    rest = reference.target.removeprefix(first)
    programs = (context.paths.find(place.removesuffix(rest)) for place in places)
    if not context.evidence or any(program is not None for program in programs):
        return False
    return any(place.rpartition("/")[0] in context.paths.named_folders for place in places)
