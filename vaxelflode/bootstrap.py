"""The only place that names concrete classes and wires them: one control plane out of settings."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web

from vaxelflode.applying.agents import AgentActions
from vaxelflode.applying.applier import Applier
from vaxelflode.applying.entries import Entries
from vaxelflode.applying.keeper import AgentKeeper
from vaxelflode.applying.lamps import Lamps
from vaxelflode.applying.node import AmiPbx
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.release import Releaser
from vaxelflode.applying.sounds import Sounds
from vaxelflode.applying.standing import Standing
from vaxelflode.applying.store import Store, StoreError
from vaxelflode.applying.switches import EVENT, SwitchKeeper
from vaxelflode.applying.watcher import Watcher
from vaxelflode.asterisk import AmiAccount, AmiConnection, AriAccount, ConnectionState, Message
from vaxelflode.domain.outside import Outside
from vaxelflode.errors import SettingError
from vaxelflode.rendering.render import Options, Renderer
from vaxelflode.resources import template_folders
from vaxelflode.services.context import Context
from vaxelflode.settings import Settings
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate
from vaxelflode.web import tls
from vaxelflode.web.app import make_app
from vaxelflode.web.metrics import Account
from vaxelflode.web.server import runner_of

log = logging.getLogger(__name__)


def utc_now() -> dt.datetime:
    """The clock."""
    return dt.datetime.now(dt.UTC)


@dataclass
class Plane:
    """A control plane, not yet running: its parts, for whoever runs or tests them."""

    settings: Settings
    database: Database
    live: AmiConnection
    apply: AmiConnection
    store: Store
    prover: Prover
    renderer: Renderer
    applier: Applier
    entries: Entries
    keeper: AgentKeeper
    switches: SwitchKeeper
    lamps: Lamps | None
    watcher: Watcher
    context: Context

    def trouble(self) -> Mapping[str, str]:
        """What stands in the way of being ready, by part, in words."""
        found = {} if self.database.trouble is None else {"database": self.database.trouble}
        for name, connection in (("ami_live", self.live), ("ami_apply", self.apply)):
            if connection.state is not ConnectionState.CONNECTED:
                found[name] = str(connection.status)
        if not self.applier.settled:
            found["applier"] = self.applier.trouble or "the configuration is not proven live yet"
        return found

    def accounts(self) -> list[Account]:
        """How our accounts stand at the PBX, in figures."""
        connections = (("live", self.live), ("apply", self.apply))
        return [Account(name, c.state.value, c.event_counts, c.events_dropped) for name, c in connections]


@asynccontextmanager
async def plane(settings: Settings, *, roll_back: bool = False) -> AsyncIterator[Plane]:
    """A control plane over ``settings``, with its database migrated. Raises :class:`SettingError`.

    ``roll_back``: somebody asks that a database older than what is live be made live.
    """
    database = Database.open(settings.database)
    try:
        await migrate(database)
        yield _wired(settings, database, _store(settings), roll_back=roll_back)
    finally:
        await database.close()


def looking(settings: Settings, database: Database) -> Plane:
    """A control plane for whoever only looks: no directory is made. Raises :class:`SettingError`."""
    return _wired(settings, database, Store(settings.asterisk_config_dir), roll_back=False)


def _wired(settings: Settings, database: Database, store: Store, *, roll_back: bool) -> Plane:
    live, apply = connections(settings)
    renderer = Renderer(template_folders(), _options(settings), today=utc_now().date())
    pbx = AmiPbx(live, apply)
    company = CompanyAtHand()
    prover = Prover(pbx, store, renderer.names, settings.config_path)
    entries = Entries(pbx, renderer.names, utc_now)
    applier = Applier(
        database,
        pbx,
        renderer,
        Releaser(pbx, store, prover),
        Sounds(database, settings.asterisk_sounds_dir),
        entries,
        node=name_of(settings),
        roll_back=roll_back,
        clock=utc_now,
        company=company,
    )
    actions = AgentActions(pbx, renderer.names, lambda: applier.in_charge)
    keeper = AgentKeeper(database, actions, utc_now, company, ZoneInfo(settings.time_zone))
    switches = SwitchKeeper(database, entries, utc_now, applier.wake, company, lambda: applier.in_charge)
    lamps = _lamps(settings, applier, renderer)
    watcher = Watcher(database, lambda: applier.live_revision, applier.wake, keeper.wake)
    context = Context(database, applier, actions, utc_now, outside_of(settings), company=company)
    return Plane(
        settings,
        database,
        live,
        apply,
        store,
        prover,
        renderer,
        applier,
        entries,
        keeper,
        switches,
        lamps,
        watcher,
        context,
    )


def _options(settings: Settings) -> Options:
    outbound = tuple(settings.outbound.split("/", 1)) if settings.outbound else None
    return Options(settings.prefix, settings.sounds_path, settings.country_code, outbound)  # type: ignore[arg-type]


def _lamps(settings: Settings, applier: Applier, renderer: Renderer) -> Lamps | None:
    if not settings.ari_url:
        return None
    from vaxelflode.asterisk.ari import set_devices  # noqa: PLC0415 -- 5 MB of libraries; most have no lamps

    set_lamps = partial(set_devices, ari_account(settings), f"{settings.prefix}-lamps")
    return Lamps(lambda: applier.live_company, set_lamps, renderer.names, utc_now)


def outside_of(settings: Settings) -> Outside:
    """Which numbers outside a call may be led to."""
    return Outside(bool(settings.outbound), settings.country_code, settings.external_patterns)


def ari_account(settings: Settings) -> AriAccount:
    """Who we are to ARI."""
    return AriAccount(settings.ari_url, settings.ari_user, settings.ari_secret.get_secret_value())


def name_of(settings: Settings) -> str:
    """This node's name."""
    return settings.node or socket.gethostname()


def connections(settings: Settings) -> tuple[AmiConnection, AmiConnection]:
    """Ours to AMI, not connected yet: for the live view and for the applier. Raises :class:`SettingError`."""
    where = settings.ami_host, settings.ami_port
    live = AmiAccount(*where, settings.ami_live_user, settings.ami_live_secret.get_secret_value())
    apply = AmiAccount(*where, settings.ami_apply_user, settings.ami_apply_secret.get_secret_value())
    for account, name in ((live, "AMI_LIVE_SECRET"), (apply, "AMI_APPLY_SECRET")):
        if not account.secret:
            raise SettingError(f"VAXELFLODE_{name}: must be set to the secret of {account.username}", name=name)
    return AmiConnection(live), AmiConnection(apply)


def _store(settings: Settings) -> Store:
    store = Store(settings.asterisk_config_dir)
    try:
        store.prepare()
    except StoreError as err:
        raise SettingError(f"VAXELFLODE_ASTERISK_CONFIG_DIR: {err.message}", name="ASTERISK_CONFIG_DIR") from err
    sounds = settings.asterisk_sounds_dir
    try:
        sounds.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        where = f"{sounds}: {err.strerror}"
        raise SettingError(f"VAXELFLODE_ASTERISK_SOUNDS_DIR: {where}", name="ASTERISK_SOUNDS_DIR") from err
    return store


@asynccontextmanager
async def running(made: Plane, *, serve: bool = True) -> AsyncIterator[None]:
    """Run the plane's tasks (and, with ``serve``, its pages and API) until the block ends."""
    standing = Standing(made.database, (made.live, made.apply), name_of(made.settings), utc_now)
    with made.store.locked():
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(made.live.run(), name="AMI live"),
                group.create_task(made.apply.run(), name="AMI apply"),
                group.create_task(made.applier.run(), name="applier"),
                group.create_task(made.keeper.run(), name="agents"),
                group.create_task(made.switches.run(), name="switches"),
                *([group.create_task(made.lamps.run(), name="lamps")] if made.lamps else []),
                group.create_task(made.watcher.run(), name="watcher"),
                group.create_task(standing.run(), name="standing"),
            ]
            _woken(made)
            runner = await _serving(made) if serve else None
            try:
                yield
            finally:
                if runner is not None:
                    await runner.cleanup()
                for task in tasks:
                    task.cancel()


def _woken(made: Plane) -> None:
    """Who looks anew when something has happened."""

    def on_user_event(event: Message) -> None:
        if event.get("UserEvent") == EVENT:
            made.switches.wake()

    def on_in_charge() -> None:
        made.keeper.wake()
        made.switches.wake()

    def on_live() -> None:
        made.keeper.queues_may_have_come()
        if made.lamps is not None:
            made.lamps.wake()

    made.apply.on_state(lambda _status: made.applier.wake(doubtful=True))
    made.apply.on_state(lambda _status: made.switches.wake())
    made.live.on_state(lambda _status: made.keeper.wake())
    made.live.on_event("UserEvent", on_user_event)
    made.live.on_gap(made.switches.wake)
    made.applier.on_set_there = made.switches.wake
    made.applier.on_in_charge = on_in_charge
    made.applier.on_live = on_live
    if (lamps := made.lamps) is not None:
        made.apply.on_state(lambda _status: lamps.wake(doubtful=True))


async def _serving(made: Plane) -> web.AppRunner:
    certificate = tls.context(made.settings)
    app = make_app(made.settings, made.context, made.trouble, made.accounts)
    runner = runner_of(app)
    await runner.setup()
    settings = made.settings
    try:
        await web.TCPSite(runner, settings.listen_host, settings.listen_port, ssl_context=certificate).start()
    except OSError as err:
        await runner.cleanup()
        raise SettingError(f"VAXELFLODE_LISTEN: {settings.listen}: {err.strerror}", name="LISTEN") from err
    return runner
