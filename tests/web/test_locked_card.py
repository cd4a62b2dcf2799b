"""The list of flows tells of a locked object what callers meet, and nothing that is inside."""

from __future__ import annotations

from tests.web.conftest import Visitor

NOTE = "Karin has the flu"


async def test_why_it_is_closed_is_told_to_those_alone_who_may_read_the_hours(visitor: Visitor) -> None:
    closed = {"from": "2027-06-01", "to": "2027-06-01", "hours": [], "note": NOTE}
    made = await visitor.house.ask("POST", "/api/v1/objects/schedule/mine/overrides", "administrator", closed)
    assert made.status == 200
    await visitor.log_in("granted")
    assert NOTE in (await visitor.get("/flows")).html
    await visitor.post("/logout")
    await visitor.log_in("onlooker")
    shown = (await visitor.get("/flows")).html
    assert "Stängt idag" in shown
    assert NOTE not in shown


async def test_what_the_company_calls_its_own_day_is_inside_too(visitor: Visitor) -> None:
    own = {"spec": {"holidays": {"calendar": "SE", "own": [{"date": "2027-06-01", "name": NOTE}]}}}
    path = "/api/v1/objects/schedule/mine"
    made = await visitor.house.ask("PATCH", path, "administrator", own, if_match="*")
    assert made.status == 200
    await visitor.log_in("granted")
    assert NOTE in (await visitor.get("/flows")).html
    await visitor.post("/logout")
    await visitor.log_in("onlooker")
    assert NOTE not in (await visitor.get("/flows")).html
