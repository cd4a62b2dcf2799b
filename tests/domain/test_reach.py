"""The objects that a call may meet, and who uses whom."""

from __future__ import annotations

from dataclasses import replace

from tests.rendering.making import company, thing
from vaxelflode.domain.company import Company
from vaxelflode.domain.identifiers import ObjectRef

NUMBER = thing("number/46101022290", route={"object": "schedule/a"})
SCHEDULE = thing(
    "schedule/a",
    open={"object": "menu/b"},
    closed={"end": "busy"},
    overrides=[{"id": "0" * 16, "from": "2027-01-01", "to": "2027-01-01", "closed": {"object": "announcement/e"}}],
)
MENU = thing("menu/b", options={"1": {"extension": "201"}, "*": {"object": "menu/b"}}, timeout={"object": "queue/c"})
QUEUE = thing("queue/c", full={"external": "+46701740612"})
PHONE = thing("extension/201", endpoint="201")
MESSAGE = thing("announcement/e", next={"object": "schedule/a"})
ALONE = thing("queue/alone")
EVERY = (NUMBER, SCHEDULE, MENU, QUEUE, PHONE, MESSAGE, ALONE)
COMPANY = company(3, *EVERY)


def reached(here: Company, key: str) -> set[str]:
    return {str(ref) for ref in here.reachable_from(ObjectRef.parse(key))}


def test_a_call_may_meet_all_that_exits_lead_to_round_and_round() -> None:
    every = {str(o.ref) for o in EVERY} - {"queue/alone"}
    assert reached(COMPANY, "number/46101022290") == every
    assert reached(COMPANY, "announcement/e") == every - {"number/46101022290"}
    assert reached(COMPANY, "queue/alone") == {"queue/alone"}


def test_nothing_is_reached_through_what_is_gone() -> None:
    without = COMPANY.with_objects(4, [replace(MENU, retired=True)], [PHONE.ref])
    assert reached(without, "number/46101022290") == {"number/46101022290", "schedule/a", "announcement/e"}
    assert reached(without, "menu/b") == set()
    assert reached(without, "menu/unknown") == set()


def test_users_are_those_with_an_exit_to_it() -> None:
    assert COMPANY.used_by[SCHEDULE.ref] == {NUMBER.ref, MESSAGE.ref}
    assert COMPANY.used_by[MENU.ref] == {SCHEDULE.ref, MENU.ref}
    assert COMPANY.used_by[PHONE.ref] == {MENU.ref}
    assert ALONE.ref not in COMPANY.used_by


def test_what_is_gone_uses_nothing() -> None:
    without = COMPANY.with_objects(4, [replace(MESSAGE, retired=True)])
    assert without.used_by[SCHEDULE.ref] == {NUMBER.ref}
    assert COMPANY.used_by[SCHEDULE.ref] == {NUMBER.ref, MESSAGE.ref}


def test_what_is_gone_is_not_in_the_company_but_among_everything() -> None:
    without = COMPANY.with_objects(4, [replace(QUEUE, retired=True)])
    assert QUEUE.ref not in without
    assert without.get(QUEUE.ref) is None
    assert QUEUE.ref in without.everything
    assert [o.ref for o in without.of_kind("queue")] == [ALONE.ref]


def test_what_leads_somewhere_is_what_reaches_it() -> None:
    without = COMPANY.with_objects(4, [replace(QUEUE, retired=True)], [MESSAGE.ref])
    for here in (COMPANY, without):
        for o in here.everything.values():
            if not o.retired:
                assert here.leading_to(o.ref) == {ref for ref in here.everything if o.ref in here.reachable_from(ref)}
