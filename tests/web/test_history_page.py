"""History says in words what was changed, and takes it back."""

from __future__ import annotations

import re

from tests.api import company
from tests.web.conftest import Visitor

FLOW = company.FLOWS["mine"]


async def edited(at: Visitor, path: str, spec: dict[str, object]) -> str:
    answer = await at.house.ask("PATCH", f"/api/v1/objects/{path}", "administrator", {"spec": spec}, if_match="*")
    assert answer.status == 200, answer.raw
    change_id: str = answer.body["change"]["id"]
    return change_id


async def test_before_and_after_are_in_words(granted: Visitor) -> None:
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await edited(granted, "menu/mine", {"options": {"7": {"object": "queue/mine"}}})
    await edited(granted, "queue/mine", {"longest_wait": 300})
    shown = (await granted.get(f"/flows/{FLOW}/history")).html
    for words in ("Fredag", "08:00–12:00, 13:00–02:00", "08:00–15:00", "knapp 7", "Längsta väntetid", "300 s"):
        assert words in shown, words


async def test_undo_from_history_leads_back_there_with_its_receipt(granted: Visitor) -> None:
    change = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await granted.get(f"/flows/{FLOW}/history")
    shown = await granted.post(f"/changes/{change}/undo", {"back": f"/flows/{FLOW}/history"})
    assert shown.path.startswith(f"/flows/{FLOW}/history?change=")
    assert 'data-state="live"' in shown.html
    assert "Ångrad" in shown.html


async def test_undo_over_what_came_later_is_a_question(granted: Visitor) -> None:
    first = await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "15:00"]]}})
    await edited(granted, "schedule/mine", {"weekly": {"fri": [["08:00", "14:00"]]}})
    await granted.get("/history")
    asked = await granted.post(f"/changes/{first}/undo", {"back": "/history"})
    assert asked.status == 409
    assert "08:00–14:00" in asked.html
    assert 'name="force"' in asked.html
    done = await granted.post(f"/changes/{first}/undo", {"back": "/history", "force": "1"})
    assert done.path.startswith("/history?change=")


async def test_somebody_elses_history_is_not_shown(granted: Visitor) -> None:
    other = await edited(granted, "schedule/other", {"weekly": {"fri": [["08:00", "15:00"]]}})
    assert other not in (await granted.get("/history")).html
    assert (await granted.get(f"/flows/{company.FLOWS['other']}/history")).status == 404
    assert (await granted.get(f"/changes/{other}")).status == 404
    assert (await granted.post(f"/changes/{other}/undo")).status == 404


async def test_no_pin_is_shown(granted: Visitor) -> None:
    await edited(granted, "voicemail/mine", {"pin": "9753"})
    shown = (await granted.get("/history")).html
    assert "9753" not in re.sub(r'csrf" (?:content|value)="[0-9a-f]+"', "", shown)
