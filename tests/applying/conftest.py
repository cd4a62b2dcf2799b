"""A node with a fake PBX, and a database with a small company that is changed as the services change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.applying.fake_pbx import FakePbx, loaded_from
from tests.rendering.making import TODAY, company, new_renderer, thing
from vaxelflode.applying.applier import Applier
from vaxelflode.applying.entries import Entries
from vaxelflode.applying.proof import Prover
from vaxelflode.applying.release import Releaser
from vaxelflode.applying.sounds import Sounds
from vaxelflode.applying.store import Store
from vaxelflode.applying.switches import SwitchKeeper
from vaxelflode.domain.change import Action, Change, Via
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.edits import Edit, aspects_of
from vaxelflode.domain.history import counted, creation, edits_between
from vaxelflode.domain.identifiers import ObjectRef, new_id
from vaxelflode.rendering.render import FILES, Bundle, Renderer
from vaxelflode.storage import changes, objects
from vaxelflode.storage.database import Database

COMPANY = company(
    1,
    thing("number/46101022290", route={"object": "menu/huvud"}),
    thing("menu/huvud", options={"1": {"object": "queue/kund"}}),
    thing("queue/kund", length=10),
    thing("announcement/natt", next={"object": "voicemail/natt"}),
    thing("voicemail/natt"),
)
NOON = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
#: Asterisk swallows what follows this, when a test says so; an object gets it by ending a call in congestion.
POISON = "Hangup(34)"
BAD = {"end": "congestion"}


@dataclass
class Node:
    """One node: its directory, its PBX, and whoever makes releases on it."""

    store: Store
    pbx: FakePbx
    renderer: Renderer = field(default_factory=new_renderer)

    def releaser(self, store: Store | None = None) -> Releaser:
        """A new one, as after a start."""
        used = store or Store(self.store.directory)
        return Releaser(self.pbx, used, Prover(self.pbx, used, self.renderer.names, str(used.directory)))

    def on_disk(self) -> dict[str, str]:
        """The files that Asterisk follows."""
        return {name: (self.store.directory / "current" / name).read_text() for name in FILES}

    def holds(self, bundle: Bundle) -> bool:
        """Whether disk and PBX both hold this bundle, whole, and nothing is left half-way."""
        files = {name: file.content.decode() for name, file in bundle.files.items()}
        return self.on_disk() == files and self.pbx.loaded == loaded_from(files) and self.store.unfinished() is None


@pytest.fixture
def node(tmp_path: Path) -> Node:
    store = Store(tmp_path / "generated")
    store.prepare()
    return Node(store, FakePbx(store.directory))


@dataclass
class World:
    """The whole of applying, with a clock that stands still."""

    node: Node
    database: Database
    now: dt.datetime = NOON
    applier: Applier = field(init=False)
    entries: Entries = field(init=False)
    switches: SwitchKeeper = field(init=False)

    def __post_init__(self) -> None:
        """Wire it."""
        self.start()

    def start(self) -> None:
        """A new applier that knows nothing, as after a start of the control plane."""
        self.node.renderer = new_renderer(self.now.date())
        self.entries = Entries(self.node.pbx, self.node.renderer.names, lambda: self.now)
        self.applier = Applier(
            self.database,
            self.node.pbx,
            self.node.renderer,
            self.node.releaser(),
            Sounds(self.database, self.node.store.directory / "sounds"),
            self.entries,
            node="here",
            clock=lambda: self.now,
        )
        self.switches = SwitchKeeper(self.database, self.entries, lambda: self.now, self.applier.wake)

    async def company(self) -> Company:
        """What is desired, read anew."""
        async with self.database.read() as db:
            return await objects.refreshed(db, EMPTY, self.now)

    async def create(self, o: Object) -> str:
        """A new object; the change's id."""
        return await self._change(o.ref, "create", lambda _: (o, creation(o)))

    async def edit(self, ref: str, **spec: object) -> str:
        """Change some fields of an object; the change's id."""

        def decide(here: Object | None) -> tuple[Object, tuple[Edit, ...]]:
            assert here is not None
            after = replace(thing(ref, here.name, **{**here.spec.as_json(), **spec}))
            return replace(after, versions=here.versions), edits_between(here, after)

        return await self._change(ObjectRef.parse(ref), "edit", decide)

    async def delete(self, ref: str) -> str:
        """Delete an object; the change's id."""

        def decide(here: Object | None) -> tuple[Object, tuple[Edit, ...]]:
            assert here is not None
            return here, tuple(edit.reversed() for edit in creation(here))

        return await self._change(ObjectRef.parse(ref), "delete", decide)

    async def _change(
        self, ref: ObjectRef, action: Action, decide: Callable[[Object | None], tuple[Object, tuple[Edit, ...]]]
    ) -> str:
        async with self.database.write() as db:
            here = (await objects.refreshed(db, EMPTY, self.now)).get(ref)
            after, edits = decide(here)
            revision = await objects.next_revision(db, self.now)
            if action == "delete":
                await objects.retire(db, after, revision, self.now)
            else:
                await objects.save(db, replace(after, versions=counted(after, edits)), revision)
            change = Change(
                id=new_id(),
                at=self.now,
                actor="anna@example.org",
                actor_name="Anna",
                origin="api",
                via=Via(None),
                object=ref,
                object_name=after.name,
                action=action,
                aspects=aspects_of(after.kind, edits),
                edits=edits,
                revision=revision,
            )
            await changes.add(db, change, {})
        return change.id

    async def change(self, change_id: str) -> Change:
        """What has become of a change."""
        async with self.database.read() as db:
            found = await changes.get(db, change_id)
        assert found is not None
        return found

    async def states(self, *ids: str) -> list[str]:
        """The states of some changes."""
        return [(await self.change(one)).state for one in ids]

    async def is_whole(self) -> bool:
        """Whether database, disk and PBX agree, byte for byte, with the dates that today's calendar asks for."""
        desired = await self.company()
        ours = new_renderer(self.now.date()).render(desired)
        disk = self.node.on_disk()
        unstamped = {n: _without_stamp(f.content.decode()) for n, f in ours.files.items()}
        return unstamped == {n: _without_stamp(t) for n, t in disk.items()} and self.node.pbx.loaded == loaded_from(
            disk
        )


def _without_stamp(text: str) -> str:
    """A file without its sentinel, whose revision is the one in which the file last changed."""
    return text[: text.rindex("\n[")]


@pytest.fixture
async def world(node: Node, url: str) -> AsyncIterator[World]:
    database = Database.open(url)
    made = World(node, database)
    async with database.write() as db:
        revision = await objects.next_revision(db, made.now)
        for o in COMPANY.everything.values():
            await objects.save(db, o, revision)
    yield made
    await database.close()
