"""The typed operations: what they send, what they make of the answer, and what they refuse to send.

The answers are Asterisk 22.10.1's own; ``tests/real_asterisk/test_gateway.py`` asks it for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.asterisk.fake_ami import FakeAmi, Fields, Handler, Session
from vaxelflode.asterisk import (
    AmiConnection,
    ConfigCategory,
    Core,
    Dialplan,
    DialplanExtension,
    DialplanPriority,
    MemberStatus,
    QueueOutcome,
    Queues,
    ReloadBusy,
    Voicemail,
)
from vaxelflode.errors import PbxRefused, PbxUnavailable

Headers = tuple[tuple[str, str], ...]


def listing(complete: str, *events: Headers, id_last: bool = False) -> Handler:
    """Answers with a list; QueueStatus and DBGet write the ActionID last, the others first."""

    async def answer(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        mine = ("ActionID", fields["ActionID"])
        for event in events:
            await session.say(*((*event, mine) if id_last else (event[0], mine, *event[1:])))
        await session.end_list(fields, complete, len(events))

    return answer


def saying(text: str, response: str = "Error") -> Handler:
    async def answer(session: Session, fields: Fields) -> None:
        await session.respond(fields, text, response=response)

    return answer


def step(extension: str, priority: str, application: str, data: str = "", label: str = "") -> Headers:
    labelled = (("ExtensionLabel", label),) if label else ()
    return (
        *(("Event", "ListDialplan"), ("Context", "vx-a"), ("Extension", extension), *labelled),
        *(("Priority", priority), ("Application", application), ("AppData", data), ("Registrar", "pbx_config")),
    )


async def test_a_context_is_read_in_asterisks_order(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["ShowDialPlan"] = listing(
        "ShowDialPlanComplete",
        step("s", "1", "NoOp", "hej Åsa; du", "start"),
        step("s", "2", "Goto", "vx-b,s,1"),
        step("9", "hint", "PJSIP/201"),
        step("9", "1", "Echo"),
        (("Event", "ListDialplan"), ("Context", "vx-a"), ("IncludeContext", "vx-b"), ("Registrar", "pbx_config")),
        (("Event", "ListDialplan"), ("Context", "vx-a"), ("Switch", "Local/x"), ("Registrar", "pbx_config")),
    )
    context = await Dialplan(ami).show("vx-a")
    assert context is not None
    assert context.extension("s") == DialplanExtension(
        "s", (DialplanPriority(1, "start", "NoOp", "hej Åsa; du"), DialplanPriority(2, "", "Goto", "vx-b,s,1"))
    )
    assert context.extension("9") == DialplanExtension("9", (DialplanPriority(1, "", "Echo", ""),), "PJSIP/201")
    assert (context.includes, context.switches, context.extension("x")) == (("vx-b",), ("Local/x",), None)


async def test_a_missing_context_is_none_and_another_no_is_an_error(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["ShowDialPlan"] = saying("Did not find context vx-a")
    assert await Dialplan(ami).show("vx-a") is None
    fake.answers["ShowDialPlan"] = saying("Permission denied")
    with pytest.raises(PbxRefused, match="Permission denied"):
        await Dialplan(ami).show("vx-a")


async def test_an_answer_that_makes_no_sense_is_no_answer(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["ShowDialPlan"] = listing("ShowDialPlanComplete", step("s", "first", "NoOp"))
    with pytest.raises(PbxUnavailable, match="not understood"):
        await Dialplan(ami).show("vx-a")


async def test_categories_of_a_file(fake: FakeAmi, ami: AmiConnection) -> None:
    async def config(session: Session, fields: Fields) -> None:
        await session.say(
            *(("Response", "Success"), ("ActionID", fields["ActionID"]), ("Category-000000", "general")),
            *(("Line-000000-000000", "a=b: c"), ("Category-000001", "empty"), ("Category-000002", "general")),
            *(("Line-000002-000000", "x=1"), ("Line-000002-000001", "x=2")),
        )

    fake.answers["GetConfig"] = config
    dialplan = Dialplan(ami)
    assert await dialplan.read_config("vaxelflode/next/extensions.conf") == (
        ConfigCategory("general", ("a=b: c",)),
        ConfigCategory("empty", ()),
        ConfigCategory("general", ("x=1", "x=2")),
    )
    assert await dialplan.category_names("extensions.conf", "general") == ("general", "empty", "general")
    assert fake.heard("GetConfig")[1]["Category"] == "general"


async def test_a_category_that_is_not_there(fake: FakeAmi, ami: AmiConnection) -> None:
    async def config(session: Session, fields: Fields) -> None:
        await session.write(
            f"Response: Success\r\nActionID: {fields['ActionID']}\r\nNo categories found\r\n\r\n".encode()
        )

    fake.answers["GetConfig"] = config
    assert await Dialplan(ami).category_names("extensions.conf", "vx-revision") == ()


async def test_a_file_that_does_not_parse_says_so_with_its_name(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["GetConfig"] = saying("Config file has invalid format")
    with pytest.raises(PbxRefused, match="invalid format") as caught:
        await Dialplan(ami).category_names("extensions.conf", "x")
    assert caught.value.fields["filename"] == "extensions.conf"


def busy_times(times: int) -> Handler:
    left = [times]

    async def answer(session: Session, fields: Fields) -> None:
        left[0] -= 1
        if left[0] >= 0:
            await session.respond(fields, "A reload is in progress", response="Error")
        else:
            await session.respond(fields, "Module Reloaded")

    return answer


async def test_a_busy_reload_is_told_and_waited_for(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["Reload"] = busy_times(1)
    with pytest.raises(ReloadBusy):
        await Dialplan(ami).reload()
    fake.answers["Reload"] = busy_times(3)
    await Dialplan(ami).reload_when_free(5)
    await Voicemail(ami).reload_when_free(5)
    await Voicemail(ami).reload()
    await Core(ami).reload_module("res_musiconhold")
    modules = [fields["Module"] for fields in fake.heard("Reload")]
    assert modules == ["pbx_config"] * 5 + ["app_voicemail"] * 2 + ["res_musiconhold"]


async def test_waiting_for_a_reload_ends(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["Reload"] = busy_times(10_000)
    with pytest.raises(ReloadBusy):
        await Dialplan(ami).reload_when_free(0.1)


QUEUES = listing(
    "QueueStatusComplete",
    (
        *(("Event", "QueueParams"), ("Queue", "vx-a"), ("Max", "7"), ("Strategy", "rrmemory"), ("Calls", "1")),
        *(("Holdtime", "2"), ("TalkTime", "3"), ("Completed", "4"), ("Abandoned", "5"), ("ServiceLevel", "20")),
        *(("ServicelevelPerf", "66.7"), ("ServicelevelPerf2", "50.0"), ("Weight", "1")),
    ),
    (
        *(("Event", "QueueMember"), ("Queue", "vx-a"), ("Name", "ext-201"), ("Location", "PJSIP/201")),
        *(("StateInterface", "PJSIP/201"), ("Membership", "dynamic"), ("Penalty", "3"), ("CallsTaken", "8")),
        *(("LastCall", "1795396463"), ("LastPause", "0"), ("LoginTime", "1795396462"), ("InCall", "0")),
        *(("Status", "6"), ("Paused", "1"), ("PausedReason", "lunch"), ("Wrapuptime", "10"), ("Newer", "header")),
    ),
    (
        *(("Event", "QueueEntry"), ("Queue", "vx-a"), ("Position", "1"), ("Channel", "PJSIP/x-1")),
        *(("Uniqueid", "1.1"), ("CallerIDNum", "0701"), ("CallerIDName", "Åsa"), ("ConnectedLineNum", "unknown")),
        *(("ConnectedLineName", "unknown"), ("Wait", "42"), ("Priority", "0")),
    ),
    id_last=True,
)


async def test_a_queue_with_its_members_and_callers(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["QueueStatus"] = QUEUES
    (queue,) = await Queues(ami).status("vx-a")
    assert (queue.name, queue.length, queue.strategy, queue.servicelevelperf) == ("vx-a", 7, "rrmemory", 66.7)
    (member,) = queue.members
    assert (member.interface, member.paused, member.reason, member.penalty) == ("PJSIP/201", True, "lunch", 3)
    assert (member.status, member.dynamic, member.in_call) == (MemberStatus.RINGING, True, False)
    (entry,) = queue.entries
    assert (entry.caller_name, entry.caller_number, entry.wait) == ("Åsa", "0701", 42)
    assert fake.heard("QueueStatus")[0]["Queue"] == "vx-a"


def test_a_device_state_that_we_do_not_know_is_unknown() -> None:
    assert MemberStatus(99) is MemberStatus.UNKNOWN


async def test_members_are_moved(fake: FakeAmi, ami: AmiConnection) -> None:
    for action in ("QueueAdd", "QueuePause", "QueuePenalty", "QueueRemove", "QueueReload"):
        fake.answers[action] = saying("Done", "Success")
    queues = Queues(ami)
    outcomes = [
        await queues.add("vx-a", "PJSIP/201", member_name="ext-201", penalty=2, paused=True, state_interface="PJSIP/1"),
        await queues.pause("vx-a", "PJSIP/201", paused=True, reason="lunch"),
        await queues.pause("vx-a", "PJSIP/201", paused=False),
        await queues.set_penalty("vx-a", "PJSIP/201", 4),
        await queues.remove("vx-a", "PJSIP/201"),
    ]
    assert set(outcomes) == {QueueOutcome.DONE}
    added = fake.heard("QueueAdd")[0]
    assert {key: added[key] for key in ("MemberName", "Penalty", "Paused", "StateInterface")} == {
        "MemberName": "ext-201",
        "Penalty": "2",
        "Paused": "true",
        "StateInterface": "PJSIP/1",
    }
    assert [fields.get("Reason") for fields in fake.heard("QueuePause")] == ["lunch", None]
    await queues.reload_parameters()
    assert "Queue" not in fake.heard("QueueReload")[0]


@pytest.mark.parametrize(
    ("action", "words", "outcome"),
    [
        ("QueueAdd", "Unable to add interface: Already there", QueueOutcome.ALREADY_THERE),
        ("QueueAdd", "Unable to add interface to queue: No such queue", QueueOutcome.NO_SUCH_QUEUE),
        ("QueueRemove", "Unable to remove interface: Not there", QueueOutcome.NOT_THERE),
        ("QueueRemove", "Unable to remove interface from queue: No such queue", QueueOutcome.NO_SUCH_QUEUE),
        ("QueueRemove", "Member not dynamic", QueueOutcome.NOT_DYNAMIC),
        ("QueuePause", "Interface not found", QueueOutcome.NOT_THERE),
        ("QueuePenalty", "Invalid interface, queuename or penalty", QueueOutcome.NOT_THERE),
    ],
)
async def test_what_comes_of_it(
    fake: FakeAmi, ami: AmiConnection, action: str, words: str, outcome: QueueOutcome
) -> None:
    fake.answers[action] = saying(words)
    queues = Queues(ami)
    calls: dict[str, Callable[[], Awaitable[QueueOutcome]]] = {
        "QueueAdd": lambda: queues.add("vx-a", "PJSIP/201", member_name="ext-201"),
        "QueueRemove": lambda: queues.remove("vx-a", "PJSIP/201"),
        "QueuePause": lambda: queues.pause("vx-a", "PJSIP/201", paused=True),
        "QueuePenalty": lambda: queues.set_penalty("vx-a", "PJSIP/201", 1),
    }
    assert await calls[action]() is outcome


async def test_another_no_is_an_error(fake: FakeAmi, ami: AmiConnection) -> None:
    fake.answers["QueueAdd"] = saying("Permission denied")
    with pytest.raises(PbxRefused, match="Permission denied"):
        await Queues(ami).add("vx-a", "PJSIP/201", member_name="ext-201")


HOSTILE = ["a;PJSIP/666", "a|b", "a,b", "å", "a b", "", "x" * 61, "a\n", "a\r\nAction: Originate", "٣", "${X}"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_could_add_a_phantom_agent_is_never_sent(fake: FakeAmi, ami: AmiConnection, text: str) -> None:
    queues = Queues(ami)
    attempts: list[Awaitable[object]] = [
        queues.add("vx-a", text, member_name="ext-201"),
        queues.add("vx-a", "PJSIP/201", member_name=text),
        queues.add("vx-a", "PJSIP/201", member_name="ext-201", state_interface=text),
        queues.pause("vx-a", text, paused=True),
        queues.remove("vx-a", text),
        queues.set_penalty("vx-a", text, 1),
    ]
    if text:
        attempts.append(queues.pause("vx-a", "PJSIP/201", paused=True, reason=text))
    for attempt in attempts:
        with pytest.raises(ValueError, match="is not of the form"):
            await attempt
    assert {fields["Action"] for fields in fake.received} <= {"Login", "Events", "Ping"}


async def test_other_names_are_narrow_too(fake: FakeAmi, ami: AmiConnection) -> None:
    core, dialplan, queues = Core(ami), Dialplan(ami), Queues(ami)
    attempts: list[Awaitable[object]] = [
        core.getvar("SHELL(id)"),
        core.getvar("_INHERITED"),
        queues.add("vx-a", "201", member_name="ext-201"),
        core.reload_module("../x"),
        core.db_put("vx", "k y", "v"),
        core.db_put("vx", "k", " v"),
        core.db_put("vx/a", "k", "v"),
        core.db_get("", "k"),
        dialplan.show("a b"),
        dialplan.read_config("../passwd"),
        dialplan.read_config("a;b"),
        queues.status("a b"),
        queues.set_penalty("vx-a", "PJSIP/201", -1),
        Voicemail(ami).users("v x"),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match=r"."):
            await attempt
    assert {fields["Action"] for fields in fake.received} <= {"Login", "Events", "Ping"}


async def test_mailboxes(fake: FakeAmi, ami: AmiConnection) -> None:
    def box(context: str) -> Headers:
        return (
            *(("Event", "VoicemailUserEntry"), ("VMContext", context), ("VoiceMailbox", "kundtjanst")),
            *(("Fullname", "Kundtjänst"), ("Email", "(null)"), ("AttachMessage", "Yes"), ("DeleteMessage", "No")),
            *(("MaxMessageCount", "100"), ("MaxMessageLength", "0"), ("NewMessageCount", "2")),
        )

    fake.answers["VoicemailUsersList"] = listing("VoicemailUserEntryComplete", box("vx"), box("other"))
    (user,) = await Voicemail(ami).users("vx")
    assert (user.mailbox, user.fullname, user.email, user.attach, user.new_messages) == (
        *("kundtjanst", "Kundtjänst", "", True, 2),
    )
    assert len(await Voicemail(ami).users()) == 2


async def test_one_mailbox(fake: FakeAmi, ami: AmiConnection) -> None:
    detail = (("Event", "VoicemailUserDetail"), ("VMContext", "vx"), ("VoiceMailbox", "kundtjanst"))
    fake.answers["VoicemailUserStatus"] = listing("VoicemailUserDetailComplete", detail)
    found = await Voicemail(ami).user("vx", "kundtjanst")
    assert found is not None
    assert (found.context, found.mailbox, found.email) == ("vx", "kundtjanst", "")
    assert await Voicemail(ami).user("vx", "other") is None
    fake.answers["VoicemailUserStatus"] = listing("VoicemailUserDetailComplete", detail[:2])
    with pytest.raises(PbxUnavailable, match="not understood"):
        await Voicemail(ami).user("vx", "kundtjanst")


async def test_the_small_database(fake: FakeAmi, ami: AmiConnection) -> None:
    core = Core(ami)
    fake.answers["DBPut"] = saying("Updated database successfully", "Success")
    await core.db_put("vx", "switch/a", "Åsa")
    entry = (("Event", "DBGetResponse"), ("Family", "vx"), ("Key", "switch/a"), ("Val", "Åsa"))
    fake.answers["DBGet"] = listing("DBGetComplete", entry, id_last=True)
    assert await core.db_get("vx", "switch/a") == "Åsa"
    fake.answers["DBGet"] = saying("Database entry not found")
    assert await core.db_get("vx", "switch/a") is None
    fake.answers["DBDel"] = saying("Key deleted successfully", "Success")
    assert await core.db_del("vx", "switch/a")
    fake.answers["DBDel"] = saying("Database entry could not be deleted")
    assert not await core.db_del("vx", "switch/a")


async def test_a_family_of_the_small_database(fake: FakeAmi, ami: AmiConnection) -> None:
    entries = [
        (("Event", "DBGetTreeResponse"), ("Key", key), ("Val", value))
        for key, value in (("/vx-pin/switch-a", "1"), ("/vx-pin/b/c", ""), ("/vx-pin", "no key"), ("/other/d", "2"))
    ]
    fake.answers["DBGetTree"] = listing("DBGetTreeComplete", *entries, id_last=True)
    assert await Core(ami).db_tree("vx-pin") == {"switch-a": "1", "b/c": ""}
    with pytest.raises(ValueError, match="family"):
        await Core(ami).db_tree("a b")


@pytest.mark.parametrize("action", ["DBGet", "DBDel", "PJSIPShowEndpoints"])
async def test_the_account_without_the_right_is_told(fake: FakeAmi, ami: AmiConnection, action: str) -> None:
    fake.answers[action] = saying("Permission denied")
    core = Core(ami)
    calls: dict[str, Awaitable[object]] = {
        "DBGet": core.db_get("vx", "k"),
        "DBDel": core.db_del("vx", "k"),
        "PJSIPShowEndpoints": core.endpoints(),
    }
    for name, call in calls.items():
        if name == action:
            with pytest.raises(PbxRefused, match="Permission denied"):
                await call
        else:
            with pytest.raises(PbxRefused, match="unknown command"):
                await call


async def test_what_asterisk_tells_of_itself(fake: FakeAmi, ami: AmiConnection) -> None:
    async def facts(session: Session, fields: Fields) -> None:
        await session.say(
            *(("Response", "Success"), ("ActionID", fields["ActionID"]), ("AsteriskVersion", "22.10.1")),
            *(("CoreCurrentCalls", "3"), ("Value", "Åsa")),
        )

    for action in ("CoreSettings", "CoreStatus", "Getvar"):
        fake.answers[action] = facts
    channel = (("Event", "CoreShowChannel"), ("Channel", "PJSIP/x-1"))
    fake.answers["CoreShowChannels"] = listing("CoreShowChannelsComplete", channel, channel)
    endpoint = (("Event", "EndpointList"), ("ObjectName", "201"))
    fake.answers["PJSIPShowEndpoints"] = listing("EndpointListComplete", endpoint)
    core = Core(ami)
    assert (await core.version(), await core.getvar("NAMN")) == ("22.10.1", "Åsa")
    assert (await core.calls_count(), await core.channels_count()) == (3, 2)
    assert await core.endpoints() == ("201",)
    assert 0 < await core.ping() < 1
    fake.answers["PJSIPShowEndpoints"] = saying("No endpoints found")
    assert await core.endpoints() == ()
