"""A real Asterisk to load files into and to read them back from, whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.fuzz.reading import Dialplan, Mailbox
from tests.real_asterisk.test_gateway import account
from vaxelflode.applying.node import AmiPbx
from vaxelflode.applying.store import Store
from vaxelflode.asterisk import AmiConnection, Limits, Queues, QueueState, Voicemail
from vaxelflode.demo.base_conf import GENERATED
from vaxelflode.demo.pbx import ETC_INSIDE, Pbx
from vaxelflode.rendering.render import FILES, Bundle, File

#: The whole dialplan comes in one list; and drawing a company keeps the loop from hearing a ping's answer.
_LIMITS = Limits(list_items=2_000_000, list_bytes=1 << 30, ping_answer=300)
#: Who speaks in Asterisk's log when a file is not loaded as it stands.
_READERS = ("pbx_config.c", "pbx.c", "config.c", "app_queue.c", "app_voicemail.c", "res_musiconhold.c")
_LOUD = ("WARNING", "ERROR")


@dataclass
class Box:
    """One Asterisk, and both accounts of ours."""

    pbx: Pbx
    store: Store
    live: AmiConnection
    apply: AmiConnection
    release: str = ""
    #: The contexts of the base configuration, which are not ours.
    others: frozenset[str] = frozenset()
    _heard: int = field(default=0)

    def publish(self, files: Mapping[str, bytes]) -> None:
        """A new release, as the product publishes it; files that are not given are empty."""
        parts = {name: File("1-ab", "", (files.get(name, b""),)) for name in FILES}
        self.release = self.store.write(Bundle(1, parts))
        self.store.switch(self.release)
        self.store.prune()

    async def reload(self, *files: str) -> None:
        """Have Asterisk read them anew; all without a name."""
        pbx = AmiPbx(self.live, self.apply)
        for name in files or FILES:
            await pbx.reload(name)

    async def parses(self, file: str, section: str, line: str) -> bool:
        """The pre-flight: Asterisk's own parser reaches the line."""
        path = f"{ETC_INSIDE}/{GENERATED}/releases/{self.release}/{file}"
        return await AmiPbx(self.live, self.apply).has_line(path, section, line)

    async def dialplan(self) -> Dialplan:
        """Every context that is live and ours."""
        found: Dialplan = {}
        listed = await self.apply.request_list("ShowDialPlan", {}, complete="ShowDialPlanComplete", limit=120)
        for event in listed:
            name = event.get("Context")
            if name not in self.others and event.get("Priority"):
                step = event["Application"], event.get("AppData")
                found.setdefault(name, {}).setdefault(event["Extension"], []).append(step)
        return found

    async def queues(self) -> dict[str, QueueState]:
        """Every queue."""
        return {queue.name: queue for queue in await Queues(self.live).status(limit=60)}

    async def mailboxes(self) -> dict[tuple[str, str], Mailbox]:
        """Context and mailbox → what the line of each says."""
        users = await Voicemail(self.apply).users(limit=60)
        return {(user.context, user.mailbox): (user.fullname, user.email, user.max_messages) for user in users}

    async def music(self) -> dict[str, list[str]]:
        """Class of music → its files; no action of AMI's tells them, the console does."""
        found: dict[str, list[str]] = {}
        for line in (await self.pbx.cli("moh show files")).splitlines():
            what, _, name = line.strip().partition(": ")
            if what == "Class":
                found[name] = []
            elif what == "File":
                found[[*found][-1]].append(name)
        found.pop("default", None)
        return found

    def complaints(self) -> list[str]:
        """What Asterisk has said of its files since the last time."""
        path = self.pbx.log_dir / "messages"
        said = path.read_bytes() if path.exists() else b""
        fresh, self._heard = said[self._heard :].decode(errors="replace"), len(said)
        lines = (line for line in fresh.splitlines() if any(mark in line for mark in _LOUD))
        # A release's own path is named by the pre-flight alone, which is there to refuse.
        return [line for line in lines if any(r in line for r in _READERS) and "/releases/" not in line]


@asynccontextmanager
async def box_on(pbx: Pbx) -> AsyncIterator[Box]:
    """Both accounts, logged in."""
    store = Store(pbx.generated)
    store.prepare()
    async with (
        AmiConnection(account(pbx, pbx.ami.live), _LIMITS) as live,
        AmiConnection(account(pbx, pbx.ami.apply), _LIMITS) as apply,
    ):
        for connection in (live, apply):
            await connection.wait_connected(20)
        box = Box(pbx, store, live, apply)
        box.others = frozenset(await box.dialplan())
        yield box
