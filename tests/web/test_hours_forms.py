"""What people type into the forms of opening hours: read, or said to be wrong; never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pytest

from vaxelflode.domain.hours import DAY, Span
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.i18n.words import LANGUAGES
from vaxelflode.web.hours import wrong
from vaxelflode.web.hours.clock_times import Pair, Unread, read_clock, read_line, read_pairs, with_more
from vaxelflode.web.hours.close_form import read_close
from vaxelflode.web.hours.override_form import read_override
from vaxelflode.web.hours.parts import PARTS, changed, flat, kept, patch, read_kept
from vaxelflode.web.hours.reading import form_of, read_form

TODAY = dt.date(2027, 3, 16)


def said(**fields: str | list[str]) -> Callable[[str], Sequence[str]]:
    texts = {k.replace("__", "."): v if isinstance(v, list) else [v] for k, v in fields.items()}
    return lambda name: texts.get(name, [])


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("8", "08:00"),
        ("08", "08:00"),
        ("830", "08:30"),
        ("0830", "08:30"),
        ("8.30", "08:30"),
        (" 8:30 ", "08:30"),
        ("17:", "17:00"),
        ("24", "24:00"),
        ("2400", "24:00"),
        ("0", "00:00"),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, clock: str) -> None:
    assert read_clock(typed) == clock


@pytest.mark.parametrize("typed", ["", "25", "8:60", "24:01", "åtta", "8-17", "08:00:00", "-1", "٨", "12345"])
def test_what_is_no_time_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(Unread) as found:
        read_clock(typed)
    assert found.value.code == "time"


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("8", "")], "half"),
        ([("8", "8")], "same"),
        ([("24", "8")], "time"),
        ([("8", "12"), ("11", "17")], "overlap"),
        ([("x", "17")], "time"),
        ([(f"{h}:00", f"{h}:30") for h in range(13)], "many"),
    ],
)
def test_hours_that_cannot_be_are_said_to_be_wrong_and_kept(pairs: list[tuple[str, str]], code: str) -> None:
    read = read_pairs([Pair(*pair) for pair in pairs])
    assert list(read.wrong.values()) == [code]
    assert read.hours == ()
    assert len(read.pairs) == len(pairs)


def test_hours_are_put_in_order_and_written_out() -> None:
    read = read_pairs([Pair("13", "17"), Pair("", " "), Pair("0800", "12")])
    assert read.hours == (Span(480, 720), Span(780, 1020))
    assert read.pairs[0] == Pair("13:00", "17:00")
    assert read_pairs([Pair("22", "6")]).hours == (Span(1320, 1800),)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("", ()),
        ("stängt", ()),
        ("8-12", (Span(480, 720),)),
        ("08:00–12:00, 13:00–17:00", (Span(480, 720), Span(780, 1020))),
        ("8 till 12 och 13 till 17", (Span(480, 720), Span(780, 1020))),
        ("00-24", (Span(0, DAY),)),
    ],
)
def test_a_line_of_hours(typed: str, hours: tuple[Span, ...]) -> None:
    assert read_line(typed) == hours


@pytest.mark.parametrize(
    ("typed", "code"), [("8", "hours"), ("8-12-17", "hours"), ("8-x", "time"), ("8-12, 9-10", "overlap")]
)
def test_a_line_that_is_none(typed: str, code: str) -> None:
    with pytest.raises(Unread) as found:
        read_line(typed)
    assert found.value.code == code


def test_one_pair_more_is_a_day_a_lunch_or_an_empty_one() -> None:
    assert with_more([]) == [Pair("08:00", "17:00")]
    assert with_more([Pair("8", "17")]) == [Pair("08:00", "12:00"), Pair("13:00", "17:00")]
    assert with_more([Pair("8", "12"), Pair("13", "17")])[-1] == Pair("", "")
    assert with_more([Pair("18", "22")])[-1] == Pair("", "")


def test_every_code_is_a_sentence_in_every_language() -> None:
    codes = [
        "time",
        "half",
        "same",
        "overlap",
        "many",
        "hours",
        "date",
        "day",
        "order",
        "past",
        "name",
        "twice",
        "choice",
    ]
    for language in LANGUAGES:
        assert all(" " in wrong.in_words(language, code) for code in codes)
    assert "7 dagar" in wrong.in_words("sv", "the flow X grants override: a temporary change may last 7 days at most")


SCHEDULE = Schedule.model_validate(
    {
        "weekly": {"mon": [["08:00", "17:00"]], "fri": [["08:00", "16:00"]]},
        "holidays": {
            "calendar": "SE",
            "also": {"christmas-eve": []},
            "own": [{"date": "05-14", "name": "Grundat", "hours": []}],
        },
        "open": {"object": "menu/m"},
    }
)


@pytest.mark.parametrize("part", PARTS)
def test_a_form_that_is_sent_as_it_came_changes_nothing(part: str) -> None:
    before = flat(part, SCHEDULE)  # type: ignore[arg-type]
    form = form_of(part, before)  # type: ignore[arg-type]
    texts: dict[str, list[str]] = {k: [v] for k, v in form.texts.items()}
    texts["also"] = [k.removeprefix("also.") for k in form.texts if k.startswith("also.")]
    for name in ("date", "name", "hours"):
        texts[f"own.{name}"] = [getattr(row, name) for row in form.own]
    for day, read in form.week.items():
        texts[f"{day}.opens"] = [pair.opens for pair in read.pairs]
        texts[f"{day}.closes"] = [pair.closes for pair in read.pairs]
    again = read_form(part, lambda name: texts.get(name, []), before)  # type: ignore[arg-type]
    assert (again.wrong, changed(before, again.values)) == ({}, [])
    assert patch(part, before, again.values, SCHEDULE) == {}  # type: ignore[arg-type]
    assert read_kept(kept(before), {}) == before


def test_only_the_days_that_were_changed_are_sent() -> None:
    before = flat("hours", SCHEDULE)
    form = read_form("hours", said(mon__opens="8", mon__closes="17", fri__opens="8", fri__closes="15"), before)
    assert patch("hours", before, form.values, SCHEDULE) == {"weekly": {"fri": [["08:00", "15:00"]]}}
    form = read_form("hours", said(mon__opens="8", mon__closes="17"), before)
    assert patch("hours", before, form.values, SCHEDULE) == {"weekly": {"fri": None}}


def test_a_day_that_cannot_be_read_is_named_and_keeps_what_was_typed() -> None:
    form = read_form("hours", said(mon__opens="8", mon__closes="sjutton"), flat("hours", SCHEDULE))
    assert form.wrong == {"mon": "time"}
    assert form.week["mon"].pairs == [Pair("08:00", "sjutton")]


def test_buttons_add_and_drop_hours() -> None:
    before = flat("hours", SCHEDULE)
    week = {"mon__opens": "8", "mon__closes": "17"}
    assert len(read_form("hours", said(**week, do="add:mon"), before).week["mon"].pairs) == 2
    assert read_form("hours", said(**week, do="drop:mon:0"), before).values["mon"] == []
    assert read_form("hours", said(**week, do="drop:mon:x"), before).values["mon"] == [["08:00", "17:00"]]


def test_own_days_are_added_changed_and_taken_away() -> None:
    before = flat("holidays", SCHEDULE)
    same = {"calendar": "SE", "hours": "", "also": "christmas-eve", "also__christmas-eve": ""}
    rows = {"own__date": ["05-14", "2027-06-04"], "own__name": ["Grundat", "Fest"], "own__hours": ["8-12", ""]}
    form = read_form("holidays", said(**same, **rows), before)
    assert patch("holidays", before, form.values, SCHEDULE) == {
        "holidays": {
            "own": [
                {"date": "05-14", "name": "Grundat", "hours": [["08:00", "12:00"]]},
                {"date": "2027-06-04", "name": "Fest", "hours": []},
            ]
        }
    }
    empty = {"own__date": [""], "own__name": [""], "own__hours": [""]}
    form = read_form("holidays", said(**same, **empty), before)
    assert patch("holidays", before, form.values, SCHEDULE) == {"holidays": {"own": []}}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("14/5", "Fest", ""), "date"),
        (("02-30", "Fest", ""), "date"),
        (("05-15", " ", ""), "name"),
        (("05-15", "F" * 201, ""), "long"),
        (("05-15", "Fest", "nio"), "hours"),
    ],
)
def test_an_own_day_that_is_none_is_named(row: tuple[str, str, str], code: str) -> None:
    date, name, hours = row
    form = read_form(
        "holidays", said(calendar="SE", own__date=date, own__name=name, own__hours=hours), flat("holidays", SCHEDULE)
    )
    assert form.wrong == {"own.0": code}
    assert (form.own[0].date, form.own[0].name, form.own[0].hours) == row


def test_another_country_takes_the_eves_of_the_first_away() -> None:
    before = flat("holidays", SCHEDULE)
    form = read_form("holidays", said(calendar="NO"), before)
    spec = patch("holidays", before, form.values, SCHEDULE)["holidays"]
    assert spec["calendar"] == "NO"
    assert spec["also"] == {"christmas-eve": None}


def test_where_callers_go_must_be_somewhere() -> None:
    before = flat("route", SCHEDULE)
    form = read_form("route", said(open="", closed="end:busy", holiday=""), before)
    assert form.wrong == {"open": "choice"}
    assert form.values["closed"] == {"end": "busy"}
    assert form.values["holiday"] is None
    assert read_form("route", said(open="menu/m", closed="end:busy"), before).wrong == {"open": "choice"}


def test_a_temporary_change_of_today_and_of_several_days() -> None:
    form = read_override(said(day="today", how="hours", opens="8", closes="1430", note=" Sjuk "), TODAY)
    assert (form.wrong, form.dates, form.hours.hours) == ({}, (TODAY, TODAY), (Span(480, 870),))
    assert form.more == {"note": "Sjuk"}
    form = read_override(said(day="other", **{"from": "2027-07-01", "to": "2027-07-14"}, how="rest"), TODAY)
    assert form.dates == (dt.date(2027, 7, 1), dt.date(2027, 7, 14))


@pytest.mark.parametrize(
    ("fields", "wrong_with"),
    [
        ({"day": "other", "from": "", "to": ""}, {"from": "day", "to": "day"}),
        ({"day": "other", "from": "2027-07-14", "to": "2027-07-01"}, {"to": "order"}),
        ({"day": "other", "from": "2027-03-01", "to": "2027-03-02"}, {"to": "past"}),
        ({"day": "today", "how": "hours", "opens": "8", "closes": "x"}, {"hours": "time"}),
        ({"day": "today", "how": "rest", "note": "n" * 201}, {"note": "long"}),
        ({"day": "today", "how": "rest", "closed": "nowhere"}, {"closed": "choice"}),
    ],
)
def test_a_temporary_change_that_is_none(fields: dict[str, str], wrong_with: dict[str, str]) -> None:
    form = read_override(said(**fields), TODAY)
    assert form.wrong == wrong_with
    assert (form.note, form.closed) == (fields.get("note", ""), fields.get("closed", ""))


def test_until_a_time() -> None:
    assert read_close("close", said(until="time", time="930")).time == "09:30"
    assert read_close("close", said(until="time", time="halv tio")).wrong == {"time": "time"}
    assert read_close("close", said(until="time", time="0642"), dt.time(6, 42)).wrong == {"time": "past"}
    assert read_close("open", said(until="day")).until == "ordinary"


def test_a_line_that_nobody_types_is_not_even_looked_at() -> None:
    """What parts it takes a time that grows with the square of the blanks: with a form's worth of them, for hours."""
    assert read_line("8" + " " * 200 + "-12") == (Span(480, 720),)
    with pytest.raises(Unread):
        read_line("8" + " " * 300 + "-12")
    with pytest.raises(Unread):
        read_line("8" + " " * 900_000 + "x")


@pytest.mark.parametrize("press", ["drop:mon:²", "drop:mon:" + "1" * 5000, "drop:mon", "drop:mon:", "drop:mon:-1"])
def test_a_button_that_there_is_not_drops_nothing(press: str) -> None:
    form = read_form("hours", said(do=press, mon__opens="08:00", mon__closes="17:00"), flat("hours", Schedule()))
    assert form.values["mon"] == [["08:00", "17:00"]]
    override = read_override(said(do=press.replace("mon:", ""), opens="08:00", closes="17:00"), TODAY)
    assert [pair.opens for pair in override.hours.pairs] == ["08:00"]


def test_what_is_nested_without_end_is_no_version() -> None:
    there = flat("hours", Schedule())
    assert read_kept("[" * 100_000, there) == there


@pytest.mark.parametrize(
    ("first", "last", "field", "code"),
    [
        ("2027-06-01", "2028-06-01", "to", "longer than 366 days"),
        ("2027-06-01", "9999-12-31", "to", "day"),
        ("9999-12-31", "9999-12-31", "from", "day"),
        ("0027-06-01", "2027-06-01", "from", "day"),
        ("0001-01-01", "", "from", "day"),
    ],
)
def test_dates_that_no_temporary_change_can_have_are_said_to_be_wrong(
    first: str, last: str, field: str, code: str
) -> None:
    typed = {"from": [first], "to": [last], "day": ["other"], "opens": ["8"], "closes": ["12"]}
    form = read_override(lambda name: typed.get(name, []), TODAY)
    assert (form.dates, form.wrong) == (None, {field: code})
    assert wrong.in_words("sv", code) != code
