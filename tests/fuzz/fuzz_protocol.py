"""What comes over AMI, garbled and cut anywhere: no exception but the declared ones, and never more than the bound."""

from __future__ import annotations

import asyncio
import random
import time
import tracemalloc
from collections.abc import Callable

from tests.fuzz.laws import Broken, Tally
from tests.fuzz.peer import LIMITS, LISTENED, PREFIX, Line, Nonsense, cut, garbled, message, operations, stream
from tests.fuzz.share import SEED, count, show
from vaxelflode.errors import PbxError

#: Streams that are garbled and cut somewhere; streams that are cut at every place; answers that are nonsense.
STREAMS, WHOLE_STREAMS, ANSWERS = 100_000, 150, 200_000


async def test_garbled_streams_bring_about_only_what_is_declared() -> None:
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/streams")
    for _ in range(count(STREAMS, 500)):
        data = garbled(stream(chance), chance)
        line = Line()
        try:
            line.hear(*cut(data, chance))
        except Exception as err:
            raise Broken("AMI", data, f"raises {err!r}") from err
        tally.count("stream", accepted=not line.protocol.closed)
        line.protocol.drop("the end")
        assert all(action.done for action in line.actions)
        line.hear()
    show("Garbled AMI; accepted: the connection was kept", tally, time.monotonic() - started)


async def test_a_stream_cut_anywhere_is_the_same_stream() -> None:
    """Unless a message outgrows the bound: then the connection is dropped, sooner or later."""
    chance = random.Random(f"{SEED}/cuts")
    places = 0
    for _ in range(count(WHOLE_STREAMS, 3)):
        data = garbled(stream(chance), chance)[:6000]
        whole = Line().hear(data)
        for at in range(len(data)):
            if Line().hear(data[:at], data[at:]) != whole:
                raise Broken("AMI", data, f"is another stream when it is cut at {at}")
            places += 1
    print(f"\nStreams cut at {places:,} places; seed {SEED}")


async def test_no_stream_takes_more_than_the_bounds() -> None:
    """Headers cost more in memory than on the wire; sixty times is what two letters a line cost."""
    bounds = LIMITS.message_bytes + LIMITS.list_bytes + LIMITS.queued_bytes
    chance = random.Random(f"{SEED}/floods")
    floods: tuple[Callable[[], bytes], ...] = (
        lambda: chance.randbytes(4096),
        lambda: b"a: b\r\n" * 700,
        lambda: b"Event: UserEvent\r\n" + b"".join(b"%d:\r\n" % n for n in range(500)) + b"\r\n",
        message(("Event", "QueueEntry"), ("ActionID", f"{PREFIX}/2"), ("X", "x" * 2000)).__bytes__,
        lambda: garbled(stream(chance), chance),
    )
    for flood in floods:
        line = Line()
        line.hear(message(("Response", "Success"), ("ActionID", f"{PREFIX}/2"), ("EventList", "start")))
        tracemalloc.start()
        for _ in range(count(20_000, 500)):
            line.protocol.data_received(flood())
            if line.protocol.closed:
                line.outcome()
                line = Line()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        line.outcome()
        print(f"\nA flood: at most {peak:,} bytes of memory for bounds of {bounds:,}")
        assert peak < 60 * bounds


async def test_nonsense_is_understood_or_refused() -> None:
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/answers")
    port = Nonsense(chance)
    every = dict(operations(port))
    for n in range(count(ANSWERS, 2000)):
        name = sorted(every)[n % len(every)]
        port.said.clear()
        try:
            await every[name]()
        except PbxError:
            tally.count(name, accepted=False)
        except Exception as err:
            raise Broken(name, port.said, f"raises {err!r}") from err
        else:
            tally.count(name, accepted=True)
    show("Nonsense as an answer", tally, time.monotonic() - started)


async def test_listeners_are_called_with_what_came() -> None:
    """Delivery ends whatever the events hold."""
    chance = random.Random(f"{SEED}/delivery")
    line = Line()
    heard: list[str] = []
    for name in LISTENED:
        line.board.on_event(name, lambda event: heard.append(event.event))
    task = asyncio.create_task(line.board.deliver(), name="delivery")
    for _ in range(count(2000, 100)):
        line.hear(garbled(stream(chance), chance))
        await asyncio.sleep(0)
        if line.protocol.closed:
            line.protocol.closed = False
            line.protocol._framer._tail.clear()
    assert not task.done()
    task.cancel()
    assert set(heard) == set(LISTENED)
