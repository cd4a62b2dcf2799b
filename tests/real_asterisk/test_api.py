"""The API as CONTRACT has it, over the whole product: who gets what, and what a refusal says."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from tests.real_asterisk.town import NIGHT, PASSWORD, Api, Town, sound_of, to, town
from vaxelflode.bootstrap import utc_now
from vaxelflode.demo.choose import Maker
from vaxelflode.storage import schema
from vaxelflode.web.routes import ROUTES

#: What the API says of itself.
PAPERS = {("GET", "/api/v1/openapi.json"), ("GET", "/api/docs"), ("GET", "/api/docs.css")}

pytestmark = pytest.mark.pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture
def admin(here: Town) -> Api:
    return here.people["admin"]


async def test_every_route_but_a_few_wants_a_token(here: Town) -> None:
    open_routes = set()
    for route in ROUTES:
        where = re.sub(r"\{[^}]*\}", "schedule", route.path)
        async with here.session.request(route.method, where, json={}) as answer:
            if answer.status != 401:
                open_routes.add((route.method, route.path))
            else:
                assert answer.content_type == "application/problem+json"
    watched = {("GET", path) for path in ("/healthz", "/readyz", "/metrics")}
    assert open_routes == {*watched, ("POST", "/api/v1/tokens"), *PAPERS}


async def test_me_tells_rights_and_flows(here: Town) -> None:
    said = (await here.supervisor("GET", "/me")).body
    assert (said["email"], said["rights"]) == ("supervisor@example.se", ["flow_user"])
    assert [f["name"] for f in said["flows"]] == ["Kundtjänst"]
    flows = (await here.supervisor("GET", "/flows")).body
    assert [f["name"] for f in flows] == ["Kundtjänst"]
    granted = {g["object"]: set(g["aspects"]) for g in flows[0]["grants"]}
    assert granted["queue/kundservice"] == {"watch", "agents", "settings", "audio"}


async def test_a_node_without_an_aspect_is_known_but_not_readable(here: Town) -> None:
    refused = await here.supervisor("GET", "/objects/announcement/helgmeddelande")
    assert refused.status == 403
    assert "administrator" in refused.body["reason"]
    listed = (await here.supervisor("GET", "/objects?kind=announcement")).body
    shown = {o["key"]: o for o in listed}
    assert set(shown) == {"nattmeddelande", "helgmeddelande"}
    assert "spec" not in shown["helgmeddelande"]
    assert "spec" in shown["nattmeddelande"]


async def test_what_is_on_no_graph_of_ones_own_does_not_exist(here: Town) -> None:
    for path in ("/objects/schedule/reception", "/objects/menu/nowhere", "/objects/Menu/x", "/queues/reception"):
        answer = await here.supervisor("GET", path)
        assert answer.status == 404, path
    assert (await here.people["other_supervisor"]("GET", "/objects/schedule/kundtjanst")).status == 404


async def test_an_aspect_that_is_not_granted_is_refused_with_the_reason(here: Town) -> None:
    read = await here.supervisor("GET", "/objects/schedule/kundtjanst")
    refused = await here.supervisor(
        "PATCH", "/objects/schedule/kundtjanst", {"spec": {"open": {"end": "hangup"}}}, if_match=read.headers["ETag"]
    )
    assert refused.status == 403
    assert "route" in refused.body["reason"]
    assert (await here.supervisor("GET", "/objects/schedule/kundtjanst")).body == read.body


async def test_a_patch_wants_the_version_that_was_read_and_only_its_own_aspect_can_be_stale(here: Town) -> None:
    path = "/objects/schedule/kundtjanst"
    read = await here.supervisor("GET", path)
    tag = read.headers["ETag"]
    assert (await here.supervisor("PATCH", path, {"spec": {"weekly": {"sat": [["10:00", "12:00"]]}}})).status == 428

    other_aspect = await here.people["admin"]("PATCH", path, {"spec": {"holidays": {"calendar": None}}}, if_match=tag)
    assert other_aspect.status == 200
    mine = await here.supervisor("PATCH", path, {"spec": {"weekly": {"sat": [["10:00", "12:00"]]}}}, if_match=tag)
    assert mine.status == 200, mine.body
    stale = await here.supervisor("PATCH", path, {"spec": {"weekly": {"sat": None}}}, if_match=tag)
    assert stale.status == 412
    fresh = await here.supervisor("GET", path)
    assert fresh.body["spec"]["weekly"]["sat"] == [["10:00", "12:00"]]
    for change in (await here.people["admin"]("GET", "/changes?object=schedule/kundtjanst&limit=2")).body:
        assert (await here.people["admin"]("POST", f"/changes/{change['id']}/undo")).status == 200
    assert (await here.supervisor("GET", path)).body["spec"] == read.body["spec"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from"),
        ({"from": "2027-03-16", "to": "2027-03-15", "hours": []}, ""),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [["17:00"]]}, "hours"),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [["25:00", "26:00"]]}, "hours"),
        ({"from": "9999-12-31", "to": "9999-12-31", "hours": []}, ""),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [], "note": "a\x00b"}, "note"),
        ({"from": "i morgon", "to": "2027-03-16", "hours": []}, "from"),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [], "colour": "green"}, "colour"),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [], "note": "x" * 300}, "note"),
        ({"from": "2027-03-16", "to": "2027-03-16", "hours": [], "closed": {"object": "menu/nowhere"}}, None),
    ],
)
async def test_bad_hours_are_refused_with_the_field_and_nothing_changes(
    here: Town, body: dict[str, Any], field: str | None
) -> None:
    before = await here.supervisor("GET", "/objects/schedule/kundtjanst")
    answer = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
    assert answer.status == (403 if field is None else 422), answer.body
    if field:
        assert any(e["field"].startswith(field) for e in answer.body["errors"])
    assert (await here.supervisor("GET", "/objects/schedule/kundtjanst")).body == before.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b"\xff", 400),
        (b'{"a": NaN}', 400),
        (b"[" * 9999, 400),
        (b'{"email": "\\ud800"}', 400),
    ],
)
async def test_a_body_that_is_no_json_object_is_a_bad_request(here: Town, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    async with here.session.post("/api/v1/tokens", data=body, headers=headers) as answer:
        assert answer.status == status
        assert answer.content_type == "application/problem+json"


async def test_the_sound_that_is_played_now_is_a_telephone_wav(here: Town) -> None:
    answer = await here.supervisor("GET", "/objects/announcement/nattmeddelande/audio/prompt")
    assert answer.status == 200
    assert answer.body == sound_of(NIGHT)
    with wave.open(io.BytesIO(answer.body)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 8000)
    assert (await here.supervisor("GET", "/objects/announcement/nattmeddelande/audio/nosuch")).status == 404
    assert (await here.supervisor("GET", "/objects/announcement/helgmeddelande/audio/prompt")).status == 403


async def test_choices_are_what_one_may_pick_and_can_be_searched(here: Town) -> None:
    mine = (await here.supervisor("GET", "/objects/menu/huvudmeny/choices/options")).body
    keys = {(c["kind"], c["key"]) for c in mine}
    assert ("queue", "faktura") in keys
    assert ("schedule", "reception") not in keys
    assert ("number", "46101022290") not in keys
    found = (await here.supervisor("GET", "/objects/menu/huvudmeny/choices/options?q=FAKT")).body
    assert [c["key"] for c in found] == ["faktura"]
    agents = (await here.supervisor("GET", "/objects/queue/kundservice/choices/agents?q=20")).body
    assert [c["key"] for c in agents] == [f"20{n}" for n in range(1, 9)]


async def test_phones_are_picked_where_phones_stand_and_what_is_typed_is_not_picked(here: Town, admin: Api) -> None:
    body = {"kind": "ring_group", "key": "jour", "name": "Jour", "spec": {"members": ["201"]}}
    assert (await admin("POST", "/objects", body)).status == 200
    members = (await admin("GET", "/objects/ring_group/jour/choices/members?q=203")).body
    assert members == [{"destination": {"extension": "203"}, "kind": "extension", "key": "203", "name": "203"}]
    phones = (await admin("GET", "/objects/menu/huvudmeny/choices/direct_dial")).body
    assert {c["kind"] for c in phones} == {"extension"}
    for field in ("prompt", "wait", "nosuch"):
        refused = await admin("GET", f"/objects/menu/huvudmeny/choices/{field}")
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, "field")


async def test_what_people_and_flows_are_bound_to_is_not_deleted_under_them(here: Town, admin: Api) -> None:
    admin_id = next(p["id"] for p in (await admin("GET", "/users")).body if p["email"] == "admin@example.se")
    assert (await admin("PATCH", f"/users/{admin_id}", {"extension": "207"})).status == 200
    for path, user in (("/objects/extension/207", "admin"), ("/objects/number/46980319200", "Reception")):
        refused = await admin("DELETE", path, if_match="*")
        assert (refused.status, refused.body["used_by"]) == (409, [user]), refused.body
    assert (await admin("PATCH", f"/users/{admin_id}", {"extension": None})).status == 200


async def test_what_is_surely_not_meant_is_told_with_the_object(here: Town, admin: Api) -> None:
    body = {"kind": "announcement", "key": "tyst", "name": "Tyst", "spec": {}}
    made = (await admin("POST", "/objects", body)).body["object"]
    assert {(d["field"], d["code"]) for d in made["doubts"]} == {("prompt", "no_sound"), ("", "unused")}
    assert all(d["message"] for d in made["doubts"])
    queue = (await admin("GET", "/objects/queue/faktura")).body
    assert ("agents", "no_agents") in {(d["field"], d["code"]) for d in queue["doubts"]}


async def test_a_supervisor_leads_callers_only_to_what_is_on_the_graph(here: Town) -> None:
    path = "/objects/menu/huvudmeny"
    tag = (await here.supervisor("GET", path)).headers["ETag"]
    for target in (to("announcement/reception"), {"external": "+46701740699"}, {"dialplan": "default,s,1"}):
        answer = await here.supervisor("PATCH", path, {"spec": {"options": {"4": target}}}, if_match=tag)
        assert answer.status == 403, answer.body
    answer = await here.supervisor("PATCH", path, {"spec": {"options": {"4": to("queue/faktura")}}}, if_match=tag)
    assert answer.status == 200, answer.body
    assert "4" in await here.pbx.cli("dialplan show 4@vx-menu-huvudmeny")
    undone = await here.supervisor("POST", f"/changes/{answer.body['change']['id']}/undo")
    assert undone.status == 200
    again = await here.supervisor("POST", f"/changes/{answer.body['change']['id']}/undo")
    assert again.status == 409


async def test_undo_over_a_later_edit_shows_both_and_asks(here: Town, admin: Api) -> None:
    path = "/objects/menu/huvudmeny"
    ids = []
    for wait in (7, 9):
        tag = (await admin("GET", path)).headers["ETag"]
        ids.append((await admin("PATCH", path, {"spec": {"wait": wait}}, if_match=tag)).body["change"]["id"])
    refused = await admin("POST", f"/changes/{ids[0]}/undo")
    assert refused.status == 409
    assert refused.body["conflicts"] == [{"path": ["wait"], "set": 7, "restores": 5, "now": 9}]
    forced = await admin("POST", f"/changes/{ids[0]}/undo", {"force": True})
    assert forced.body["change"]["state"] == "live"
    assert (await admin("GET", path)).body["spec"]["wait"] == 5


async def test_agents_are_added_paused_and_removed_and_proven(here: Town) -> None:
    path = "/queues/kundservice/agents/205"
    added = await here.supervisor("PUT", path, {"permanent": True, "penalty": 2})
    assert (added.status, added.body["change"]["state"]) == (200, "live"), added.body
    paused = await here.supervisor("PATCH", path, {"paused": True, "reason": "Lunch; |x"})
    assert paused.body["change"]["state"] == "live"
    shown = await here.pbx.cli("queue show vx-kundservice")
    assert "205 (PJSIP/205) with penalty 2" in shown
    assert "paused" in shown
    assert "Lunch" not in shown
    live = (await here.supervisor("GET", "/queues/kundservice")).body
    assert live["agents"][0] | {"state": ""} == {
        "extension": "205",
        "state": "",
        "paused": True,
        "reason": "Lunch; |x",
        "penalty": 2,
        "calls_taken": 0,
        "permanent": True,
    }
    again = await here.supervisor("PATCH", path, {"paused": True, "reason": "Lunch; |x"})
    assert again.body["change"]["id"] is None
    undone = await here.supervisor("POST", f"/changes/{paused.body['change']['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert "paused" not in await here.pbx.cli("queue show vx-kundservice")
    assert (await here.supervisor("DELETE", path)).status == 200
    assert (await here.supervisor("DELETE", path)).status == 404
    assert "PJSIP/205" not in await here.pbx.cli("queue show vx-kundservice")


async def test_agents_are_refused_without_the_aspect_or_the_phone(here: Town) -> None:
    assert (await here.supervisor("PUT", "/queues/felanmalan/agents/205", {})).status == 403
    assert (await here.supervisor("PUT", "/queues/kundservice/agents/999", {})).status == 422
    assert (await here.supervisor("PUT", "/queues/kundservice/agents/205", {"penalty": 11})).status == 422
    assert (await here.supervisor("PUT", "/queues/kundservice/agents/205", {"penalty": "2"})).status == 422
    assert (await here.people["other_supervisor"]("PUT", "/queues/kundservice/agents/205", {})).status == 404


async def test_an_object_is_made_used_and_deleted_only_when_nobody_uses_it(here: Town, admin: Api) -> None:
    body = {"kind": "announcement", "key": "stormen", "name": 'Stormen "A;B", ${SHELL(x)}', "spec": {}}
    made = await admin("POST", "/objects", body)
    assert made.body["change"]["state"] == "live", made.body
    assert made.body["object"]["name"] == body["name"]
    assert "play" in await here.pbx.cli("dialplan show vx-announcement-stormen")
    assert (await admin("POST", "/objects", body)).status == 409
    assert (await here.supervisor("POST", "/objects", body | {"key": "annat"})).status == 403
    tag = made.headers["ETag"]
    menu = await admin("GET", "/objects/menu/huvudmeny")
    led = await admin(
        "PATCH",
        "/objects/menu/huvudmeny",
        {"spec": {"invalid": to("announcement/stormen")}},
        if_match=menu.headers["ETag"],
    )
    assert led.status == 200
    used = await admin("DELETE", "/objects/announcement/stormen", if_match=tag)
    assert (used.status, used.body["used_by"]) == (409, ["menu/huvudmeny"])
    assert (await admin("POST", f"/changes/{led.body['change']['id']}/undo")).status == 200
    gone = await admin("DELETE", "/objects/announcement/stormen", if_match=tag)
    assert gone.body["change"]["state"] == "live"
    assert (await admin("GET", "/objects/announcement/stormen")).status == 404
    assert "play" in await here.pbx.cli("dialplan show vx-announcement-stormen"), "calls may still be in it"
    assert (await admin("POST", "/objects", body)).status == 409, "keys are never used again"
    back = await admin("POST", f"/changes/{gone.body['change']['id']}/undo")
    assert back.body["change"]["state"] == "live"
    assert (await admin("GET", "/objects/announcement/stormen")).body["name"] == body["name"]


async def test_flows_are_written_by_administrators_and_bind_at_once(here: Town, admin: Api) -> None:
    flow = next(f for f in (await admin("GET", "/flows")).body if f["name"] == "Reception")
    grant = {"object": "announcement/reception", "aspects": ["audio"]}
    body = {k: flow[k] for k in ("name", "description", "number", "supervisors")}
    path = f"/flows/{flow['id']}"
    assert (await here.supervisor("PUT", path, body, if_match="*")).status == 404
    assert (await here.people["other_supervisor"]("PUT", path, body, if_match="*")).status == 403
    wider = await admin("PUT", path, body | {"grants": [grant, *flow["grants"]]}, if_match=flow["version"])
    assert wider.status == 200, wider.body
    assert (await admin("PUT", path, body, if_match=flow["version"])).status == 412
    assert (await here.people["other_supervisor"]("GET", "/objects/announcement/reception")).status == 200
    bad = await admin("PUT", path, body | {"grants": [grant | {"aspects": ["fly"]}]}, if_match="*")
    assert (bad.status, bad.body["errors"][0]["field"]) == (422, "grants.0.aspects")
    none = await admin("PUT", path, body | {"grants": []}, if_match="*")
    assert none.status == 200
    assert (await here.people["other_supervisor"]("GET", "/objects/announcement/reception")).status == 403
    assert (await admin("PUT", path, body | {"grants": flow["grants"]}, if_match="*")).status == 200


async def test_a_new_password_ends_every_token(here: Town, admin: Api) -> None:
    login = {"email": "sixten@example.se", "password": PASSWORD}
    made = await admin("POST", "/users", login | {"name": "Sixten O'Hara-Ö", "rights": ["flow_user"]})
    assert made.status == 201, made.body

    async def log_in(**other: str) -> tuple[int, Any]:
        async with here.session.post("/api/v1/tokens", json=login | other) as answer:
            return answer.status, await answer.json()

    sixten = Api(here.session, (await log_in())[1]["token"])
    wrong = await sixten("PATCH", "/me", {"password": "ett nytt lösenord", "old_password": "fel"})
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "old_password")
    assert (await sixten("PATCH", "/me", {"password": "kort", "old_password": PASSWORD})).status == 422
    changed = await sixten("PATCH", "/me", {"password": "ett nytt lösenord", "old_password": PASSWORD})
    assert changed.status == 200
    assert (await sixten("GET", "/me")).status == 401
    assert (await log_in())[0] == 401
    sixten = Api(here.session, (await log_in(password="ett nytt lösenord"))[1]["token"])
    assert (await sixten("GET", "/flows")).body == []
    assert (await admin("PATCH", f"/users/{made.body['id']}", {"disabled": True})).status == 200
    assert (await sixten("GET", "/me")).status == 401
    for _ in range(5):
        await log_in(password="fel fel fel fel")
    assert (await log_in(password="ett nytt lösenord"))[0] == 429


async def test_history_is_newest_first_and_paged(here: Town, admin: Api) -> None:
    for wait in (11, 12, 13):
        tag = (await admin("GET", "/objects/menu/huvudmeny")).headers["ETag"]
        await admin("PATCH", "/objects/menu/huvudmeny", {"spec": {"wait": wait}}, if_match=tag)
    first = await here.supervisor("GET", "/changes?object=menu/huvudmeny&limit=2")
    assert [c["edits"][0]["after"] for c in first.body] == [13, 12]
    following = first.headers["Link"].partition(">")[0].removeprefix("</api/v1")
    assert (await here.supervisor("GET", following)).body[0]["edits"][0]["after"] == 11
    assert (await here.people["other_supervisor"]("GET", "/changes?object=menu/huvudmeny")).status == 404
    others = (await here.people["other_supervisor"]("GET", "/changes")).body
    assert {c["object"] for c in others} <= {"schedule/reception"}


async def test_fifty_saves_at_once_are_each_live_or_told_so(
    here: Town, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here.plane.context, "answer_within", 60.0)  # how long they wait says how busy the machine is
    before = (await admin("GET", "/system")).body["nodes"][0]["applications"][0]["revision"]

    async def save(day: int) -> str:
        date = f"2029-{1 + day // 28:02d}-{1 + day % 28:02d}"
        body = {"from": date, "to": date, "hours": [["09:00", "10:00"]]}
        said = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
        while said.status == 503:  # a busy database says so, and nothing is saved
            await asyncio.sleep(0.2)
            said = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
        assert said.status == 200, said.body
        return str(said.body["change"]["state"])

    assert set(await asyncio.gather(*(save(day) for day in range(50)))) == {"live"}
    after = (await admin("GET", "/system")).body
    assert after["desired_revision"] == after["nodes"][0]["live_revision"] == before + 50
    shown = await here.pbx.cli("dialplan show vx-schedule-kundtjanst")
    assert shown.count("2029-") == 50


async def test_what_was_deleted_days_ago_comes_back_by_undo(here: Town, admin: Api) -> None:
    body = {"kind": "voicemail", "key": "gammal", "name": "Gammal", "spec": {"pin": "4711", "code": "*97"}}
    assert (await admin("POST", "/objects", body)).status == 200
    before = (await admin("GET", "/objects/voicemail/gammal")).body
    gone = await admin("DELETE", "/objects/voicemail/gammal", if_match="*")
    async with here.plane.database.write() as db:
        long_ago = utc_now() - dt.timedelta(days=3)
        await db.execute(update(schema.objects).where(schema.objects.c.key == "gammal").values(deleted_at=long_ago))
    body = {"kind": "menu", "key": "annan", "name": "Annan", "spec": {}}
    assert (await admin("POST", "/objects", body)).status == 200  # a revision in which it is forgotten
    back = await admin("POST", f"/changes/{gone.body['change']['id']}/undo")
    assert (back.status, back.body["change"]["state"]) == (200, "live"), back.body
    after = (await admin("GET", "/objects/voicemail/gammal")).body
    assert (after["name"], after["spec"]) == (before["name"], before["spec"])
    assert after["version"] != before["version"]
