"""A whole small company on a real Asterisk: the demo's keys and grants, with tone pairs for prompts.

Each prompt is a voice of its own, so that what a caller hears names where the call has come.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from tests.databases import url_in
from tests.sip import Pair, Phone, UserAgent, answer_after, pair
from tests.sip.outgoing import OutgoingCall
from tests.sip.tones import synthesise, wav_bytes
from vaxelflode.bootstrap import Plane, plane, running, utc_now
from vaxelflode.demo.pbx import ETC_INSIDE, SOUNDS_INSIDE, Pbx
from vaxelflode.demo.ports import free_port
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.domain.kind import kinds
from vaxelflode.services.passwords import hashed
from vaxelflode.settings import Settings, load
from vaxelflode.storage import flows, objects, people, prompts

NIGHT, HOLIDAY, MENU, GREETING, RECEPTION, AGENT, CALLER = (pair(n) for n in range(7))
NUMBER, OTHER_NUMBER = "+46101022290", "+46980319200"
PASSWORD = "tolv tecken räcker"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

GRANTED = {
    "schedule/kundtjanst": {"override", "hours"},
    "menu/huvudmeny": {"audio", "options"},
    "queue/kundservice": {"watch", "agents", "settings", "audio"},
    "queue/faktura": {"watch", "agents", "audio"},
    "queue/felanmalan": {"watch"},
    "announcement/nattmeddelande": {"audio"},
    "voicemail/kundtjanst": {"greeting"},
}


def sound_of(voice: Pair) -> bytes:
    """A prompt of two seconds in one voice."""
    return wav_bytes(synthesise(voice, 2.0))


def digest_of(voice: Pair) -> str:
    """The prompt's name."""
    return hashlib.sha256(sound_of(voice)).hexdigest()


def to(ref: str) -> dict[str, str]:
    """A destination."""
    return {"object": ref}


def specs() -> dict[str, dict[str, Any]]:
    """The company's objects, users before the used last."""
    office = {day: [["08:00", "17:00"]] for day in WEEKDAYS}
    return {
        **{f"extension/20{n}": {"endpoint": f"20{n}"} for n in range(1, 9)},
        "voicemail/kundtjanst": {"greeting": digest_of(GREETING)},
        "announcement/nattmeddelande": {"prompt": digest_of(NIGHT), "next": to("voicemail/kundtjanst")},
        "announcement/helgmeddelande": {"prompt": digest_of(HOLIDAY)},
        "announcement/reception": {"prompt": digest_of(RECEPTION)},
        "queue/kundservice": {"full": to("announcement/helgmeddelande")},
        "queue/faktura": {},
        "queue/felanmalan": {},
        "menu/huvudmeny": {
            "prompt": digest_of(MENU),
            "options": {"1": to("queue/kundservice"), "2": to("queue/faktura"), "3": to("queue/felanmalan")},
            "timeout": to("queue/kundservice"),
        },
        "schedule/kundtjanst": {
            "weekly": office,
            "holidays": {"calendar": "SE"},
            "open": to("menu/huvudmeny"),
            "closed": to("announcement/nattmeddelande"),
            "holiday": to("announcement/helgmeddelande"),
        },
        "schedule/reception": {"weekly": office, "open": to("announcement/reception")},
        "number/46101022290": {"route": to("schedule/kundtjanst")},
        "number/46980319200": {"route": to("schedule/reception")},
    }


async def found(made: Plane) -> None:
    """Fill the plane's empty database."""
    now = utc_now()
    kept = await hashed(PASSWORD)
    async with made.database.write() as db:
        for voice in (NIGHT, HOLIDAY, MENU, GREETING, RECEPTION):
            await prompts.add(db, digest_of(voice), sound_of(voice), 2, voice.name, now)
        revision = await objects.next_revision(db, now)
        for text, spec in specs().items():
            ref = ObjectRef.parse(text)
            await objects.save(db, Object(ref, ref.key, kinds()[ref.kind].spec.model_validate(spec)), revision)
        for name, rights in (
            ("admin", ("flow_admin", "flow_user")),
            ("supervisor", ("flow_user",)),
            ("other_supervisor", ("flow_user",)),
        ):
            await people.add(db, Person(0, f"{name}@example.se", name, frozenset(rights)), kept, now)  # type: ignore[arg-type]
        mine = tuple(Grant(ObjectRef.parse(r), frozenset(a)) for r, a in GRANTED.items())
        other = (Grant(ObjectRef("schedule", "reception"), frozenset({"override"})),)
        for name, number, who, grants in (
            ("Kundtjänst", NUMBER, "supervisor", mine),
            ("Reception", OTHER_NUMBER, "other_supervisor", other),
        ):
            flow = Flow(new_id(), name, "", number, grants, (f"{who}@example.se",))
            await flows.save(db, flow, now, new=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Api:
    """The API as one person."""

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> Answer:
        """One request below ``/api/v1``; ``if_match=…`` and the like become headers."""
        extra = {name.replace("_", "-").title(): value for name, value in headers.items()}
        async with self._session.request(method, f"/api/v1{path}", json=json, headers=self._headers | extra) as answer:
            raw = await answer.read()
            said = await answer.json(content_type=None) if "json" in answer.content_type else raw
            return Answer(answer.status, said, answer.headers)


@dataclass
class Town:
    """The company, its PBX, and those who use it."""

    pbx: Pbx
    plane: Plane
    session: aiohttp.ClientSession
    people: dict[str, Api]
    trunk: UserAgent

    @property
    def supervisor(self) -> Api:
        """Of Kundtjänst."""
        return self.people["supervisor"]

    async def call(self, number: str = NUMBER, *, at: str | None = None, voice: Pair = CALLER) -> OutgoingCall:
        """A call from outside, judged at a wall-clock time in Stockholm such as ``2027-03-16 10:42``."""
        headers = {} if at is None else {"X-Test-Time": str(epoch(at))}
        where = (self.pbx.sip_host, self.pbx.sip_port)
        return await self.trunk.call(number, where, "+46701740601", headers=headers, speak=voice)

    async def phone(self, extension: str, voice: Pair = AGENT) -> Phone:
        """A phone that registers and answers; close it by ``async with``."""
        secret = self.pbx.secrets.phones[extension]
        where = self.pbx.sip_host, self.pbx.sip_port
        return await Phone.register(*where, extension, secret, speak=voice, policy=answer_after(0.1))


def epoch(text: str) -> int:
    """Epoch seconds of a wall-clock time in Stockholm."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Stockholm")).timestamp())


def settings_of(pbx: Pbx, folder: Path, **more: Any) -> Settings:
    """Settings of a control plane for ``pbx`` with the database of ``folder``."""
    values: dict[str, Any] = {
        "data_dir": folder,
        "database_url": url_in(folder),
        "listen": f"127.0.0.1:{free_port('tcp')}",
        "ami_port": pbx.ami.port,
        "ami_live_secret": pbx.ami.live.secret,
        "ami_apply_secret": pbx.ami.apply.secret,
        "asterisk_config_dir": pbx.generated,
        "asterisk_config_path": f"{ETC_INSIDE}/{pbx.generated.name}",
        "asterisk_sounds_dir": pbx.sounds,
        "asterisk_sounds_path": SOUNDS_INSIDE,
    }
    return load(**(values | more))


@asynccontextmanager
async def town(pbx: Pbx, folder: Path, *, founded: bool = False, **settings: Any) -> AsyncIterator[Town]:
    """Found the company, unless it is ``founded`` in ``folder``, and serve it over ``pbx``."""
    async with plane(settings_of(pbx, folder, **settings)) as made:
        if not founded:
            await found(made)
        async with running(made), people_of(made) as (session, who), await UserAgent.create() as trunk:
            await made.live.wait_connected(10)
            await made.applier.until_settled()
            yield Town(pbx, made, session, who, trunk)


@asynccontextmanager
async def people_of(made: Plane) -> AsyncIterator[tuple[aiohttp.ClientSession, dict[str, Api]]]:
    """Everybody, logged in."""
    async with aiohttp.ClientSession(f"http://{made.settings.listen}") as session:
        who = {}
        for name in ("admin", "supervisor", "other_supervisor"):
            login = {"email": f"{name}@example.se", "password": PASSWORD}
            async with session.post("/api/v1/tokens", json=login) as answer:
                who[name] = Api(session, (await answer.json())["token"])
        yield session, who
