"""Asks vendors whether a leaked secret still works: one request each, and only on demand.

Each module here is one vendor. It has `RULES`, the ids of the rules whose secrets it can ask about,
and `check(credential, ask)`, which returns an `Answer` or raises `NoAnswerError`.
"""

from __future__ import annotations

import datetime
import enum
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol

from occ_audit import plugins
from occ_audit.liveness._within import within

DEADLINE = 20.0
"""Seconds that one secret may take, look-up of the host's address included."""
PACE = 1.0
"""Seconds between two requests to one vendor."""


class State(enum.StrEnum):
    """What is known of a secret; whatever does not decide is unknown."""

    LIVE = "live"
    DEAD = "dead"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking; holds nothing of the secret, and no text of the vendor."""

    state: State
    reason: str
    """The class of the answer, such as `HTTP 401`."""


class NoAnswerError(Exception):
    """Nobody could be asked, or nothing decides; its text is ours, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret, and what is known of what it opens."""

    rule_id: str
    value: bytes
    facts: Mapping[str, object] = field(default_factory=dict)
    """The properties of its finding: `opens`, `key_id`, `scheme` …"""
    nearby: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Public values of the repository by rule, such as the domains of shops."""

    def text(self) -> str:
        """Return the value to be put into a header; raises NoAnswerError where it cannot be."""
        if not self.value.isascii() or not self.value.decode("ascii").isprintable():
            raise NoAnswerError("it holds characters that no header may hold")
        return self.value.decode("ascii").strip()

    def fact(self, name: str) -> str:
        """Return a property that is a text; empty where there is none."""
        found = self.facts.get(name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a web server said."""

    status: int
    body: bytes = b""
    """At most its first 64 kB."""


class Ask(Protocol):
    """Sends one request to where a vendor's secrets belong."""

    def __call__(
        self, base: str, path: str, headers: Mapping[str, str], *, method: str = "GET"
    ) -> Reply:
        """Return the reply, or raise NoAnswerError; the user's own endpoint replaces `base`.

        An empty `base` means that only the user knows the address.
        """
        ...


def by_status(reply: Reply, *, live: tuple[int, ...] = (200,)) -> Answer:
    """Return what the status alone says: only 401 means that a secret is dead."""
    state = State.LIVE if reply.status in live else State.UNKNOWN
    state = State.DEAD if reply.status == 401 else state
    return Answer(state, f"HTTP {reply.status}")


def vendors() -> tuple[str, ...]:
    """Return the names of all vendors, sorted."""
    return plugins.names(sys.modules[__name__])


def vendor_of(rule_id: str) -> str:
    """Return the vendor that can be asked about secrets of a rule; empty for none."""
    return next((name for name in vendors() if rule_id in _module(name).RULES), "")


def _module(name: str) -> ModuleType:
    return plugins.load(sys.modules[__name__], name)


@dataclass(frozen=True, slots=True)
class Checked:
    """One secret that was asked about."""

    vendor: str
    state: State
    reason: str
    at: str
    """When: ISO 8601 in UTC."""


class Checker:
    """Asks about one secret after the other, without haste."""

    def __init__(
        self,
        asks: Callable[[str], Ask],
        *,
        deadline: float = DEADLINE,
        pace: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`asks` returns what sends the requests of a vendor."""
        self._asks = asks
        self._deadline = deadline
        self._pace = PACE if pace is None else pace
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._told_to_stop: set[str] = set()

    def check(self, credential: Credential) -> Checked | None:
        """Return what came of asking; None where nobody can be asked about such a secret."""
        name = vendor_of(credential.rule_id)
        if not name:
            return None
        answer = self._answer(name, credential)
        now = datetime.datetime.now(datetime.UTC)
        return Checked(name, answer.state, answer.reason, now.isoformat(timespec="seconds"))

    def _answer(self, name: str, credential: Credential) -> Answer:
        if name in self._told_to_stop:
            return Answer(State.UNKNOWN, "not asked: the vendor wants fewer requests")
        self._sleep(max(self._next.get(name, 0.0) - time.monotonic(), 0.0))
        try:
            answer: Answer = within(
                self._deadline, lambda: _module(name).check(credential, self._asks(name))
            )
        except NoAnswerError as error:
            answer = Answer(State.UNKNOWN, str(error))
        except TimeoutError:
            answer = Answer(State.UNKNOWN, "timeout")
        except Exception as error:  # its text could hold the secret
            answer = Answer(State.UNKNOWN, f"the check failed: {type(error).__name__}")
        self._next[name] = time.monotonic() + self._pace
        if answer.reason == "HTTP 429":
            self._told_to_stop.add(name)
        return answer
