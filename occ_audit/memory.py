"""A memory of earlier runs that is opened when it is first asked: most hooks ask nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from occ_audit.scanned import Scanned


class OnDemand:
    """Stands for what `open_` returns, a `reading.Memory`; once closed, it is not asked again."""

    def __init__(self, open_: Callable[[], Scanned]) -> None:
        self._open = open_

    @cached_property
    def _opened(self) -> Scanned:
        return self._open()

    @property
    def rules(self) -> str:
        """A name for the rules, and all else that decides what is found."""
        return self._opened.rules

    def recall(self, question: str, about: Iterable[str]) -> list[str] | None:
        """Return the answer to a question; None unless it was given about the same."""
        return self._opened.recall(question, about)

    def remember(self, question: str, about: Iterable[str], said: Iterable[str]) -> None:
        """Keep an answer, in place of the one before; raises ValueError for names and texts."""
        self._opened.remember(question, about, said)

    def close(self) -> None:
        """Write what is new, if it was opened."""
        if "_opened" in self.__dict__:
            self._opened.close()
