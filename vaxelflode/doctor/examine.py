"""Looking at an installation: the world as it stands, and every check of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import aiohttp

from vaxelflode.applying.compare import Comparison, compare
from vaxelflode.applying.store import Store, StoreError
from vaxelflode.asterisk.ari import ping
from vaxelflode.bootstrap import Plane, ari_account, connections, looking, name_of, utc_now
from vaxelflode.doctor.checks import CHECKS, Check
from vaxelflode.doctor.finding import Finding, fail
from vaxelflode.doctor.world import World
from vaxelflode.domain.company import EMPTY, Company
from vaxelflode.errors import PbxUnavailable, SettingError, VaxelflodeError
from vaxelflode.rendering.encode import Names
from vaxelflode.rendering.render import Bundle
from vaxelflode.settings import Settings
from vaxelflode.storage import objects
from vaxelflode.storage.database import Database, StorageError
from vaxelflode.storage.existing import NoDatabase, existing

#: Seconds: for the PBX to be connected, for a running control plane to answer, for one check.
_CONNECTED, _READY, _CHECK = 5.0, 3.0, 60.0


async def examine(world: World, checks: Mapping[str, Check] = CHECKS) -> list[Finding]:
    """Every check, one after the other; one that cannot look says so and keeps no other from looking."""
    found: list[Finding] = []
    for name, look in checks.items():
        try:
            async with asyncio.timeout(_CHECK):
                found += await look(world)
        except (VaxelflodeError, ValueError, OSError) as err:
            found.append(fail(name, f"cannot be looked at: {err}", "mend what is said above and look again"))
        except TimeoutError:
            seen = f"was not looked at to the end within {_CHECK:.0f} s"
            found.append(fail(name, seen, "mend what is said above and look again"))
    return found


@asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[World]:
    """The world of these settings while the block lasts. Raises :class:`SettingError`."""
    async with AsyncExitStack() as stack:
        database, company, why = await _database(settings, stack)
        yield await _world(settings, stack, database, company, why)


async def _database(settings: Settings, stack: AsyncExitStack) -> tuple[Database | None, Company | None, str]:
    try:
        database = await stack.enter_async_context(existing(settings.database))
        async with database.read() as db:
            return database, await objects.refreshed(db, EMPTY, utc_now()), ""
    except (NoDatabase, StorageError, SettingError) as err:
        return None, None, err.message


async def _world(
    settings: Settings, stack: AsyncExitStack, database: Database | None, company: Company | None, why: str
) -> World:
    plane = looking(settings, database) if database is not None else None
    live, apply = (plane.live, plane.apply) if plane is not None else connections(settings)
    for connection in (live, apply):
        await stack.enter_async_context(connection)
    await asyncio.gather(*(_patiently(c.wait_connected(_CONNECTED)) for c in (live, apply)))
    store = Store(settings.asterisk_config_dir)
    disk, no_disk = await asyncio.to_thread(_disk, store)
    return World(
        settings,
        utc_now(),
        name_of(settings),
        live,
        apply,
        store,
        Names(settings.prefix, settings.sounds_path),
        database,
        company,
        why,
        disk,
        no_disk,
        ready=partial(_ready, settings),
        compare=None if plane is None else partial(_compared, plane),
        ari=partial(ping, ari_account(settings)) if settings.ari_url else None,
        clock=utc_now,
    )


async def _patiently(connected: Coroutine[None, None, None]) -> None:
    with contextlib.suppress(PbxUnavailable):
        await connected


def _disk(store: Store) -> tuple[Bundle | None, str]:
    current = store.current()
    if current is None:
        return None, ""
    try:
        return store.read(current), ""
    except StoreError as err:
        return None, err.message


async def _compared(plane: Plane) -> Sequence[Comparison]:
    return await compare(plane.database, plane.store, plane.renderer, plane.prover, plane.entries, utc_now())


async def _ready(settings: Settings) -> Mapping[str, str] | None:
    """What a control plane at our address says of itself; ``None``: none answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.listen_host, settings.listen.rpartition(":")[0])  # noqa: S104
    scheme = settings.own_url.partition(":")[0]
    url = f"{scheme}://{host}:{settings.listen_port}/readyz"
    try:
        timeout = aiohttp.ClientTimeout(total=_READY)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, ssl=False) as answer:
            said = await answer.json()
            return {str(part): str(words) for part, words in said.get("trouble", {}).items()}
    except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, OSError):
        return None
