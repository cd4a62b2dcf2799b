"""Where two hundred callers are while the configuration changes: the objects that hold them, and how each leads on.

Every place has a voice of its own. Each stage has an object for callers who stay in one step, and one that is deleted
while callers are in it; some go from step to step all the while, from a message to a menu and back. Whoever is led
astray hears :data:`ASTRAY`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.crowd.house import Json, to
from tests.sip import Pair, pair
from tests.sip.tones import synthesise, wav_bytes
from vaxelflode.bootstrap import utc_now
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.services.passwords import new_token, token_digest
from vaxelflode.settings import Settings
from vaxelflode.storage import objects, people, prompts
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

TALK, PING, PONG, MENU, ASK, MUSIC, OTHER_MUSIC, GREETING, HELLO, AGENT, HERE, THERE, ASTRAY, CALLER = map(
    pair, range(14)
)
#: The two places to which callers are led: revisions lead them now to the one, now to the other.
PLACES = {"announcement/har": HERE, "announcement/dar": THERE}
_HERE, _ASTRAY = to("announcement/har"), to("announcement/vilse")
#: Seconds of a prompt whose end callers hear: of a message and a menu in turns, of a menu that asks
#: again, and of a mailbox.
TURN, ASKED, SAID = 6.0, 4.0, 4.0
_ARRIVED = 30.0
#: Seconds that the menu of those two waits for a key that nobody presses.
PONG_WAITS = 1
#: Seconds that a menu waits for a key, as long as nobody changes it.
WAIT = 60


@dataclass(frozen=True)
class Sound:
    """A voice, for so many seconds."""

    voice: Pair
    seconds: float

    @property
    def digest(self) -> str:
        """What a spec calls it."""
        return hashlib.sha256(self.wav()).hexdigest()

    def wav(self) -> bytes:
        """The prompt itself."""
        return _wav(self)


@cache
def _wav(sound: Sound) -> bytes:
    return wav_bytes(synthesise(sound.voice, sound.seconds))


@dataclass(frozen=True)
class Group:
    """Callers at one object. ``way`` is the field of the destination to which they are led, by ``key``, by an agent or,
    without either, when the step has come to its end. ``application`` is where Asterisk holds them meanwhile.
    """

    name: str
    stage: str
    ref: str
    number: str
    share: int
    application: str
    way: str
    key: str = ""
    answered: bool = False
    doomed: bool = False
    errs: bool = False

    @property
    def stays(self) -> bool:
        """Whether callers stay in their step until somebody ends it."""
        return self.answered or bool(self.key)

    @property
    def silent(self) -> float:
        """For how long nothing at all may come, in seconds: while a menu waits for a key Asterisk sends no packets."""
        return 2.0 * WAIT if self.application == "WaitExten" else float(PONG_WAITS * (self.ref == "announcement/ping"))

    @property
    def context(self) -> str:
        """Its context in the dialplan."""
        return f"vx-{self.ref.replace('/', '-')}"


def groups() -> tuple[Group, ...]:
    """Who is where; the shares of each stage make fifty."""
    said: tuple[tuple[str, str, str, int, str, str, dict[str, Any]], ...] = (
        ("one long message", "message", "announcement/lang", 20, "Playback", "next", {}),
        ("a message and a menu in turns", "message", "announcement/ping", 20, "Playback", "next", {}),
        ("a message that is deleted", "message", "announcement/domd", 10, "Playback", "next", {"doomed": True}),
        ("a menu's prompt", "menu", "menu/lang", 15, "BackGround", "options.1", {"key": "1"}),
        ("a menu that waits", "menu", "menu/vantar", 15, "WaitExten", "options.1", {"key": "1"}),
        ("a menu, after a wrong key", "menu", "menu/vantar", 5, "WaitExten", "options.1", {"key": "1", "errs": True}),
        ("a menu without a key", "menu", "menu/tyst", 5, "WaitExten", "timeout", {}),
        ("a menu that is deleted", "menu", "menu/domd", 10, "BackGround", "options.1", {"key": "1", "doomed": True}),
        ("a queue, left by a key", "queue", "queue/ko", 15, "Queue", "keys.1", {"key": "1"}),
        ("a queue, until the longest wait", "queue", "queue/ut", 10, "Queue", "waited", {}),
        ("a queue, until an agent answers", "queue", "queue/svar", 15, "Queue", "", {"answered": True}),
        ("a queue that is deleted", "queue", "queue/domd", 10, "Queue", "keys.1", {"key": "1", "doomed": True}),
        ("a greeting", "voicemail", "voicemail/halsning", 15, "BackGround", "operator", {"key": "0"}),
        ("a recording", "voicemail", "voicemail/inspelning", 25, "VoiceMail", "after", {"key": "#"}),
        (
            "a mailbox that is deleted",
            "voicemail",
            "voicemail/domd",
            10,
            "VoiceMail",
            "after",
            {"key": "#", "doomed": True},
        ),
    )
    found = []
    for n, (name, stage, ref, share, application, way, more) in enumerate(said):
        found.append(Group(name, stage, ref, f"461010224{n:02d}", share, application, way, **more))
    return tuple(found)


@dataclass(frozen=True)
class Stages:
    """The company. ``long`` is how long a step lasts that comes to an end by itself, in seconds; those that a key ends
    last two minutes more, which a slow machine may need.
    """

    long: int

    @property
    def talk(self) -> Sound:
        """The long message."""
        return Sound(TALK, self.long)

    @property
    def quiet_wait(self) -> int:
        """How long the menu waits, twice, in which nobody presses anything."""
        return round(self.long / 2 - ASKED)

    @property
    def sounds(self) -> Mapping[str, Sound]:
        """Every prompt by its name."""
        lasting = self.long + 120
        return {
            "talk": self.talk,
            "ping": Sound(PING, TURN),
            "pong": Sound(PONG, TURN),
            "menu": Sound(MENU, lasting),
            "ask": Sound(ASK, ASKED),
            "music": Sound(MUSIC, 4.0),
            "other music": Sound(OTHER_MUSIC, 4.0),
            "greeting": Sound(GREETING, lasting),
            "hello": Sound(HELLO, SAID),
            "here": Sound(HERE, _ARRIVED),
            "there": Sound(THERE, _ARRIVED),
            "astray": Sound(ASTRAY, _ARRIVED),
        }

    def digest(self, name: str) -> str:
        """A prompt as a spec names it."""
        return self.sounds[name].digest

    def specs(self) -> dict[str, Json]:
        """Every object as it is at first, what is led to before what leads there."""
        say = self.digest
        keys = {"options": {"1": _HERE, "2": _ASTRAY}, "timeout": _ASTRAY, "invalid": _ASTRAY, "wait": WAIT, "tries": 9}
        queue = {"music": say("music"), "waited": _ASTRAY, "full": _ASTRAY, "longest_wait": 7000}
        return {
            **{f"extension/20{n}": {"endpoint": f"20{n}"} for n in range(1, 9)},
            "announcement/har": {"prompt": say("here")},
            "announcement/dar": {"prompt": say("there")},
            "announcement/vilse": {"prompt": say("astray")},
            "announcement/lang": {"prompt": say("talk"), "next": _HERE},
            "announcement/domd": {"prompt": say("talk"), "next": _HERE},
            "announcement/ping": {"prompt": say("ping"), "next": _HERE},
            "menu/pong": {"prompt": say("pong"), "wait": PONG_WAITS, "tries": 1, "timeout": to("announcement/ping")},
            "menu/lang": keys | {"prompt": say("menu")},
            "menu/domd": keys | {"prompt": say("menu")},
            "menu/vantar": keys | {"prompt": say("ask")},
            "menu/tyst": keys | {"prompt": say("ask"), "wait": self.quiet_wait, "tries": 2, "timeout": _HERE},
            "queue/ko": queue | {"keys": {"1": _HERE}},
            "queue/domd": queue | {"keys": {"1": _HERE}},
            "queue/ut": queue | {"longest_wait": self.long, "waited": _HERE},
            "queue/svar": queue,
            "voicemail/halsning": {"greeting": say("greeting"), "operator": _HERE, "after": _ASTRAY},
            "voicemail/inspelning": {"greeting": say("hello"), "after": _HERE},
            "voicemail/domd": {"greeting": say("hello"), "after": _HERE},
            "schedule/tider": {"weekly": {"mon": [["08:00", "17:00"]]}, "open": to("menu/lang"), "closed": _ASTRAY},
            **{f"number/{group.number}": {"route": to(group.ref)} for group in groups()},
        }

    async def build(self, settings: Settings) -> str:
        """Fill an empty database; returns an administrator's token."""
        database = Database.open(settings.database)
        now, token = utc_now(), new_token()
        try:
            await migrate(database)
            async with database.write() as db:
                revision = await objects.next_revision(db, now)
                for name, sound in self.sounds.items():
                    await prompts.add(db, sound.digest, sound.wav(), round(sound.seconds), name, now)
                for text, spec in self.specs().items():
                    ref = ObjectRef.parse(text)
                    await objects.save(db, Object(ref, ref.key, kinds()[ref.kind].spec.model_validate(spec)), revision)
                rights = frozenset({"flow_admin", "flow_user"})
                person = Person(0, "admin@example.se", "admin", rights)  # type: ignore[arg-type]
                number = await people.add(db, person, "no password", now)
                await people.add_token(db, token_digest(token), number, "crowd", now, now.replace(year=now.year + 1))
            return token
        finally:
            await database.close()

    def dials(self) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        """What revisions turn while callers are in these objects: object, path, and the values in turn."""
        say, there, end = self.digest, to("announcement/dar"), {"end": "busy"}
        both, gone = (there, _HERE), (_ASTRAY, None)
        yield from (("announcement/lang", "next", both), ("announcement/lang", "prompt", (say("hello"), say("talk"))))
        for menu in ("menu/lang", "menu/vantar"):
            yield menu, "options.1", both
            yield menu, "options.3", gone
            yield menu, "wait", (50, 55, WAIT)
            yield menu, "tries", (8, 9)
            yield menu, "invalid", (end, _ASTRAY)
        yield "menu/lang", "prompt", (say("hello"), say("menu"))
        yield "menu/lang", "direct_dial", ([{"extension": "201"}], [])
        yield from (("menu/tyst", "timeout", both), ("menu/tyst", "options.3", gone))
        for field, values in (
            ("keys.1", both),
            ("keys.2", gone),
            ("timeout", (15, 20)),
            ("retry", (5, 3)),
            ("length", (500, 0)),
            ("weight", (7, 0)),
            ("target", (30, 60)),
            ("strategy", ("leastrecent", "rrmemory")),
            ("waited", (end, _ASTRAY)),
            ("join", (say("hello"), None)),
            ("ringing", (True, False)),
            ("longest_wait", (900, 7000)),
            ("music", (say("other music"), say("music"))),
        ):
            yield "queue/ko", field, values
        yield from (
            ("queue/ut", "waited", both),
            ("queue/ut", "retry", (4, 3)),
            ("queue/ut", "longest_wait", (600, 900)),
        )
        yield from (("queue/svar", "timeout", (25, 20)), ("queue/svar", "wrapup", (1, 0)))
        for box in ("voicemail/halsning", "voicemail/inspelning"):
            yield box, "star", gone
            yield box, "full", gone
            yield box, "email", ("kundtjanst@example.se", None)
        yield from (
            ("voicemail/halsning", "operator", both),
            ("voicemail/halsning", "greeting", (say("hello"), say("greeting"))),
        )
        yield from (("voicemail/inspelning", "after", both), ("voicemail/inspelning", "operator", gone))
        yield "schedule/tider", "weekly.tue", ([["09:00", "12:00"]], [["10:00", "15:00"]])
        yield "schedule/tider", "closed", (end, _ASTRAY)
        yield "announcement/vilse", "next", (end, {"end": "hangup"})
