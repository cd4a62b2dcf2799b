"""An exchange: a real Asterisk with a company laid straight into it, telephones by the hundred, and a line outside.

Beside `town`, which has a control plane before it, here is nothing between the renderer and the calls: a test says
what objects there are, what each telephone does, who waits as an agent, and places a call. All telephones live at one
address and are told apart by their extension; a telephone that is not registered is one that has no contact.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import itertools
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import sample
from typing import NamedTuple

from tests.sip import IncomingCall, OutgoingCall, Pair, Policy, UserAgent, answer_after, pair, ring_only
from tests.sip.message import Request
from tests.sip.tones import synthesise, wav_bytes
from vaxelflode.applying.store import Store
from vaxelflode.asterisk import AmiAccount, AmiConnection, Core, QueueOutcome, Queues
from vaxelflode.demo.access import Account
from vaxelflode.demo.pbx import SOUNDS_INSIDE, Pbx
from vaxelflode.domain.check import check, parsed_spec
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.outside import Outside
from vaxelflode.domain.passage import Caller
from vaxelflode.domain.simulate import Simulation, simulate
from vaxelflode.rendering.render import Options, Renderer
from vaxelflode.resources import resource_dir

#: How long a prompt is, in seconds: long enough to be named, short enough for hundreds of calls; or long enough that
#: somebody on a slow machine can press a key before it ends.
SHORT, LONG = 0.6, 3.0
#: The voice of every caller, and of whoever answers outside; prompts and telephones have those after them.
CALLER, OUTSIDE, ASIDE_VOICE, FIRST_FREE = pair(0), pair(1), pair(2), 3
#: A place in the dialplan that is not ours: it says something in its own voice, and ends the call.
ASIDE = "vx-test-aside,s,1"
#: The endpoint of the line outside.
LINE = "vx-test-line"
_MEDIA = 1000


class Prompt(NamedTuple):
    """A voice, for so many seconds."""

    voice: Pair
    seconds: float


_made: dict[str, Prompt] = {}


@cache
def sound_of(voice: Pair, seconds: float = SHORT) -> bytes:
    """A prompt in one voice."""
    return wav_bytes(synthesise(voice, seconds))


@cache
def prompt(voice: Pair, seconds: float = SHORT) -> str:
    """What a spec calls that prompt."""
    digest = hashlib.sha256(sound_of(voice, seconds)).hexdigest()
    _made[digest] = Prompt(voice, seconds)
    return digest


def voice_of(digest: str) -> str:
    """The name of a prompt's voice, as a call hears it."""
    return _made[digest].voice.name


def lengths() -> Mapping[str, float]:
    """Every prompt that was made → seconds."""
    return {digest: made.seconds for digest, made in _made.items()}


def thing(ref: str, **spec: object) -> Object:
    """An object from the JSON of its spec."""
    parsed = ObjectRef.parse(ref)
    return Object(parsed, parsed.key, parsed_spec(kinds()[parsed.kind], spec))


def telephone(extension: str, *, registered: bool = True, **spec: object) -> Object:
    """An extension of the exchange, and whether its telephone is registered."""
    endpoint = f"vxt-{extension}" if registered else f"vxu-{extension}"
    return thing(f"extension/{extension}", endpoint=endpoint, **spec)


@dataclass(frozen=True, slots=True)
class Habit:
    """What a telephone does with a call, and its voice."""

    policy: Policy = field(default_factory=lambda: answer_after(0.1))
    voice: Pair | None = None


class Telephones(UserAgent):
    """Every telephone, at one address. One that no habit is told of rings for ever."""

    most_calls = 100_000

    habits: dict[str, Habit]

    def takes(self, request: Request) -> tuple[Policy, Pair | None]:
        """By the habit of the one that is called."""
        habit = self.habits.get(request.recipient.uri.user)
        return (ring_only(), None) if habit is None else (habit.policy, habit.voice)

    def rung(self, extension: str) -> list[IncomingCall]:
        """The calls that have come to a telephone."""
        return [call for call in self.calls if call.called == extension]

    async def call_at(self, extension: str, limit: float = 5) -> IncomingCall:
        """The latest call at a telephone, once there is one."""
        async with asyncio.timeout(limit):
            while not (found := self.rung(extension)):  # noqa: ASYNC110 - the agent tells one waiter at most
                await asyncio.sleep(0.02)
        return found[-1]


@dataclass
class Exchange:
    """The PBX, those who call, those who are called, and the company as it is laid."""

    pbx: Pbx
    trunk: UserAgent
    line: Telephones
    telephones: Telephones
    queues: Queues
    core: Core
    company: Company = EMPTY

    async def lay(self, *objects: Object) -> None:
        """Make the company of these objects, checked as the product checks them, and load it; nobody is an agent."""
        for queue in await self.queues.status():
            for member in queue.members:
                await self.queues.remove(queue.name, member.interface)
        self.lay_files(objects)
        for module in ("res_musiconhold.so", "app_voicemail.so", "pbx_config.so"):
            await self.core.reload_when_free(module)
        await self.queues.reload_parameters()

    def lay_files(self, objects: Iterable[Object]) -> None:
        """The company's files, for an Asterisk that is not started yet."""
        self.company = company_of(objects)
        lay(self.pbx, self.company)

    async def call(
        self,
        number: str,
        *,
        at: dt.datetime | None = None,
        caller: str = "+46701740601",
        voice: Pair = CALLER,
        caller_host: str = "",
    ) -> OutgoingCall:
        """A call from outside, judged at the instant ``at``."""
        headers = {} if at is None else {"X-Test-Time": str(int(at.timestamp()))}
        where = self.pbx.sip_host, self.pbx.sip_port
        return await self.trunk.call(number, where, caller, headers=headers, speak=voice, caller_host=caller_host)

    def says(self, number: str, caller: Caller) -> Simulation:
        """What the simulation says of a call."""
        return simulate(self.company, ObjectRef("number", number.removeprefix("+")), caller)

    async def agent(self, queue: str, extension: str, *, paused: bool = False) -> None:
        """Let a telephone answer a queue, as the product would."""
        interface = f"PJSIP/{self._endpoint(extension)}"
        outcome = await self.queues.add(f"vx-{queue}", interface, member_name=extension, paused=paused)
        assert outcome is QueueOutcome.DONE, f"{extension} is no agent of {queue}: {outcome}"

    async def no_agent(self, queue: str, extension: str) -> None:
        """Let it answer no longer."""
        await self.queues.remove(f"vx-{queue}", f"PJSIP/{self._endpoint(extension)}")

    def _endpoint(self, extension: str) -> str:
        found = self.company.get(ObjectRef("extension", extension))
        assert found is not None
        return str(found.spec.model_dump()["endpoint"])

    def mailbox(self, key: str) -> Path:
        """Where the messages of a mailbox are."""
        return self.pbx.spool / "voicemail" / "vx" / key / "INBOX"

    def fill(self, key: str, messages: int) -> None:
        """Put messages into a mailbox, as their data alone."""
        folder = self.mailbox(key)
        folder.mkdir(parents=True, exist_ok=True)
        for n in range(messages):
            (folder / f"msg{n:04}.txt").write_text("[message]\norigmailbox=x\ncontext=x\n")
        for made in (folder, *itertools.takewhile(lambda path: path != self.pbx.spool, folder.parents)):
            made.chmod(0o777)  # Asterisk may run as somebody else


def company_of(objects: Iterable[Object]) -> Company:
    """The company of these objects, each held against it by the product's own check."""
    company = Company(1, {o.ref: o for o in objects})
    outside = Outside(line=True)
    for o in company.everything.values():
        check(o, company, outside=outside)
    return company


def lay(pbx: Pbx, company: Company) -> None:
    """Write a company's files and prompts where Asterisk will read them."""
    pbx.sounds.mkdir(parents=True, exist_ok=True)
    for digest in {p for o in company.everything.values() for p in o.spec.sounds().values() if p}:
        (pbx.sounds / f"{digest}.wav").write_bytes(sound_of(*_made[digest]))
    options = Options(sounds_path=SOUNDS_INSIDE, outbound=("PJSIP", LINE))
    renderer = Renderer(resource_dir("dialplan_templates"), options, today=dt.date(2027, 6, 1))
    store = Store(pbx.generated)
    store.prepare()
    store.switch(store.write(renderer.render(company)))


def _endpoints(names: Iterable[str], telephones: UserAgent, line: UserAgent) -> str:
    """PJSIP's text for the telephones by their endpoints, and for the line outside."""
    where, out = (f"{agent.address[0]}:{agent.address[1]}" for agent in (telephones, line))
    text = [f"[{LINE}](vx-demo-phone)\naors = {LINE}\n[{LINE}]\ntype = aor\ncontact = sip:{out}\n"]
    for name in names:
        extension = name.partition("-")[2]
        contact = f"contact = sip:{extension}@{where}\n" if name.startswith("vxt-") else ""
        endpoint = f"[{name}](vx-demo-phone)\naors = {name}\ncallerid = <{extension}>\n"
        text.append(f"{endpoint}[{name}]\ntype = aor\n{contact}")
    return "".join(text)


def _write_own(pbx: Pbx, endpoints: str, dialplan: str) -> None:
    """What the tests' box has beside ours: its telephones, and contexts of its own."""
    digest = prompt(ASIDE_VOICE)
    pbx.sounds.mkdir(parents=True, exist_ok=True)
    (pbx.sounds / f"{digest}.wav").write_bytes(sound_of(ASIDE_VOICE))
    aside = f"\n[vx-test-aside]\nexten => s,1,Answer()\n same => n,Playback({SOUNDS_INSIDE}/{digest})\n{dialplan}"
    for name, text in (("pjsip.conf", endpoints), ("extensions.conf", aside)):
        file = pbx.etc / "local" / name
        file.write_text(file.read_text() + text)


@contextmanager
def many_sounds(pbx: Pbx) -> Iterator[None]:
    """Media ports for hundreds of legs at once, which a running ``pbx`` takes when its RTP is loaded anew.

    A socket beside them keeps them from a neighbour who does the same.
    """
    for first in sample(range(28000, 32000, _MEDIA), 4000 // _MEDIA):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as guard:
            try:
                guard.bind(("127.0.0.1", first))
            except OSError:
                continue
            (pbx.etc / "local" / "rtp.conf").write_text(f"rtpstart = {first + 2}\nrtpend = {first + _MEDIA - 2}\n")
            yield
            return
    raise OSError("no free media ports")


@asynccontextmanager
async def _connected(pbx: Pbx, account: Account) -> AsyncIterator[AmiConnection]:
    connection = AmiConnection(AmiAccount(pbx.ami.host, pbx.ami.port, account.username, account.secret))
    task = asyncio.create_task(connection.run(), name=f"AMI as {account.username}")
    try:
        await connection.wait_connected(10)
        yield connection
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)


@asynccontextmanager
async def exchange(pbx: Pbx, endpoints: Iterable[str] = (), dialplan: str = "") -> AsyncIterator[Exchange]:
    """An exchange over a running ``pbx`` with telephones behind ``endpoints`` (``vxt-…``, or ``vxu-…`` that is not
    registered), and ``dialplan`` of the test's own beside ours.
    """
    async with (
        await UserAgent.create() as trunk,
        await Telephones.create(speak=OUTSIDE) as line,
        await Telephones.create() as telephones,
        _connected(pbx, pbx.ami.live) as live,
        _connected(pbx, pbx.ami.apply) as apply,
    ):
        line.habits, telephones.habits = {}, {}
        core = Core(apply)
        _write_own(pbx, _endpoints(endpoints, telephones, line), dialplan)
        for module in ("res_pjsip.so", "pbx_config.so", "res_rtp_asterisk.so"):
            await core.reload_when_free(module)
        yield Exchange(pbx, trunk, line, telephones, Queues(live), core)
