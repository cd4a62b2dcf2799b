"""A peer that speaks AMI, or nearly: a connection that hears it, and a port whose answers are nonsense."""

from __future__ import annotations

import datetime as dt
import inspect
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.fuzz.strings import hostile, token
from vaxelflode.asterisk import Core, Dialplan, Limits, Message, Queues, Voicemail
from vaxelflode.asterisk.action import GatewayAction
from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.protocol import GatewayProtocol
from vaxelflode.asterisk.wire import END, Fields, decode
from vaxelflode.errors import PbxError, PbxRefused

LIMITS = Limits(message_bytes=8192, list_items=50, list_bytes=32_768, queued_events=20, queued_bytes=16_384)
PREFIX = "vx/00000000-0000-0000-0000-000000000000"
LISTENED = ("QueueCallerJoin", "UserEvent")


class _Transport:
    """Nothing is at the other end."""

    def __init__(self) -> None:
        self.aborted = False

    def is_closing(self) -> bool:
        return self.aborted

    def write(self, data: bytes) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True


class _Ids:
    """ActionIDs of ours, counted."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> str:
        self._last += 1
        return f"{PREFIX}/{self._last}"


@dataclass
class Line:
    """A connection with two actions under way, a plain one and a list, and what is heard on it."""

    board: EventBoard = field(default_factory=lambda: EventBoard(LIMITS.queued_events, LIMITS.queued_bytes))

    def __post_init__(self) -> None:
        for name in LISTENED:
            self.board.on_event(name, lambda _: None)
        self.protocol: Any = GatewayProtocol(self.board, PREFIX, LIMITS)
        self.protocol.connection_made(_Transport())
        ids = _Ids()
        self.actions = [
            GatewayAction("Ping", {}, ids, limits=LIMITS),
            GatewayAction("QueueStatus", {}, ids, "QueueStatusComplete", limits=LIMITS),
        ]
        for action in self.actions:
            self.protocol.send(action)

    def hear(self, *pieces: bytes) -> object:
        """What the pieces bring about; raises what `data_received` raises."""
        for piece in pieces:
            self.protocol.data_received(piece)
            self._within_bounds()
        return self.outcome()

    def outcome(self) -> object:
        """All that shows on the outside."""
        return (
            self.protocol.version,
            self.protocol.closed,
            self.protocol.booted.done(),
            [(event, size) for event, size in self.board._queue],
            self.board.dropped,
            [self._outcome(action) for action in self.actions],
        )

    def _within_bounds(self) -> None:
        assert len(self.protocol._framer._tail) <= LIMITS.message_bytes or self.protocol.closed
        assert len(self.board._queue) <= LIMITS.queued_events
        assert len(self.board._queue) == 1 or sum(s for _, s in self.board._queue) <= LIMITS.queued_bytes
        for action in self.actions:
            assert len(action.responses) <= LIMITS.list_items + 1

    @staticmethod
    def _outcome(action: GatewayAction) -> object:
        if not action.future.done():
            return "pending"
        error = action.future.exception()
        if error is None:
            return action.future.result()
        assert isinstance(error, PbxError), f"{error!r} is not declared"
        return type(error), error.message


def message(*lines: tuple[str, str]) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode("utf-8", "surrogatepass") + b"\r\n"


def stream(chance: random.Random) -> bytes:
    """What Asterisk might say after a login: answers, a list, events; the callers' words are hostile."""
    mine = f"{PREFIX}/2"
    said = [b"Asterisk Call Manager/11.0.0\r\n"] if chance.random() < 0.8 else []
    said.append(message(("Response", "Success"), ("ActionID", f"{PREFIX}/1"), ("Ping", "Pong")))
    said.append(message(("Response", "Success"), ("ActionID", mine), ("EventList", "start")))
    for n in range(chance.randint(0, 4)):
        words = hostile(chance)
        said.append(message(("Event", "QueueEntry"), ("Queue", "vx-a"), ("CallerIDName", words), ("ActionID", mine)))
        said.append(message(("Event", chance.choice(LISTENED)), ("CallerIDName", hostile(chance)), ("N", str(n))))
    said.append(message(("Event", "QueueStatusComplete"), ("ActionID", mine), ("EventList", "Complete")))
    said.append(message(("Event", "FullyBooted"), ("Privilege", "system,all")))
    return b"".join(said)


def garbled(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of it others, more, fewer, or elsewhere."""
    made = bytearray(data)
    for _ in range(chance.randint(0, 5)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(6):
            case 0:
                made[at : at + 1] = chance.randbytes(1)
            case 1:
                made[at:at] = token(chance).encode("utf-8", "surrogatepass")
            case 2:
                del made[at : at + chance.randint(1, 30)]
            case 3:
                made[at:at] = made[at : at + chance.randint(1, 200)]
            case 4:
                made[at:at] = chance.choice([b"\r\n", END, b"\n", b"\r", b"Event: ", b"Response: ", b": ", b"\0"])
            case _:
                made[at:at] = chance.randbytes(chance.choice([1, 10, 100, 9000]))
    return bytes(made)


def cut(data: bytes, chance: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = chance.choice([1, 2, 3, 10, 100, 1000, 10_000])
        yield data[at : at + size]
        at += size


# --- answers that are whole messages, and nonsense


def _lines(text: str, **more: str) -> list[tuple[str, str]]:
    pairs = (part.split("=", 1) for part in text.split())
    return [*((key, value) for key, value in pairs), *more.items()]


#: What each action is answered with when all is well; several events make a list.
ANSWERS_OF: dict[str, list[list[tuple[str, str]]]] = {
    "QueueStatus": [
        _lines(
            "Event=QueueParams Queue=vx-a Max=0 Strategy=ringall Calls=1 Holdtime=2 TalkTime=3 Completed=4 Abandoned=5"
            " ServiceLevel=20 ServicelevelPerf=66.7 ServicelevelPerf2=50.0 Weight=1"
        ),
        _lines(
            "Event=QueueMember Queue=vx-a Name=201 Location=PJSIP/201 StateInterface=PJSIP/201 Membership=dynamic"
            " Penalty=3 CallsTaken=8 LastCall=0 LastPause=0 LoginTime=0 InCall=0 Status=1 Paused=1 PausedReason=vx"
            " Wrapuptime=0"
        ),
        _lines(
            "Event=QueueEntry Queue=vx-a Position=1 Channel=PJSIP/x Uniqueid=1.1 CallerIDNum=070 CallerIDName=x"
            " ConnectedLineNum=unknown ConnectedLineName=unknown Wait=7 Priority=0"
        ),
    ],
    "ShowDialPlan": [
        _lines("Event=ListDialplan Context=vx-a Extension=s Priority=1 Application=Answer Registrar=pbx_config"),
        _lines("Event=ListDialplan Context=vx-a Extension=s Priority=hint Application=PJSIP/201"),
        _lines("Event=ListDialplan Context=vx-a IncludeContext=vx-b Registrar=pbx_config"),
    ],
    "VoicemailUsersList": [
        _lines(
            "Event=VoicemailUserEntry VMContext=vx VoiceMailbox=a Fullname=a Email=(null) AttachMessage=Yes"
            " DeleteMessage=No MaxMessageCount=100 MaxMessageLength=0 NewMessageCount=2 OldMessageCount=0"
        )
    ],
    "VoicemailUserStatus": [_lines("Event=VoicemailUserDetail VMContext=vx VoiceMailbox=a")],
    "PJSIPShowEndpoints": [_lines("Event=EndpointList ObjectName=201")],
    "CoreShowChannels": [_lines("Event=CoreShowChannel Channel=x")],
    "DBGet": [_lines("Event=DBGetResponse Family=vx Key=k Val=v")],
    "DBGetTree": [_lines("Event=DBGetTreeResponse Key=/vx/k Val=v")],
    "GetConfig": [_lines("Category-000000=vx-a Line-000000-000000=exten=s,1,NoOp()")],
    "CoreStatus": [_lines("CoreCurrentCalls=1")],
    "CoreSettings": [_lines("AsteriskVersion=22.10.1")],
    "Getvar": [_lines("Value=x")],
}


class Nonsense:
    """A port whose answers are right but for some of their lines."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.said: list[Message] = []

    async def request(self, action: str, fields: Fields | None = None, limit: float = 0) -> Message:
        answer = self._spoilt(ANSWERS_OF.get(action, [[]])[0])
        if self._chance.random() < 0.2:
            raise PbxRefused(answer.get("Message", hostile(self._chance)))
        return answer

    async def request_list(
        self, action: str, fields: Fields | None = None, *, complete: str, limit: float = 0
    ) -> list[Message]:
        if self._chance.random() < 0.1:
            raise PbxRefused(hostile(self._chance))
        events = ANSWERS_OF[action]
        return [self._spoilt(self._chance.choice(events)) for _ in range(self._chance.randint(0, 5))]

    def _spoilt(self, lines: Iterable[tuple[str, str]]) -> Message:
        chance, made = self._chance, list(lines)
        for _ in range(chance.choice([0, 0, 1, 1, 2, 4])):
            at = chance.randrange(len(made) + 1)
            match chance.randrange(4):
                case 0:
                    made[at : at + 1] = []
                case 1:
                    made[at : at + 1] = [(key, hostile(chance)) for key, _ in made[at : at + 1]]
                case 2:
                    made[at:at] = [(hostile(chance), hostile(chance))]
                case _:
                    made += made[at : at + 1]
        self.said.append(decode(garbled(message(*made), chance) if chance.random() < 0.2 else message(*made)))
        return self.said[-1]


#: What the typed operations are asked with, by the name of the parameter.
ASKED: dict[str, Any] = dict(
    _lines(
        "queue=vx-a interface=PJSIP/201 member_name=201 reason=vx context=vx mailbox=a filename=a.conf category=vx-a"
    )
    + _lines("family=vx key=k value=v name=chan_pjsip zone=Europe/Stockholm"),
    at=dt.datetime(2027, 3, 16, tzinfo=dt.UTC),
    penalty=1,
    paused=True,
)


def operations(port: Nonsense) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
    """Every typed operation over the nonsense; reloads wait for their turn and are left out."""
    for kind in (Queues, Dialplan, Voicemail, Core):
        whole = kind(port)
        for name, method in inspect.getmembers(whole, inspect.iscoroutinefunction):
            if not name.startswith("_") and "when_free" not in name:
                wanted = inspect.signature(method).parameters.values()
                given = {p.name: ASKED[p.name] for p in wanted if p.default is p.empty}
                more = {p.name: ASKED[p.name] for p in wanted if p.default is not p.empty and p.name in ASKED}
                yield f"{kind.__name__}.{name}", partial(method, **_named(name, given | more))


def _named(operation: str, given: dict[str, Any]) -> dict[str, Any]:
    return given | ({"name": "VX_X"} if operation == "getvar" else {})
