"""What changes next: by when a call must come for what is on its way to judge it otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering.making import company, thing
from vaxelflode.domain.graph import graph_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import MOST_STEPS, next_turn, simulate

UTC = dt.UTC
NUMBER = ObjectRef("number", "46101022290")


def test_the_time_before_an_object_is_reached_counts() -> None:
    here = company(
        1,
        thing("number/46101022290", route={"object": "queue/ko"}),
        thing("queue/ko", longest_wait=900, waited={"object": "schedule/tider"}),
        thing(
            "schedule/tider",
            time_zone="UTC",
            weekly={"tue": [["08:00", "17:00"]]},
            open={"end": "hangup"},
            closed={"end": "busy"},
        ),
    )
    call = Caller(dt.datetime(2027, 3, 16, 12, tzinfo=UTC), held=3600)
    turn = next_turn(here, NUMBER, call)
    assert turn is not None
    assert turn.at == dt.datetime(2027, 3, 16, 16, 45, tzinfo=UTC)
    assert turn.then.path[-1] == "end/busy"
    before = simulate(here, NUMBER, Caller(turn.at - dt.timedelta(seconds=1), held=3600))
    assert before.path[-1] == "end/hangup"


def test_a_call_that_goes_round_in_circles_comes_to_nothing_but_nodes() -> None:
    here = company(
        1,
        thing("number/46101022290", route={"object": "menu/meny"}),
        thing("menu/meny", options={"1": {"end": "busy"}}, timeout={"object": "announcement/hej"}),
        thing("announcement/hej", next={"object": "menu/meny"}),
    )
    found = simulate(here, NUMBER, Caller(dt.datetime(2027, 3, 16, 12, tzinfo=UTC)))
    assert (len(found.steps), found.endless) == (MOST_STEPS, True)
    assert {*found.path} == {"number/46101022290", "menu/meny", "announcement/hej"}
    assert {*found.path} <= {node.id for node in graph_of(here, NUMBER).nodes}
    ended = simulate(here, NUMBER, Caller(dt.datetime(2027, 3, 16, 12, tzinfo=UTC), keys="1"))
    assert (ended.path[-1], ended.endless) == ("end/busy", False)


def test_nothing_changes_where_nothing_turns() -> None:
    here = company(1, thing("number/46101022290", route={"end": "busy"}))
    assert next_turn(here, NUMBER, Caller(dt.datetime(2027, 3, 16, 12, tzinfo=UTC))) is None


HALF = dt.timedelta(minutes=30)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = st.sampled_from(([], [["08:00", "17:00"]], [["00:00", "24:00"]], [["12:30", "13:00"]], [["22:00", "06:00"]]))
ENDS = st.sampled_from(({"end": "hangup"}, {"end": "busy"}, {"object": "queue/ko"}))
ONWARD = st.one_of(ENDS, st.just({"object": "menu/val"}), st.just({"object": "schedule/sedan"}))


@st.composite
def schedules(draw: st.DrawFn, ways: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Hours that begin and end on half hours, with a temporary change in the week that is looked at."""
    first = draw(st.integers(14, 22))
    override: dict[str, Any] = {
        "id": "0" * 16,
        "from": f"2027-03-{first}",
        "to": f"2027-03-{first + draw(st.integers(0, 3))}",
    }
    override |= {"hours": draw(HOURS)} | ({"closed": draw(ENDS)} if draw(st.booleans()) else {})
    return {
        "weekly": {day: draw(HOURS) for day in DAYS},
        "overrides": [override] * draw(st.integers(0, 1)),
        "holidays": {"calendar": draw(st.sampled_from(("SE", None)))},
        "open": draw(ways),
        "closed": draw(ways),
    }


@settings(max_examples=60, deadline=None)
@given(schedules(ONWARD), schedules(ENDS), ENDS, st.integers(0, 47), st.sampled_from(("", "1")))
def test_what_is_told_is_the_first_half_hour_at_which_the_call_takes_another_way(
    first: dict[str, Any], then: dict[str, Any], timeout: dict[str, str], begin: int, keys: str
) -> None:
    here = company(
        1,
        thing("queue/ko", full={"end": "hangup"}),
        thing("schedule/sedan", **then),
        thing("menu/val", options={"1": {"object": "schedule/sedan"}}, timeout=timeout, wait=1, tries=1),
        thing("schedule/tider", **first),
        thing("number/46101022290", route={"object": "schedule/tider"}),
    )
    call = Caller(dt.datetime(2027, 3, 15, tzinfo=UTC) + begin * HALF, keys=keys)
    now = simulate(here, NUMBER, call).path
    later = (call.at + n * HALF for n in range(1, 48 * 8))
    other = next((at for at in later if simulate(here, NUMBER, replace(call, at=at)).path != now), None)
    turn = next_turn(here, NUMBER, call)
    if other is not None:
        assert turn is not None
        assert turn.at == other
        assert turn.then == simulate(here, NUMBER, replace(call, at=other))
    else:
        assert turn is None or turn.at >= call.at + 48 * 8 * HALF
