"""Encoders make safe text or refuse; nothing that opens a context, a comment or a function gets through."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.strategies import OFTEN
from tests.fuzz.doors import DOORS
from tests.fuzz.laws import hold, try_many
from tests.fuzz.positions import FILTERS, NAMES, POSITIONS, Position, itself, reference, without_a_row
from vaxelflode.domain.destination import AnyDestination, ToDialplan, ToEnd, ToExtension, ToExternal, ToObject
from vaxelflode.domain.hours import Span
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.rendering import encode
from vaxelflode.rendering.encode import Encoded, Names, Unencodable
from vaxelflode.rendering.schedule_dates import open_test

NASTY = [
    "", " ", "a b", "a\n", "\na", "a\nexten => s,1,System(id)", "a\r", "a\0b", "a\tb",
    "a;b", "a;--", "--;a", "#include x", "#exec date", "[a]", "a](+)", "a=>b",
    "${SHELL(id)}", "$[1]", "${a", "`id`", "$(id)",
    "_.", "_!", "_X.", "201/4670/", "a,b", "x@y,,delete=yes", "a|b", "a&b", 'a"b', "a(b", "a)",
    "../x", "/etc/passwd", "http://x", "a\\b", "å", "Åsa", "١٢", "²", "\u2028", "\ud800", "a" * 80,
]  # fmt: skip

#: Positions whose argument is the text, or holds it as the key of an object.
OF_TEXT = [p for p in POSITIONS if p.made is Encoded and p.value in (itself, reference) and p.of is not Names]
ROWS = [pytest.param(position, id=position.name) for position in (*POSITIONS, *DOORS)]


def test_every_encoder_has_a_row() -> None:
    assert not without_a_row(), "tests/fuzz/positions.py says nothing of what may come out there"


@pytest.mark.parametrize("position", [pytest.param(p, id=p.name) for p in OF_TEXT])
@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_nasty_text_is_refused(position: Position, text: str) -> None:
    assert hold(position, text) is None
    assert hold(position, f"menu/{text}") is None


@pytest.mark.parametrize("position", ROWS)
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_what_is_nearly_right_is_refused_or_read_back_as_itself(position: Position, seed: int) -> None:
    """The law that `make fuzz` holds a million strings against; here some hundreds."""
    assert try_many(position, str(seed), 100).accepted[position.name], "nothing right was tried"


@OFTEN
@given(st.sampled_from([*POSITIONS, *DOORS]), st.text() | st.text(st.characters(max_codepoint=0x7F)))
def test_any_text_is_refused_or_read_back_as_itself(position: Position, text: str) -> None:
    hold(position, text)


@pytest.mark.parametrize("name", sorted(FILTERS.keys() - {"until_midnight", "open_test", "weekly_tests"}))
@pytest.mark.parametrize("value", [None, 1.5, b"vx", ["s"], {}, object(), 10**5000], ids=lambda v: type(v).__name__)
def test_what_is_not_of_the_kind_is_unencodable(name: str, value: object) -> None:
    """A template passes it on as it is."""
    if (name, value) != ("holidays_context", None):
        with pytest.raises(Unencodable):
            FILTERS[name](value, *(["pin"] if name == "entry" else []))


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
    for other in (dt.datetime(2026, 12, 24, 1, 2, tzinfo=dt.UTC), "2026-12-24"):
        with pytest.raises(Unencodable):
            encode.date(other)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**5000], ids=["over", "under", "long"])
def test_a_number_that_asterisk_would_wrap_is_refused(number: int) -> None:
    assert encode.integer(2**31 - 1) == "2147483647"
    with pytest.raises(Unencodable):
        encode.integer(number)


@pytest.mark.parametrize("spans", [[Span(-1, 5)], [Span(5, 5)], [Span(0, 1441)], [Span(n, n + 1) for n in range(99)]])
def test_minutes_are_those_of_a_day_and_no_longer_than_an_expression(spans: list[Span]) -> None:
    with pytest.raises(Unencodable):
        open_test(tuple(spans))


@pytest.mark.parametrize(
    ("one", "other"), [(("a-b", "c"), ("a", "b-c")), (("menu", "K"), ("menu", "k")), (("menu", "a-"), ("menu", "a"))]
)
def test_no_two_objects_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Asterisk knows no upper case in the names of queues."""
    with pytest.raises(Unencodable):
        NAMES.context(ObjectRef(*one))
    assert NAMES.context(ObjectRef(*other))


def test_the_kelvin_sign_is_no_letter_of_a_country() -> None:
    assert NAMES.holidays("KR") == "vx-holidays-kr"
    for country in ("\u212aR", "kr", "", "none"):
        with pytest.raises(Unencodable):
            NAMES.holidays(country)


#: `general` is the section of voicemail.conf that holds the settings of the module.
@pytest.mark.parametrize("prefix", ["", "VX", "v-x", "1v", "v" * 11, "vx\n", "general"])
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


@pytest.mark.parametrize(
    "destination",
    [
        ToExternal.model_construct(external="46701740612"),
        ToExternal.model_construct(external="huvudmeny"),
        ToDialplan.model_construct(dialplan="from-start,s,0"),
        ToEnd.model_construct(end="elsewhere"),  # type: ignore[arg-type]
    ],
)
def test_what_leads_nowhere_is_no_destination(destination: AnyDestination) -> None:
    with pytest.raises(Unencodable):
        NAMES.goto(destination)


def test_joined_or_formatted_text_is_plain_again() -> None:
    word = encode.word("a")
    assert [type(text) for text in (word + "b", f"{word}", word.upper(), word[:1])] == [str] * 4


def test_longest_names_stay_below_what_asterisk_finds() -> None:
    longest = Names("v" * 10, "/s").context(ObjectRef("k" * 16, "a" * 40))
    assert len(longest) <= 79
