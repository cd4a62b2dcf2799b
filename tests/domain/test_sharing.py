"""Values kept once are the values that they were, and are the same where they are equal."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from tests.domain.strategies import SELDOM, companies
from vaxelflode.domain.company import Company
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.sharing import Pool
from vaxelflode.domain.spec import Spec

WEEK: dict[str, Any] = {"weekly": {"mon": [["08:00", "17:00"]]}, "open": {"extension": "201"}}


class Loose(Spec):
    """Takes what no kind of ours does."""

    one: Any = None


@SELDOM
@given(companies())
def test_what_is_shared_is_what_it_was(company: Company) -> None:
    pool = Pool()
    for o in company.everything.values():
        before = o.spec.as_json()
        again = type(o.spec).model_validate(before)
        again = pool.share(again)
        assert (again, again.as_json(), again.model_fields_set) == (o.spec, before, {*before})


def test_what_is_equal_is_kept_once() -> None:
    pool, one, other = Pool(), Schedule.model_validate(WEEK), Schedule.model_validate(WEEK)
    assert one.weekly is not other.weekly
    shorter = Schedule.model_validate(WEEK | {"open": {"extension": "202"}})
    assert pool.share(one) is pool.share(other) is one
    assert pool.share(shorter) is not one
    assert one.weekly is shorter.weekly
    assert one.closed is shorter.closed


def test_what_was_said_is_told_from_what_goes_without_saying() -> None:
    pool, said, unsaid = (
        Pool(),
        Schedule.model_validate(WEEK | {"time_zone": "Europe/Stockholm"}),
        Schedule.model_validate(WEEK),
    )
    assert said == unsaid
    assert pool.share(said).model_fields_set != pool.share(unsaid).model_fields_set


def test_a_reference_is_the_same_for_the_object_and_for_whoever_leads_to_it() -> None:
    pool = Pool()
    schedule = pool.share(Schedule.model_validate(WEEK | {"open": {"object": "queue/kund"}}))
    assert target_of(schedule.open) is pool.ref("queue", "".join(["ku", "nd"]))


def test_what_is_equal_to_python_alone_is_not_mixed_up() -> None:
    pool = Pool()
    values: list[Any] = [(1,), (True,), (1.0,), ((1,),), ((True,),), {"a": 1}, {"a": True}, ({"a": 1},), ({"a": True},)]
    values += [([1],), ([True],), (([1],),), (([True],),), {"a": 1, "b": 2}, {"b": 2, "a": 1}]
    specs = [Loose(one=value) for value in values]
    for spec in specs:
        pool.share(spec)
    assert [repr(spec.one) for spec in specs] == [repr(value) for value in values]
