"""The gateway against a real Asterisk: every fact about AMI that the code relies on, asked of the one who knows."""

from __future__ import annotations

import asyncio
import os
import signal
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import perf_counter

import aiohttp
import pytest
import pytest_asyncio

from tests.asterisk.waiting import until
from tests.real_asterisk.conftest import PbxFactory
from vaxelflode.asterisk import (
    AmiAccount,
    AmiConnection,
    ConnectionState,
    Core,
    Dialplan,
    DialplanExtension,
    DialplanPriority,
    Limits,
    Message,
    QueueOutcome,
    Queues,
    ReloadBusy,
    Voicemail,
    wire,
)
from vaxelflode.asterisk.wire import HEADERS, LINE_BYTES, UnsafeField
from vaxelflode.demo.access import Account
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable
from vaxelflode.rendering.strict import faults

pytestmark = pytest.mark.pbx

PHANTOM = (
    "x\r\n\r\nEvent: QueueMember\r\nQueue: vx-forged\r\nName: phantom\r\nLocation: PJSIP/666\r\nStateInterface: x\r\n"
    "Membership: dynamic\r\nPenalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\nLoginTime: 0\r\nInCall: 0\r\n"
    "Status: 1\r\nPaused: 0\r\nPausedReason: \r\nWrapuptime: 0"
)
END = "x\r\n\r\nEvent: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 1"

EXTENSIONS = f"""
[vx-shown]
exten => s,1(start),NoOp(hej Åsa, du)
 same => n,Set(X=${{CALLERID(num)}}\\;a,b)
 same => n(end),Hangup()
exten => 9,hint,PJSIP/201
exten => 9,1,NoOp()
include => vx-empty
[vx-empty]
[vx-waits]
exten => s,1,Wait(20)
[vx-tells]
exten => s,1,Answer()
 same => n,UserEvent(VxTell,Who: Åsa Öström 🎄)
exten => phantom,1,Set(CALLERID(name)=${{BASE64_DECODE({b64encode(PHANTOM.encode()).decode()})}})
 same => n,Queue(vx-forged,,,,5)
exten => end,1,Set(CALLERID(name)=${{BASE64_DECODE({b64encode(END.encode()).decode()})}})
 same => n,Queue(vx-forged,,,,5)
exten => plain,1,Set(CALLERID(name)=Åsa)
 same => n,Queue(vx-forged,,,,5)
[vx-revision]
exten => 1-abc,1,NoOp
"""
QUEUES = """
[vx-forged]
strategy = ringall
[vx-moved]
strategy = rrmemory
maxlen = 7
servicelevel = 20
weight = 3
[vx-static]
member => PJSIP/202
"""
VOICEMAIL = """
[vx]
kundtjanst => 1234,Kundtjänst Åsa
[vx2]
kundtjanst => 1234,Another
"""


def account(pbx: Pbx, login: Account) -> AmiAccount:
    return AmiAccount(pbx.ami.host, pbx.ami.port, login.username, login.secret)


def publish(pbx: Pbx, name: str, extensions: str) -> Path:
    """A release with this dialplan, made the current one; nothing is reloaded."""
    folder = pbx.generated / "releases" / name
    folder.mkdir(parents=True)
    for file, text in (("extensions.conf", extensions), ("queues.conf", QUEUES), ("voicemail.conf", VOICEMAIL)):
        (folder / file).write_text(text)
    (pbx.generated / "next").symlink_to(f"releases/{name}")
    (pbx.generated / "next").replace(pbx.generated / "current")
    return folder


def flows(count: int) -> str:
    """As many contexts of 22 lines."""
    steps = "\n".join(f"exten => s{n},1,Set(VX_A{n}=value)\n same => n,Goto(vx-schedule,s,1)" for n in range(11))
    return "\n".join(f"[vx-number-{n}]\n{steps}" for n in range(count)) + "\n"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """An Asterisk with the objects above."""
    async with pbx_maker(tmp_path_factory.mktemp("gateway")) as pbx:
        publish(pbx, "1", EXTENSIONS)
        for module in ("pbx_config", "app_queue", "app_voicemail"):
            await pbx.cli(f"module reload {module}.so")
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def live(box: Pbx) -> AsyncIterator[AmiConnection]:
    async with AmiConnection(account(box, box.ami.live)) as connection:
        await connection.wait_connected(5)
        yield connection


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def applier(box: Pbx) -> AsyncIterator[AmiConnection]:
    async with AmiConnection(account(box, box.ami.apply)) as connection:
        await connection.wait_connected(5)
        yield connection


@contextmanager
def standing_still(pbx: Pbx) -> Iterator[None]:
    """Asterisk's process is stopped as a debugger would; its sockets stay open."""
    ours = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_asterisk_of(pbx, path)]
    if not ours:
        pytest.skip("Asterisk's process is not in sight: an engine in a machine of its own")
    for pid in ours:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in ours:
            os.kill(pid, signal.SIGCONT)


def _is_asterisk_of(pbx: Pbx, process: Path) -> bool:
    try:
        name = (process / "comm").read_text().strip()
        return name == "asterisk" and str(pbx.home) in (process / "mountinfo").read_text()
    except OSError:
        return False  # it ended while we looked


@asynccontextmanager
async def calling(pbx: Pbx, extension: str) -> AsyncIterator[None]:
    """A call without a phone: one end runs ``extension`` of vx-tells, the other waits; hung up at the end."""
    login = {"api_key": f"{pbx.ari.username}:{pbx.ari.password}"}
    where = {"endpoint": f"Local/{extension}@vx-tells/n", "context": "vx-waits", "extension": "s", "priority": "1"}
    async with aiohttp.ClientSession() as client:
        async with client.post(pbx.ari.url + "/channels", params=where | login) as answer:
            assert answer.status == 200, await answer.text()
            channel = (await answer.json())["id"]
        yield
        async with client.delete(f"{pbx.ari.url}/channels/{channel}", params=login) as answer:
            assert answer.status in (204, 404)  # 404: it ended by itself


async def test_both_accounts_log_in(live: AmiConnection, applier: AmiConnection) -> None:
    for connection in (live, applier):
        assert connection.state is ConnectionState.CONNECTED
        assert (await Core(connection).version()).startswith("22.")
        assert await Core(connection).ping() < 1


async def test_a_wrong_secret(box: Pbx) -> None:
    wrong = AmiAccount(box.ami.host, box.ami.port, "vx-live", "wrong")
    async with AmiConnection(wrong) as connection:
        with pytest.raises(PbxLoginRefused, match="Authentication failed"):
            await connection.wait_connected(10)


async def test_the_live_account_may_not_write_configuration(live: AmiConnection) -> None:
    for attempt in (Dialplan(live).reload(), Core(live).db_put("vx", "a", "b"), Dialplan(live).read_config("x.conf")):
        with pytest.raises(PbxRefused, match="Permission denied"):
            await attempt


async def test_a_fresh_start_is_believed_only_when_booted(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    publish(pbx, "1", EXTENSIONS)
    await pbx.stop()
    async with AmiConnection(account(pbx, pbx.ami.live), Limits(retry_most=0.05)) as connection:
        starting = asyncio.create_task(pbx.start())
        await connection.wait_connected(20)
        assert {queue.name for queue in await Queues(connection).status()} >= {"vx-moved", "vx-static"}
        assert await Dialplan(connection).show("vx-revision") is not None
        await starting


async def test_a_context_is_shown_whole(live: AmiConnection) -> None:
    context = await Dialplan(live).show("vx-shown")
    assert context is not None
    assert context.extension("s") == DialplanExtension(
        "s",
        (
            DialplanPriority(1, "start", "NoOp", "hej Åsa, du"),
            DialplanPriority(2, "", "Set", "X=${CALLERID(num)};a,b"),
            DialplanPriority(3, "end", "Hangup", ""),
        ),
    )
    assert context.extension("9") == DialplanExtension("9", (DialplanPriority(1, "", "NoOp", ""),), "PJSIP/201")
    assert context.includes == ("vx-empty",)


async def test_an_empty_context_is_told_from_a_missing_one(live: AmiConnection) -> None:
    empty = await Dialplan(live).show("vx-empty")
    assert empty is not None
    assert empty.extensions == ()
    assert await Dialplan(live).show("vx-nowhere") is None


BROKEN = {
    "unclosed bracket": "[vx-broken\nexten => s,1,NoOp\n",
    "missing include": '#include "nope.conf"\n',
    "unknown template": "[vx-b](nosuch)\nexten => s,1,NoOp\n",
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_fault_after_the_category_that_is_asked_for_is_found(
    box: Pbx, applier: AmiConnection, fault: str
) -> None:
    candidate = box.generated / "releases" / "1" / "candidate.conf"
    candidate.write_text(f"[vx-first]\nexten => s,1,NoOp\n{BROKEN[fault]}[vx-last]\nexten => s,1,NoOp\n")
    name = str(candidate.relative_to(box.etc))
    for category in ("vx-first", "vx-last"):
        with pytest.raises(PbxRefused, match="Config file has invalid format"):
            await Dialplan(applier).read_config(name, category)
    with pytest.raises(PbxRefused, match="Config file not found"):
        await Dialplan(applier).read_config("vaxelflode/nowhere.conf", "x")


@pytest.mark.parametrize("fault", ["exten s,1,NoOp\n", "exten => s\0,1,NoOp\n", f"exten => s,1,{'x' * 9000}\n"])
async def test_what_asterisks_parser_does_not_find(box: Pbx, applier: AmiConnection, fault: str) -> None:
    candidate = box.generated / "releases" / "1" / "candidate.conf"
    candidate.write_text(f"[vx-first]\n{fault}[vx-last]\nexten => s,1,NoOp\n")
    name = str(candidate.relative_to(box.etc))
    assert await Dialplan(applier).category_names(name, "vx-last") == ("vx-last",)


async def test_a_tail_that_is_swallowed_shows_by_the_last_category(box: Pbx, applier: AmiConnection) -> None:
    candidate = box.generated / "releases" / "1" / "candidate.conf"
    candidate.write_text("[vx-first]\nexten => s,1,NoOp\n;-- swallows\n[vx-last]\nexten => s,1,NoOp\n")
    name = str(candidate.relative_to(box.etc))
    assert await Dialplan(applier).category_names(name) == ("vx-first",)
    assert await Dialplan(applier).category_names(name, "vx-last") == ()


async def test_reading_a_category_costs_a_part_of_a_reload(
    box: Pbx, applier: AmiConnection, record_property: Callable[[str, object], None]
) -> None:
    folder = publish(box, "big", flows(10_000) + EXTENSIONS)
    dialplan = Dialplan(applier)
    times: dict[str, list[float]] = {"GetConfig": [], "Reload": []}
    for _ in range(3):
        started = perf_counter()
        (found,) = await dialplan.read_config(str((folder / "extensions.conf").relative_to(box.etc)), "vx-revision")
        times["GetConfig"].append(perf_counter() - started)
        started = perf_counter()
        await dialplan.reload_when_free()
        times["Reload"].append(perf_counter() - started)
        assert found.lines == ("exten=1-abc,1,NoOp",)
    fastest = {name: min(seconds) for name, seconds in times.items()}
    record_property("seconds", fastest)
    print(f"220,000 lines: {fastest}")
    assert fastest["GetConfig"] < 0.5 * fastest["Reload"]


async def test_one_reload_at_a_time(box: Pbx, applier: AmiConnection) -> None:
    async with AmiConnection(account(box, box.ami.apply)) as other:
        await other.wait_connected(5)
        both = (Dialplan(applier).reload(), Dialplan(other).reload())
        results = await asyncio.gather(*both, return_exceptions=True)
        assert [type(result) for result in results if result is not None] == [ReloadBusy]
        await asyncio.gather(Dialplan(applier).reload_when_free(), Dialplan(other).reload_when_free())


async def test_an_agent_is_added_paused_and_removed(live: AmiConnection) -> None:
    queues = Queues(live)
    assert await queues.add("vx-moved", "PJSIP/201", member_name="ext-201", penalty=2) is QueueOutcome.DONE
    assert await queues.add("vx-moved", "PJSIP/201", member_name="ext-201") is QueueOutcome.ALREADY_THERE
    assert await queues.pause("vx-moved", "PJSIP/201", paused=True, reason="lunch") is QueueOutcome.DONE
    assert await queues.set_penalty("vx-moved", "PJSIP/201", 5) is QueueOutcome.DONE
    (queue,) = await queues.status("vx-moved")
    assert (queue.length, queue.strategy, queue.servicelevel, queue.weight) == (7, "rrmemory", 20, 3)
    (member,) = queue.members
    assert (member.interface, member.name, member.dynamic) == ("PJSIP/201", "ext-201", True)
    assert (member.paused, member.reason, member.penalty) == (True, "lunch", 5)
    assert await queues.pause("vx-moved", "PJSIP/201", paused=False) is QueueOutcome.DONE
    assert (await queues.status("vx-moved"))[0].members[0].paused is False
    assert await queues.remove("vx-moved", "PJSIP/201") is QueueOutcome.DONE
    assert (await queues.status("vx-moved"))[0].members == ()


async def test_what_asterisk_says_when_it_cannot(live: AmiConnection) -> None:
    queues = Queues(live)
    assert await queues.add("vx-nowhere", "PJSIP/201", member_name="a") is QueueOutcome.NO_SUCH_QUEUE
    assert await queues.remove("vx-nowhere", "PJSIP/201") is QueueOutcome.NO_SUCH_QUEUE
    assert await queues.remove("vx-moved", "PJSIP/201") is QueueOutcome.NOT_THERE
    assert await queues.remove("vx-static", "PJSIP/202") is QueueOutcome.NOT_DYNAMIC
    assert await queues.pause("vx-moved", "PJSIP/201", paused=True) is QueueOutcome.NOT_THERE
    assert await queues.set_penalty("vx-moved", "PJSIP/201", 1) is QueueOutcome.NOT_THERE
    assert await queues.status("vx-nowhere") == ()


async def test_queue_events_and_the_reload_of_all_queues(live: AmiConnection) -> None:
    seen: list[str] = []

    def note(event: Message) -> None:
        if event["Interface"] == "PJSIP/203":  # an event of an earlier test may still be on its way
            seen.append(event.event)

    removals = [live.on_event(f"QueueMember{what}", note) for what in ("Added", "Removed")]
    queues = Queues(live)
    await queues.add("vx-moved", "PJSIP/203", member_name="ext-203")
    await queues.reload_parameters()
    await queues.remove("vx-moved", "PJSIP/203")
    await until(lambda: len(seen) == 2)
    assert seen == ["QueueMemberAdded", "QueueMemberRemoved"]
    for remove in removals:
        remove()


async def test_letters_stay_whole_in_an_event(box: Pbx, live: AmiConnection) -> None:
    seen: list[Message] = []
    remove = live.on_event("UserEvent", seen.append)
    async with calling(box, "s"):
        await until(lambda: bool(seen))
    remove()
    assert (seen[0]["UserEvent"], seen[0]["Who"]) == ("VxTell", "Åsa Öström 🎄")


async def test_letters_stay_whole_in_a_file_and_a_mailbox(box: Pbx, applier: AmiConnection) -> None:
    (found,) = await Dialplan(applier).read_config("vaxelflode/current/extensions.conf", "vx-tells")
    assert found.lines[1] == "same=n,UserEvent(VxTell,Who: Åsa Öström 🎄)"
    (user,) = await Voicemail(applier).users("vx")
    assert (user.context, user.mailbox, user.fullname, user.email) == ("vx", "kundtjanst", "Kundtjänst Åsa", "")
    assert len(await Voicemail(applier).users()) == 2
    assert await Voicemail(applier).user("vx", "kundtjanst") == user
    assert await Voicemail(applier).user("vx", "nobody") is None
    await Voicemail(applier).reload_when_free()


@pytest.mark.parametrize("hostile", ["phantom", "end"])
async def test_a_callers_name_with_line_breaks_forges_nothing(box: Pbx, live: AmiConnection, hostile: str) -> None:
    async with calling(box, hostile), calling(box, "plain"), asyncio.timeout(5):
        forged = plain = False
        while not (forged and plain):  # Asterisk lets the line breaks through, so that the list holds a forged event
            raw = await live.request_list("QueueStatus", {"Queue": "vx-forged"}, complete="QueueStatusComplete")
            forged = any(event.event in ("QueueMember", "QueueStatusComplete") for event in raw)
            plain = any(event.get("CallerIDName") == "Åsa" for event in raw)
        (queue,) = await Queues(live).status("vx-forged")
    assert [entry.caller_name for entry in queue.entries] == ["Åsa"]
    assert queue.members == ()


async def test_the_longest_line_and_the_most_headers_arrive_whole(applier: AmiConnection) -> None:
    core = Core(applier)
    longest = "x" * (LINE_BYTES - len("Val: "))
    await core.db_put("vx-test", "long", longest)
    assert await core.db_get("vx-test", "long") == longest
    padding = ["x"] * (HEADERS - 5)
    await applier.request("DBPut", {"Family": "vx-test", "Key": "many", "Pad": padding, "Val": "last"})
    assert await core.db_get("vx-test", "many") == "last"
    assert await core.db_del("vx-test", "long")
    assert await core.db_del("vx-test", "many")
    assert not await core.db_del("vx-test", "many")


async def test_a_family_of_the_small_database_is_read_at_once(applier: AmiConnection) -> None:
    core = Core(applier)
    assert await core.db_tree("vx-test-tree") == {}
    for key, value in (("a", "closed,,1795613336945,201"), ("b", "")):
        await core.db_put("vx-test-tree", key, value)
    await core.db_put("vx-test-tree-and-more", "c", "other")
    assert await core.db_tree("vx-test-tree") == {"a": "closed,,1795613336945,201", "b": ""}
    for family, key in (("vx-test-tree", "a"), ("vx-test-tree", "b"), ("vx-test-tree-and-more", "c")):
        assert await core.db_del(family, key)


async def test_letters_in_the_small_database_and_variables(applier: AmiConnection) -> None:
    core = Core(applier)
    await core.db_put("vx-test", "switch/a", "open,0,Åsa")
    assert await core.db_get("vx-test", "switch/a") == "open,0,Åsa"
    assert await core.db_del("vx-test", "switch/a")
    assert await core.db_get("vx-test", "switch/a") is None
    assert await core.getvar("VX_NOT_SET") == ""


@pytest.mark.parametrize("value", ["a\x01b\x1f", "a ", "\u00a0a", "\u2028a", "", ";|,${X}$[1]"])
async def test_a_value_comes_back_with_every_sign_in_it(applier: AmiConnection, value: str) -> None:
    await Core(applier).db_put("vx-test", "sign", value)
    assert await Core(applier).db_get("vx-test", "sign") == value


@pytest.mark.parametrize("before", [" ", "\t", "\x01", "\x1f"])
async def test_what_stands_before_a_value_is_skipped_so_it_is_not_sent(
    applier: AmiConnection, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    with pytest.raises(UnsafeField):
        await Core(applier).db_put("vx-test", "before", before + "a")
    monkeypatch.setattr(wire, "_line", lambda key, text: f"{key}: {text}".encode())
    await Core(applier).db_put("vx-test", "before", before + "a")
    assert await Core(applier).db_get("vx-test", "before") == "a"


async def test_asterisk_finds_no_variable_by_the_underscores_that_it_was_set_with(
    box: Pbx, applier: AmiConnection
) -> None:
    await box.cli("dialplan set global __VX_INHERITED yes")
    assert (await applier.request("Getvar", {"Variable": "__VX_INHERITED"})).get("Value") == ""
    assert await Core(applier).getvar("VX_INHERITED") == "yes"


async def test_asterisk_takes_no_notice_of_a_dash_in_an_extension(box: Pbx, applier: AmiConnection) -> None:
    """Two that differ in it alone are one, and the second is dropped with no more than a word in the log."""
    steps = "".join(f"exten => {name},1,NoOp()\n" for name in ("1-2", "12", "S", "s"))
    both = f"[vx-dashes]\n{steps}"
    publish(box, "dashes", both + EXTENSIONS)
    await Dialplan(applier).reload_when_free()
    shown = await Dialplan(applier).show("vx-dashes")
    assert shown is not None
    assert {e.name for e in shown.extensions} == {"1-2", "S", "s"}
    assert [fault.line for fault in faults("extensions.conf", both.encode())] == [3]


async def test_asterisk_takes_no_notice_of_case_in_a_queues_name(box: Pbx, applier: AmiConnection) -> None:
    """And shows the name that it knew before, so that a changed case is never live."""
    await Queues(applier).reload_parameters()
    folder = publish(box, "case", EXTENSIONS)
    (folder / "queues.conf").write_text(QUEUES.replace("vx-moved", "VX-Moved"))
    await Queues(applier).reload_parameters()
    assert {"vx-moved", "vx-forged"} <= {q.name for q in await Queues(applier).status()}
    assert faults("queues.conf", b"[VX-Moved]\nstrategy = ringall\n")


async def test_endpoints_and_calls(box: Pbx, applier: AmiConnection) -> None:
    core = Core(applier)
    assert "201" in await core.endpoints()
    async with calling(box, "plain"):
        assert await core.channels_count() >= 2
        assert await core.calls_count() >= 1


async def test_killed_in_the_middle_of_a_list_and_back_after_a_restart(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    publish(pbx, "1", flows(3_000) + EXTENSIONS)
    await pbx.cli("module reload pbx_config.so")
    async with AmiConnection(account(pbx, pbx.ami.live), Limits(retry_most=0.2)) as connection:
        await connection.wait_connected(5)
        asked = asyncio.create_task(connection.request_list("ShowDialPlan", complete="ShowDialPlanComplete", limit=30))
        protocol = connection._manager.protocol
        assert protocol is not None
        await until(lambda: any(len(action.responses) > 100 for action in protocol.responses.values()))
        await pbx.kill()
        with pytest.raises(PbxUnavailable, match="lost") as caught:
            await asyncio.wait_for(asked, 10)
        assert caught.value.fields["sent"] is True
        await until(lambda: connection.state is ConnectionState.LOST)
        await pbx.start()
        await connection.wait_connected(10)
        assert await Dialplan(connection).show("vx-revision") is not None


async def test_an_asterisk_that_stands_still_is_noticed_though_its_socket_is_open(pbx_factory: PbxFactory) -> None:
    pbx = pbx_factory()
    await pbx.start()
    quick = Limits(ping_every=0.2, ping_answer=0.5, retry_most=0.2)
    async with AmiConnection(account(pbx, pbx.ami.live), quick) as connection:
        await connection.wait_connected(5)
        with standing_still(pbx):
            await until(lambda: connection.state is ConnectionState.LOST)
            assert "Ping: no answer" in connection.status.reason
        await connection.wait_connected(10)
