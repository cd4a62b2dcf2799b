"""Public holidays, chosen days and own days: which holds, what is refused, what is missing next year."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.hours import clock
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.special_days import OWN_DAYS, Holidays
from vaxelflode.errors import Invalid
from vaxelflode.i18n.words import LANGUAGES, Words

CHRISTMAS = {"calendar": "SE", "also": {"christmas-eve": [], "maundy-thursday": [["08:00", "12:00"]]}}


def day(date: str, *hours: list[str], name: str = "Klämdag") -> dict[str, Any]:
    """An own day."""
    return {"date": date, "hours": list(hours), "name": name}


def holidays(*own: dict[str, Any], **more: Any) -> Holidays:
    return Holidays.model_validate({"own": own, **more})


def on(made: Holidays, date: str) -> str | None:
    """What a day is called and its hours as text."""
    found = made.on(dt.date.fromisoformat(date))
    if found is None:
        return None
    return " ".join([found.name, *(f"{clock(s.start)}-{clock(s.end)}" for s in found.hours)])


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("2027-12-24", "Julafton"),
        ("2027-12-25", "Juldagen 10:00-12:00"),
        ("2027-03-25", "Skärtorsdagen 08:00-12:00"),
        ("2027-12-31", None),  # an eve that was not chosen
        ("2027-12-27", None),
    ],
)
def test_chosen_days_have_hours_of_their_own_and_a_name(date: str, found: str | None) -> None:
    assert on(holidays(**CHRISTMAS, hours=[["10:00", "12:00"]]), date) == found


def test_own_stands_above_chosen_and_that_above_public() -> None:
    own = [day("12-24", name="Egen julafton"), day("12-25", ["08:00", "09:00"], name="Egen juldag")]
    assert on(holidays(*own, **CHRISTMAS), "2027-12-24") == "Egen julafton"
    assert on(holidays(*own, **CHRISTMAS), "2027-12-25") == "Egen juldag 08:00-09:00"
    # In 2071 Whitsun Eve is the sixth of June, the National Day.
    both = {"calendar": "SE", "also": {"whitsun-eve": [["08:00", "09:00"]]}}
    assert on(holidays(**both), "2071-06-06") == "Pingstafton 08:00-09:00"


def test_a_dated_own_day_stands_above_one_of_every_year() -> None:
    made = holidays(day("05-14", ["08:00", "12:00"], name="Varje år"), day("2027-05-14", name="I år"))
    assert [on(made, f"{year}-05-14") for year in (2026, 2027, 2028)] == [
        "Varje år 08:00-12:00",
        "I år",
        "Varje år 08:00-12:00",
    ]


def test_the_leap_day_comes_in_leap_years() -> None:
    made = holidays(day("02-29", name="Skottdagen"))
    assert on(made, "2028-02-29") == "Skottdagen"
    assert [on(made, date) for date in ("2027-02-28", "2027-03-01")] == [None, None]
    assert made.between(dt.date(2026, 1, 1), dt.date(2033, 12, 31)) == {dt.date(2028, 2, 29), dt.date(2032, 2, 29)}


def test_a_stretch_holds_all_that_it_says_something_of() -> None:
    made = holidays(day("12-27"), day("2027-12-28"), day("2028-12-28"), **CHRISTMAS)
    found = made.between(dt.date(2027, 12, 24), dt.date(2027, 12, 31))
    assert sorted(date.day for date in found) == [24, 25, 26, 27, 28]


def test_where_two_fall_together_the_one_least_open_holds() -> None:
    made = holidays(calendar="SE", also={"bridge-days": [["08:00", "12:00"]], "twelfth-night": [["08:00", "11:00"]]})
    assert on(made, "2026-01-05") == "Trettondagsafton 08:00-11:00"
    same = holidays(calendar="SE", also={"twelfth-night": [], "bridge-days": []})
    assert on(same, "2026-01-05") == "Klämdag"


def test_the_same_days_are_the_same_value_in_any_order() -> None:
    also: dict[str, list[list[str]]] = {"new-years-eve": [], "christmas-eve": []}
    own = [day("2027-05-14"), day("05-15")]
    made = [holidays(*own, calendar="SE", also=also)]
    made.append(holidays(*own[::-1], calendar="SE", also=dict(reversed(also.items()))))
    assert made[0] == made[1]
    assert made[0].model_dump_json() == made[1].model_dump_json()
    assert on(made[0], "2027-05-14") == "Klämdag"
    assert made[0] == made[1]  # also once it was asked something


def refused(**spec: Any) -> list[tuple[str, str]]:
    """The faults of a schedule's holidays."""
    try:
        parsed_spec(kinds()["schedule"], {"holidays": spec})
    except Invalid as err:
        return [(e.field, e.message) for e in err.errors]
    return []


@pytest.mark.parametrize("unknown", ["christmas", "Julafton", "", "midsummer-day", "klämdag", "x" * 1000])
def test_an_unknown_choice_is_told_with_those_that_there_are(unknown: str) -> None:
    ((field, message),) = refused(calendar="SE", also={"christmas-eve": [], unknown: []})
    assert field == "spec.holidays.also"
    assert message.endswith("day-before-new-years-eve, new-years-eve")
    assert "bridge-days" in message
    assert len(message) < 400


def test_choices_need_a_calendar_that_has_them() -> None:
    assert refused(also={"christmas-eve": []}) == [("spec.holidays.also", "needs a calendar")]
    assert refused(calendar=None, also={"christmas-eve": []}) == [("spec.holidays.also", "needs a calendar")]
    ((field, message),) = refused(calendar="NO", also={"christmas-eve": []})
    assert field == "spec.holidays.also"
    assert message.endswith("it has none: take days of your own")
    assert [f for f, _ in refused(calendar="XX", also={"christmas-eve": []})] == ["spec.holidays.calendar"]


def test_hours_of_a_chosen_day_are_told_by_their_day() -> None:
    assert [f for f, _ in refused(calendar="SE", also={"christmas-eve": [["12:00"]]})] == [
        "spec.holidays.also.christmas-eve"
    ]


@pytest.mark.parametrize(
    ("own", "field"),
    [
        ({"date": "2027-02-29", "name": "a"}, "date"),
        ({"date": "02-30", "name": "a"}, "date"),
        ({"date": "1999-12-31", "name": "a"}, "date"),
        ({"date": "2200-01-01", "name": "a"}, "date"),
        ({"date": "2027-5-14", "name": "a"}, "date"),
        ({"date": "05-14\n", "name": "a"}, "date"),
        ({"date": "٠٥-١٤", "name": "a"}, "date"),
        ({"date": 20270514, "name": "a"}, "date"),
        ({"date": None, "name": "a"}, "date"),
        ({"name": "a"}, "date"),
        ({"date": "05-14"}, "name"),
        ({"date": "05-14", "name": ""}, "name"),
        ({"date": "05-14", "name": "a\nb"}, "name"),
        ({"date": "05-14", "name": "a" * 201}, "name"),
        ({"date": "05-14", "name": "a", "hours": [["25:00", "26:00"]]}, "hours"),
        ({"date": "05-14", "name": "a", "note": "b"}, "note"),
    ],
    ids=ascii,
)
def test_what_is_no_own_day(own: dict[str, Any], field: str) -> None:
    assert [f for f, _ in refused(own=[own])] == [f"spec.holidays.own.0.{field}"]


def test_a_date_has_one_own_day_and_there_are_so_many_and_no_more() -> None:
    assert refused(own=[day("05-14"), day("2027-05-14")]) == []
    assert refused(own=[day("05-14"), day("05-15"), day("05-14")]) == [
        ("spec.holidays.own", "05-14 stands there twice")
    ]
    many = [day(str(dt.date(2027, 1, 1) + dt.timedelta(n))) for n in range(OWN_DAYS + 1)]
    assert refused(own=many[1:]) == []
    assert [f for f, _ in refused(own=many)] == ["spec.holidays.own"]


TODAY = dt.date(2027, 6, 1)
CALENDAR = ("holidays.calendar", "holidays_missing")
OWN = ("holidays.own", "own_days_missing")


@pytest.mark.parametrize(
    ("made", "today", "missing"),
    [
        (holidays(**CHRISTMAS), TODAY, []),
        (holidays(), TODAY, []),
        (holidays(calendar="BV"), TODAY, [CALENDAR]),  # an island where nobody lives
        (holidays(**CHRISTMAS), dt.date(2099, 6, 1), []),
        # What the library does not know of the year 2101.
        (
            holidays(calendar="SE", also={"christmas-eve": []}),
            dt.date(2100, 6, 1),
            [CALENDAR, ("holidays.also.christmas-eve", "chosen_day_missing")],
        ),
        (holidays(calendar="US", also={"election-day": []}), dt.date(2028, 6, 1), []),  # comes again in 2030
        (holidays(day("2027-05-14")), TODAY, [OWN]),
        (holidays(day("2027-05-14"), day("2029-05-11")), TODAY, [OWN]),
        (holidays(day("2027-05-14"), day("2028-05-26")), TODAY, []),
        (holidays(day("2026-05-15")), TODAY, []),  # given up last year already
        (holidays(day("05-14")), TODAY, []),
    ],
)
def test_what_says_nothing_of_next_year(made: Holidays, today: dt.date, missing: list[tuple[str, str]]) -> None:
    assert list(made.missing_next_year(today)) == missing
    assert all(Words(language).doubt(code) != code for _, code in missing for language in LANGUAGES)
