"""Why there is a gateway of ours: what panoramisk 1.4 does on its own. When one of these fails, it was mended upstream.

Each proof has its cure in the neighbouring modules of this folder.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from tests.asterisk.fake_ami import SECRET, FakeAmi, Fields, Session


@pytest_asyncio.fixture
async def bare(fake: FakeAmi) -> AsyncIterator[Any]:
    """panoramisk as it stands, logged in to ``fake``."""
    manager = Manager(
        host="127.0.0.1", port=fake.port, username="vx-live", secret=SECRET, ping_delay=60, reconnect_timeout=0,
        log=logging.getLogger("bare"),
    )  # fmt: skip
    await manager.connect()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if manager.authenticated:
            break
    yield manager
    manager.close()


async def test_line_breaks_inject_an_action(fake: FakeAmi, bare: Any) -> None:
    bare.send_action({"Action": "Ping", "Zed": "x\r\n\r\nAction: Originate\r\nActionID: forged"})
    await asyncio.sleep(0.1)
    assert fake.heard("Originate")


async def test_queue_add_never_resolves(fake: FakeAmi, bare: Any) -> None:
    async def added(session: Session, fields: Fields) -> None:
        await session.respond(fields, "Added interface to queue")

    fake.answers["QueueAdd"] = added
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bare.send_action({"Action": "QueueAdd", "Queue": "a"}), 0.3)


async def test_a_wrong_secret_raises_nothing(fake: FakeAmi) -> None:
    manager = Manager(host="127.0.0.1", port=fake.port, username="vx-live", secret="wrong", reconnect_timeout=60)
    await manager.connect()
    await asyncio.sleep(0.1)
    assert not manager.authenticated
    manager.close()


async def test_unanswered_actions_are_sent_again(fake: FakeAmi, bare: Any) -> None:
    async def mute(session: Session, fields: Fields) -> None:
        pass

    fake.answers["QueuePause"] = mute
    bare.send_action({"Action": "QueuePause", "Queue": "a"})
    await asyncio.sleep(0.05)
    fake.cut_all()
    await asyncio.sleep(0.3)
    assert len(fake.heard("QueuePause")) > 1


async def test_a_drop_in_the_middle_of_a_list_hangs(fake: FakeAmi, bare: Any) -> None:
    async def half(session: Session, fields: Fields) -> None:
        await session.start_list(fields)
        session.cut()

    fake.answers["QueueStatus"] = half
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bare.send_action({"Action": "QueueStatus"}), 0.5)


async def test_utf8_between_two_reads_loses_letters() -> None:
    protocol = AMIProtocol()
    seen: list[Any] = []
    protocol.connection_made(None)
    protocol.encoding = "utf8"
    protocol.handle_message = seen.append
    raw = "Event: X\r\nName: Åsa\r\n\r\n".encode()
    cut = raw.index("Å".encode()) + 1
    protocol.data_received(raw[:cut])
    protocol.data_received(raw[cut:])
    assert seen[0]["Name"] == "sa"


async def test_a_repeated_event_header_raises() -> None:
    manager = Manager()
    manager.register_event("X", lambda *_: None)
    event = Message.from_line("Event: X\r\nEvent: Y")
    with pytest.raises(TypeError):
        manager.dispatch(event)


async def test_a_silent_peer_counts_as_connected(fake: FakeAmi, bare: Any) -> None:
    fake.silent = True
    for _ in range(3):
        bare.ping()
        await asyncio.sleep(0.05)
    assert bare._connected
