"""What changes next: by when a call must come for what is on its way to judge it otherwise."""

from __future__ import annotations

import datetime as dt

from tests.rendering.making import company, thing
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import next_turn, simulate

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


def test_nothing_changes_where_nothing_turns() -> None:
    here = company(1, thing("number/46101022290", route={"end": "busy"}))
    assert next_turn(here, NUMBER, Caller(dt.datetime(2027, 3, 16, 12, tzinfo=UTC))) is None
