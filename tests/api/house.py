"""The whole application on loopback, over SQLite and the fake PBX: a change is live in milliseconds.

Everything is the product's own but the PBX, which stands behind its port (``tests/applying/fake_pbx.py``).
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import text

from tests.api import company
from tests.applying.fake_pbx import FakePbx
from tests.rendering.making import new_renderer
from vaxelflode.applying.agents import AgentActions
from vaxelflode.applying.applier import Applier
from vaxelflode.applying.entries import Entries
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.release import Releaser
from vaxelflode.applying.sounds import Sounds
from vaxelflode.applying.store import Store
from vaxelflode.domain.outside import Outside
from vaxelflode.services.context import Context
from vaxelflode.services.passwords import hashed
from vaxelflode.settings import Settings
from vaxelflode.storage.at_hand import CompanyAtHand
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate
from vaxelflode.web.app import make_app

#: What nobody who is refused may have changed. Tokens and the audit chain grow by reading and by logging in.
_KEPT = (
    *("users", "flows", "grants", "supervisors", "objects", "object_references"),
    *("overrides", "revisions", "changes", "queue_agents"),
)


#: How long a configuration may take to be live, in seconds: a busy machine stands still at times.
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON, or ``None``."""
        return json.loads(self.raw) if "json" in self.headers.get("Content-Type", "") and self.raw else None


@dataclass
class House:
    """One running application and its parts."""

    app: web.Application
    url: str
    pbx: FakePbx
    database: Database
    applier: Applier
    session: aiohttp.ClientSession
    context: Context

    def lose_the_pbx(self) -> None:
        """The PBX is away, and nobody waits long for it."""
        self.pbx.connected = False
        self.context.answer_within = 0.2

    async def ask(self, method: str, path: str, person: str | None = None, body: Any = None, **headers: str) -> Answer:
        """One request; ``person`` asks with their token; ``if_match=…`` and the like become headers.

        ``body`` is JSON, or bytes that may be anything.
        """
        sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
        if person is not None:
            sent["Authorization"] = f"Bearer {company.token(person)}"
        given = {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        if isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(method, self.url + path, headers=sent, **given) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def state(self) -> str:
        """A fingerprint of everything that can be changed: what is written down, and who answers in the PBX."""
        members = sorted((queue, sorted(members)) for queue, members in self.pbx.members.items())
        digest = hashlib.sha256(repr(members).encode())
        async with self.database.read() as db:
            for table in _KEPT:
                rows = await db.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))
                digest.update(repr([tuple(row) for row in rows]).encode())
        return digest.hexdigest()


@asynccontextmanager
async def house(folder: Path, template: Path) -> AsyncIterator[House]:
    """The application in a folder of its own, with a copy of the database ``template``."""
    database, store = _copied(folder, template)
    pbx, renderer, at_hand = FakePbx(store.directory), new_renderer(), CompanyAtHand()
    prover = Prover(pbx, store, renderer.names, str(store.directory))
    applier = Applier(
        database,
        pbx,
        renderer,
        Releaser(pbx, store, prover),
        Sounds(database, folder / "sounds"),
        Entries(pbx, renderer.names, lambda: company.NOW),
        node="here",
        clock=lambda: company.NOW,
        company=at_hand,
    )
    actions = AgentActions(pbx, renderer.names)
    context = Context(
        *(database, applier, actions, lambda: company.NOW, Outside(line=True)), company=at_hand, answer_within=_PATIENCE
    )
    app = make_app(
        Settings(data_dir=folder, plain_http=True), context, lambda: {} if applier.settled else {"applier": "busy"}
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    task = asyncio.create_task(applier.run(), name="applier")
    try:
        async with asyncio.timeout(_PATIENCE):
            await applier.until_settled()
        async with aiohttp.ClientSession() as session:
            yield House(app, site.name.rstrip("/"), pbx, database, applier, session, context)
    finally:
        task.cancel()
        await runner.cleanup()
        await database.close()


def _copied(folder: Path, template: Path) -> tuple[Database, Store]:
    folder.mkdir(parents=True)
    shutil.copy(template, folder / "company.sqlite")
    store = Store(folder / "generated")
    store.prepare()
    return Database.open(f"sqlite+aiosqlite:///{folder}/company.sqlite"), store


async def template(folder: Path) -> Path:
    """A database with the company in it and a little history, to be copied."""
    founded = folder / "founded.sqlite"
    database = Database.open(f"sqlite+aiosqlite:///{founded}")
    await migrate(database)
    await company.founded(database, await hashed(company.PASSWORD))
    await database.close()
    async with house(folder / "house", founded) as made:
        for part in ("mine", "seen", "other"):
            patch = {"spec": {"closed": {"end": "busy"}}}
            path = f"/api/v1/objects/schedule/{part}"
            assert (await made.ask("PATCH", path, "administrator", patch, if_match="*")).status == 200
            assert (await made.ask("PUT", f"/api/v1/queues/{part}/agents/201", "administrator", {})).status == 200
    return folder / "house" / "company.sqlite"
