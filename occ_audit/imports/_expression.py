"""Reads the filter expressions of betterleaks: calls of a few functions under `||`, `&&`, `!`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from occ_audit.imports._rule import Drop, Test
from occ_audit.imports._syntax import translate

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<comment>//[^\n]*) | (?P<raw>`[^`]*`) | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<number>\d+(?:\.\d+)?) | (?P<name>[A-Za-z_][\w.]*)
    | (?P<sign>\|\||&&|<=|>=|\?\?|==|[!<>()\[\],?:;+=-])
    )""",
    re.VERBOSE,
)
_PATH = (["get", "(", "attributes", ",", "path", ",", "", ")"], ["attributes", "[", "path", "]"])
_MOST = 256
"""A longer list of alternatives is refused rather than multiplied out."""


class UnreadableError(ValueError):
    """Says what of a filter is not understood."""


def drops_of(text: str) -> tuple[Drop, ...]:
    """Return the alternatives under which a filter drops a match; raises UnreadableError."""
    reader = _Reader(text)
    drops = reader.alternatives()
    reader.end()
    return drops


class _Reader:
    """A parser by recursive descent, whose results are alternatives of joint tests."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0

    def alternatives(self) -> tuple[Drop, ...]:
        drops = self._joint()
        while self._take("||"):
            drops += self._joint()
        return drops

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise UnreadableError(
                f"its filter uses `{self._next()[1][:40]}`, which is not understood"
            )

    def _joint(self) -> tuple[Drop, ...]:
        drops = self._one()
        while self._take("&&"):
            right = self._one()
            if len(drops) * len(right) > _MOST:
                raise UnreadableError("its filter has too many alternatives")
            drops = tuple((*a, *b) for a in drops for b in right)
        return drops

    def _one(self) -> tuple[Drop, ...]:
        if self._take("!"):
            inner = self._one()
            if len(inner) != 1 or len(inner[0]) != 1:
                raise UnreadableError("its filter negates more than one test")
            test = inner[0][0]
            return ((Test(test.target, test.kind, test.values, not test.negated),),)
        if self._take("("):
            inner = self.alternatives()
            self._expect(")")
            return inner
        return ((self._call(),),)

    def _call(self) -> Test:
        kind, name = self._next()
        function = name.removeprefix("filter.")
        if kind != "name" or function not in ("entropy", "matchesAny", "containsAny"):
            raise UnreadableError(f"its filter uses `{name[:40]}`, which is not understood")
        self.at += 1
        self._expect("(")
        target = self._target()
        if function == "entropy":
            self._expect(")")
            return self._entropy(target)
        self._expect(",")
        values = tuple(self._list())
        self._expect(")")
        if function == "containsAny":
            return Test(target, "contains", tuple(value.lower() for value in values))
        return Test(target, "matches", tuple(translate(value).pattern for value in values))

    def _entropy(self, target: str) -> Test:
        _, sign = self._next()
        if sign not in ("<", "<="):
            raise UnreadableError(f"its filter compares entropy by `{sign}`")
        self.at += 1
        kind, number = self._next()
        if kind != "number":
            raise UnreadableError("its filter compares entropy with no number")
        self.at += 1
        return Test(target, "entropy-at-most" if sign == "<=" else "entropy-below", (number,))

    def _target(self) -> str:
        if self._take("finding"):
            self._expect("[")
            _, target = self._next()
            self.at += 1
            self._expect("]")
            if target not in ("secret", "match", "line"):
                raise UnreadableError(f"its filter asks for `{target[:40]}` of a finding")
            return target
        bracket = self._take("(")
        for form in _PATH:
            if [text for _, text in self.tokens[self.at : self.at + len(form)]] == form:
                self.at += len(form)
                if self._take("??"):
                    self.at += 1
                if bracket:
                    self._expect(")")
                return "path"
        raise UnreadableError(f"its filter asks for `{self._next()[1][:40]}`")

    def _list(self) -> Iterator[str]:
        self._expect("[")
        while not self._take("]"):
            kind, text = self._next()
            if kind not in ("raw", "string"):
                raise UnreadableError("its filter has a list of something else than texts")
            self.at += 1
            yield text
            if not self._take(","):
                self._expect("]")
                return

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "nothing more")

    def _take(self, sign: str) -> bool:
        taken = self._next()[0] in ("sign", "name") and self._next()[1] == sign
        self.at += taken
        return taken

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise UnreadableError(
                f"its filter has `{self._next()[1][:40]}` where `{sign}` is expected"
            )


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, stripped = 0, text.rstrip()
    while at < len(stripped):
        token = _TOKEN.match(stripped, at)
        if not token or not token.lastgroup:
            raise UnreadableError(f"its filter has `{stripped[at : at + 10].strip()}`")
        at, kind = token.end(), token.lastgroup
        if kind == "raw":
            yield kind, token[kind][1:-1]
        elif kind == "string":
            yield kind, _unquoted(token[kind])
        elif kind != "comment":
            yield kind, token[kind]


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise UnreadableError("its filter has a text with an unknown escape") from None
