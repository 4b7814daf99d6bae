"""The one error class for what the user can mend; caught in one place, the command line."""

from __future__ import annotations


class AuditError(Exception):
    """A mistake that the user can mend: says what is wrong, where, and what to do (exit code 2)."""

    def __init__(self, problem: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        located = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{located}\n  {self.mend}" if self.mend else located
