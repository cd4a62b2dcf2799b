"""The demo, whole: Asterisk, the sample company, the control plane, callers; and ``demo.json`` for whoever tries it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaxelflode.bootstrap import Plane, plane, running, utc_now
from vaxelflode.demo.callers import keep_calling
from vaxelflode.demo.choose import choose
from vaxelflode.demo.company import Logins, found
from vaxelflode.demo.pbx import ETC_INSIDE, SOUNDS_INSIDE, Pbx
from vaxelflode.demo.ports import LOOPBACK, free_port, require_free
from vaxelflode.demo.sample import norrvik
from vaxelflode.errors import PbxError, SettingError
from vaxelflode.settings import Settings, load
from vaxelflode.storage.objects import current_revision

Say = Callable[[str], None]
#: How long the first revision may take to be live, in seconds.
_READY_WITHIN = 60.0
#: Pause before Asterisk is started again after it could not be, in seconds.
_AGAIN_AFTER = 2.0
_SETTINGS_FILE = "vaxelflode.toml"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo, as ``demo.json`` tells it."""

    file: Path
    url: str
    users: dict[str, dict[str, str]]
    sip_host: str
    sip_port: int
    numbers: list[str]
    #: What phones dial: ``object``, ``code`` and ``pin``.
    codes: list[dict[str, str]]


@asynccontextmanager
async def demo_running(data_dir: Path, *, port: int, sip_port: int, calls: bool, say: Say) -> AsyncIterator[Demo]:
    """Start everything under ``data_dir`` and end all of it with the block. Raises errors of one clear line."""
    data_dir = _made(data_dir)
    with _alone_in(data_dir):
        async with _running(data_dir, port=port, sip_port=sip_port, calls=calls, say=say) as demo:
            yield demo


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """Before anything is written or started: no second demo in the same folder."""
    with (data_dir / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise SettingError(f"--data-dir {data_dir}: a demo is already running here", name="data-dir") from err
        yield


@asynccontextmanager
async def _running(data_dir: Path, *, port: int, sip_port: int, calls: bool, say: Say) -> AsyncIterator[Demo]:
    port = port or free_port("tcp")
    require_free(port, "tcp", "--port")
    say("finding an Asterisk …")
    maker = await choose(data_dir)
    pbx = maker(data_dir / "asterisk", sip_port=sip_port)
    pbx.staffed = calls
    say("starting Asterisk …")
    async with pbx:
        settings = _settings(data_dir, pbx, port)
        # The PBX in this folder is nobody else's: a company that is founded anew need not be asked for it.
        async with plane(settings, roll_back=await _is_empty(settings)) as made:
            say("founding Norrvik Energi, and speaking its messages …")
            logins = await found(made.database, utc_now(), data_dir)
            async with running(made), _kept_alive(pbx, say):
                say("making the first revision live …")
                await _ready(made)
                async with _callers(pbx, logins.numbers, calls=calls):
                    yield _told(data_dir, pbx, settings, logins)


async def _is_empty(settings: Settings) -> bool:
    """Whether nothing stands in the database yet."""
    async with plane(settings) as made, made.database.read() as db:
        return await current_revision(db) == 0


def _settings(data_dir: Path, pbx: Pbx, port: int) -> Settings:
    """The settings of the demo's control plane, kept for the commands that take ``--data-dir``."""
    values: dict[str, Any] = {
        "listen": f"{LOOPBACK}:{port}",
        "plain_http": True,
        "company": norrvik().name,
        "ami_host": pbx.ami.host,
        "ami_port": pbx.ami.port,
        "ami_live_user": pbx.ami.live.username,
        "ami_live_secret": pbx.ami.live.secret,
        "ami_apply_user": pbx.ami.apply.username,
        "ami_apply_secret": pbx.ami.apply.secret,
        "ari_url": pbx.ari.url,
        "ari_user": pbx.ari.username,
        "ari_secret": pbx.ari.password,
        "asterisk_config_dir": str(pbx.generated),
        "asterisk_config_path": f"{ETC_INSIDE}/{pbx.generated.name}",
        "asterisk_sounds_dir": str(pbx.sounds),
        "asterisk_sounds_path": SOUNDS_INSIDE,
        "log_level": "WARNING",
    }
    file = data_dir / _SETTINGS_FILE
    _write_private(file, "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in values.items()))
    return load(file, data_dir=data_dir)


def _made(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise SettingError(f"--data-dir {data_dir}: {err.strerror}", name="data-dir") from err
    return data_dir.absolute()


@asynccontextmanager
async def _kept_alive(pbx: Pbx, say: Say) -> AsyncIterator[None]:
    """Start Asterisk again whenever it ends by itself, as a service manager would."""

    async def watch() -> None:
        while True:
            await pbx.wait_died()
            say("Asterisk has ended; starting it again …")
            try:
                await pbx.start()
            except PbxError as err:
                say(f"Asterisk does not start: {err.message}")
                await asyncio.sleep(_AGAIN_AFTER)

    async with _task(watch(), "demo: Asterisk kept alive"):
        yield


@asynccontextmanager
async def _callers(pbx: Pbx, numbers: Sequence[str], *, calls: bool) -> AsyncIterator[None]:
    """Synthetic callers while the block lasts."""
    if not calls:
        yield
        return
    async with _task(keep_calling(pbx.ari, numbers), "demo: callers"):
        yield


@asynccontextmanager
async def _task(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (err := task.exception()) is not None:
            raise err


async def _ready(made: Plane) -> None:
    try:
        async with asyncio.timeout(_READY_WITHIN):
            await made.live.wait_connected(_READY_WITHIN)
            await made.applier.until_settled()
            await made.keeper.until_settled()
    except TimeoutError:
        words = "; ".join(made.trouble().values())
        raise PbxError(f"the sample company is not live after {_READY_WITHIN:.0f} s: {words}") from None


def _told(data_dir: Path, pbx: Pbx, settings: Settings, logins: Logins) -> Demo:
    users = {
        role: {"email": login.email, "password": login.password}
        for role in ("admin", "supervisor", "other_supervisor")
        if (login := getattr(logins, role))
    }
    url = f"http://{settings.listen}"
    demo: dict[str, Any] = {
        "url": url,
        "users": users,
        "sip": {"host": pbx.sip_host, "port": pbx.sip_port},
        "phones": [
            {"extension": name, "username": name, "password": secret} for name, secret in pbx.secrets.phones.items()
        ],
        "numbers": list(logins.numbers),
        "codes": [{"object": str(ref), "code": code, "pin": digits} for ref, (code, digits) in norrvik().codes.items()],
        "ami": {
            "host": pbx.ami.host,
            "port": pbx.ami.port,
            "username": pbx.ami.live.username,
            "secret": pbx.ami.live.secret,
        },
        "ari": {"url": pbx.ari.url, "username": pbx.ari.username, "password": pbx.ari.password},
        "asterisk_etc": str(pbx.etc),
        "asterisk_cli": pbx.cli_argv,
        "log_dir": str(pbx.log_dir),
    }
    file = data_dir / "demo.json"
    _write_private(file, json.dumps(demo, ensure_ascii=False, indent=1))
    return Demo(file, url, users, pbx.sip_host, pbx.sip_port, demo["numbers"], demo["codes"])


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
    fresh.replace(path)
