"""How many AMI events a second one core takes: our protocol against panoramisk alone, in one run.

The events are those of a busy call centre, about 600 bytes each. "wanted" is the share of events that somebody listens
to, hence parsed; the others are looked at by their name alone. The goal is for one in twenty.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from tests.bench.table import Row, median, of_this_run, show
from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.protocol import GatewayProtocol

GOAL = 100_000
RATIO = 4.0
EVENTS = of_this_run(40_000, quick=4_000)
#: The share that is wanted → each so-many-th event is; 0 is none.
SHARES = {"none wanted": 0, "one in twenty wanted": 20, "all wanted": 1}
READ = 65_536  # bytes a read, about what a socket gives under load
ROUNDS = 5

_CHANNEL = "".join(
    f"{key}: {value}\r\n"
    for key, value in (
        *(("Channel", "PJSIP/vx-trunk-0000a1b2"), ("ChannelState", "6"), ("ChannelStateDesc", "Up")),
        *(("CallerIDNum", "0701234567"), ("CallerIDName", "Åsa Öström"), ("ConnectedLineNum", "201")),
        *(("ConnectedLineName", "Kundtjänst"), ("Language", "sv"), ("AccountCode", ""), ("Context", "vx-queue-a")),
        *(("Exten", "s"), ("Priority", "1"), ("Uniqueid", "1795396462.1234"), ("Linkedid", "1795396462.1233")),
        *(("Variable", "DIALEDPEERNUMBER"), ("Value", "201"), ("Extra", "x" * 160)),
    )
)


def stream(events: int, wanted_every: int) -> bytes:
    """``events`` events; each ``wanted_every``-th is one that somebody listens to; 0 is none."""
    ordinary = f"Event: VarSet\r\nPrivilege: dialplan,all\r\n{_CHANNEL}\r\n".encode()
    wanted = f"Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nQueue: vx-a\r\n{_CHANNEL}\r\n".encode()
    return b"".join(wanted if wanted_every and n % wanted_every == 0 else ordinary for n in range(events))


class _Transport:
    def is_closing(self) -> bool:
        return False


def ours() -> Any:
    """Our protocol with a listener on one event name; what it queues is thrown away, as if taken at once."""
    board = EventBoard(1_000_000)
    board.on_event("QueueCallerJoin", lambda _: None)
    board.offer = _drop  # type: ignore[method-assign]
    protocol = GatewayProtocol(board, "vx/00000000-0000-0000-0000-000000000000", Limits())
    protocol.connection_made(_Transport())
    return protocol


def _drop(event: Message, size: int) -> None:
    """Takes it, and is done."""


def bare() -> Any:
    """panoramisk as it stands, with the same listener."""
    manager = Manager()
    manager.register_event("QueueCallerJoin", lambda *_: None)
    protocol = AMIProtocol()
    protocol.connection_made(_Transport())
    protocol.factory, protocol.encoding, protocol.log = manager, "utf8", manager.log
    return protocol


def rate(make: Callable[[], Any], data: bytes, events: int) -> float:
    """Events a second of processor time."""
    protocol = make()
    started = time.process_time()
    for start in range(0, len(data), READ):
        protocol.data_received(data[start : start + READ])
    return events / (time.process_time() - started)


async def test_ami_events() -> None:
    rows = []
    for share, every in SHARES.items():
        data = stream(EVENTS, every)
        pairs = [(rate(ours, data, EVENTS), rate(bare, data, EVENTS)) for _ in range(ROUNDS)]
        mine, theirs = (median(column) for column in zip(*pairs, strict=True))
        has_goal = every == 20
        goal = f"≥ {GOAL:,}/s, ≥ {RATIO:g}" if has_goal else ""
        met = mine >= GOAL and mine >= RATIO * theirs if has_goal else None
        rows.append(Row(f"events, {share}", goal, f"{mine:,.0f}/s", f"{mine / theirs:.1f}", met))
        rows.append(Row("the same by panoramisk alone", "", f"{theirs:,.0f}/s"))
    show("AMI events a second of processor time; the ratio is to panoramisk alone", "ami_parse", rows)
