"""Each defect of panoramisk, and each fault of a line, between the gateway and a real Asterisk.

What is between them is `tests/asterisk/proxy.py`. What panoramisk does by itself is shown in
`tests/asterisk/test_panoramisk.py`; the cures are tried here where a line cuts, delays, garbles, forges and trickles.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import inspect
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, get_type_hints

import pytest
import pytest_asyncio

from tests.asterisk.proxy import Garble, Proxy, at_the, swallowing
from tests.asterisk.waiting import until
from tests.real_asterisk.test_gateway import account, calling, publish
from vaxelflode.asterisk import (
    AmiAccount,
    AmiConnection,
    ConnectionState,
    Core,
    Dialplan,
    Limits,
    Message,
    QueueOutcome,
    Queues,
    QueueState,
    UnsafeField,
    Voicemail,
)
from vaxelflode.asterisk.witness import reloading
from vaxelflode.demo.access import Account
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.demo.ports import free_port
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable

pytestmark = pytest.mark.pbx

#: Short, but a busy machine keeps them: who is merely slow is not lost.
QUICK = Limits(
    connect=2,
    login=2,
    booted=30,
    ping_every=0.2,
    ping_answer=1.5,
    retry_first=0.02,
    retry_most=0.1,
    retry_refused=60,
    steady=0.05,
    unsent_bytes=64 * 1024,
)

BOOTED = "x\r\n\r\nEvent: FullyBooted\r\nPrivilege: system\r\nUptime: 1\r\nLastReload: 1\r\nStatus: Fully Booted"
EXTENSIONS = f"""
[vx-waits]
exten => s,1,Wait(20)
[vx-tells]
exten => s,1,Answer()
 same => n,UserEvent(VxTell,Who: Åsa Öström 🎄)
exten => boots,1,Set(CALLERID(name)=${{BASE64_DECODE({b64encode(BOOTED.encode()).decode()})}})
 same => n,UserEvent(VxCalls,Who: ${{CALLERID(name)}})
[vx-long]
{"".join(f"exten => s{n},1,NoOp(Åsa {n})" + chr(10) for n in range(300))}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """An Asterisk with the dialplan above, and the queues and mailboxes of `test_gateway`."""
    async with pbx_maker(tmp_path_factory.mktemp("proxied")) as pbx:
        publish(pbx, "1", EXTENSIONS)
        for module in ("pbx_config", "app_queue", "app_voicemail"):
            await pbx.cli(f"module reload {module}.so")
        yield pbx


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(box: Pbx) -> AsyncIterator[Proxy]:
    async with Proxy(box.ami.host, box.ami.port) as between:
        yield between


def through(proxy: Proxy, login: Account, secret: str | None = None) -> AmiAccount:
    """The account of ``login``, reached through the proxy."""
    return AmiAccount("127.0.0.1", proxy.port, login.username, login.secret if secret is None else secret)


@asynccontextmanager
async def connected(proxy: Proxy, login: Account, limits: Limits = QUICK) -> AsyncIterator[AmiConnection]:
    async with AmiConnection(through(proxy, login), limits) as connection:
        await connection.wait_connected(10)
        yield connection


@pytest_asyncio.fixture(loop_scope="session")
async def live(box: Pbx, proxy: Proxy) -> AsyncIterator[AmiConnection]:
    """The account that moves agents, through the proxy."""
    async with connected(proxy, box.ami.live) as connection:
        yield connection


@pytest_asyncio.fixture(loop_scope="session")
async def applier(box: Pbx, proxy: Proxy) -> AsyncIterator[AmiConnection]:
    """The account that reloads, through the proxy."""
    async with connected(proxy, box.ami.apply) as connection:
        yield connection


@pytest_asyncio.fixture(loop_scope="session")
async def complaints() -> AsyncIterator[list[dict[str, Any]]]:
    """What the event loop has to say of errors that nobody took."""
    found: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: found.append(context))
    yield found
    loop.set_exception_handler(None)


async def the_queue(connection: AmiConnection, name: str = "vx-moved") -> QueueState:
    (queue,) = await Queues(connection).status(name)
    return queue


# What panoramisk does by itself


@pytest.mark.parametrize("hostile", ["a\r\n\r\nAction: Originate", "a\rAction: Originate", "a\nb", "a\0b"])
async def test_a_line_break_in_a_key_or_a_value_never_leaves_us(
    proxy: Proxy, live: AmiConnection, hostile: str
) -> None:
    for fields in ({"Queue": hostile}, {hostile: "a"}, {"Variable": ["a", hostile]}):
        with pytest.raises(UnsafeField):
            await live.request("QueuePause", fields)
    with pytest.raises(UnsafeField):
        await live.request(hostile)
    await Core(live).ping()
    assert {m.partition(b"\r\n")[0] for m in proxy.up.passed} == {b"Action: Login", b"Action: Events", b"Action: Ping"}


async def test_queue_add_resolves(proxy: Proxy, live: AmiConnection) -> None:
    queues = Queues(live)
    assert await queues.add("vx-moved", "PJSIP/201", member_name="ext-201") is QueueOutcome.DONE
    assert [member.name for member in (await the_queue(live)).members] == ["ext-201"]
    assert await queues.remove("vx-moved", "PJSIP/201") is QueueOutcome.DONE
    assert len(proxy.reached("QueueAdd")) == 1


async def test_a_wrong_secret_is_refused_and_not_tried_again_and_again(box: Pbx, proxy: Proxy) -> None:
    async with AmiConnection(through(proxy, box.ami.live, "wrong"), QUICK) as refused:
        with pytest.raises(PbxLoginRefused, match="Authentication failed"):
            await refused.wait_connected(10)
        with pytest.raises(PbxLoginRefused):
            await refused.request("Ping")
        async with Proxy(box.ami.host, box.ami.port) as other:
            other.shut()
            async with AmiConnection(through(other, box.ami.live), QUICK):
                await until(lambda: other.came >= 20)  # as often as one who is merely lost would have tried
        assert refused.state is ConnectionState.REFUSED
        assert "wrong" not in refused.status.reason
        assert len(proxy.reached("Login")) == proxy.came == 1


@pytest.mark.parametrize("on_the_way", ["there", "back"])
async def test_what_was_not_answered_is_never_sent_again(proxy: Proxy, live: AmiConnection, on_the_way: str) -> None:
    """Not after the deadline, not after a new connection, whether it had reached Asterisk or not."""
    way = proxy.up if on_the_way == "there" else proxy.down
    way.rule = swallowing(b"Action: QueuePause", b"Response: ")
    asked = [
        asyncio.create_task(live.request("QueuePause", {"Interface": f"PJSIP/20{n}", "Paused": True}, 1 if n else 0.1))
        for n in range(5)
    ]
    with pytest.raises(PbxUnavailable):
        await asked[0]
    proxy.cut()
    for error in await asyncio.gather(*asked[1:], return_exceptions=True):
        assert isinstance(error, PbxUnavailable)
        assert error.fields["sent"] is True
    proxy.mend()
    for _ in range(3):
        await live.wait_connected(10)
        await Core(live).ping()
        proxy.cut()
        await until(lambda: live.state is not ConnectionState.CONNECTED)
    await live.wait_connected(10)
    assert len(proxy.reached("QueuePause")) == (0 if on_the_way == "there" else 5)


@pytest.mark.parametrize("how", ["rst", "fin", "half open", "silent"])
async def test_a_drop_in_the_middle_of_a_list_fails_it(proxy: Proxy, live: AmiConnection, how: str) -> None:
    """At once where the drop can be told, else within its deadline: half a list is no list."""

    def drop() -> None:
        if how == "silent":
            proxy.down.silent = True
        else:
            proxy.cut(how)  # type: ignore[arg-type]

    told = how in ("rst", "fin")
    proxy.down.rule = at_the(100, b"Event: ListDialplan", drop)
    with pytest.raises(PbxUnavailable, match="lost" if told else "no answer within") as caught:
        await asyncio.wait_for(Dialplan(live).show("vx-long", 60 if told else 0.3), 10)
    assert caught.value.fields["sent"] is True
    proxy.mend()
    await until(lambda: proxy.came > 1, 10)
    await live.wait_connected(10)
    whole = await Dialplan(live).show("vx-long")
    assert whole is not None
    assert len(whole.extensions) == 300


@pytest.mark.parametrize("how", ["silent", "half open", "stuck"])
async def test_a_silent_peer_is_lost_and_left(proxy: Proxy, live: AmiConnection, how: str) -> None:
    before = live.status
    if how == "silent":
        proxy.down.silent = True
    elif how == "stuck":
        proxy.up.stuck = True
    else:
        proxy.cut("half open")
    await until(lambda: live.state is ConnectionState.LOST, 10)
    assert "Ping: no answer within" in live.status.reason
    assert live.status.since > before.since
    with pytest.raises(PbxUnavailable, match="lost: ") as caught:
        await live.request("QueuePause")
    assert caught.value.fields["sent"] is False
    proxy.mend()
    await live.wait_connected(10)


async def test_letters_split_between_two_reads_stay_whole(box: Pbx, proxy: Proxy, live: AmiConnection) -> None:
    seen: list[Message] = []
    live.on_event("UserEvent", seen.append)
    proxy.down.piece = 1
    async with calling(box, "s"):
        await until(lambda: bool(seen), 10)
    assert seen[0]["Who"] == "Åsa Öström 🎄"
    (user,) = await Voicemail(live).users("vx")
    assert user.fullname == "Kundtjänst Åsa"


async def test_a_repeated_event_header_is_one_event_by_its_first_name(proxy: Proxy, live: AmiConnection) -> None:
    seen: list[Message] = []
    for name in ("UserEvent", "Shutdown"):
        live.on_event(name, seen.append)
    await proxy.forge(b"Event: UserEvent\r\nEvent: Shutdown\r\nEvent: FullyBooted\r\nX: 1\r\nX: 2\r\n\r\n")
    await until(lambda: bool(seen))
    await Core(live).ping()
    assert [(event.event, event["X"]) for event in seen] == [("UserEvent", "1")]
    assert proxy.came == 1


async def test_no_task_is_left_behind(box: Pbx, proxy: Proxy, complaints: list[dict[str, Any]]) -> None:
    """Not by a drop, not by requests given up, not by the end: every task is held, named and ended by its owner."""
    before = asyncio.all_tasks()
    async with connected(proxy, box.ami.live) as connection:
        for how in ("rst", "fin", "rst"):
            asked = [asyncio.create_task(_failure(connection.request("Ping")), name="asked") for _ in range(5)]
            proxy.cut(how)
            await asyncio.gather(*asked)
            await until(lambda: connection.state is ConnectionState.LOST)
            await connection.wait_connected(10)
            names = {task.get_name() for task in asyncio.all_tasks() - before}
            assert {name for name in names if name.startswith("ami-")} == {"ami-vx-live", "ami-vx-live-events"}
    await until(lambda: not asyncio.all_tasks() - before)
    gc.collect()  # a task that nobody holds would be destroyed now, and the loop would say so
    await asyncio.sleep(0)
    assert complaints == []


GUESSED: dict[type, object] = {str: "vx_a", int: 1, bool: True, dt.datetime: dt.datetime(2027, 3, 16, tzinfo=dt.UTC)}


def operations(connection: AmiConnection) -> dict[str, Callable[[], Awaitable[object]]]:
    """Everything that can be asked, with some arguments and the shortest limit that it takes."""
    found: dict[str, Callable[[], Awaitable[object]]] = {}
    for room in (Core, Dialplan, Queues, Voicemail):
        for name, function in inspect.getmembers(room, inspect.iscoroutinefunction):
            if name.startswith("_"):
                continue
            hints = get_type_hints(function)
            required = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty][1:]
            given = {one: "PJSIP/201" if one == "interface" else GUESSED[hints[one]] for one in required}
            given |= {"limit": 0.5} if "limit" in hints else {}
            found[f"{room.__name__}.{name}"] = partial(function, room(connection), **given)
    return found


async def test_everything_that_can_be_asked_has_a_deadline(proxy: Proxy, applier: AmiConnection) -> None:
    proxy.down.silent = True
    asked = {name: asyncio.create_task(_failure(ask())) for name, ask in operations(applier).items()}
    assert len(asked) > 20
    async with asyncio.timeout(20):
        for name, task in asked.items():
            assert isinstance(await task, PbxUnavailable), name
    await until(lambda: applier.state is ConnectionState.LOST, 10)


async def test_asterisk_answers_one_after_the_other_whatever_is_asked(proxy: Proxy, applier: AmiConnection) -> None:
    """Its answer to a ping is its last word on all that was asked before; so an answer that was lost is given up."""
    asked = [asyncio.create_task(_failure(ask())) for ask in operations(applier).values()]
    await asyncio.sleep(0)
    await asyncio.gather(applier.request("Ping", None, 30), *asked)
    sent = [_action_id(message) for message in proxy.up.passed]
    told = [one for one in (_action_id(message) for message in proxy.down.passed) if one]
    in_turn = [one for one, before in zip(told, ["", *told], strict=False) if one != before]
    assert len(in_turn) > 20
    assert in_turn == sent[: len(in_turn)]
    proxy.down.rule = lambda message: b"" if b"\r\nMessage: Module Reloaded\r\n" in message else message
    with pytest.raises(PbxUnavailable, match="lost on the way"):
        await asyncio.wait_for(Dialplan(applier).reload(60), 20)
    assert proxy.came == 1


def _action_id(message: bytes) -> str:
    _, _, rest = message.partition(b"\r\nActionID: ")
    return rest.partition(b"\r\n")[0].decode()


async def _failure(asked: Awaitable[object]) -> BaseException | None:
    try:
        await asked
    except Exception as err:  # noqa: BLE001 - whatever it is, the test judges it
        return err
    return None


@pytest.mark.parametrize(
    ("step", "words"),
    [("login", "Login: no answer"), ("booted", "no FullyBooted within"), ("events", "Events: no answer")],
)
async def test_every_step_of_connecting_has_a_deadline_and_is_named(
    box: Pbx, proxy: Proxy, step: str, words: str
) -> None:
    short = Limits(login=0.5, booted=0.5, retry_first=0.02, retry_most=0.05)
    proxy.down.silent = step == "login"
    proxy.down.rule = swallowing(b"Event: FullyBooted") if step == "booted" else None
    proxy.up.rule = swallowing(b"Action: Events") if step == "events" else None
    async with AmiConnection(through(proxy, box.ami.live), short) as connection:
        reasons: list[str] = []
        connection.on_state(lambda status: reasons.append(status.reason))
        await until(lambda: proxy.came >= 2, 10)
        assert any(words in reason for reason in reasons)
        with pytest.raises(PbxUnavailable):
            await connection.request("Ping")
        proxy.mend()
        await connection.wait_connected(10)


async def test_whatever_is_in_flight_fails_at_the_drop(proxy: Proxy, applier: AmiConnection) -> None:
    proxy.down.silent = True
    asked = [
        asyncio.create_task(_failure(work))
        for work in (
            Dialplan(applier).reload(60),
            Dialplan(applier).show("vx-long", 60),
            Queues(applier).status(limit=60),
            applier.request("Ping", None, 60),
        )
    ]
    await until(lambda: len(proxy.reached("Ping")) > 0 and len(proxy.reached("QueueStatus")) > 0)
    proxy.cut()
    for error in await asyncio.wait_for(asyncio.gather(*asked), 10):
        assert isinstance(error, PbxUnavailable)
        assert (error.fields["sent"], "lost" in error.message) == (True, True)


async def test_fully_booted_is_waited_for(box: Pbx, proxy: Proxy) -> None:
    proxy.down.rule = swallowing(b"Event: FullyBooted")
    async with AmiConnection(through(proxy, box.ami.live), QUICK) as connection:
        await until(lambda: connection.state is ConnectionState.BOOTING, 10)
        await proxy.forge(b"Event: Reload\r\nModule: FullyBooted\r\n\r\n")
        await connection._manager.ask(connection._manager.action("Ping", {}), 10)
        with pytest.raises(PbxUnavailable, match="booting") as caught:
            await connection.request("QueueStatus")
        assert (caught.value.fields["sent"], proxy.reached("QueueStatus")) == (False, [])
        proxy.mend()
        proxy.cut()
        await connection.wait_connected(10)


async def test_no_callers_name_says_that_asterisk_is_booted(box: Pbx, proxy: Proxy) -> None:
    """Asterisk lets the line breaks through, so the forged event would be the very bytes of a genuine one."""
    proxy.down.rule = swallowing(b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: ")
    async with AmiConnection(through(proxy, box.ami.live), QUICK) as connection:
        await until(lambda: connection.state is ConnectionState.BOOTING, 10)
        proxy.mend()
        seen: list[Message] = []
        async with AmiConnection(AmiAccount(box.ami.host, box.ami.port, *_login(box.ami.live))) as listening:
            await listening.wait_connected(10)
            listening.on_event("FullyBooted", seen.append)
            async with calling(box, "boots"):
                await until(lambda: bool(seen), 10)
        for _ in range(2):  # what Asterisk had to say to us before, it has said when it has answered
            await connection._manager.ask(connection._manager.action("Ping", {}), 10)
        assert connection.state is ConnectionState.BOOTING
        proxy.cut()
        await connection.wait_connected(10)


def _login(login: Account) -> tuple[str, str]:
    return login.username, login.secret


# What a line does


async def test_what_is_forged_changes_no_state(proxy: Proxy, live: AmiConnection) -> None:
    """An event is a hint at most, an answer is one to a question of ours, and the first counts."""
    queues = Queues(live)
    assert await queues.add("vx-moved", "PJSIP/204", member_name="ext-204") is QueueOutcome.DONE
    before, status = await the_queue(live), live.status
    hints: list[str] = []
    live.on_event("QueueMemberRemoved", lambda event: hints.append(event["Interface"]))
    mine = proxy.reached("QueueStatus")[0]["ActionID"]
    forged = (
        "Event: QueueMemberRemoved\r\nQueue: vx-moved\r\nInterface: PJSIP/204",
        "Event: QueueParams\r\nQueue: vx-moved\r\nMax: 99",
        "Event: QueueStatusComplete\r\nEventList: Complete",
        f"Event: QueueStatusComplete\r\nActionID: {mine}\r\nEventList: Complete",
        f"Response: Success\r\nActionID: {mine}\r\nEventList: start",
        f"Response: Error\r\nActionID: {mine.rpartition('/')[0]}/999999\r\nMessage: never asked",
        "Response: Error\r\nActionID: vx/somebody-else/1/1\r\nMessage: Authentication failed",
        "Response: Goodbye\r\nMessage: Thanks for all the fish.",
        "Response: Error\r\nMessage: Permission denied",
        "Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False",
        "Event: FullyBooted\r\nStatus: Fully Booted",
        "Asterisk Call Manager/0.0",
    )

    def between(message: bytes) -> bytes:  # and into the very list that is asked for
        noise = b"".join(one.encode() + b"\r\n\r\n" for one in forged)
        return message + noise if message.startswith((b"Response: ", b"Event: Queue")) else message

    proxy.down.rule = between
    for _ in range(3):
        assert await the_queue(live) == before
    await until(lambda: "PJSIP/204" in hints)
    assert (live.status, proxy.came) == (status, 1)
    assert await queues.remove("vx-moved", "PJSIP/204") is QueueOutcome.DONE


async def test_a_second_answer_is_none(proxy: Proxy, live: AmiConnection) -> None:
    def twice(message: bytes) -> bytes:
        refused = message.replace(b"Response: Success", b"Response: Error").replace(b"Ping: Pong", b"Message: No")
        return message + refused if message.startswith(b"Response: ") else message

    proxy.down.rule = twice
    for _ in range(5):
        assert (await live.request("Ping"))["Ping"] == "Pong"
    await the_queue(live)
    assert proxy.came == 1


@pytest.mark.parametrize("fault", ["trickle", "delay"])
async def test_a_slow_line_makes_everything_slower_and_nothing_else(box: Pbx, proxy: Proxy, fault: str) -> None:
    for way in (proxy.up, proxy.down):
        way.piece = 1 if fault == "trickle" else 0
        way.delay = 0.05 if fault == "delay" else 0.0
    async with connected(proxy, box.ami.live) as live, connected(proxy, box.ami.apply) as applier:
        queues, dialplan, core = Queues(live), Dialplan(applier), Core(applier)
        seen: list[str] = []
        live.on_event("QueueMemberAdded", lambda event: seen.append(event["MemberName"]))
        assert await queues.add("vx-moved", "PJSIP/202", member_name="ext-202", penalty=3) is QueueOutcome.DONE
        assert [(m.name, m.penalty) for m in (await the_queue(live)).members] == [("ext-202", 3)]
        assert await queues.remove("vx-moved", "PJSIP/202") is QueueOutcome.DONE
        await dialplan.reload_when_free()
        (tells,) = await dialplan.read_config("vaxelflode/current/extensions.conf", "vx-tells")
        assert "Who: Åsa Öström 🎄" in tells.lines[1]
        assert await dialplan.show("vx-nowhere") is None
        await core.db_put("vx-test", "slow", "Åsa;|")
        assert await core.db_get("vx-test", "slow") == "Åsa;|"
        assert await core.db_del("vx-test", "slow")
        with pytest.raises(PbxRefused, match="Permission denied"):
            await Dialplan(live).reload()
        await until(lambda: bool(seen))
    assert proxy.came == 2


@pytest.mark.parametrize("seed", range(4))
async def test_a_garbled_line_brings_about_declared_errors_and_is_whole_again_when_it_is_mended(
    box: Pbx, proxy: Proxy, complaints: list[dict[str, Any]], seed: int
) -> None:
    short = replace(QUICK, login=0.5, booted=0.5, ping_every=0.1, ping_answer=0.3, retry_refused=0.1)
    limits = replace(short, message_bytes=32 * 1024)
    async with connected(proxy, box.ami.live, limits) as live:
        up, down = Garble(one_in=3_000, seed=seed), Garble(one_in=(30, 300, 3_000)[seed % 3], seed=seed)
        proxy.up.garble, proxy.down.garble = up, down
        end = asyncio.get_running_loop().time() + 1.0
        outcomes = await asyncio.gather(*(_ask_until(end, reads) for reads in reading(live)))
        errors = {type(one) for many in outcomes for one in many if one is not None}
        assert errors <= {PbxUnavailable, PbxRefused, PbxLoginRefused}
        assert up.damaged + down.damaged > 5
        protocol = live._manager.protocol
        assert protocol is not None
        assert len(protocol.responses) <= 1  # a ping: whoever gave up has left nothing behind
        assert len(protocol._framer._tail) <= limits.message_bytes
        proxy.mend()
        async with asyncio.timeout(10):
            while any([await _failure(reads()) for reads in reading(live)]):
                await live.wait_connected(10)
    assert complaints == []


def reading(live: AmiConnection) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Reads of every sort: they change nothing, whatever becomes of them on the way."""
    return (
        lambda: Queues(live).status(limit=0.5),
        lambda: Dialplan(live).show("vx-long", 0.5),
        lambda: Voicemail(live).users(limit=0.5),
        lambda: Core(live).ping(0.5),
    )


async def _ask_until(end: float, ask: Callable[[], Awaitable[object]]) -> list[BaseException | None]:
    """What came of asking again and again: an error, or None."""
    found = []
    while asyncio.get_running_loop().time() < end:
        found.append(await _failure(ask()))
        await asyncio.sleep(0.01)
    return found


async def test_a_peer_that_does_not_read_is_sent_no_more_than_a_bound(box: Pbx, proxy: Proxy) -> None:
    """Whoever gives up waiting leaves bytes behind; they may not pile up."""
    async with connected(proxy, box.ami.live, replace(QUICK, ping_every=60)) as live:
        proxy.up.stuck = True
        fields = {"Pad": ["x" * 1000] * 100}
        async with asyncio.timeout(30):
            while True:  # what the system's own buffers take is as good as read
                with pytest.raises(PbxUnavailable) as caught:
                    await live.request("Ping", fields, 0.001)
                if not caught.value.fields["sent"]:
                    break
        assert "the PBX does not read" in caught.value.message
        proxy.cut()
        proxy.mend()
        await until(lambda: proxy.came > 1)
        await live.wait_connected(10)


# How often it is tried


async def test_each_try_waits_longer_than_the_last_up_to_a_bound_and_no_two_alike(box: Pbx, proxy: Proxy) -> None:
    proxy.shut()
    limits = replace(QUICK, retry_first=0.1, retry_most=1.6)
    nodes = [AmiConnection(through(proxy, box.ami.live), limits) for _ in range(3)]
    delays = [[await node._once() for _ in range(8)] for node in nodes]
    for mine in delays:
        growing, at_the_bound = mine[:5], mine[4:]
        assert growing == sorted(growing)
        assert mine[0] <= 0.1
        assert all(0.8 <= delay <= 1.6 for delay in at_the_bound)
    assert len({delay for mine in delays for delay in mine}) == 24


@pytest.mark.parametrize(("steady", "begins_anew"), [(0.0, True), (60.0, False)])
async def test_only_a_connection_that_held_makes_the_next_try_quick_again(
    box: Pbx, proxy: Proxy, steady: float, begins_anew: bool
) -> None:
    """A PBX that lets us in and throws us out at once is not hammered."""
    connection = AmiConnection(
        through(proxy, box.ami.live), replace(QUICK, retry_first=0.1, retry_most=10, steady=steady)
    )
    proxy.shut()
    before = [await connection._once() for _ in range(4)]
    proxy.mend()
    held = asyncio.create_task(connection._once())
    await connection.wait_connected(10)
    proxy.cut()
    delay = await held
    assert delay <= 0.1 if begins_anew else delay > before[-1]


async def test_refusals_are_tried_again_at_long_and_uneven_intervals(box: Pbx, proxy: Proxy) -> None:
    connection = AmiConnection(through(proxy, box.ami.live, "wrong"), QUICK)
    delays = [await connection._once() for _ in range(2)]
    assert all(0.5 * QUICK.retry_refused <= delay <= QUICK.retry_refused for delay in delays)
    assert delays[0] != delays[1]


# A reload takes long, and the session that asked for it hears nothing meanwhile


@pytest.fixture
def mailboxes(box: Pbx) -> Iterator[None]:
    """So many mailboxes that their reload takes seconds; nothing is reloaded."""
    file = box.generated / "current" / "voicemail.conf"
    before = file.read_text()
    file.write_text("[vx]\n" + "".join(f"b{n} => nologin,b{n}\n" for n in range(20_000)) + before)
    yield
    file.write_text(before)


#: Shorter than that reload, by far; a busy machine keeps them.
HASTY = replace(QUICK, ping_every=0.1, ping_answer=0.5)


@pytest.mark.usefixtures("mailboxes")
async def test_a_reload_of_seconds_is_not_taken_for_silence(
    proxy: Proxy, box: Pbx, record_property: Callable[[str, object], None]
) -> None:
    async with connected(proxy, box.ami.apply, HASTY) as applier:
        since, started = applier.status.since, perf_counter()
        await Voicemail(applier).reload()
        took = perf_counter() - started
        record_property("seconds", took)
        assert took > 2 * (HASTY.ping_every + HASTY.ping_answer), "too quick to show anything"
        assert applier.status.since == since
        assert proxy.came > 1, "nobody else was asked whether Asterisk is at work"


@pytest.mark.usefixtures("mailboxes")
async def test_a_peer_that_falls_silent_in_mid_reload_is_left(proxy: Proxy, box: Pbx) -> None:
    async with connected(proxy, box.ami.apply, HASTY) as applier:
        reload = asyncio.create_task(Voicemail(applier).reload_when_free())
        await asyncio.sleep(0.05)
        proxy.down.silent = True  # to whoever comes, too
        with pytest.raises(PbxUnavailable, match="lost"):
            await asyncio.wait_for(reload, 60)
        proxy.mend()
    async with connected(proxy, box.ami.apply, QUICK) as applier:  # somebody less hasty, on a machine that is busy
        await Voicemail(applier).reload_when_free()  # the one that was begun runs to its end


@pytest.mark.usefixtures("mailboxes")
async def test_a_session_that_lost_its_answer_is_left_when_the_reload_is_over(proxy: Proxy, box: Pbx) -> None:
    async with connected(proxy, box.ami.apply, HASTY) as applier:
        reload = asyncio.create_task(Voicemail(applier).reload_when_free())
        await asyncio.sleep(0.05)
        proxy.cut("half open")  # this session alone: who comes now is served
        with pytest.raises(PbxUnavailable, match="lost"):
            await asyncio.wait_for(reload, 60)
        await applier.wait_connected(60)
        await Voicemail(applier).reload_when_free()


async def test_what_a_witness_is_told(box: Pbx) -> None:
    """Asked for a module that there is not; an account without the right to reload is told nothing."""
    await asyncio.wait_for(_nobody_reloads(box), 60)
    assert await reloading(account(box, box.ami.live), QUICK) is None
    assert await reloading(replace(account(box, box.ami.apply), secret="wrong"), QUICK) is None
    with pytest.raises(PbxUnavailable):
        await reloading(replace(account(box, box.ami.apply), port=free_port("tcp")), QUICK)


async def _nobody_reloads(box: Pbx) -> None:
    while await reloading(account(box, box.ami.apply), QUICK) is not False:  # noqa: ASYNC110 - asked by its own means
        await asyncio.sleep(0.1)
