"""Encoders: the only way into a template.

Each makes the text for one position in an Asterisk file from a value, or raises :class:`Unencodable`. The Jinja
environment refuses anything else (``vaxelflode.rendering.environment``), so that no label can reach a file.
Measured facts behind them: ASTERISK.md, *Encoding, position by position*.
"""

from __future__ import annotations

import datetime as dt
import re

from vaxelflode.domain.destination import AnyDestination, ToDialplan, ToEnd, ToExtension, ToExternal, target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import VaxelflodeError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,78}")
_PREFIX = re.compile(r"[a-z][a-z0-9]{0,9}")
_SOUND_DIR = re.compile(r"/[A-Za-z0-9_./-]{1,200}")
_PROMPT = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXTEN = re.compile(r"[0-9]{1,20}|[*#]|[a-z][a-z0-9-]{0,39}|(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,62}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}")
_DIGITS = re.compile(r"[0-9]{1,20}")
_CODE = re.compile(r"\*[0-9]{2,4}")
_DIALPLAN = re.compile(r"[A-Za-z0-9_-]{1,70},[A-Za-z0-9_+*#-]{1,40},[0-9]{1,4}")


class Unencodable(VaxelflodeError):
    """A value that has no safe form at its position."""

    key = "unencodable"


class Encoded(str):
    """Text that an encoder made. Joining or formatting one gives a plain ``str`` again, on purpose."""

    __slots__ = ()


def _checked(pattern: re.Pattern[str], text: str, what: str) -> Encoded:
    if not pattern.fullmatch(text):
        raise Unencodable(f"{text!r} cannot stand as {what}")
    return Encoded(text)


def integer(value: int) -> Encoded:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unencodable(f"{value!r} is not a whole number")
    return Encoded(str(int(value)))


def yes_no(value: bool) -> Encoded:
    """``yes`` or ``no``."""
    if not isinstance(value, bool):
        raise Unencodable(f"{value!r} is neither yes nor no")
    return Encoded("yes" if value else "no")


def word(value: str) -> Encoded:
    """One of our own words: a queue's strategy, a label of ours."""
    return _checked(_NAME, value, "a word")


def time_zone(value: str) -> Encoded:
    """An IANA time zone's name."""
    return _checked(_ZONE, value, "a time zone")


def date(value: dt.date) -> Encoded:
    """``2026-12-24``, as an extension of a schedule is named."""
    return _checked(_DATE, value.isoformat(), "a date")


def exten(value: str) -> Encoded:
    """The name of an extension: digits, ``*``, ``#``, a date (``05-14``: of any year), or a lower-case word."""
    return _checked(_EXTEN, value, "an extension")


def email(value: str) -> Encoded:
    """An address in a mailbox's line, where a comma would begin the next field."""
    return _checked(_EMAIL, value, "an e-mail address")


def _outside(number: str) -> Encoded:
    """A number outside as our own context takes it: its digits."""
    return _checked(_DIGITS, number.removeprefix("+"), "a number outside")


class Names:
    """The names of one installation, all beginning with its prefix."""

    def __init__(self, prefix: str, sounds_path: str) -> None:
        self.prefix = _checked(_PREFIX, prefix, "a prefix")
        self.sounds = _checked(_SOUND_DIR, sounds_path.rstrip("/"), "a directory of sounds")

    def own(self, name: str) -> Encoded:
        """A context of ours that is no object's, such as ``vx-incoming``."""
        return _checked(_NAME, f"{self.prefix}-{word(name)}", "a context")

    def context(self, ref: ObjectRef) -> Encoded:
        """``vx-menu-huvudmeny``."""
        return _checked(_NAME, f"{self.prefix}-{word(ref.kind)}-{word(ref.key)}", "a context")

    def code(self, code: str) -> Encoded:
        """``vx-code-21``, the context behind ``*21``; its lamp's device bears the same name."""
        return self.own(f"code-{_checked(_CODE, code, 'a code')[1:]}")

    def entry(self, family: str, ref: ObjectRef) -> tuple[str, str]:
        """Where AstDB holds an entry of an object: family and key, such as ``vx-pin``, ``switch-krislage``.

        The family that bears the name of a kind has its objects by their keys alone.
        """
        key = word(ref.key) if family == ref.kind else f"{word(ref.kind)}-{word(ref.key)}"
        return self.own(family), key

    def entry_path(self, ref: ObjectRef, family: str) -> Encoded:
        """What ``DB`` calls an entry: ``vx-pin/switch-krislage``."""
        return Encoded("/".join(self.entry(family, ref)))

    def queue(self, key: str) -> Encoded:
        """``vx-kundservice``."""
        return _checked(_NAME, f"{self.prefix}-{word(key)}", "a queue")

    def mailbox(self, key: str) -> Encoded:
        """``kundtjanst@vx``."""
        return Encoded(f"{_checked(_NAME, key, 'a mailbox')}@{self.prefix}")

    def sentinel(self, revision: str) -> Encoded:
        """The queue that proves ``queues.conf``; a double dash, which no key has."""
        return _checked(_NAME, f"{self.prefix}--{word(revision)}", "a sentinel")

    def sound(self, prompt: str) -> Encoded:
        """The file of a prompt, without its suffix, as Asterisk finds it."""
        return Encoded(f"{self.sounds}/{_checked(_PROMPT, prompt, 'a prompt')}")

    def phone(self, key: str) -> Encoded:
        """What ``Dial`` calls an extension: its own context, so that only that knows the device behind it."""
        return Encoded(f"Local/ring@{self.context(ObjectRef('extension', key))}")

    def rung(self, destination: AnyDestination) -> Encoded:
        """What ``Dial`` calls a destination that rings: an extension, or a number outside."""
        match destination:
            case ToExtension(extension=key):
                return self.phone(key)
            case ToExternal(external=number):
                return Encoded(f"Local/{_outside(number)}@{self.own('external')}")
            case _:
                raise Unencodable(f"{destination!r} does not ring")

    def goto(self, destination: AnyDestination) -> Encoded:
        """The application that leads a call on: a ``Goto``, or the end of the call."""
        if (ref := target_of(destination)) is not None:
            return Encoded(f"Goto({self.context(ref)},s,1)")
        match destination:
            case ToExternal(external=number):
                return Encoded(f"Goto({self.own('external')},{_outside(number)},1)")
            case ToDialplan(dialplan=place):
                return Encoded(f"Goto({_checked(_DIALPLAN, place, 'a place in the dialplan')})")
            case ToEnd(end="hangup"):
                return Encoded("Hangup(16)")
            case ToEnd(end="busy"):
                return Encoded("Hangup(17)")
            case _:
                return Encoded("Hangup(34)")
