"""Decides whether a reference whose target does not exist claims that it does."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from occ_audit.checks._evidence.degree import is_chronicle, not_about_now
from occ_audit.checks._evidence.entries import Entries
from occ_audit.checks._evidence.files import Files
from occ_audit.checks._evidence.history import Past
from occ_audit.checks._evidence.nearby import makes_an_example, tells_of_a_removal
from occ_audit.checks._evidence.paths import Paths, normal, parents, without_dots
from occ_audit.documents import Document, known_file_name, product_name
from occ_audit.model import Reference, ReferenceKind

TOCTREE = "toctree"
"""The container of pages that a table of contents lists, which may be made with the site."""
PAGES = frozenset({"role", TOCTREE})
"""The containers of pages that a processor resolves; roles may mean those of another project."""
LINKS = frozenset({"link", "image", "html"}) | PAGES
SET_APART = frozenset({"codespan", "frontmatter"})
"""The containers of what the markup marks off from the text around it."""
_DEEP = 2
"""Slashes in a path that is too particular for an example."""
_RENDERED = (".adoc", ".asciidoc", ".rst")
_LANGUAGE = re.compile(r"(?:[^/]+/){0,3}?([a-z]{2}(?:[-_][A-Za-z]{2,4})?)/")
"""A folder of translations: `docs/de/`."""
_EXAMPLE_NAME = re.compile(
    r"(?:^|[/._-])(?:foo|bar|baz|example|sample"
    r"|my(?:app|chart|company|file|lib|module|org|package|plugin|project|repo|service|site|team)?)"
    r"(?:$|[/._-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Context:
    """One document among the paths of its tree."""

    path: str
    document: Document
    evidence: str
    """Why this is an evidence document; empty for an ordinary one."""
    files: Files
    removed: Mapping[str, str]
    """Paths that the scanned commits deleted or renamed, with the new path or an empty text."""
    past: Past

    @functools.cached_property
    def paths(self) -> Paths:
        """The paths of the tree."""
        return self.files.paths

    @functools.cached_property
    def entries(self) -> Entries:
        """The dated entries of the document."""
        return Entries(self.document)

    def beside_the_point(self, reference: Reference) -> str:
        """Say why a reference is not about what the repository holds now; or nothing.

        A change log tells of files as they once were, but who follows its links does so now.
        """
        if self.evidence or (reference.container in LINKS and is_chronicle(self.path)):
            return ""
        return self._not_about_now

    @functools.cached_property
    def _not_about_now(self) -> str:
        return not_about_now(self.path)

    def in_code(self, offset: int) -> bool:
        """Say whether a place lies in a code block or in a comment."""
        code = self.document.code
        index = bisect.bisect_right(code, (offset, len(self.document.data)))
        return index > 0 and offset < code[index - 1][1]

    @property
    def folder(self) -> str:
        """The folder that the document lies in."""
        return self.path.rpartition("/")[0]

    @functools.cached_property
    def first_parts(self) -> frozenset[str]:
        """First parts of the paths that the document itself names beyond doubt."""
        return frozenset(
            row.target.partition("/")[0]
            for row in self.document.references
            if "/" in row.target and row.container in SET_APART and known_file_name(row.target)
        )

    @functools.cached_property
    def named_in_full(self) -> Mapping[str, set[str]]:
        """The paths with a folder that the document names or links to, by their base names."""
        found: dict[str, set[str]] = {}
        for row in self.document.references:
            if "/" in row.target:
                beside = row.container in LINKS and not row.target.startswith("/")
                path = normal(f"{self.folder}/{row.target}" if beside else row.target) or ""
                found.setdefault(path.rpartition("/")[2], set()).add(path)
        return found


def word_pair(reference: Reference) -> bool:
    """Say whether running text joins words by a slash, as in "vault/GitHub"."""
    return (
        reference.container not in SET_APART | LINKS
        and reference.kind is ReferenceKind.FILE
        and not known_file_name(reference.target)
    )


def no_claim(reference: Reference, target: str, context: Context) -> str:
    """Return why a missing target is none of ours; empty when the document claims it."""
    if target in context.removed:
        return ""
    if _names_a_product(reference):
        return "reads like a product's name"
    if _alternatives(target, reference, context):
        return "names of files around a slash"
    if _in_a_diff(target, context):
        return "a path as a diff writes it"
    judge = _in_evidence if context.evidence else _elsewhere
    return judge(reference, target, context)


def _names_a_product(reference: Reference) -> bool:
    """Say whether it reads like "Node.js"; what is set apart with its folder is a file."""
    in_a_folder = reference.container in SET_APART and "/" in reference.target
    return product_name(reference.target) and reference.container not in LINKS and not in_a_folder


def _alternatives(target: str, reference: Reference, context: Context) -> bool:
    """Say whether it reads like "client.ts/server.ts": a part before the last is a file's name."""
    above = (folder.rpartition("/")[2] for folder in parents(target))
    return (
        reference.container not in LINKS
        and any(map(known_file_name, above))
        and not _vouched(target, reference, context)
    )


def _in_a_diff(target: str, context: Context) -> bool:
    """Say whether it reads like "a/src/main.c" in a diff, and the rest is a path of ours."""
    side, _, rest = target.partition("/")
    if side not in ("a", "b") or side in context.paths.named_folders:
        return False
    return "/" in rest and (context.paths.find(rest) is not None or once_there(rest, context))


def _in_evidence(reference: Reference, target: str, context: Context) -> str:
    if reference.kind is ReferenceKind.LINES_IN_WORDS:
        return ""
    if reference.container in LINKS:
        return _route(reference, target, context)
    if reference.target.startswith("/") and not _vouched(target, reference, context):
        return "a route, or a path of some machine"
    known = known_file_name(reference.target)
    if reference.kind is ReferenceKind.BARE_NAME:
        return "" if known and reference.container in SET_APART else "a bare word"
    if known or (reference.container in SET_APART and reference.kind is not ReferenceKind.FILE):
        return ""
    if once_there(target, context) and reference.container in SET_APART:
        return ""
    if _in_a_package(reference, context):
        return "a name in a package that is there"
    first = without_dots(reference.target).partition("/")[0]
    if _rooted(target, reference, context) or first in context.first_parts:
        return "words around a slash" if word_pair(reference) else ""
    return "no known extension, and neither repository nor document knows its first part"


def _in_a_package(reference: Reference, context: Context) -> bool:
    """Say whether it reads like "pkg/spool.Drain", and there is a folder of that package."""
    stem, _, symbol = without_dots(reference.target).rpartition(".")
    known = stem in context.paths.folders or bool(context.paths.ending(stem))
    return known and symbol.isidentifier() and not symbol.islower()


def _elsewhere(reference: Reference, target: str, context: Context) -> str:
    beside_the_point = context.beside_the_point(reference)
    if beside_the_point:
        return beside_the_point
    if reference.container not in LINKS and _EXAMPLE_NAME.search(reference.target):
        return "an example's name"
    if reference.kind is ReferenceKind.LINES_IN_WORDS:
        return "the document is judged where it is named"
    if reference.container in LINKS:
        reason = _route(reference, target, context)
    else:
        reason = _unfounded(reference, target, context)
        if not reason and makes_an_example(context.document.data, reference.start, reference.end):
            reason = "the words before make it an example or a thing of the past"
    if not reason and context.paths.generated(target):
        return "generated: a .gitignore file names it"
    if not reason and target.endswith(".html") and _is_rendered(context):
        return "a page that a site generator makes"
    if not reason and _translated(reference, context):
        return "not translated yet: readers are shown the original"
    return reason


def _translated(reference: Reference, context: Context) -> bool:
    """Say whether it is a page in the document's language, of which there is the English one."""
    language = _LANGUAGE.match(context.path)
    target = normal(f"{context.folder}/{reference.target}") or ""
    if language is None or not target.startswith(language.group()):
        return False
    original = f"{target[: language.start(1)]}en{target[language.end(1) :]}"
    return context.paths.find(original) is not None


def _is_rendered(context: Context) -> bool:
    """Say whether readers see the document as a page, next to other pages."""
    return context.path.endswith(_RENDERED) or context.paths.made_into_pages(context.path)


def _unfounded(reference: Reference, target: str, context: Context) -> str:
    """Say why nothing in the repository, now or ever, speaks for a span or a word being a path."""
    known = known_file_name(reference.target)
    if reference.kind is ReferenceKind.BARE_NAME:
        once = reference.container in SET_APART and once_there(target, context)
        return "" if once else "a bare name that nothing here has"
    if not (known or reference.kind is not ReferenceKind.FILE):
        once = reference.container in SET_APART and once_there(target, context)
        return "" if once else "no known extension"
    if _vouched(target, reference, context) or _in_another_case(target, context):
        return ""
    return "the repository does not know its first part"


def once_there(target: str, context: Context) -> bool:
    """Say whether a commit had this very path, or the last one still has it."""
    path = target.rstrip("/")
    return path in context.past.gone or path in context.past.gone_folders


def removed_as_said(reference: Reference, target: str, context: Context) -> bool:
    """Say whether the words before tell of a removal that a commit confirms."""
    if not tells_of_a_removal(context.document.data, reference.start, reference.end):
        return False
    return target in context.removed or once_there(target, context)


def certain(reference: Reference, target: str, near: str, context: Context) -> bool:
    """Say whether an ordinary document surely means a path of this repository.

    Of what nobody links to, and the repository never had, most is an example, a file to be
    made, or one of the reader's; what differs from a path only in its folder or its spelling
    is not.
    """
    linked = reference.container in LINKS and reference.container != TOCTREE
    if linked or target in context.removed:
        return True
    if reference.kind is ReferenceKind.BARE_NAME and "/" not in target:
        return False  # in the root most projects have, or had, a file of that name
    if once_there(target, context) or _in_another_case(target, context):
        return True
    return bool(near) and _misspelt(near, target)


def _in_another_case(target: str, context: Context) -> bool:
    """Say whether a path is there but for its case; a single word may be anything."""
    return "/" in target and bool(context.paths.but_for_case(target))


def _misspelt(near: str, target: str) -> bool:
    """Say whether two paths are one but for its spelling, or for the folders of a deep one."""
    folders = {row.rpartition("/")[0] for row in (near, target)}
    names = {re.sub(r"[-_. ]", "", row.rpartition("/")[2].casefold()) for row in (near, target)}
    return len(names) == 1 and (len(folders) == 1 or target.count("/") >= _DEEP)


def _route(reference: Reference, target: str, context: Context) -> str:
    """Say why a link is none to a file: a site generator may make the page."""
    if reference.container in PAGES:
        ours = reference.container == TOCTREE or once_there(target, context)
        return "" if ours else "a page that may be of another project"
    from_the_root, known = reference.target.startswith("/"), known_file_name(reference.target)
    if known and not from_the_root:
        return ""
    if from_the_root and not known:
        file = target.rstrip("/") in context.past.gone
        return "" if file else "a page of a site rather than a file"
    if once_there(target, context) or _in_a_folder(reference, target, context):
        return ""
    return "a page of a site rather than a file"


def _in_a_folder(reference: Reference, target: str, context: Context) -> bool:
    """Say whether a link leads on from a folder that is there, and nothing makes pages of it."""
    if _is_rendered(context):
        return False
    return _rooted(target, reference, context)


def _rooted(target: str, reference: Reference, context: Context) -> bool:
    """Say whether the first folder that a reference writes exists where `target` puts it."""
    return _first_folder(target, reference) in context.paths.named_folders


def _once_rooted(target: str, reference: Reference, context: Context) -> bool:
    """Say whether that folder existed once."""
    return _first_folder(target, reference) in context.past.gone_folders


def _vouched(target: str, reference: Reference, context: Context) -> bool:
    """Say whether the repository knows the path or its first folder, from now or from then."""
    if _rooted(target, reference, context) or once_there(target, context):
        return True
    return _once_rooted(target, reference, context)


def _first_folder(target: str, reference: Reference) -> str:
    written = normal(without_dots(reference.target)) or ""
    base = target.removesuffix(written.rstrip("/")).rstrip("/")
    first, slash, _ = written.rstrip("/").partition("/")
    return f"{base}/{first}".lstrip("/") if slash else ""
