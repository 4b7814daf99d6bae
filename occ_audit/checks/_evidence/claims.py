"""Decides whether a reference whose target does not exist claims that it does."""

from __future__ import annotations

import re

from occ_audit.checks._evidence.context import PAGES, TOCTREE
from occ_audit.checks._evidence.missing import Missing, word_pair
from occ_audit.checks._evidence.nearby import makes_an_example, tells_of_a_removal
from occ_audit.checks._evidence.paths import normal, parents, without_dots
from occ_audit.documents import known_file_name, product_name
from occ_audit.model import ReferenceKind

_DEEP = 2
"""Slashes in a path that is too particular for an example."""
_LANGUAGE = re.compile(r"(?:[^/]+/){0,3}?([a-z]{2}(?:[-_][A-Za-z]{2,4})?)/")
"""A folder of translations: `docs/de/`."""
_EXAMPLE_NAME = re.compile(
    r"(?:^|[/._-])(?:foo|bar|baz|example|sample"
    r"|my(?:app|chart|company|file|lib|module|org|package|plugin|project|repo|service|site|team)?)"
    r"(?:$|[/._-])",
    re.IGNORECASE,
)


def no_claim(row: Missing) -> str:
    """Return why a missing target is none of ours; empty when the document claims it."""
    if row.just_removed:
        return ""
    if _names_a_product(row):
        return "reads like a product's name"
    if _alternatives(row):
        return "names of files around a slash"
    if _in_a_diff(row):
        return "a path as a diff writes it"
    return _in_evidence(row) if row.context.evidence else _elsewhere(row)


def certain(row: Missing, near: str) -> bool:
    """Say whether an ordinary document surely means a path of this repository.

    Of what nobody links to, and the repository never had, most is an example, a file to be
    made, or one of the reader's; what differs from a path, `near`, only in its folder or its
    spelling is not.
    """
    if row.just_removed or (row.linked and row.reference.container != TOCTREE):
        return True
    if row.bare and "/" not in row.target:
        return False  # in the root most projects have, or had, a file of that name
    return row.once or row.in_another_case or (bool(near) and _misspelt(near, row.target))


def removed_as_said(row: Missing) -> bool:
    """Say whether the words around tell of a removal that a commit confirms."""
    start, end = row.reference.start, row.reference.end
    said = tells_of_a_removal(row.context.document.data, start, end)
    return said and (row.just_removed or row.once)


def _names_a_product(row: Missing) -> bool:
    """Say whether it reads like "Node.js"; what is set apart with its folder is a file."""
    in_a_folder = row.set_apart and "/" in row.reference.target
    return product_name(row.reference.target) and not row.linked and not in_a_folder


def _alternatives(row: Missing) -> bool:
    """Say whether it reads like "client.ts/server.ts": a part before the last is a file's name."""
    above = (folder.rpartition("/")[2] for folder in parents(row.target))
    return not row.linked and any(map(known_file_name, above)) and not row.vouched


def _in_a_diff(row: Missing) -> bool:
    """Say whether it reads like "a/src/main.c" in a diff, and the rest is a path of ours."""
    side, _, rest = row.target.partition("/")
    if side not in ("a", "b") or side in row.context.paths.named_folders:
        return False
    return "/" in rest and (row.context.paths.find(rest) is not None or row.context.once_had(rest))


def _in_evidence(row: Missing) -> str:
    """Say why not even an evidence document claims it."""
    if row.linked:
        return _route(row)
    if row.by_words:
        return ""
    if row.reference.target.startswith("/") and not row.vouched:
        return "a route, or a path of some machine"
    if row.bare:
        return "" if row.known and row.set_apart else "a bare word"
    if row.known or (row.set_apart and (row.reference.kind is not ReferenceKind.FILE or row.once)):
        return ""
    if _in_a_package(row):
        return "a name in a package that is there"
    first = without_dots(row.reference.target).partition("/")[0]
    if row.rooted or first in row.context.first_parts:
        return "words around a slash" if word_pair(row.reference) else ""
    return "no known extension, and neither repository nor document knows its first part"


def _in_a_package(row: Missing) -> bool:
    """Say whether it reads like "pkg/spool.Drain", and there is a folder of that package."""
    stem, _, symbol = without_dots(row.reference.target).rpartition(".")
    known = stem in row.context.paths.folders or bool(row.context.paths.ending(stem))
    return known and symbol.isidentifier() and not symbol.islower()


def _elsewhere(row: Missing) -> str:
    """Say why an ordinary document does not claim it."""
    reason = row.context.beside_the_point(row.reference)
    if reason:
        return reason
    if not row.linked and _EXAMPLE_NAME.search(row.reference.target):
        return "an example's name"
    if row.by_words:
        return "the document is judged where it is named"
    if not row.linked and row.context.paths.sites.tell_readers(row.context.path):
        return "a page of a site speaks of its readers' files"
    return (_route(row) if row.linked else _unfounded(row)) or _made_elsewhere(row)


def _unfounded(row: Missing) -> str:
    """Say why nothing in the repository, now or ever, speaks for a span or a word being a path."""
    if row.bare or (row.reference.kind is ReferenceKind.FILE and not row.known):
        if not (row.set_apart and row.once):
            return "a bare name that nothing here has" if row.bare else "no known extension"
    elif not (row.vouched or row.in_another_case):
        return "the repository does not know its first part"
    if makes_an_example(row.context.document.data, row.reference.start, row.reference.end):
        return "the words before make it an example or a thing of the past"
    return ""


def _made_elsewhere(row: Missing) -> str:
    """Say why the repository need not hold what a build, or a site, brings about."""
    if row.context.paths.generated(row.target):
        return "generated: a .gitignore file names it"
    if row.target.endswith(".html") and row.context.rendered:
        return "a page that a site generator makes"
    if _translated(row):
        return "not translated yet: readers are shown the original"
    return ""


def _translated(row: Missing) -> bool:
    """Say whether it is a page in the document's language, of which there is the English one."""
    language = _LANGUAGE.match(row.context.path)
    target = normal(f"{row.context.folder}/{row.reference.target}") or ""
    if language is None or not target.startswith(language.group()):
        return False
    original = f"{target[: language.start(1)]}en{target[language.end(1) :]}"
    return row.context.paths.find(original) is not None


def _route(row: Missing) -> str:
    """Say why a link is none to a file: a site generator may make the page."""
    if row.reference.container in PAGES:
        ours = row.once or (row.reference.container == TOCTREE and row.rooted)
        return "" if ours else "a page that may be of another project"
    from_the_root = row.reference.target.startswith("/")
    if from_the_root and not row.known:
        ours = row.target in row.context.past.gone  # no folder: many a page is called like one
    else:
        leads_on = row.rooted and not row.context.rendered
        ours = (row.known and not from_the_root) or row.once or leads_on
    return "" if ours else "a page of a site rather than a file"


def _misspelt(near: str, target: str) -> bool:
    """Say whether two paths are one but for its spelling, or for the folders of a deep one."""
    folders = {row.rpartition("/")[0] for row in (near, target)}
    names = {re.sub(r"[-_. ]", "", row.rpartition("/")[2].casefold()) for row in (near, target)}
    return len(names) == 1 and (len(folders) == 1 or target.count("/") >= _DEEP)
