"""The whole product behind a bad line: what is saved is proven live or waits, and the state says where it stands."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.asterisk.proxy import Garble, Proxy, at_the, swallowing
from tests.real_asterisk.town import Town, town
from vaxelflode.asterisk import ConnectionState
from vaxelflode.demo.choose import Maker

pytestmark = pytest.mark.pbx

DAYS = iter(dt.date(2029, 1, 1) + dt.timedelta(n) for n in range(300))


@dataclass
class Behind:
    """A town whose control plane reaches its PBX through a proxy."""

    town: Town
    proxy: Proxy

    async def ready(self) -> tuple[int, dict[str, str]]:
        """What ``/readyz`` says: its status, and what stands in the way."""
        async with self.town.session.get("/readyz") as answer:
            return answer.status, (await answer.json()).get("trouble", {})

    async def until_ready(self) -> None:
        """Everything is connected, live and proven."""
        async with asyncio.timeout(60):
            while (await self.ready())[0] != 200:  # noqa: ASYNC110 - as whoever watches it does
                await asyncio.sleep(0.05)

    async def node(self) -> dict[str, Any]:
        """What ``GET /system`` tells an administrator of this node."""
        return dict((await self.town.people["admin"]("GET", "/system")).body["nodes"][0])

    async def becomes(self, word: str, **accounts: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Wait until ``/readyz`` and ``GET /system`` both say so; what they say."""
        trouble: dict[str, str] = {}
        node: dict[str, Any] = {}
        wanted = {f"vx-{name}": state for name, state in accounts.items()}
        async with asyncio.timeout(20):
            while True:
                _, trouble = await self.ready()
                node = await self.node()
                there = {one["account"]: one["state"] for one in node["accounts"]}
                here = {f"vx-{n}": trouble.get(f"ami_{n}", "connected").partition(" ")[0] for n in accounts}
                if (node["connection"], there, here) == (word, wanted, wanted):
                    return trouble, node
                await asyncio.sleep(0.05)

    async def is_in_the_pbx(self, day: str) -> bool:
        """Asked of Asterisk itself, not through the proxy."""
        return day in await self.town.pbx.cli("dialplan show vx-schedule-kundtjanst")

    async def state_of(self, change_id: str) -> str:
        """Of a change, as the history tells it; ``live`` is only said of what is in the PBX."""
        changes = (await self.town.people["admin"]("GET", "/changes")).body
        return str(next(c["state"] for c in changes if c["id"] == change_id))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Behind]:
    async with (
        pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx,
        Proxy(pbx.ami.host, pbx.ami.port) as proxy,
        town(pbx, tmp_path_factory.mktemp("data"), ami_port=proxy.port) as made,
    ):
        yield Behind(made, proxy)


def _cut_before(proxy: Proxy) -> None:
    proxy.up.rule = at_the(1, b"Action: Reload", proxy.cut)


def _cut_after(proxy: Proxy) -> None:
    """The reload reaches Asterisk, and what came of it reaches nobody."""

    def rule(message: bytes) -> bytes:
        if message.startswith(b"Action: Reload"):
            proxy.up.rule, proxy.down.silent = None, True
            asyncio.get_running_loop().call_later(0.2, cut)
        return message

    def cut() -> None:
        proxy.cut("fin")
        proxy.mend()

    proxy.up.rule = rule


def _silent(proxy: Proxy) -> None:
    proxy.down.silent = True


def _half_open(proxy: Proxy) -> None:
    proxy.cut("half open")


def _delayed(proxy: Proxy) -> None:
    proxy.up.delay = proxy.down.delay = 0.1


def _trickling(proxy: Proxy) -> None:
    proxy.up.piece = proxy.down.piece = 1


def _garbled(proxy: Proxy) -> None:
    garble = Garble(one_in=400, seed=7)
    # A refused login is tried again after half a minute, which is another test's matter.
    proxy.down.rule = lambda m: m if b"Authentication" in m or b"FullyBooted" in m else garble(m)


def _forged(proxy: Proxy) -> None:
    noise = (
        b"Response: Success\r\nMessage: Module Reloaded\r\n\r\n"
        b"Event: Reload\r\nPrivilege: system,all\r\nModule: pbx_config\r\nStatus: 0\r\n\r\n"
        b"Event: ListDialplan\r\nContext: vx-revision\r\nExtension: 999-abc\r\n\r\n"
        b"Event: ShowDialPlanComplete\r\nEventList: Complete\r\n\r\n"
    )
    proxy.down.rule = lambda message: message + noise


#: The fault, and what the answer to a save may be under it.
FAULTS: dict[str, tuple[Callable[[Proxy], None], set[str]]] = {
    "cut before the reload": (_cut_before, {"live", "pending"}),
    "cut after the reload": (_cut_after, {"live", "pending"}),
    "silent": (_silent, {"pending"}),
    "half open": (_half_open, {"pending"}),
    "delayed": (_delayed, {"live", "pending"}),
    "one byte at a time": (_trickling, {"live", "pending"}),
    "garbled": (_garbled, {"live", "pending", "rejected"}),
    "forged": (_forged, {"live"}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_save_is_proven_live_or_waits_and_is_never_merely_claimed(here: Behind, fault: str) -> None:
    await here.until_ready()
    day = next(DAYS).isoformat()
    begin, allowed = FAULTS[fault]
    begin(here.proxy)
    answer = await here.town.supervisor(
        "POST", "/objects/schedule/kundtjanst/overrides", {"from": day, "to": day, "hours": []}
    )
    change = answer.body["change"]
    assert change["state"] in allowed, answer.body
    assert answer.status == {"live": 200, "pending": 202, "rejected": 502}[change["state"]]
    if change["state"] == "live":
        assert await here.is_in_the_pbx(day)
    here.proxy.mend()
    state = change["state"]
    async with asyncio.timeout(30):  # though what was lost on the way stays lost, and may still be waited for
        while state == "pending":
            await asyncio.sleep(0.05)
            state = await here.state_of(change["id"])
        await here.until_ready()
    assert state in allowed | {"live"}
    assert await here.is_in_the_pbx(day) is (state == "live")
    async with asyncio.timeout(10):  # how the node stands is written down by a task of its own
        node = await here.node()
        while node["connection"] != "connected":
            await asyncio.sleep(0.05)
            node = await here.node()
    assert node["drift"] is False
    assert await here.state_of(change["id"]) == state


@pytest.mark.parametrize("fault", [_silent, _half_open])
async def test_silence_is_not_called_connected_for_long_though_a_reload_is_waited_for(
    here: Behind, fault: Callable[[Proxy], None]
) -> None:
    await here.until_ready()
    proxy, day = here.proxy, next(DAYS).isoformat()
    loop = asyncio.get_running_loop()
    fell: list[float] = []

    def begin() -> None:
        fell.append(loop.time())
        fault(proxy)

    def once(message: bytes) -> bytes:
        if message.startswith(b"Action: Reload"):
            proxy.up.rule = None
            loop.call_soon(begin)
        return message

    proxy.up.rule = once
    saved = asyncio.create_task(
        here.town.supervisor("POST", "/objects/schedule/kundtjanst/overrides", {"from": day, "to": day, "hours": []})
    )
    async with asyncio.timeout(30):
        while here.town.plane.apply.state is ConnectionState.CONNECTED or not fell:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        assert "ami_apply" in (await here.ready())[1] or fault is _half_open
    change = (await saved).body["change"]
    assert change["state"] == "pending"
    proxy.mend()
    async with asyncio.timeout(30):
        while await here.state_of(change["id"]) != "live":  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        await here.until_ready()
    assert await here.is_in_the_pbx(day)


async def test_the_four_states_are_told_with_their_reasons_and_since_when(here: Behind) -> None:
    """On ``/readyz`` in words, and to administrators of each account in ``GET /system``; secrets in neither."""
    proxy, pbx = here.proxy, here.town.pbx
    await here.until_ready()
    await here.becomes("connected", live="connected", apply="connected")
    proxy.down.rule = swallowing(b"Event: FullyBooted")
    proxy.cut()
    trouble, node = await here.becomes("booting", live="booting", apply="booting")
    assert trouble["ami_live"].endswith(" UTC")
    assert {one["reason"] for one in node["accounts"]} == {"logged in, waiting for FullyBooted"}
    proxy.shut()
    trouble, node = await here.becomes("lost", live="lost", apply="lost")
    since = {one["account"]: dt.datetime.fromisoformat(one["since"]) for one in node["accounts"]}
    assert trouble["ami_apply"] == f"lost since {since['vx-apply']:%Y-%m-%d %H:%M:%S} UTC"
    assert dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1) < since["vx-apply"] <= dt.datetime.now(dt.UTC)
    others = (await here.town.supervisor("GET", "/system")).body["nodes"][0]
    assert others["connection"] == "lost"
    assert "accounts" not in others
    proxy.mend()
    await here.until_ready()
    _, node = await here.becomes("connected", live="connected", apply="connected")
    secret = pbx.ami.apply.secret
    proxy.up.rule = lambda message: message.replace(secret.encode(), b"wrong")
    proxy.cut()
    trouble, node = await here.becomes("refused", live="connected", apply="refused")
    assert "refuses account vx-apply: Authentication failed" in str(node["accounts"])
    assert "vx-apply" not in str(trouble)
    assert (await here.ready())[0] == 503
    assert secret not in str((trouble, node))
