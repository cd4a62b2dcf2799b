"""How a call passes through single objects, where that had to be learnt from real calls."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from tests.rendering.making import company, thing
from vaxelflode.domain.company import Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.passage import Caller, Luck, Passage
from vaxelflode.domain.simulate import Simulation, simulate

NOW = dt.datetime(2027, 3, 16, 9, 42, tzinfo=dt.UTC)
GREETING, PERIODIC = "ab" * 32, "cd" * 32
SOUNDS = {GREETING: 3.0, PERIODIC: 0.6}
PHONE = ObjectRef("extension", "201")


def passes(o: Object, keys: str = "", luck: Mapping[ObjectRef, Luck] | None = None) -> Passage:
    return o.spec.passage(o.ref, Caller(NOW, keys=keys, luck=luck or {}, sounds=SOUNDS))


def simulated(o: Object, held: float, luck: Luck) -> Simulation:
    number = thing("number/46101022290", route={"extension": "201"})
    return simulate(company(1, number, o), number.ref, Caller(NOW, held=held, luck={PHONE: luck}))


@pytest.mark.parametrize(("luck", "seconds"), [("busy", 0.0), ("unreachable", 0.0), ("no_answer", 12.0)])
def test_the_pbx_ends_the_call_to_a_telephone_that_does_not_take_it(luck: Luck, seconds: float) -> None:
    passage = passes(thing("extension/201", endpoint="201", ring=12), luck={PHONE: luck})
    assert (passage.why, passage.over, passage.seconds) == (luck, True, seconds)


def test_only_who_holds_the_line_until_then_is_told_that_nobody_answers() -> None:
    phone = thing("extension/201", endpoint="201", ring=12)
    patient, impatient = simulated(phone, 20, "no_answer"), simulated(phone, 8, "no_answer")
    assert not patient.hung_up
    assert patient.steps[-1].passage.over
    assert impatient.hung_up
    assert impatient.steps[-1].passage.seconds == 8
    assert not simulated(phone, 8, "busy").hung_up


def test_a_forward_without_exits_ends_as_the_telephone_would() -> None:
    forward = thing("forward/jour", target={"extension": "201"}, ring=12)
    assert passes(forward, luck={PHONE: "busy"}) == Passage("busy", over=True)
    assert passes(forward, luck={PHONE: "no_answer"}) == Passage("no_answer", seconds=12.0, over=True)
    assert passes(forward, luck={PHONE: "unreachable"}) == Passage("unreachable", over=True)


def test_a_telephone_that_is_not_registered_takes_no_time_to_ring() -> None:
    forward = thing("forward/jour", target={"extension": "201"}, ring=12, no_answer={"end": "busy"})
    found = passes(forward, luck={PHONE: "unreachable"})
    assert (found.exit, found.why, found.seconds) == ("no_answer", "unreachable", 0.0)
    group = thing("ring_group/alla", members=["201", "202"], strategy="in_order", ring=12)
    luck: dict[ObjectRef, Luck] = {PHONE: "unreachable", ObjectRef("extension", "202"): "no_answer"}
    assert passes(group, luck=luck).seconds == 12.0


def test_keys_lead_out_of_a_mailbox_only_while_it_greets() -> None:
    ways: dict[str, Any] = {"operator": {"end": "busy"}, "star": {"end": "congestion"}}
    assert passes(thing("voicemail/a", greeting=GREETING, **ways), "50").exit == "operator"
    assert passes(thing("voicemail/a", greeting=GREETING, **ways), "*").exit == "star"
    assert passes(thing("voicemail/a", **ways), "0").why == "recording"
    assert passes(thing("voicemail/a", **ways), "0#").exit == "after"


def test_a_full_mailbox_without_an_exit_says_so_and_goes_on() -> None:
    box = thing("voicemail/a", greeting=GREETING)
    found = passes(box, "#", {box.ref: "full"})
    assert (found.exit, found.why, found.prompts) == ("after", "full", (GREETING,))
    elsewhere = thing("voicemail/a", greeting=GREETING, full={"end": "busy"})
    assert passes(elsewhere, luck={box.ref: "full"}).prompts == ()


@pytest.mark.parametrize(
    ("luck", "spec", "told", "waited"),
    [
        # rings 5 s, pauses 3 s: rounds begin at 0, 8, 16, …
        ("no_answer", {"timeout": 5, "retry": 3, "longest_wait": 20}, [16.0], 20.0),
        # the longest wait does not cut a pause short
        ("no_answer", {"timeout": 5, "retry": 3, "longest_wait": 15}, [], 16.0),
        ("no_answer", {"timeout": 20, "retry": 3, "longest_wait": 33}, [23.0], 33.0),
        # nobody can be rung: looked after every second
        ("busy", {"timeout": 5, "retry": 4, "longest_wait": 25}, [10.0, 20.6], 25.2),
        ("no_agents", {"timeout": 5, "retry": 40, "longest_wait": 25}, [10.0, 20.6], 25.2),
    ],
)
def test_one_who_waits_is_told_something_between_two_rounds_of_ringing(
    luck: Luck, spec: dict[str, Any], told: list[float], waited: float
) -> None:
    queue = thing("queue/a", periodic=PERIODIC, periodic_every=10, **spec)
    found = passes(queue, luck={queue.ref: luck})
    assert found.exit == "waited"
    assert [round(p.after, 1) for p in found.played] == told
    assert round(found.seconds, 1) == waited


def test_a_long_message_that_comes_often_does_not_wait_for_itself() -> None:
    queue = thing("queue/a", periodic=GREETING, periodic_every=10, longest_wait=60)
    passage = queue.spec.passage(queue.ref, Caller(NOW, luck={queue.ref: "no_agents"}, sounds={GREETING: 25.0}))
    assert [p.after for p in passage.played] == [10.0, 35.0]
    assert passage.seconds == 60.0


@pytest.mark.parametrize(
    ("day", "swedish", "english"),
    [
        ("2027-03-26", "Långfredagen", "Good Friday"),
        ("2027-12-24", "Julafton", "Christmas Eve"),
        ("2027-12-23", "Julbord", "Julbord"),  # people's own word for their own day
        ("2027-06-04", "Julafton", "Julafton"),
        ("2027-03-16", "", ""),
    ],
)
def test_a_holiday_is_called_what_its_reader_calls_it(day: str, swedish: str, english: str) -> None:
    own = [{"date": "12-23", "name": "Julbord"}, {"date": "2027-06-04", "name": "Julafton"}]
    spec = Schedule.model_validate(
        {
            "time_zone": "Europe/Stockholm",
            "holidays": {"calendar": "SE", "also": {"christmas-eve": []}, "own": own},
            "open": {"end": "busy"},
            "closed": {"end": "busy"},
        }
    )
    noon = dt.datetime.fromisoformat(f"{day}T12:00+01:00")
    found = spec.passage(ObjectRef("schedule", "x"), Caller(noon))
    assert (found.note_in("sv"), found.note_in("en")) == (swedish, english)
