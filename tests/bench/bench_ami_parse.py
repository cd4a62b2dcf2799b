"""How many AMI events a second one core takes: our protocol against panoramisk alone, in one run.

    python tests/bench/bench_ami_parse.py [--json FILE] [--events N]

The events are those of a busy call centre, about 600 bytes each. "wanted" is the share of events that somebody listens
to, hence parsed; goal: at least 100,000/s at 5 % wanted, and at least 4 times panoramisk alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.protocol import GatewayProtocol

GOAL = 100_000
RATIO = 4.0
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


async def measure(events: int) -> list[dict[str, float | str]]:
    """One row a share of wanted events: medians, the two measured in turn."""
    rows: list[dict[str, float | str]] = []
    for name, every in (("none", 0), ("5 %", 20), ("all", 1)):
        data = stream(events, every)
        pairs = [(rate(ours, data, events), rate(bare, data, events)) for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        rows.append(
            {"wanted": name, "ours": round(mine), "panoramisk": round(theirs), "ratio": round(mine / theirs, 1)}
        )
    return rows


def main() -> None:
    """Measure, print the table, and write it where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path)
    options.add_argument("--events", type=int, default=40_000)
    chosen = options.parse_args()
    rows = asyncio.run(measure(chosen.events))
    print(f"AMI events a second and core; goal at 5 % wanted: {GOAL:,} and {RATIO:g} × panoramisk")
    for row in rows:
        print(f"  wanted {row['wanted']:>5}: {row['ours']:>9,}   panoramisk {row['panoramisk']:>7,}   × {row['ratio']}")
    if chosen.json:
        chosen.json.write_text(json.dumps({"goal": GOAL, "goal_ratio": RATIO, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
