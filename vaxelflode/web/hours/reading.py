"""The forms of a schedule's parts: what was typed, what it says, and what is wrong with it; nothing typed is lost."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vaxelflode.domain.kinds.schedule import WEEKDAYS
from vaxelflode.web.hours.clock_times import Pair, Read, Unread, as_json, read_line, read_pairs, with_more
from vaxelflode.web.hours.parts import ALSO, OWN, PARTS, Flat, Part
from vaxelflode.web.hours.saying import read_destination
from vaxelflode.web.options import value_of

#: Every text of a field that may be sent several times.
Every = Callable[[str], Sequence[str]]
#: Longest name of a day.
_NAME = 200


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A day of the company's own as typed."""

    date: str = ""
    name: str = ""
    hours: str = ""
    wrong: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.date.strip() or self.name.strip() or self.hours.strip())


@dataclass(frozen=True, slots=True)
class Form:
    """A part's form. ``values`` is what it says (:mod:`vaxelflode.web.hours.parts`), ``wrong`` field → code."""

    values: Flat
    week: Mapping[str, Read] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    own: Sequence[OwnRow] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)


def form_of(part: Part, values: Flat) -> Form:
    """The form before anybody has typed."""
    match part:
        case "hours":
            return _week({day: [Pair(*pair) for pair in values[day]] for day in WEEKDAYS}, values)
        case "holidays":
            texts = {key: _line(value) for key, value in values.items() if key == "hours" or key.startswith(ALSO)}
            own = [
                OwnRow(key.removeprefix(OWN), value["name"], _line(value["hours"]))
                for key, value in values.items()
                if key.startswith(OWN)
            ]
            return Form(values, texts={**texts, "calendar": values["calendar"] or ""}, own=[*own, OwnRow()])
        case "route":
            return Form(values, texts={name: value_of(values[name]) for name in PARTS["route"]})


def _line(hours: Sequence[Sequence[str]]) -> str:
    return ", ".join("–".join(pair) for pair in hours)


def read_form(part: Part, said: Every, before: Flat) -> Form:
    """What was sent; a value that cannot be read is that of ``before``, and its field is wrong."""
    match part:
        case "hours":
            return _week(_pairs(said), before)
        case "holidays":
            return _holidays(said, before)
        case "route":
            return _route(said, before)


def _pairs(said: Every) -> dict[str, list[Pair]]:
    """Each day's pairs, after a press on a button that adds or drops one: ``do`` is ``add:mon`` or ``drop:mon:0``."""
    press = (said("do") or [""])[-1].split(":")
    found: dict[str, list[Pair]] = {}
    for day in WEEKDAYS:
        there = [Pair(a, b) for a, b in zip(said(f"{day}.opens"), said(f"{day}.closes"), strict=False)]
        if press[:2] == ["add", day]:
            there = with_more(there)
        if press[:2] == ["drop", day]:
            there = [pair for n, pair in enumerate(there) if [str(n)] != press[2:]]
        found[day] = there
    return found


def _week(pairs: Mapping[str, Sequence[Pair]], before: Flat) -> Form:
    week: dict[str, Read] = {day: read_pairs(pairs[day]) for day in WEEKDAYS}
    values: dict[str, Any] = {
        day: before.get(day, []) if read.wrong else as_json(read.hours) for day, read in week.items()
    }
    return Form(values, week, wrong={day: next(iter(read.wrong.values())) for day, read in week.items() if read.wrong})


def _holidays(said: Every, before: Flat) -> Form:
    texts = {"calendar": (said("calendar") or [""])[-1], "hours": (said("hours") or [""])[-1]}
    texts |= {ALSO + id_: (said(ALSO + id_) or [""])[-1] for id_ in said("also")}
    values: dict[str, Any] = {"calendar": texts["calendar"] or None}
    wrong: dict[str, str] = {}
    for key, text in texts.items():
        if key == "calendar" or (key.startswith(ALSO) and values["calendar"] is None):
            continue
        try:
            values[key] = as_json(read_line(text))
        except Unread as err:
            wrong[key] = err.code
            values[key] = before.get(key, [])
    own = _own(said)
    for n, row in enumerate(own):
        if row.wrong:
            wrong[f"{OWN}{n}"] = row.wrong
        elif not row.is_empty:
            values[OWN + row.date] = {"name": row.name.strip(), "hours": as_json(read_line(row.hours))}
    return Form(values, texts=_normal(texts, values, wrong), own=[*own, OwnRow()], wrong=wrong)


def _normal(texts: Mapping[str, str], values: Flat, wrong: Mapping[str, str]) -> dict[str, str]:
    return {k: t if k == "calendar" or k in wrong or k not in values else _line(values[k]) for k, t in texts.items()}


def _own(said: Every) -> list[OwnRow]:
    rows: list[OwnRow] = []
    dates: set[str] = set()
    columns = (said("own.date"), said("own.name"), said("own.hours"))
    for date, name, hours in zip(*columns, strict=False):
        row = OwnRow(date.strip(), name, hours)
        if row.is_empty:
            continue
        code = _wrong_with(row) or ("twice" if row.date in dates else "")
        dates.add(row.date)
        rows.append(OwnRow(row.date, name, hours if code else _line(as_json(read_line(hours))), code))
    return rows


def _wrong_with(row: OwnRow) -> str:
    if not is_day(row.date):
        return "date"
    if not row.name.strip():
        return "name"
    if len(row.name.strip()) > _NAME:
        return "long"
    try:
        read_line(row.hours)
    except Unread as err:
        return err.code
    return ""


def is_day(text: str) -> bool:
    """Whether it is a date, or one of every year."""
    if not re.fullmatch(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        dt.date.fromisoformat(text if len(text) > len("05-14") else f"2000-{text}")
    except ValueError:
        return False
    return True


def _route(said: Every, before: Flat) -> Form:
    texts = {name: (said(name) or [""])[-1] for name in PARTS["route"]}
    values, wrong = dict(before), {}
    for name, text in texts.items():
        try:
            found = read_destination(text)
        except ValueError:
            wrong[name] = "choice"
            continue
        if found is None and name != "holiday":
            wrong[name] = "choice"
        else:
            values[name] = found
    return Form(values, texts=texts, wrong=wrong)
