"""Which documents of a tree a site generator makes into pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property

_CONFIGURED = re.compile(
    r"(?:^|(?<=/))(?:mkdocs\.ya?ml|book\.toml|docusaurus\.config\.\w+|_config\.ya?ml|hugo\.\w+|"
    r"antora\.yml|astro\.config\.\w+|\.vitepress/config\.\w+|mint\.json|docs\.json|conf\.py)$"
)
_WHOLE_REPOSITORY = re.compile(r"(?:astro|docusaurus)\.config\.\w+$|hugo\.\w+$")
"""Configured at the root, the repository is the site, and its software is elsewhere."""
_PAGES = re.compile(r"(?:src/(?:content|pages)|blog|content|docs|i18n|versioned_docs)/")


class Sites:
    """The sites that a tree's files configure."""

    def __init__(self, files: Collection[str], folders: Collection[str]) -> None:
        self._files = files
        self._folders = folders

    def have(self, path: str) -> bool:
        """Say whether a site generator makes a page of the document."""
        return any(not folder or path.startswith(f"{folder}/") for folder in self._roots)

    def tell_readers(self, path: str) -> bool:
        """Say whether the document is for users of software that another repository holds."""
        return self._whole_repository and bool(_PAGES.match(path))

    @cached_property
    def _whole_repository(self) -> bool:
        return any(map(_WHOLE_REPOSITORY.match, self._files))

    @cached_property
    def _roots(self) -> frozenset[str]:
        configured = (path for path in self._files if _CONFIGURED.search(path))
        found = {_CONFIGURED.sub("", path).rpartition("/")[0] for path in configured}
        return frozenset(found.union(self._of_hugo()))

    def _of_hugo(self) -> Iterator[str]:
        """Yield the folders with the pages and the layouts of Hugo, whose configuration is older.

        https://gohugo.io/getting-started/directory-structure/
        """
        for path in self._folders:
            parent, _, name = path.rpartition("/")
            if name == "content":
                site = f"{parent}/" if parent else ""
                if f"{site}layouts" in self._folders or f"{site}themes" in self._folders:
                    yield parent
