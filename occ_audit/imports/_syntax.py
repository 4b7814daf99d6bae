"""Rewrites regular expressions of Go (RE2) and Rust into what Python's `re` and `regex` share.

Flags become scoped groups, `.`, `^` and `$` keep the meaning they have there, and capturing
groups become the named groups that a rule's secret is taken from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from occ_audit.imports._characters import SETS, UntranslatableError, literal, span

__all__ = ["GROUP", "Translated", "UntranslatableError", "translate"]

GROUP = "secret"
"""The name of the first group that may hold the secret; others are `secret_2`, `secret_3` …"""

_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_REPEAT = re.compile(r"\{\d+(?:,\d*)?\}")
_LOOK = re.compile(r"\(\?(?:<?[=!]|>)")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_HEX = re.compile(r"(?:x|u|U)\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})")
_OCTAL = re.compile(r"[0-7]{3}|0[0-7]{0,2}")

_CLASSES = frozenset("dDwWsS")
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ANCHORS = {"A": "(?m:^)", "z": r"\Z", "Z": r"\Z", "b": r"\b", "B": r"\B", "C": "(?s:.)"}


@dataclass(frozen=True, slots=True)
class Translated:
    """An expression over bytes, and the names of the groups that may hold the secret."""

    pattern: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Flags:
    multiline: bool = False
    dotall: bool = False
    verbose: bool = False


@dataclass(slots=True)
class _Frame:
    """An open group: its flags, and the scoped groups that flags in its middle have opened."""

    flags: _Flags
    scopes: list[str] = field(default_factory=list)


def translate(pattern: str, *, group: int = 0, rust: bool = False) -> Translated:
    """Return the pattern for `re` and `regex`; raises UntranslatableError.

    `group` is the number of the group that is the secret; 0: the first that is not empty.
    """
    writer = _Writer(pattern, group, rust)
    translated = writer.run()
    if group > writer.count:
        raise UntranslatableError(f"there is no group {group} in the pattern")
    try:
        re.compile(translated.encode("ascii"))
    except re.error as error:
        raise UntranslatableError(f"it is no expression here: {error}") from None
    return Translated(translated, tuple(writer.names))


class _Writer:
    """Reads the foreign expression once, from left to right, and writes ours."""

    def __init__(self, pattern: str, group: int, rust: bool) -> None:
        self.text = pattern
        self.at = 0
        self.group = group
        self.rust = rust
        self.count = 0
        self.names: list[str] = []
        self.out: list[str] = []
        self.frames = [_Frame(_Flags())]

    def run(self) -> str:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        self.out += ")" * len(self.frames[0].scopes)
        if len(self.frames) > 1:
            raise UntranslatableError("a group is not closed")
        return "".join(self.out)

    def _step(self, character: str) -> None:
        if self._skip(character):
            return
        special = {
            "(": self._open,
            ")": self._close,
            "|": self._alternative,
            "[": self._class,
            "\\": self._escape,
            "{": self._brace,
        }.get(character)
        if special:
            special()
            return
        self.at += 1
        self.out.append(self._single(character))

    def _skip(self, character: str) -> bool:
        """Pass over spaces and comments where the flag `x` holds, and `(?#…)` anywhere."""
        end = 0
        if self.text.startswith("(?#", self.at):
            end = self.text.find(")", self.at) + 1
        elif self.frames[-1].flags.verbose and character.isspace():
            end = self.at + 1
        elif self.frames[-1].flags.verbose and character == "#":
            end = self.text.find("\n", self.at) + 1 or len(self.text)
        self.at = end or self.at
        return bool(end)

    def _single(self, character: str) -> str:
        flags = self.frames[-1].flags
        if character == ".":
            return "(?s:.)" if flags.dotall else "."
        if character == "^":
            return "(?m:^)"
        if character == "$":
            return "(?m:$)" if flags.multiline else r"\Z"
        return character if character in "*+?" else literal(ord(character))

    def _brace(self) -> None:
        repeat = _REPEAT.match(self.text, self.at)
        self.out.append(repeat[0] if repeat else r"\{")
        self.at = repeat.end() if repeat else self.at + 1

    def _open(self) -> None:
        flags = self.frames[-1].flags
        if named := _NAMED.match(self.text, self.at):
            self._capture()
            self.at = named.end()
        elif look := _LOOK.match(self.text, self.at):
            self.out.append(look[0])
            self.at = look.end()
        elif switch := _FLAGS.match(self.text, self.at):
            self.at = switch.end()
            flags, scope = _switched(flags, switch[1], switch[2] or "")
            if switch[3] == ")":
                self._scope(flags, scope)
                return
            self.out.append(scope)
        elif self.text.startswith("(?", self.at):
            raise UntranslatableError(f"the group `{self.text[self.at : self.at + 4]}` is unknown")
        else:
            self._capture()
            self.at += 1
        self.frames.append(_Frame(flags))

    def _scope(self, flags: _Flags, scope: str) -> None:
        """Let a flag in the middle hold to the end of its group, over its alternatives."""
        frame = self.frames[-1]
        frame.flags = flags
        if scope == "(?i:" and not self.out:
            self.out.append("(?i)")  # the gate sees through a flag, but not through a group
        elif scope != "(?:":
            frame.scopes.append(scope)
            self.out.append(scope)

    def _capture(self) -> None:
        self.count += 1
        if self.group not in (0, self.count):
            self.out.append("(?:")
            return
        name = f"{GROUP}_{len(self.names) + 1}" if self.names else GROUP
        self.names.append(name)
        self.out.append(f"(?P<{name}>")

    def _close(self) -> None:
        if len(self.frames) == 1:
            raise UntranslatableError("a `)` closes nothing")
        self.out.append(")" * len(self.frames.pop().scopes) + ")")
        self.at += 1

    def _alternative(self) -> None:
        scopes = self.frames[-1].scopes
        self.out.append(")" * len(scopes) + "|" + "".join(scopes))
        self.at += 1

    def _escape(self) -> None:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter == "Q":
            end = self.text.find(r"\E", self.at)
            quoted = self.text[self.at + 2 : end if end >= 0 else None]
            self.out += map(literal, map(ord, quoted))
            self.at = end + 2 if end >= 0 else len(self.text)
        elif letter in _ANCHORS and letter:
            self.out.append(_ANCHORS[letter])
            self.at += 2
        elif letter in _CLASSES and letter:
            self.out.append("\\" + letter)
            self.at += 2
        else:
            self.out.append(literal(self._code()))

    def _code(self) -> int:
        """Read an escaped character and return its code."""
        rest = self.at + 1
        letter = self.text[rest : rest + 1]
        number = _HEX.match(self.text, rest)
        if number:
            self.at = number.end()
            return int(number[1] or number[2] or number[3], 16)
        if octal := _OCTAL.match(self.text, rest):
            self.at = octal.end()
            return int(octal[0], 8)
        if not letter or (letter.isalnum() and letter not in _CONTROL):
            raise UntranslatableError(f"`\\{letter}` has no counterpart over bytes")
        self.at += 2
        return _CONTROL.get(letter, ord(letter))

    def _class(self) -> None:
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        members: list[str] = []
        while not (self._peek() == "]" and members):
            if not self._peek():
                raise UntranslatableError("a character class is not closed")
            if not self._space_in_class():
                members.append(self._member())
        self.at += 1
        self.out.append(f"[{'^' if negated else ''}{''.join(members)}]")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _space_in_class(self) -> bool:
        skipped = self.rust and self.frames[-1].flags.verbose and self._peek().isspace()
        self.at += skipped
        return skipped

    def _member(self) -> str:
        if posix := _POSIX.match(self.text, self.at):
            if posix[1] or posix[2] not in SETS:
                raise UntranslatableError(f"the class `{posix[0]}` has no counterpart")
            self.at = posix.end()
            return SETS[posix[2]]
        if self.rust and self.text.startswith(("[", "&&", "--", "~~"), self.at):
            raise UntranslatableError("classes within classes have no counterpart")
        if self._peek() == "\\" and self.text[self.at + 1 : self.at + 2] in _CLASSES:
            self.at += 2
            return self.text[self.at - 2 : self.at]
        low = self._class_code()
        follows = self.text[self.at : self.at + 2]
        if len(follows) < 2 or follows[0] != "-" or follows[1] == "]":
            return span(low, low)
        if follows[1] == "\\" and self.text[self.at + 2 : self.at + 3] in _CLASSES:
            return span(low, low)
        self.at += 1
        return span(low, self._class_code())

    def _class_code(self) -> int:
        if self._peek() == "\\":
            if self.text[self.at + 1 : self.at + 2] == "b":
                self.at += 2
                return 8
            return self._code()
        self.at += 1
        return ord(self.text[self.at - 1])


def _switched(flags: _Flags, on: str, off: str) -> tuple[_Flags, str]:
    """Return the flags after a switch, and the group that carries `i`, the only one we keep."""
    for letters, value in ((on, True), (off, False)):
        if unknown := set(letters) - set("imsxu"):
            raise UntranslatableError(f"the flag `{min(unknown)}` has no counterpart")
        flags = replace(
            flags,
            multiline=value if "m" in letters else flags.multiline,
            dotall=value if "s" in letters else flags.dotall,
            verbose=value if "x" in letters else flags.verbose,
        )
    return flags, "(?i:" if "i" in on else "(?-i:" if "i" in off else "(?:"
