"""Pages of the repository on its own host: `https://example.org/owner/name/blob/main/docs/a.md`."""

from __future__ import annotations

import re

from occ_audit.documents import Candidate, link
from occ_audit.model import ReferenceKind

PAGE = "page"
"""The container of the address of a file on the host of the repository."""
_ADDRESS = re.compile(r"[(\[{<*_\"']{0,8}(https?://[^\s<>\"'`|]{1,1024})", re.IGNORECASE)
_CLOSING = ")]}>*_.,;:!?"
_BRANCHES = "(?:HEAD|main|master)"
"""Another branch or a commit may hold what this tree does not."""
_PATH = rf"/{_BRANCHES}/(?P<path>[^?#]+)(?P<rest>.*)"
_FILE = re.compile(rf"(?:/-)?/(?:blob|tree|raw|edit|blame){_PATH}")
_RAW = re.compile(_PATH)
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^/@:]+@)?(?P<scp>[^/:]+):)"
    r"(?P<path>[^:?#]+)"
)
_SLUG = re.compile(r"[^/]+(?:/[^/]+)+")


def site_of(remote: str) -> str:
    """Return host and path of the pages of a repository with this remote; empty for none."""
    match = _REMOTE.fullmatch(remote.strip())
    path = match["path"].strip("/").removesuffix(".git") if match else ""
    if match is None or not _SLUG.fullmatch(path):
        return ""
    return f"{match['host'] or match['scp']}/{path}".lower()


def as_own_page(candidate: Candidate, site: str) -> Candidate:
    """Return the address of a file of this repository as a reference to it from the root."""
    match = _ADDRESS.match(candidate.text) if site else None
    if match is None:
        return candidate
    address = match[1] if candidate.container != "prose" else match[1].rstrip(_CLOSING)
    _, _, place = address.partition("://")
    raw = f"raw.githubusercontent.com/{site.partition('/')[2]}"
    for base, form in ((site, _FILE), (raw, _RAW)):
        found = form.fullmatch(place, len(base)) if place.lower().startswith(f"{base}/") else None
        if found:
            return _reference(candidate, found["path"] + found["rest"])
    return candidate


def _reference(candidate: Candidate, target: str) -> Candidate:
    row = link(target, candidate.start, candidate.end, PAGE).reference
    if row is None or row.kind is ReferenceKind.GLOB:
        return candidate
    kind = ReferenceKind.FOLDER if row.target.endswith("/") else ReferenceKind.FILE
    return candidate._replace(reference=row._replace(text=candidate.text, kind=kind), reason="")
