"""What strangers found who attacked the product: each stays mended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.real_asterisk.town import NUMBER, Api, Town, to, town
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.storage import agents

pytestmark = pytest.mark.pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture
def admin(here: Town) -> Api:
    return here.people["admin"]


async def granted(admin: Api, grant: dict[str, Any]) -> None:
    flow = next(f for f in (await admin("GET", "/flows")).body if f["number"] == NUMBER)
    grants = [g for g in flow["grants"] if g["object"] != grant["object"]]
    answer = await admin("PUT", f"/flows/{flow['id']}", flow | {"grants": [*grants, grant]}, if_match="*")
    assert answer.status == 200, answer.body


async def patched(who: Api, ref: str, spec: dict[str, Any]) -> Any:
    return await who("PATCH", f"/objects/{ref}", {"spec": spec}, if_match="*")


async def test_no_conflict_of_an_undo_shows_a_pins_hash(here: Town, admin: Api) -> None:
    await granted(admin, {"object": "voicemail/kundtjanst", "aspects": ["settings"], "limits": {}, "expires": None})
    first = await patched(here.supervisor, "voicemail/kundtjanst", {"pin": "4711"})
    assert first.body["change"]["state"] == "live", first.body
    assert (await patched(here.supervisor, "voicemail/kundtjanst", {"pin": "1234"})).status == 200
    refused = await here.supervisor("POST", f"/changes/{first.body['change']['id']}/undo")
    assert refused.status == 409
    assert refused.body["conflicts"] == [{"path": ["pin"], "set": "set", "restores": None, "now": "set"}]


async def test_undo_of_an_administrators_change_brings_nothing_beyond_ones_limits(here: Town, admin: Api) -> None:
    limits = {"destinations": ["queue/faktura"], "keys": "7"}
    await granted(admin, {"object": "menu/huvudmeny", "aspects": ["options"], "limits": limits, "expires": None})
    for there in ({"dialplan": "secret,s,1"}, to("queue/kundservice")):
        assert (await patched(admin, "menu/huvudmeny", {"options": {"7": there}})).status == 200
        gone = await patched(admin, "menu/huvudmeny", {"options": {"7": None}})
        refused = await here.supervisor("POST", f"/changes/{gone.body['change']['id']}/undo")
        assert refused.status == 403, refused.body
    assert (await patched(admin, "menu/huvudmeny", {"options": {"7": to("queue/faktura")}})).status == 200
    gone = await patched(here.supervisor, "menu/huvudmeny", {"options": {"7": None}})
    back = await here.supervisor("POST", f"/changes/{gone.body['change']['id']}/undo")
    assert back.body["change"]["state"] == "live", back.body


async def test_a_grant_may_list_who_can_be_an_agent(here: Town, admin: Api) -> None:
    limits = {"destinations": ["extension/201"]}
    await granted(admin, {"object": "queue/faktura", "aspects": ["agents"], "limits": limits, "expires": None})
    refused = await here.supervisor("PUT", "/queues/faktura/agents/203", {})
    assert refused.status == 403
    assert "203" in refused.body["reason"]
    assert (await here.supervisor("PUT", "/queues/faktura/agents/201", {})).status == 200
    assert (await admin("PUT", "/queues/faktura/agents/203", {})).status == 200
    assert (await here.supervisor("PATCH", "/queues/faktura/agents/203", {"paused": True})).status == 200
    assert (await here.supervisor("DELETE", "/queues/faktura/agents/203")).status == 200


async def test_an_agent_who_is_permanent_no_longer_is_one_for_today(here: Town, admin: Api) -> None:
    await admin("PUT", "/queues/kundservice/agents/204", {})
    made = await admin("PATCH", "/queues/kundservice/agents/204", {"permanent": True})
    before = (await _agents(here))["204"]
    assert (await admin("POST", f"/changes/{made.body['change']['id']}/undo")).status == 200
    after = (await _agents(here))["204"]
    assert (before.permanent, after.permanent) == (True, False)
    assert after.added_at > before.added_at


async def _agents(here: Town) -> Any:
    async with here.plane.database.read() as db:
        return await agents.of_queue(db, ObjectRef("queue", "kundservice"))


async def test_errors_name_the_field_that_is_wrong(here: Town, admin: Api) -> None:
    body = {"from": "2027-11-25", "to": "2027-01-01", "hours": []}
    refused = await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", body)
    assert [(e["field"], e["message"]) for e in refused.body["errors"]] == [("to", "ends before it begins")]
    ends = {"a": {"end": "busy"}, "b": {"end": "busy"}}
    spec = {"positions": ends, "default": "q", "position": {"at": "x"}}
    refused = await admin("POST", "/objects", {"kind": "switch", "key": "fel", "name": "Fel", "spec": spec})
    assert [e["field"] for e in refused.body["errors"]] == ["spec.default", "spec.position"]
    refused = await patched(admin, "menu/huvudmeny", {"options": {"20": {"end": "busy"}}})
    assert {e["field"] for e in refused.body["errors"]} == {"spec.options.20"}


async def test_a_queue_that_nobody_answers_leads_on_in_the_graph_as_it_does_for_callers(here: Town, admin: Api) -> None:
    spec = {"no_agents": to("announcement/helgmeddelande"), "when_empty": "refuse"}
    assert (await patched(admin, "queue/felanmalan", spec)).status == 200
    flow = next(f for f in (await admin("GET", "/flows")).body if f["number"] == NUMBER)
    path = f"/flows/{flow['id']}/graph?at=2027-03-16T10:42&digits=3"
    assert (await admin("GET", path)).body["path"][-2:] == ["announcement/helgmeddelande", "end/hangup"]
    assert (await admin("PUT", "/queues/felanmalan/agents/208", {})).status == 200
    assert (await admin("GET", path)).body["path"][-1] == "queue/felanmalan"


async def test_history_names_no_flow_that_is_not_ones_own(here: Town, admin: Api) -> None:
    grant = {"object": "queue/faktura", "aspects": ["agents"]}
    flow = {"name": "Hemlig utredning", "grants": [grant], "supervisors": ["other_supervisor@example.se"]}
    assert (await admin("POST", "/flows", flow)).status == 201
    made = await here.people["other_supervisor"]("PUT", "/queues/faktura/agents/205", {})
    assert made.body["change"]["via"]["name"] == "Hemlig utredning"
    seen = {}
    for name in ("supervisor", "other_supervisor", "admin"):
        changes = (await here.people[name]("GET", "/changes?object=queue/faktura")).body
        seen[name] = next(c["via"]["name"] for c in changes if c["id"] == made.body["change"]["id"])
    assert seen == {"supervisor": None, "other_supervisor": "Hemlig utredning", "admin": "Hemlig utredning"}
