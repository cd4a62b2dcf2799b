"""The switch, whole: set from the API and from a phone, read by calls, kept by both sides, shown by a lamp."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytest_asyncio
from sqlalchemy import select

from tests.real_asterisk.town import HOLIDAY, NUMBER, OTHER_NUMBER, RECEPTION, Town, to, town
from tests.sip import CallError, Phone, SubscriptionError
from tests.sip.g711 import RATE
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx
from vaxelflode.storage.schema import metadata

pytestmark = [pytest.mark.pbx, pytest.mark.call]

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SWITCH = "/objects/switch/krislage"
PIN, WRONG = "47110815", "1234"
#: Seconds of sound in Asterisk's `beep`, and samples that are judged together.
_BEEP, _PIECE = 0.42, 80
NORMAL, CRISIS = RECEPTION.name, HOLIDAY.name
OBJECTS: Sequence[dict[str, Any]] = (
    {
        "kind": "switch",
        "key": "krislage",
        "name": "Krisläge",
        "spec": {
            "positions": {"normal": to("announcement/reception"), "kris": to("announcement/helgmeddelande")},
            "default": "normal",
            "code": "*21",
            "pin": PIN,
        },
    },
    {
        "kind": "switch",
        "key": "tre",
        "name": "Tre lägen",
        "spec": {
            "positions": {"ute": {"end": "busy"}, "inne": to("announcement/reception"), "lunch": {"end": "hangup"}},
            "default": "inne",
            "code": "*220",
        },
    },
)


@dataclass
class Wire:
    """AMI by a wire that can be cut."""

    port: int
    _server: asyncio.Server | None = None
    _ends: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def mend(self, on: int = 0) -> int:
        """Carry again; returns the port on which it does."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", on)
        return int(self._server.sockets[0].getsockname()[1])

    async def cut(self) -> None:
        """Carry nothing, and let go of what is connected."""
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self._ends += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(_pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass  # cut
    sink.transport.abort()


@dataclass
class Box:
    """One Asterisk and one database; a control plane comes and goes."""

    pbx: Pbx
    folder: Path
    wire: Wire
    wire_port: int

    @asynccontextmanager
    async def served(self, *, founded: bool = True) -> AsyncIterator[Town]:
        """With a control plane."""
        ari = {"ari_url": self.pbx.ari.url, "ari_user": self.pbx.ari.username, "ari_secret": self.pbx.ari.password}
        async with town(self.pbx, self.folder, founded=founded, ami_port=self.wire_port, **ari) as here:
            yield here

    @asynccontextmanager
    async def phone(self, extension: str = "201") -> AsyncIterator[Phone]:
        """A phone of the company."""
        where = self.pbx.sip_host, self.pbx.sip_port
        async with await Phone.register(*where, extension, self.pbx.secrets.phones[extension]) as phone:
            yield phone

    async def entry(self, family: str = "switch", key: str = "krislage") -> str | None:
        """What AstDB holds."""
        said = await self.pbx.cli(f"database get vx-{family} {key}")
        found = re.search(r"^Value: (.*)$", said, re.MULTILINE)
        return None if found is None else found[1].strip()

    async def position(self) -> str | None:
        """Where AstDB has the switch."""
        found = await self.entry()
        return None if found is None else found.partition(",")[0]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Box]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx:
        wire = Wire(pbx.ami.port)
        made = Box(pbx, tmp_path_factory.mktemp("data"), wire, await wire.mend())
        async with made.served(founded=False) as here:
            admin = here.people["admin"]
            for body in OBJECTS:
                assert (await admin("POST", "/objects", body)).status == 200
            for number in (NUMBER, OTHER_NUMBER):
                way = {"spec": {"route": to("switch/krislage")}}
                answer = await admin("PATCH", f"/objects/number/{number[1:]}", way, if_match="*")
                assert answer.status == 200, answer.body
        yield made
        await wire.cut()


@pytest_asyncio.fixture(loop_scope="session")
async def here(box: Box) -> AsyncIterator[Town]:
    async with box.served() as made:
        await box.pbx.cli("database deltree vx-tries")
        await set_to(made, "normal")
        yield made


async def set_to(here: Town, at: str | None, until: dt.datetime | None = None, status: int = 200) -> Any:
    body = {"spec": {"position": at and {"at": at, "until": until and until.isoformat()}}}
    answer = await here.people["admin"]("PATCH", SWITCH, body, if_match="*")
    assert answer.status == status, answer.body
    return answer.body


async def first_heard(here: Town, number: str = NUMBER, at: str | None = None) -> str:
    async with await here.call(number, at=at) as call:
        await call.answered(5)
        for _ in range(100):
            if call.heard:
                return call.heard[0].name
            await asyncio.sleep(0.05)
    return "nothing"


async def dial(phone: Phone, code: str, *keys: str) -> Any:
    """Dial a code, press what is asked for, and return the call when the PBX has ended it."""
    async with await phone.dial(code) as call:
        await call.answered(5)
        for pressed in keys:
            await beeped(call)
            await call.press(pressed, duration=0.06, gap=0.04)
        await call.ended(20)
    return call


async def beeped(call: Any) -> None:
    """Wait until a prompt has been played to its end: sound, then silence."""
    begun = len(call.audio)
    for _ in range(200):
        sound = np.abs(call.audio[begun:])
        if sound.max(initial=0) > 1000 and sound[-1200:].max(initial=0) < 100:
            return
        await asyncio.sleep(0.02)
    raise CallError("no beep came")


def beeps(call: Any) -> int:
    """How many beeps' worth of sound was heard: a machine that stands still for a moment cuts a beep in two."""
    pieces = (call.audio[n : n + _PIECE] for n in range(0, len(call.audio) - _PIECE, _PIECE))
    loud = sum(bool(np.abs(piece).max() > 1000) for piece in pieces)
    return round(loud * _PIECE / (RATE * _BEEP))


async def history(here: Town, key: str = "krislage") -> list[dict[str, Any]]:
    answer = await here.people["admin"]("GET", f"/changes?object=switch/{key}&limit=20")
    return list(answer.body)


async def recorded(here: Town, at: str) -> dict[str, Any]:
    """The newest change, once it is a phone's that set it there."""
    newest: dict[str, Any] = {}
    for _ in range(100):
        newest = (await history(here))[0]
        if newest["origin"] == "phone" and newest["edits"][0]["after"]["at"] == at:
            return newest
        await asyncio.sleep(0.05)
    pytest.fail(f"nothing was recorded: {newest}")


async def became(here: Town, change_id: str) -> str:
    for _ in range(300):
        found = next(c for c in await history(here) if c["id"] == change_id)
        if found["state"] != "pending":
            return str(found["state"])
        await asyncio.sleep(0.05)
    return "pending"


# --- from the API


async def test_what_is_set_from_the_api_the_next_call_hears_on_every_number(here: Town, box: Box) -> None:
    assert await first_heard(here) == await first_heard(here, OTHER_NUMBER) == NORMAL
    said = await set_to(here, "kris")
    assert said["change"]["state"] == "live"
    assert said["change"]["aspects"] == ["position"]
    position = said["object"]["spec"]["position"]
    assert (position["at"], position["until"], position["by"]) == ("kris", None, "web")
    assert await first_heard(here) == await first_heard(here, OTHER_NUMBER) == CRISIS
    since = dt.datetime.fromisoformat(position["since"]).timestamp()
    assert await box.entry() == f"kris,,{round(since * 1000)},web"
    undone = await here.people["admin"]("POST", f"/changes/{said['change']['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert await first_heard(here) == NORMAL


async def test_it_changes_no_file(here: Town, box: Box) -> None:
    before = (box.pbx.generated / "current").readlink()
    await set_to(here, "kris")
    assert (box.pbx.generated / "current").readlink() == before


async def test_it_ends_by_itself_on_the_very_second(here: Town) -> None:
    end = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=3)
    await set_to(here, "kris", end)

    def clock(seconds: int) -> str:
        return (end + dt.timedelta(seconds=seconds)).astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")

    heard = [await first_heard(here, at=clock(seconds)) for seconds in (-60, -2, 0, 60)]
    assert heard == [CRISIS, CRISIS, NORMAL, NORMAL]


async def test_an_end_that_has_passed_or_is_far_is_refused(here: Town) -> None:
    now = dt.datetime.now(dt.UTC)
    for until in (now - dt.timedelta(seconds=1), now + dt.timedelta(days=400)):
        refused = await set_to(here, "kris", until, status=422)
        assert refused["errors"][0]["field"] == "spec.position.until"
    assert await first_heard(here) == NORMAL


async def test_undo_restores_the_end_only_while_it_is_ahead(here: Town) -> None:
    end = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(seconds=4)
    await set_to(here, "kris", end)
    admin = here.people["admin"]
    closed = await set_to(here, "normal")
    back = (await admin("POST", f"/changes/{closed['change']['id']}/undo")).body
    position = (await admin("GET", SWITCH)).body["spec"]["position"]
    assert (position["at"], dt.datetime.fromisoformat(position["until"])) == ("kris", end)
    await asyncio.sleep((end - dt.datetime.now(dt.UTC)).total_seconds() + 0.1)
    await admin("POST", f"/changes/{back['change']['id']}/undo")
    again = await admin("POST", f"/changes/{(await history(here))[0]['id']}/undo")
    assert again.body["change"]["state"] == "live"
    position = (await admin("GET", SWITCH)).body["spec"]["position"]
    assert (position["at"], position["until"]) == ("normal", None)


async def test_who_was_granted_the_position_sets_it_and_nothing_else_of_the_switch(here: Town) -> None:
    admin, other = here.people["admin"], here.people["other_supervisor"]
    flow = next(f for f in (await admin("GET", "/flows")).body if f["name"] == "Reception")
    body = {k: flow[k] for k in ("name", "description", "number", "supervisors")}
    assert (await other("GET", SWITCH)).status == 403
    grant = {"object": "switch/krislage", "aspects": ["position"]}
    granted = await admin("PUT", f"/flows/{flow['id']}", body | {"grants": [grant]}, if_match="*")
    assert granted.status == 200, granted.body
    read = await other("GET", SWITCH)
    tag = read.headers["ETag"]
    said = await other("PATCH", SWITCH, {"spec": {"position": {"at": "kris"}}}, if_match=tag)
    assert said.body["change"]["state"] == "live"
    assert await first_heard(here) == CRISIS
    assert (await other("PATCH", SWITCH, {"spec": {"position": {"at": "normal"}}}, if_match=tag)).status == 412
    for spec in ({"default": "kris"}, {"pin": "1234"}, {"code": "*22"}, {"labels": {"kris": "Kris"}}):
        assert (await other("PATCH", SWITCH, {"spec": spec}, if_match="*")).status == 403
    back = await admin("PUT", f"/flows/{flow['id']}", body | {"grants": flow["grants"]}, if_match="*")
    assert back.status == 200


# --- from a phone


async def test_a_phone_sets_it_and_it_is_recorded_and_undone(here: Town, box: Box) -> None:
    async with box.phone("201") as phone:
        call = await dial(phone, "*21", f"{PIN}")
        assert call.ended_by == "them"
        assert await box.position() == "kris"
        assert await first_heard(here) == CRISIS
        change = await recorded(here, "kris")
        assert (change["state"], change["aspects"], change["via"]) == (
            "live",
            ["position"],
            {"flow": None, "name": "phone"},
        )
        assert change["actor"] == {"email": "201", "name": "201"}
        assert beeps(call) == 3  # one asks for the PIN, two tell the second position
        await dial(phone, "*21", f"{PIN}")
        await recorded(here, "normal")
        assert await first_heard(here, OTHER_NUMBER) == NORMAL
        await dial(phone, "*21", f"{PIN}")
        change = await recorded(here, "kris")
    undone = await here.people["admin"]("POST", f"/changes/{change['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert await first_heard(here) == NORMAL
    entry = await box.entry()
    assert entry is not None
    assert entry.endswith(",web")


async def test_a_wrong_pin_sets_nothing_and_three_tries_are_a_call(here: Town, box: Box) -> None:
    async with box.phone() as phone:
        call = await dial(phone, "*21", f"{WRONG}#", "#", "99999999")
        assert call.ended_by == "them"
    assert await box.position() == "normal"
    tries = await box.entry("tries", "switch-krislage")
    assert tries is not None
    assert tries.partition(",")[0] == "2", "what is not typed is no wrong PIN"
    async with box.phone() as phone:
        await dial(phone, "*21", f"{WRONG}#", PIN)
    assert await box.position() == "kris"
    assert await box.entry("tries", "switch-krislage") is None


async def test_five_wrong_pins_in_a_row_lock_the_code_for_a_quarter(here: Town, box: Box) -> None:
    async with box.phone("201") as phone, box.phone("202") as other:
        await dial(phone, "*21", *[f"{WRONG}#"] * 3)
        await dial(other, "*21", *[f"{WRONG}#"] * 2)
        locked = await dial(phone, "*21")
        assert await box.position() == "normal"
        assert locked.seconds < 4
        tries = await box.entry("tries", "switch-krislage")
        assert tries is not None
        count, _, instant = tries.partition(",")
        assert count == "5"
        await box.pbx.cli(f"database put vx-tries switch-krislage 5,{int(instant) - 890}")
        await dial(phone, "*21")
        assert await box.position() == "normal"
        await box.pbx.cli(f"database put vx-tries switch-krislage 5,{int(instant) - 901}")
        await dial(phone, "*21", f"{WRONG}#", PIN)
        assert await box.position() == "kris"


async def test_of_more_than_two_positions_the_digit_is_pressed(here: Town, box: Box) -> None:
    async with box.phone("203") as phone:
        for digit, position in (("1", "ute"), ("3", "lunch"), ("2", "inne")):
            call = await dial(phone, "*220", digit)
            assert re.fullmatch(rf"{position},,[0-9]{{13}},203", await box.entry(key="tre") or "")
            assert beeps(call) == 1 + int(digit)
        found = await box.entry(key="tre")
        for wrong in ("4", "0", "*", "#"):
            await dial(phone, "*220", wrong)
            assert await box.entry(key="tre") == found
    assert (await history(here, "tre"))[0]["edits"][0]["after"]["at"] == "inne"


async def test_one_at_a_time_tries_pins(here: Town, box: Box) -> None:
    async with box.phone("201") as first, box.phone("202") as second, await first.dial("*21") as waiting:
        await waiting.answered(5)
        await beeped(waiting)
        refused = await dial(second, "*21")
        assert refused.seconds < 4
        await waiting.press(PIN)
        await waiting.ended(10)
    assert await box.position() == "kris"


@pytest.mark.parametrize("dialled", ["*99", "*2", "*", "*21&PJSIP/202", "*21,s,1", "*2121212121212"])
async def test_what_is_no_code_is_refused_like_a_number_that_is_none(here: Town, box: Box, dialled: str) -> None:
    async with box.phone() as phone, await phone.dial(dialled) as call:
        assert await call.refused(5) in (404, 484)
    assert await box.position() == "normal"


async def test_of_what_is_dialled_only_the_digits_count(here: Town, box: Box) -> None:
    async with box.phone() as phone:
        await dial(phone, "*21%24%7BSHELL(id)%7D", PIN)
    assert await box.position() == "kris"


async def test_a_mailbox_is_listened_to_by_its_code_and_pin_and_never_without_one(here: Town, box: Box) -> None:
    admin = here.people["admin"]
    path = "/objects/voicemail/kundtjanst"
    assert (await admin("PATCH", path, {"spec": {"code": "*98"}}, if_match="*")).body["change"]["state"] == "live"
    async with box.phone() as phone:
        async with await phone.dial("*98") as call:
            assert await call.refused(5) >= 400
        patched = await admin("PATCH", path, {"spec": {"pin": PIN}}, if_match="*")
        assert patched.body["change"]["state"] == "live"
        await dial(phone, "*98", *[f"{WRONG}#"] * 3)
        async with await phone.dial("*98") as call:
            await call.answered(5)
            await beeped(call)
            await call.press(PIN)
            assert "VoiceMailMain" in await shown(box.pbx, "VoiceMailMain")
            async with box.phone("202") as second, await second.dial("*98") as other:
                await other.answered(5)
                await beeped(other)
                await other.press(PIN)
                await asyncio.sleep(0.5)
                assert other.is_up
    await admin("PATCH", path, {"spec": {"code": None, "pin": None}}, if_match="*")
    assert await box.entry("pin", "voicemail-kundtjanst") is None
    assert await box.entry("tries", "voicemail-kundtjanst") is None


async def shown(pbx: Pbx, word: str) -> str:
    text = ""
    for _ in range(60):
        text = await pbx.cli("core show channels concise")
        if word in text:
            break
        await asyncio.sleep(0.05)
    return text


# --- either side away


async def test_what_a_phone_sets_while_the_control_plane_is_down_is_recorded_when_it_is_up(box: Box) -> None:
    async with box.served() as here:
        await set_to(here, "normal")
    async with box.phone() as phone:
        await dial(phone, "*21", PIN)
    assert await box.position() == "kris"
    async with box.served() as here:
        change = await recorded(here, "kris")
        assert change["state"] == "live"
        assert await first_heard(here) == CRISIS
        assert len([c for c in await history(here) if c["at"] == change["at"]]) == 1


async def test_what_is_set_while_asterisk_is_down_is_live_when_it_is_up(here: Town, box: Box) -> None:
    await box.pbx.kill()
    said = await set_to(here, "kris", status=202)
    assert said["change"]["state"] == "pending"
    await box.pbx.start()
    assert await became(here, said["change"]["id"]) == "live"
    assert await first_heard(here) == CRISIS


async def test_the_newer_wins_when_the_web_was_last(here: Town, box: Box) -> None:
    await box.wire.cut()
    async with box.phone() as phone:
        await dial(phone, "*21", PIN)
    assert await box.position() == "kris"
    said = await set_to(here, "normal", status=200)  # it stands there already, as far as is known here
    assert said["change"]["id"] is None
    end = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    said = await set_to(here, "normal", end, status=202)
    await box.wire.mend(box.wire_port)
    assert await became(here, said["change"]["id"]) == "live"
    assert await box.position() == "normal"
    assert await first_heard(here) == NORMAL


async def test_the_newer_wins_when_the_phone_was_last(here: Town, box: Box) -> None:
    await box.wire.cut()
    said = await set_to(here, "normal", dt.datetime.now(dt.UTC) + dt.timedelta(days=1), status=202)
    async with box.phone() as phone:
        await dial(phone, "*21", PIN)
    await box.wire.mend(box.wire_port)
    change = await recorded(here, "kris")
    assert await became(here, said["change"]["id"]) == "live"
    assert await first_heard(here) == CRISIS
    assert change["edits"][0]["before"]["until"] is not None
    assert await box.position() == "kris"


async def test_what_is_garbled_by_hand_is_put_right(here: Town, box: Box) -> None:
    await set_to(here, "kris")
    right = await box.entry()
    for garbled in ("nowhere,,1,201", "kris", '"kris,99,9999999999999999,x; y"'):
        await box.pbx.cli(f"database put vx-switch krislage {garbled}")
        await box.pbx.cli("database del vx-pin switch-krislage")
        assert await box.entry() != right
        here.plane.applier.wake(doubtful=True)  # as every 30 seconds
        for _ in range(100):
            if await box.entry() == right and await box.entry("pin", "switch-krislage"):
                break
            await asyncio.sleep(0.05)
        assert await box.entry() == right
    assert (await history(here))[0]["origin"] == "api"
    assert await first_heard(here) == CRISIS


# --- secrets


async def test_the_pin_is_nowhere(here: Town, box: Box) -> None:
    """In no file of Asterisk's, no log, no answer, no history; nor is what is left of it shown to anybody."""
    async with box.phone() as phone:
        await dial(phone, "*21", PIN)
    await recorded(here, "kris")
    kept = await box.entry("pin", "switch-krislage")
    assert kept is not None
    assert re.fullmatch(r"[0-9a-f]{16}:[0-9a-f]{40}", kept)
    digest = kept.partition(":")[2]
    admin = here.people["admin"]
    answers = [(await admin("GET", path)).body for path in (SWITCH, "/objects?kind=switch", "/changes?limit=100")]
    for answer in answers:
        assert PIN not in str(answer)
        assert digest not in str(answer)
    assert (await admin("GET", SWITCH)).body["spec"]["pin"] == "set"
    looked = 0
    for folder in (box.pbx.etc, box.pbx.log_dir):
        for path in folder.rglob("*"):
            if path.is_file():
                looked += 1
                content = path.read_bytes()
                assert PIN.encode() not in content, path
                assert digest.encode() not in content, path
    assert looked > 10
    console = box.pbx.console.read_bytes() if box.pbx.console.exists() else b""
    assert PIN.encode() not in console
    async with here.plane.database.read() as db:
        tables = {t.name: [str(tuple(row)) for row in await db.execute(select(t))] for t in metadata.sorted_tables}
    assert not any(PIN in row for rows in tables.values() for row in rows)
    assert not any(digest in row for row in tables["audit"])


async def test_our_own_log_says_who_set_what_and_no_pin(here: Town, box: Box, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        async with box.phone() as phone:
            await dial(phone, "*21", PIN)
        await recorded(here, "kris")
    assert "switch/krislage was set at the PBX by 201" in caplog.text
    assert PIN not in caplog.text


# --- the lamp


async def test_the_lamp_follows_the_phone_the_web_and_the_end(here: Town, box: Box) -> None:
    async with box.phone("204") as watcher, box.phone("201") as phone:
        lamp = await watcher.watch("*21")
        await lamp.shows(lit=False)
        await dial(phone, "*21", PIN)
        await lamp.shows(lit=True)
        await recorded(here, "kris")
        await set_to(here, "normal")
        await lamp.shows(lit=False)
        await set_to(here, "kris", dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3))
        await lamp.shows(lit=True)
        await lamp.shows(lit=False, timeout=10)
        await here.people["admin"]("PATCH", "/objects/menu/huvudmeny", {"spec": {"wait": 9}}, if_match="*")
        await set_to(here, "kris")
        await lamp.shows(lit=True)  # a reload has lost nothing
        await lamp.hangup()


async def test_the_lamp_is_right_after_a_restart(here: Town, box: Box) -> None:
    await set_to(here, "kris")
    await box.pbx.kill()
    said = await set_to(here, "normal", status=202)
    await box.pbx.start()
    assert await became(here, said["change"]["id"]) == "live"
    async with box.phone("204") as watcher:
        lamp = await watcher.watch("*21")
        await lamp.shows(lit=False, timeout=10)
        await set_to(here, "kris")
        await lamp.shows(lit=True)
        await lamp.hangup()


async def test_no_lamp_watches_anything_but_a_code(here: Town, box: Box) -> None:
    async with box.phone("204") as watcher:
        for other in ("201", "*2", "*21&PJSIP/201", "*21212", "*a1"):
            with pytest.raises(SubscriptionError):
                await watcher.watch(other)
