"""Encoders: the only way into a template.

Each makes the text for one position in an Asterisk file from a value, or raises :class:`Unencodable`. The Jinja
environment refuses anything else (``vaxelflode.rendering.environment``), so that no label can reach a file.
Measured facts behind them: ASTERISK.md, *Encoding, position by position*.
"""

from __future__ import annotations

import datetime as dt
import re

from vaxelflode.domain.destination import AnyDestination, ToDialplan, ToEnd, ToExtension, ToExternal, target_of
from vaxelflode.domain.identifiers import ObjectRef, is_key, is_kind
from vaxelflode.domain.kind import kinds
from vaxelflode.errors import VaxelflodeError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,78}")
#: `general` would make of our mailboxes settings of the module (voicemail.conf).
_PREFIX = re.compile(r"(?!general\Z)[a-z][a-z0-9]{0,9}")
_SOUND_DIR = re.compile(r"/[A-Za-z0-9_./-]{1,200}")
_PROMPT = re.compile(r"[0-9a-f]{64}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_EXTEN = re.compile(r"[0-9]{1,20}|[*#]|[a-z][a-z0-9-]{0,39}|(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,62}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}")
_STAMP = re.compile(r"[0-9]{1,18}-[0-9a-f]{1,32}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CODE = re.compile(r"\*[0-9]{2,4}")
_EXTERNAL = re.compile(r"\+[1-9][0-9]{4,14}")
_DIALPLAN = re.compile(r"[A-Za-z0-9_-]{1,70},[A-Za-z0-9_+*#-]{1,40},[1-9][0-9]{0,3}")

#: What Asterisk holds a number in.
_LEAST, _MOST = -(2**31), 2**31 - 1
#: What a call is ended with, as Q.850 numbers it.
_CAUSES = {"hangup": 16, "busy": 17, "congestion": 34}


class Unencodable(VaxelflodeError):
    """A value that has no safe form at its position."""

    key = "unencodable"


class Encoded(str):
    """Text that an encoder made. Joining or formatting one gives a plain ``str`` again, on purpose."""

    __slots__ = ()


def _checked(pattern: re.Pattern[str], text: object, what: str) -> Encoded:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise _refused(text, what)
    return Encoded(text)


def _refused(value: object, what: str) -> Unencodable:
    shown = f"{value!r:.100}" if isinstance(value, str | tuple) else f"a {type(value).__name__}"
    return Unencodable(f"{shown} cannot stand as {what}")


def integer(value: int) -> Encoded:
    """A whole number that Asterisk can hold: 32 bits, what is more it wraps in silence."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(value, "a whole number")
    if not _LEAST <= value <= _MOST:
        raise Unencodable("a whole number of more than 32 bits")
    return Encoded(str(int(value)))


def yes_no(value: bool) -> Encoded:
    """``yes`` or ``no``."""
    if not isinstance(value, bool):
        raise _refused(value, "yes or no")
    return Encoded("yes" if value else "no")


def word(value: str) -> Encoded:
    """One of our own words: a queue's strategy, a label of ours."""
    return _checked(_NAME, value, "a word")


def time_zone(value: str) -> Encoded:
    """An IANA time zone's name."""
    return _checked(_ZONE, value, "a time zone")


def date(value: dt.date) -> Encoded:
    """``2026-12-24``, as an extension of a schedule is named."""
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise _refused(value, "a date")
    return Encoded(value.isoformat())


def exten(value: str) -> Encoded:
    """The name of an extension: digits, ``*``, ``#``, a date (``05-14``: of any year), or a lower-case word."""
    return _checked(_EXTEN, value, "an extension")


def email(value: str) -> Encoded:
    """An address in a mailbox's line, where a comma would begin the next field."""
    return _checked(_EMAIL, value, "an e-mail address")


class Names:
    """The names of one installation, all beginning with its prefix."""

    def __init__(self, prefix: str, sounds_path: str) -> None:
        self.prefix = _checked(_PREFIX, prefix, "a prefix")
        self.sounds = _checked(_SOUND_DIR, sounds_path.rstrip("/"), "a directory of sounds")

    def own(self, name: str) -> Encoded:
        """A context of ours that is no object's, such as ``vx-incoming``."""
        return _checked(_NAME, f"{self.prefix}-{word(name)}", "a context")

    def context(self, ref: ObjectRef) -> Encoded:
        """``vx-menu-huvudmeny``. A kind is without a dash, so that no two objects share a context."""
        if type(ref) is not ObjectRef or not is_kind(ref.kind):
            raise _refused(ref, "an object")
        return Encoded(f"{self.prefix}-{ref.kind}-{_key(ref.key)}")

    def holidays(self, country: str | None, choice: str = "") -> Encoded:
        """``vx-holidays-se`` for public holidays, ``vx-holidays-se-christmas-eve`` for a chosen day.

        ``vx-holidays-none`` is never there.
        """
        known = "none" if country is None else _checked(_COUNTRY, country, "a country").lower()
        return self.own("-".join(["holidays", known, *([_key(choice)] if choice else [])]))

    def code(self, code: str) -> Encoded:
        """``vx-code-21``, the context behind ``*21``; its lamp's device bears the same name."""
        return self.own(f"code-{_checked(_CODE, code, 'a code')[1:]}")

    def entry(self, family: str, ref: ObjectRef) -> tuple[str, str]:
        """Where AstDB holds an entry of an object: family and key, such as ``vx-pin``, ``switch-krislage``.

        The family that bears the name of a kind has its objects by their keys alone, and no others: or two might share
        an entry.
        """
        if type(ref) is not ObjectRef or not is_kind(ref.kind):
            raise _refused(ref, "an object")
        alone = family in kinds()
        if alone and family != ref.kind:
            raise _refused(ref, f"a {family}")
        return self.own(family), _key(ref.key) if alone else f"{ref.kind}-{_key(ref.key)}"

    def entry_path(self, ref: ObjectRef, family: str) -> Encoded:
        """What ``DB`` calls an entry: ``vx-pin/switch-krislage``."""
        return Encoded("/".join(self.entry(family, ref)))

    def queue(self, key: str) -> Encoded:
        """``vx-kundservice``."""
        return Encoded(f"{self.prefix}-{_key(key)}")

    def mailbox(self, key: str) -> Encoded:
        """``kundtjanst@vx``."""
        return Encoded(f"{_key(key)}@{self.prefix}")

    def sentinel(self, stamp: str) -> Encoded:
        """The queue that proves ``queues.conf``; a double dash, which no key has."""
        return Encoded(f"{self.prefix}--{_checked(_STAMP, stamp, 'a stamp')}")

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
                raise _refused(destination, "what rings")

    def goto(self, destination: AnyDestination) -> Encoded:
        """The application that leads a call on: a ``Goto``, or the end of the call."""
        if (ref := target_of(destination)) is not None:
            return Encoded(f"Goto({self.context(ref)},s,1)")
        match destination:
            case ToExternal(external=number):
                return Encoded(f"Goto({self.own('external')},{_outside(number)},1)")
            case ToDialplan(dialplan=place):
                return Encoded(f"Goto({_checked(_DIALPLAN, place, 'a place in the dialplan')})")
            case ToEnd(end=end) if end in _CAUSES:
                return Encoded(f"Hangup({_CAUSES[end]})")
            case _:
                raise _refused(destination, "a destination")


def _outside(number: str) -> str:
    """The digits, as the context of calls to outside takes them."""
    return _checked(_EXTERNAL, number, "a number outside").removeprefix("+")


def _key(key: object) -> Encoded:
    if not isinstance(key, str) or not is_key(key):
        raise _refused(key, "a key")
    return Encoded(key)
