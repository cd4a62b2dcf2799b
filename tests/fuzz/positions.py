"""Every position that text of ours can stand in, with what may come out there: stated here, not read from the encoders.

A new encoder wants a row in :data:`POSITIONS`; :func:`encoders` finds them by themselves and `fuzz_encoders.py` and
`tests/rendering/test_encode.py` fail for one that has none. A row says how a string becomes the encoder's argument
(``value``), which strings are right (``valid``), which characters may come out (``only``) and how many bytes, and how
the value is read back from them (``decode``).
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import pkgutil
import random
import string
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jinja2.filters import FILTERS as DEFAULT_FILTERS

from tests.fuzz.strings import Draw, of
from tests.rendering.making import new_renderer
from vaxelflode import rendering
from vaxelflode.asterisk import names, wire
from vaxelflode.domain.calendars import countries
from vaxelflode.domain.destination import ToDialplan, ToEnd, ToExtension, ToExternal, ToObject
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.zones import known_zones
from vaxelflode.rendering import encode
from vaxelflode.rendering.encode import Encoded, Names, Unencodable
from vaxelflode.rendering.schedule_dates import open_test, weekly_tests

from tests.fuzz import hours_text  # isort: skip

LOWER, DIGITS, HEX = string.ascii_lowercase, string.digits, "0123456789abcdef"
LETTERS = string.ascii_letters
KEY = LOWER + DIGITS + "-"
WORD = LETTERS + DIGITS + "-_"

_TEXT = LETTERS + DIGITS + " åäöÅÄÖ;|&${}[]()\\\"'<>#=,:\t\u2028\u202e🎄"
_ZONES = sorted(known_zones())
_COUNTRIES = sorted(countries())

SOUNDS = "/var/lib/vaxelflode/sounds"
RENDERER = new_renderer()
NAMES = RENDERER.names
FILTERS: dict[str, Callable[..., Any]] = {
    name: f for name, f in RENDERER._env.filters.items() if DEFAULT_FILTERS.get(name) is not f
}


def itself(text: str) -> Any:
    """The text is the argument."""
    return text


@dataclass(frozen=True, slots=True)
class Position:
    """One row. ``of`` is the encoder, ``longest`` in bytes; ``only`` empty: anything but ``never``."""

    name: str
    of: Callable[..., Any]
    encode: Callable[[Any], Any]
    valid: Draw
    longest: int
    only: str = ""
    never: str = ""
    decode: Callable[[str], object] = itself
    value: Callable[[str], Any] = itself
    made: type = Encoded
    refuses: type[Exception] = Unencodable
    holds: Callable[[str], bool] | None = None


def _after(head: str, tail: str = "") -> Callable[[str], str]:
    """What stands between two fixed texts."""

    def decode(made: str) -> str:
        assert made.startswith(head), f"{made!r} does not begin with {head!r}"
        assert made.endswith(tail), f"{made!r} does not end in {tail!r}"
        return made[len(head) : len(made) - len(tail)]

    return decode


# --- valid strings


def key(chance: random.Random) -> str:
    """The key of an object."""
    parts = [of(LOWER + DIGITS, chance, 1, 9) for _ in range(1 + int(chance.random() * 4))]
    return "-".join(parts)


def ref(chance: random.Random) -> str:
    """``kind/key``, of a kind that there is or might be."""
    known = chance.random() < 0.5
    kind = chance.choice(sorted(kinds())) if known else of(LOWER, chance, 1, 1) + of(LOWER + "_", chance, 0, 15)
    return f"{kind}/{key(chance)}"


def word(chance: random.Random) -> str:
    """A word of letters, digits, dashes and underscores."""
    return of(LETTERS + DIGITS, chance, 1, 1) + of(WORD, chance, 0, 30)


def exten(chance: random.Random) -> str:
    """Digits, a key of the telephone, a label, a date."""
    kind = chance.random()
    if kind < 0.4:
        return of(DIGITS, chance, 1, 20)
    if kind < 0.45:
        return of("*#", chance, 1, 1)
    if kind < 0.55:
        return date(chance)
    return of(LOWER, chance, 1, 1) + of(KEY, chance, 0, 30)


def date(chance: random.Random) -> str:
    """A date."""
    return dt.date.fromordinal(chance.randint(1, dt.date.max.toordinal())).isoformat()


def whole(chance: random.Random) -> str:
    """A whole number, small or as large as Asterisk holds."""
    most = 10 ** chance.randint(1, 9)
    return str(chance.randint(-most, most))


def stamp(chance: random.Random) -> str:
    """The stamp of a file."""
    return f"{chance.randrange(1, 10 ** chance.randint(1, 9))}-{of(HEX, chance, 16, 16)}"


def external(chance: random.Random) -> str:
    """A number in E.164."""
    return "+" + of("123456789", chance, 1, 1) + of(DIGITS, chance, 4, 14)


def place(chance: random.Random) -> str:
    """``context,exten,priority``."""
    return f"{of(WORD, chance, 1, 40)},{of(LETTERS + DIGITS + '_+*#-', chance, 1, 40)},{chance.randint(1, 9999)}"


def _any(alphabet: str, longest: int) -> Draw:
    return lambda chance: of(alphabet, chance, 1, longest)


def _interface(chance: random.Random) -> str:
    return f"{chance.choice(['PJSIP', 'Local', of(LETTERS + DIGITS, chance, 1, 9)])}/{of(WORD + '@.', chance, 1, 40)}"


def _variable(chance: random.Random) -> str:
    return of(LETTERS, chance, 1, 1) + of(LETTERS + DIGITS + "_", chance, 0, 40)


def _choice_of_a_day(chance: random.Random) -> str:
    return f"{chance.choice(_COUNTRIES)}/{of(LOWER, chance, 1, 9)}-{of(LOWER + DIGITS, chance, 1, 9)}"


def _day_of(made: str) -> tuple[str, str]:
    country, _, choice = _after("vx-holidays-")(made).partition("-")
    return country.upper(), choice


def _entry(chance: random.Random) -> str:
    if chance.random() < 0.5:
        kind = chance.choice(sorted(kinds()))
        return f"{kind}/{key(chance)}@{kind}"
    return f"{ref(chance)}@{chance.choice(['pin', 'tries', word(chance)])}"


def _entry_of(made: str) -> tuple[ObjectRef, str]:
    family, _, rest = _after("vx-")(made).partition("/")
    kind, _, key = (family, "", rest) if family in kinds() else rest.partition("-")
    return ObjectRef(kind, key), family


def _email(chance: random.Random) -> str:
    return (
        f"{of(LETTERS + DIGITS, chance, 1, 1)}{of(WORD + '.%+', chance, 0, 30)}@{of(LETTERS + DIGITS, chance, 1, 9)}.se"
    )


def _suffix(chance: random.Random) -> str:
    return ".so" if chance.random() < 0.5 else ""


def _choice(choices: list[str]) -> Draw:
    return lambda chance: chance.choice(choices)


# --- strings to arguments


def _whole(text: str) -> Any:
    try:
        return int(text) if len(text) < 1000 else 1 << (8 * len(text))
    except ValueError:
        return text


def _truth(text: str) -> Any:
    return {"yes": True, "no": False, "1": 1, "0": 0, "None": None}.get(text, text)


def _date(text: str) -> Any:
    try:
        return dt.datetime.fromisoformat(text) if len(text) > 10 else dt.date.fromisoformat(text)
    except ValueError:
        return text


def reference(text: str) -> ObjectRef:
    """``kind/key`` as an object's, whatever stands in it."""
    kind, _, key = text.partition("/")
    return ObjectRef(kind, key)


def _header(text: str) -> str:
    return wire.encode("DBPut", "vx/1", {"Val": text}).decode()


def _header_name(text: str) -> str:
    return wire.encode("DBPut", "vx/1", {text: "x"}).decode()


def _one_action(made: str) -> bool:
    """Four lines, and nothing before a value that Asterisk skips."""
    lines = made.split("\r\n")
    return (
        len(lines) == 5
        and not any(mark in line for line in lines for mark in "\r\n")
        and lines[2].partition(": ")[2][:1] not in _BLANKS
    )


def _no_climbing(path: str) -> bool:
    return ".." not in path.split("/")


_GOTO = LETTERS + DIGITS + "-_(),"
_ENDS = {"16": "hangup", "17": "busy", "34": "congestion"}
#: What Asterisk skips before a value.
_BLANKS = [chr(n) for n in range(0x21)]
_HEAD = "Action: DBPut\r\nActionID: vx/1\r\n"


def _context_of(made: str) -> ObjectRef:
    kind, _, key = _after("vx-")(made).partition("-")
    return ObjectRef(kind, key)


def _target(made: str) -> ObjectRef:
    return _context_of(_after("Goto(", ",s,1)")(made))


def _goto(name: str, valid: Draw, only: str, value: Callable[[str], Any], decode: Callable[[str], object]) -> Position:
    def encoded(text: Any) -> Any:
        return NAMES.goto(value(text))

    return Position(f"goto: {name}", Names.goto, encoded, valid, 130, only=only, decode=decode)


def _rung(name: str, valid: Draw, value: Callable[[str], Any], decode: Callable[[str], object]) -> Position:
    def encoded(text: Any) -> Any:
        return NAMES.rung(value(text))

    return Position(f"rung: {name}", Names.rung, encoded, valid, 79, only=LETTERS + DIGITS + "-/@", decode=decode)


def _ami(name: str, function: Callable[..., str], alphabet: str, longest: int, valid: Draw | None = None) -> Position:
    named = "what" in inspect.signature(function).parameters

    def sent(text: str) -> str:
        return function(name, text) if named else function(text)

    draw = valid or _any(alphabet, longest)
    holds = _no_climbing if function is names.file_name else None
    return Position(
        f"AMI: {name}", function, sent, draw, longest, only=alphabet, made=str, refuses=ValueError, holds=holds
    )


POSITIONS: tuple[Position, ...] = (
    Position("prefix", Names, lambda t: Names(t, SOUNDS).prefix, _any(LOWER, 10), 10, only=LOWER + DIGITS),
    Position(
        *("directory of sounds", Names, lambda t: Names("vx", t).sound("0" * 64)),
        valid=lambda c: "/" + "/".join(of(WORD + ".", c, 1, 20) for _ in range(c.randint(1, 4))),
        longest=266,
        only=WORD + "./",
        value=lambda t: t.rstrip("/"),
        decode=_after("", "/" + "0" * 64),
    ),
    Position("whole number", encode.integer, encode.integer, whole, 11, only=DIGITS + "-", value=_whole, decode=int),
    Position(
        *("yes or no", encode.yes_no, encode.yes_no, lambda c: c.choice(["yes", "no"]), 3),
        only="yesno",
        value=_truth,
        decode=lambda made: {"yes": True, "no": False}[made],
    ),
    Position("word", encode.word, encode.word, word, 79, only=WORD),
    Position("time zone", encode.time_zone, encode.time_zone, _choice(_ZONES), 98, only=WORD + "+/"),
    Position(
        *("date", encode.date, encode.date, date, 10), only=DIGITS + "-", value=_date, decode=dt.date.fromisoformat
    ),
    Position("extension", encode.exten, encode.exten, exten, 40, only=KEY + "*#"),
    Position("own context", Names.own, NAMES.own, word, 79, only=WORD, decode=_after("vx-")),
    Position("context", Names.context, NAMES.context, ref, 79, only=KEY + "_", value=reference, decode=_context_of),
    Position(
        *("code", Names.code, NAMES.code, lambda c: "*" + of(DIGITS, c, 2, 4), 79),
        only=KEY,
        decode=lambda made: "*" + _after("vx-code-")(made),
    ),
    Position(
        *("entry of AstDB", Names.entry_path, lambda entry: NAMES.entry_path(*entry), _entry, 140),
        only=WORD + "/",
        value=lambda text: (reference(text.partition("@")[0]), text.partition("@")[2]),
        decode=_entry_of,
    ),
    Position("queue", Names.queue, NAMES.queue, key, 79, only=KEY, decode=_after("vx-")),
    Position("mailbox", Names.mailbox, NAMES.mailbox, key, 79, only=KEY + "@", decode=_after("", "@vx")),
    Position("sentinel", Names.sentinel, NAMES.sentinel, stamp, 79, only=KEY, decode=_after("vx--")),
    Position(
        *("sound", Names.sound, NAMES.sound, lambda c: of(HEX, c, 64, 64), 265),
        only=WORD + "./",
        decode=_after(SOUNDS + "/"),
    ),
    Position(
        *("holidays", Names.holidays, NAMES.holidays, _choice(_COUNTRIES), 79),
        only=KEY,
        value=lambda text: text or None,
        decode=lambda made: {"NONE": None}.get(said := _after("vx-holidays-")(made).upper(), said),
    ),
    Position(
        *("open minutes", open_test, open_test, hours_text.draw, 4000),
        only="${}VX_MINUTE>=<&|() " + DIGITS,
        value=hours_text.spans,
        decode=hours_text.read_test,
    ),
    Position(
        *("open minutes of a week", weekly_tests, hours_text.weekly, _choice(_ZONES), 28_000),
        only="${}VX_MINUTE>=<&|() \n,%u" + WORD + "+/",
        decode=hours_text.read_week,
        made=str,
    ),
    Position(
        *("holidays of a choice", Names.holidays, lambda day: NAMES.holidays(*day), _choice_of_a_day, 79),
        only=KEY,
        value=lambda text: tuple(text.partition("/")[::2]),
        decode=_day_of,
    ),
    Position("e-mail", encode.email, encode.email, _email, 254, only=WORD + ".%+@"),
    Position(
        *("phone", Names.phone, NAMES.phone, key, 79),
        only=LETTERS + DIGITS + "-/@",
        decode=_after("Local/ring@vx-extension-"),
    ),
    _rung(
        *("extension", _any(DIGITS, 10), lambda t: ToExtension.model_construct(extension=t)),
        _after("Local/ring@vx-extension-"),
    ),
    _rung(
        *("external", external, lambda t: ToExternal.model_construct(external=t)),
        lambda made: "+" + _after("Local/", "@vx-external")(made),
    ),
    _goto(
        *("object", ref, _GOTO),
        lambda t: ToObject.model_construct(object=reference(t)),
        lambda made: "/".join(_target(made)),
    ),
    _goto(
        *("extension", _any(DIGITS, 10), _GOTO),
        lambda t: ToExtension.model_construct(extension=t),
        _after("Goto(vx-extension-", ",s,1)"),
    ),
    _goto(
        *("external", external, _GOTO + "+"),
        lambda t: ToExternal.model_construct(external=t),
        lambda made: "+" + _after("Goto(vx-external,", ",1)")(made),
    ),
    _goto(
        *("dialplan", place, _GOTO + "+*#"),
        lambda t: ToDialplan.model_construct(dialplan=t),
        _after("Goto(", ")"),
    ),
    _goto(
        *("end", _choice([*_ENDS.values()]), _GOTO),
        lambda t: ToEnd.model_construct(end=t),  # type: ignore[arg-type]
        lambda made: _ENDS[_after("Hangup(", ")")(made)],
    ),
    _ami("interface", names.interface_name, LETTERS + DIGITS + "/@_.-", 60, _interface),
    _ami("member", names.member_text, LETTERS + DIGITS + "/@_.-", 60),
    _ami("plain name", names.plain_name, WORD + ".", 79),
    _ami("module", names.module_name, LOWER + DIGITS + "_.", 63, lambda c: of(LOWER + "_", c, 1, 30) + _suffix(c)),
    _ami("variable", names.variable_name, LETTERS + DIGITS + "_", 79, _variable),
    _ami("family", names.database_family, WORD + "@.:", 79),
    _ami("key", names.database_key, WORD + "@./:", 79),
    _ami("zone", names.zone_name, WORD + "+/", 92, _choice(_ZONES)),
    _ami("file", names.file_name, WORD + "./", 200),
    Position(
        *("AMI: value of a header", wire.encode, _header, lambda c: of(_TEXT, c, 0, 200).strip()),
        longest=len(_HEAD) + 1022 + 4,
        never="\0",
        decode=_after(_HEAD + "Val: ", "\r\n\r\n"),
        made=str,
        refuses=wire.UnsafeField,
        holds=_one_action,
    ),
    Position(
        *("AMI: name of a header", wire.encode, _header_name, lambda c: of(LETTERS, c, 1, 40)),
        longest=len(_HEAD) + 79 + 7,
        only=WORD + ": /\r\n",
        decode=_after(_HEAD, ": x\r\n\r\n"),
        made=str,
        refuses=wire.UnsafeField,
        holds=_one_action,
    ),
)  # fmt: skip


# --- every encoder that there is


def name_of(function: Callable[..., Any]) -> str:
    """``vaxelflode.rendering.encode.Names.goto``, also of a bound one."""
    plain = getattr(function, "__func__", function)
    return f"{plain.__module__}.{plain.__qualname__}"


def encoders() -> frozenset[str]:
    """The encoders of the rendering (what makes :class:`Encoded`), the templates' filters, and AMI's narrow names."""
    made = (f for module in _modules() for f in _functions(module) if _makes_encoded(f))
    filters = (f for f in FILTERS.values() if _makes_encoded(f))
    sent = (f for f in (*_functions(names), wire.encode) if inspect.isfunction(f))
    every: list[Callable[..., Any]] = [*made, *filters, *sent, Names]
    return frozenset(map(name_of, every))


def _modules() -> Iterator[types.ModuleType]:
    for found in pkgutil.iter_modules(rendering.__path__, f"{rendering.__name__}."):
        yield importlib.import_module(found.name)


def _functions(module: types.ModuleType) -> Iterator[Callable[..., Any]]:
    """The public functions of a module, and the public methods of its public classes."""
    own = [
        v for n, v in vars(module).items() if not n.startswith("_") and getattr(v, "__module__", "") == module.__name__
    ]
    for found in own:
        if inspect.isfunction(found):
            yield found
        elif inspect.isclass(found):
            yield from (f for n, f in vars(found).items() if inspect.isfunction(f) and not n.startswith("_"))


def _makes_encoded(function: Callable[..., Any]) -> bool:
    """By its annotation; what does not say what it makes is taken for an encoder."""
    said = inspect.signature(function).return_annotation
    return said is inspect.Signature.empty or "Encoded" in str(said)


def without_a_row() -> frozenset[str]:
    """The encoders that no position speaks of."""
    return encoders() - {name_of(position.of) for position in POSITIONS}
