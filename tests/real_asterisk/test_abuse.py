"""What a supervisor who wants more, an unlucky operator and a killed Asterisk may not bring about."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.databases import backup
from tests.real_asterisk.town import PASSWORD, Api, Town, found, people_of, settings_of, to, town
from vaxelflode.bootstrap import Plane, plane, running, utc_now
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.storage import objects

pytestmark = pytest.mark.pbx

SCHEDULE = "/objects/schedule/kundtjanst"
DAY = {"from": "2027-03-16", "to": "2027-03-16", "hours": []}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


async def _patch(api: Api, path: str, spec: dict[str, Any]) -> Any:
    return await api("PATCH", path, {"spec": spec}, if_match="*")


async def test_exits_that_go_round_by_themselves_are_refused(here: Town) -> None:
    refused = await here.supervisor("POST", f"{SCHEDULE}/overrides", DAY | {"closed": to("schedule/kundtjanst")})
    assert refused.status == 422, refused.body
    assert "round" in refused.body["detail"]
    admin = here.people["admin"]
    assert (
        await _patch(admin, "/objects/announcement/helgmeddelande", {"next": to("announcement/helgmeddelande")})
    ).status == 422
    assert (
        await _patch(admin, "/objects/announcement/helgmeddelande", {"next": to("schedule/kundtjanst")})
    ).status == 422
    assert (await _patch(admin, "/objects/queue/faktura", {"full": to("queue/faktura")})).status == 422
    again = await _patch(admin, "/objects/announcement/nattmeddelande", {"next": to("menu/huvudmeny")})
    assert again.status == 200, "a menu waits for the caller"
    assert (await admin("POST", f"/changes/{again.body['change']['id']}/undo")).status == 200


async def test_what_one_may_change_one_may_undo_also_where_it_led_off_the_graph(here: Town) -> None:
    taken = await _patch(here.supervisor, "/objects/menu/huvudmeny", {"options": {"3": None}})
    assert taken.status == 200
    undone = await here.supervisor("POST", f"/changes/{taken.body['change']['id']}/undo")
    assert (undone.status, undone.body.get("change", {}).get("state")) == (200, "live"), undone.body


@pytest.mark.parametrize("strategy", ["linear", "rrordered"])
async def test_a_queue_never_becomes_ordered(here: Town, strategy: str) -> None:
    refused = await _patch(here.people["admin"], "/objects/queue/faktura", {"strategy": strategy})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "spec.strategy")
    assert "make a new one" in refused.body["errors"][0]["message"]


async def test_an_agents_phone_is_not_deleted_under_them(here: Town) -> None:
    admin = here.people["admin"]
    made = await admin(
        "POST", "/objects", {"kind": "extension", "key": "299", "name": "Prov", "spec": {"endpoint": "299"}}
    )
    assert made.status == 200
    assert (await here.supervisor("PUT", "/queues/kundservice/agents/299", {})).status == 200
    refused = await admin("DELETE", "/objects/extension/299", if_match="*")
    assert (refused.status, refused.body["used_by"]) == (409, ["queue/kundservice"])
    assert (await here.supervisor("DELETE", "/queues/kundservice/agents/299")).status == 200
    assert (await admin("DELETE", "/objects/extension/299", if_match="*")).status == 200


async def test_the_sound_of_a_locked_node_stays_locked(here: Town) -> None:
    admin = here.people["admin"]
    hidden = (await admin("GET", "/objects/announcement/helgmeddelande")).body["spec"]["prompt"]
    refused = await _patch(here.supervisor, "/objects/announcement/nattmeddelande", {"prompt": hidden})
    assert refused.status == 422
    flow = (await here.supervisor("GET", "/flows")).body[0]["id"]
    shown = await here.supervisor("GET", f"/flows/{flow}/graph?at=2027-12-25T12:00")
    assert hidden not in str(shown.body)


async def test_a_log_in_under_way_does_not_outlive_a_new_password(here: Town) -> None:
    admin = here.people["admin"]
    login = {"email": "berit@example.se", "password": PASSWORD}
    await admin("POST", "/users", login | {"name": "Berit", "rights": ["flow_user"]})

    async def log_in() -> str | None:
        async with here.session.post("/api/v1/tokens", json=login) as answer:
            return str((await answer.json())["token"]) if answer.status == 201 else None

    token = await log_in()
    assert token is not None
    change = Api(here.session, token)("PATCH", "/me", {"password": "ett helt nytt ord", "old_password": PASSWORD})
    changing = asyncio.ensure_future(change)
    tokens = await asyncio.gather(*(log_in() for _ in range(4)))
    assert (await changing).status == 200
    for left in (token, *(t for t in tokens if t)):
        assert (await Api(here.session, left)("GET", "/me")).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/changes?limit=" + "9" * 5000,
        "/flows/{flow}/graph?at=0001-01-01T12:00%2B00:00",
        "/flows/{flow}/graph?at=99999999999",
    ],
)
async def test_odd_questions_are_answered_422(here: Town, path: str) -> None:
    flow = (await here.supervisor("GET", "/flows")).body[0]["id"]
    assert (await here.supervisor("GET", path.format(flow=flow))).status == 422


async def test_bodies_that_cannot_be_read_are_bad_requests(here: Town) -> None:
    for headers, body in (
        ({"Content-Encoding": "gzip"}, b"not gzip"),
        ({}, b'{"email": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"),
    ):
        async with here.session.post(
            "/api/v1/tokens", data=body, headers={"Content-Type": "application/json"} | headers
        ) as answer:
            assert answer.status == 400, await answer.text()


async def test_an_agent_who_was_removed_does_not_come_back_with_a_killed_asterisk(here: Town) -> None:
    for extension in ("206", "207"):
        await here.supervisor("PUT", f"/queues/kundservice/agents/{extension}", {})
    await asyncio.sleep(1.2)  # until Asterisk's database is on the disk
    for extension in ("206", "207"):
        await here.supervisor("DELETE", f"/queues/kundservice/agents/{extension}")
    await here.pbx.kill()
    await here.pbx.start()
    shown = ""
    for _ in range(150):
        shown = await here.pbx.cli("queue show vx-kundservice")
        if not here.plane.trouble() and "PJSIP/20" not in shown:
            return
        await asyncio.sleep(0.1)
    pytest.fail(shown)


async def test_what_is_taken_out_of_the_live_dialplan_is_noticed_and_put_back(here: Town) -> None:
    await here.pbx.cli("dialplan remove context vx-menu-huvudmeny")
    here.plane.applier.wake(doubtful=True)
    for _ in range(100):
        if "prompt" in await here.pbx.cli("dialplan show vx-menu-huvudmeny"):
            return
        await asyncio.sleep(0.1)
    pytest.fail("the menu did not come back")


async def test_an_older_database_never_rolls_the_pbx_back_unasked(pbx_maker: Maker, tmp_path: Path) -> None:
    async with pbx_maker(tmp_path / "pbx") as pbx:
        async with town(pbx, tmp_path / "new"):
            pass
        backup(tmp_path / "new", tmp_path / "old")
        async with town(pbx, tmp_path / "new", founded=True) as made:
            assert (await made.supervisor("POST", f"{SCHEDULE}/overrides", DAY)).status == 200
            await made.supervisor("PUT", "/queues/kundservice/agents/206", {"permanent": True})
            live = await _live(pbx)
        async with plane(settings_of(pbx, tmp_path / "old")) as older, running(older, serve=False):
            assert "is at revision 1, older than 2" in await _held_back(older)
            assert await _live(pbx) == live
        async with town(pbx, tmp_path / "new", founded=True):  # the one that it belongs to is let in as ever
            assert await _live(pbx) == live


async def test_another_installations_database_never_takes_the_pbx_unasked(pbx_maker: Maker, tmp_path: Path) -> None:
    async with pbx_maker(tmp_path / "pbx") as pbx:
        async with town(pbx, tmp_path / "ours") as made:
            await made.supervisor("PUT", "/queues/kundservice/agents/206", {"permanent": True})
            live = await _live(pbx)
        # The same company, in a database of its own, at a later revision: nothing but its name tells it.
        async with plane(settings_of(pbx, tmp_path / "other")) as other:
            await found(other)
            async with other.database.write() as db:
                for _ in range(9):
                    await objects.next_revision(db, utc_now())
            async with running(other):
                assert "was made from another database" in await _held_back(other)
                assert "stop the control plane and run `vaxelflode apply`" in other.trouble()["applier"]
                async with people_of(other) as (session, people):
                    added = await people["supervisor"]("PUT", "/queues/kundservice/agents/207", {})
                    closed = await people["supervisor"]("POST", f"{SCHEDULE}/overrides", DAY)
                    assert [(a.status, a.body["change"]["state"]) for a in (added, closed)] == [(202, "pending")] * 2
                    async with session.get("/readyz") as ready:
                        assert "another database" in (await ready.json())["trouble"]["applier"]
                assert await _live(pbx) == live
        async with plane(settings_of(pbx, tmp_path / "other"), roll_back=True) as asked, asked.apply, asked.live:
            await asked.apply.wait_connected(10)
            await asked.live.wait_connected(10)
            await asked.applier.once()
        async with town(pbx, tmp_path / "other", founded=True) as made:
            await _until(lambda shown: "PJSIP/207" in shown and "PJSIP/206" not in shown, pbx)
            assert "2027-03-16" in await pbx.cli("dialplan show vx-schedule-kundtjanst")
        async with plane(settings_of(pbx, tmp_path / "ours")) as first, running(first, serve=False):
            assert "was made from another database" in await _held_back(first)


async def _live(pbx: Pbx) -> tuple[str, str]:
    """What callers meet: the schedule, and who answers."""
    shown = await pbx.cli("queue show vx-kundservice")
    return await pbx.cli("dialplan show vx-schedule-kundtjanst"), re.sub(r"login was \d+ secs", "", shown)


async def _held_back(made: Plane) -> str:
    """Why nothing is applied, once the applier has looked; and time for the others to do something."""
    await made.apply.wait_connected(10)
    await made.live.wait_connected(10)
    async with asyncio.timeout(10):
        while made.applier.trouble is None:  # noqa: ASYNC110 - as whoever watches it does
            await asyncio.sleep(0.05)
    made.keeper.wake()
    made.switches.wake()
    await asyncio.sleep(1)
    return made.trouble()["applier"]


async def _until(done: Callable[[str], bool], pbx: Pbx) -> None:
    async with asyncio.timeout(20):
        while not done(await pbx.cli("queue show vx-kundservice")):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
