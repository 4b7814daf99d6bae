"""The files of a plan that do the work: what git-filter-repo reads, and the script to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from occ_audit.scrub import expressions
from occ_audit.scrub.plan import Plan
from occ_audit.scrub.rewrite import (
    AUTHORS,
    BLOBS,
    KEEP_ALL,
    MESSAGES,
    PATHS,
    REFS,
    TEXTS,
    file_options,
)

SCRIPT = "scrub.sh"
"""The script's name, here and in a plan's folder."""

_NOBODY = b"REMOVED <removed@invalid>"
_TRACKING = re.compile("^refs/remotes/[^/]+/")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the repository is."""

    url: str
    """What is cloned and pushed to: the remote's URL without credentials, or a path."""
    root: str


def data_files(plan: Plan) -> dict[str, bytes]:
    """Return what git-filter-repo and the script read, by name; it holds the secrets in clear."""
    texts = expressions.file_text(plan.expressions)
    removed = (f"{row.oid}\n".encode() for row in plan.removed)
    names = (b"regex:" + re.escape(text) + b"==>REMOVED\n" for text in plan.names)
    authors = (b"%b %b <%b>\n" % (_NOBODY, *author) for author in plan.authors)
    renamed = {_at_remote(old): _at_remote(new) for old, new in plan.refs} | dict(plan.refs)
    refs = "".join(f"{old} {new}\n" for old, new in renamed.items())
    return {
        TEXTS: texts,
        MESSAGES: texts,
        BLOBS: b"".join(removed),
        PATHS: b"".join(names),
        AUTHORS: b"".join(authors),
        REFS: refs.encode("utf-8", "surrogateescape"),
    }


def _at_remote(ref: str) -> str:
    """Return the name of a ref where it was fetched from; a remote-tracking ref is a branch."""
    return _TRACKING.sub("refs/heads/", ref)


def script(place: Place, files: Mapping[str, bytes]) -> str:
    """Return the shell script; it does one step for each call, and nothing without a step."""
    options = [f'{option} "$plan/{name}"' for option, name in file_options(files)]
    text = (resources.files(__package__) / SCRIPT).read_text(encoding="utf-8")
    text = text.replace("@OPTIONS@", " \\\n    ".join([" ".join(KEEP_ALL), *options]))
    return text.replace("@REMOTE@", shlex.quote(place.url))
