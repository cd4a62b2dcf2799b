"""Encoders make safe text or refuse; nothing that opens a context, a comment or a function gets through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import OFTEN
from vaxelflode.domain.destination import AnyDestination, ToDialplan, ToEnd, ToExtension, ToExternal, ToObject
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.rendering import encode
from vaxelflode.rendering.encode import Encoded, Names, Unencodable

NAMES = Names("vx", "/var/lib/vaxelflode/sounds")
OF_TEXT: dict[str, Callable[[str], Encoded]] = {
    "word": encode.word,
    "zone": encode.time_zone,
    "exten": encode.exten,
    "own": NAMES.own,
    "context": lambda text: NAMES.context(ObjectRef("menu", text)),
    "code": NAMES.code,
    "entry": lambda text: NAMES.entry_path(ObjectRef("menu", text), "pin"),
    "queue": NAMES.queue,
    "mailbox": NAMES.mailbox,
    "sentinel": NAMES.sentinel,
    "sound": NAMES.sound,
    "dialplan": lambda text: NAMES.goto(ToDialplan.model_construct(dialplan=text)),
    "external": lambda text: NAMES.goto(ToExternal.model_construct(external=text)),
    "extension": lambda text: NAMES.goto(ToExtension.model_construct(extension=text)),
    "object": lambda text: NAMES.goto(ToObject.model_construct(object=ObjectRef("menu", text))),
}
NASTY = [
    "", " ", "a b", "a\n", "\na", "a\nexten => s,1,System(id)", "a\r", "a\0b", "a\tb",
    "a;b", "a;--", "--;a", "#include x", "#exec date", "[a]", "a](+)", "a=>b",
    "${SHELL(id)}", "$[1]", "${a", "`id`", "$(id)",
    "_.", "_!", "_X.", "201/4670/", "a,b", "x@y,,delete=yes", "a|b", "a&b", 'a"b', "a(b", "a)",
    "../x", "/etc/passwd", "http://x", "a\\b", "å", "Åsa", "١٢", "²", "\u2028", "\ud800", "a" * 80,
]  # fmt: skip

#: What a position may hold beside letters, digits, dash and underscore.
ALSO = {"zone": "/+", "mailbox": "@", "sound": "/", "exten": "*#", "external": "(),+", "dialplan": "(),+*#"}
ALSO |= {"extension": "(),", "object": "(),", "entry": "/"}


@pytest.mark.parametrize("position", OF_TEXT)
@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_text_is_refused(position: str, text: str) -> None:
    with pytest.raises(Unencodable):
        OF_TEXT[position](text)


@OFTEN
@given(st.sampled_from(sorted(OF_TEXT)), st.text() | st.text(st.characters(max_codepoint=0x7F)))
def test_what_gets_through_is_plain(position: str, text: str) -> None:
    try:
        made = OF_TEXT[position](text)
    except Unencodable:
        return
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_" + ALSO.get(position, ""))
    assert type(made) is Encoded
    assert set(made) <= allowed
    assert len(made) < 130


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_only_whole_numbers_are_numbers(value: object) -> None:
    with pytest.raises(Unencodable):
        encode.integer(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_only_truth_is_yes_or_no(value: object) -> None:
    with pytest.raises(Unencodable):
        encode.yes_no(value)  # type: ignore[arg-type]


def test_a_date_is_a_date_without_a_time() -> None:
    assert encode.date(dt.date(2026, 12, 24)) == "2026-12-24"
    with pytest.raises(Unencodable):
        encode.date(dt.datetime(2026, 12, 24, 1, 2, tzinfo=dt.UTC))


@pytest.mark.parametrize("prefix", ["", "VX", "v-x", "1v", "v" * 11, "vx\n"])
def test_prefix_is_a_short_word(prefix: str) -> None:
    with pytest.raises(Unencodable):
        Names(prefix, "/sounds")


@pytest.mark.parametrize("path", ["sounds", "/so unds", "/sounds,x", "/sounds&y", "/sounds\n", "/${X}"])
def test_directory_of_sounds_is_a_plain_path(path: str) -> None:
    with pytest.raises(Unencodable):
        Names("vx", path)


@pytest.mark.parametrize(
    ("destination", "step"),
    [
        (ToObject(object=ObjectRef("menu", "huvudmeny")), "Goto(vx-menu-huvudmeny,s,1)"),
        (ToExtension(extension="201"), "Goto(vx-extension-201,s,1)"),
        (ToExternal(external="+46701740612"), "Goto(vx-external,46701740612,1)"),
        (ToDialplan(dialplan="from-start,s,1"), "Goto(from-start,s,1)"),
        (ToEnd(end="hangup"), "Hangup(16)"),
        (ToEnd(end="busy"), "Hangup(17)"),
        (ToEnd(end="congestion"), "Hangup(34)"),
    ],
)
def test_each_destination_is_one_step(destination: AnyDestination, step: str) -> None:
    assert NAMES.goto(destination) == step


def test_joined_or_formatted_text_is_plain_again() -> None:
    word = encode.word("a")
    assert [type(text) for text in (word + "b", f"{word}", word.upper(), word[:1])] == [str] * 4


def test_longest_names_stay_below_what_asterisk_finds() -> None:
    longest = Names("v" * 10, "/s").context(ObjectRef("k" * 16, "a" * 40))
    assert len(longest) <= 79
