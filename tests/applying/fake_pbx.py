"""A PBX that behaves as Asterisk does where applying depends on it.

It reads the generated files through the ``current`` link, and only when told to reload: what is on the disk and what
is loaded are two things. A reload always answers that it went well. Faults are scripted:

- ``hooks`` run before a call is answered, by its name: they may raise, as a dropped connection does, or change the
  world;
- ``meanwhile`` is what somebody else does during the next reload;
- ``poison``: it drops in silence what follows a line that holds this text (``poisons_parser``: so does ``GetConfig``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vaxelflode.applying.agents import LiveQueue, Member, Waiting
from vaxelflode.applying.ports import MailboxShape, QueueShape, Steps
from vaxelflode.errors import PbxUnavailable
from vaxelflode.rendering.render import FILES
from vaxelflode.rendering.strict import steps

#: Sections of one file: a context's extensions with their steps, a queue's options, a context's mailboxes.
Loaded = dict[str, dict[str, Any]]


@dataclass
class FakePbx:
    """A ``PbxPort``, a ``QueuePort`` and an ``EntryPort`` over the generated directory at ``directory``."""

    directory: Path
    connected: bool = True
    loaded: dict[str, Loaded] = field(default_factory=lambda: {name: {} for name in FILES})
    members: dict[str, dict[str, Member]] = field(default_factory=dict)
    waiting: dict[str, tuple[Waiting, ...]] = field(default_factory=dict)
    astdb: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    hooks: dict[str, Callable[[], None]] = field(default_factory=dict)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    poison: str | None = None
    poisons_parser: bool = False

    @property
    def reloads(self) -> list[str]:
        """The files reloaded so far, in order."""
        return [call.removeprefix("reload ") for call in self.calls if call.startswith("reload ")]

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if hook := self.hooks.get(name) or self.hooks.get(name.split(" ", maxsplit=1)[0]):
            hook()
        if not self.connected:
            raise PbxUnavailable("the connection is gone")

    def _swallowed(self, text: str) -> str:
        """The text as far as Asterisk reads it."""
        if self.poison is None or self.poison not in text:
            return text
        return text[: text.rindex("\n", 0, text.index(self.poison)) + 1]

    def _file(self, name: str) -> str:
        return self._swallowed(_text(self.directory / "current" / name))

    async def has_line(self, path: str, section: str, line: str) -> bool:
        self._called("has_line")
        text = _text(Path(path))
        found = _sections(self._swallowed(text) if self.poisons_parser else text).get(section, [])
        return line in [one.replace(" => ", "=").replace(" = ", "=") for one in found]

    async def reload(self, file: str) -> None:
        self._called(f"reload {file}")
        if self.meanwhile is not None:
            once, self.meanwhile = self.meanwhile, None
            await once()
        self.loaded[file] = _loaded(file, self._file(file))

    async def dialplan(self, context: str) -> Steps | None:
        self._called("dialplan")
        return self.loaded["extensions.conf"].get(context)

    async def queue(self, name: str) -> QueueShape | None:
        self._called("queue")
        found = self.loaded["queues.conf"].get(name)
        if found is None:
            return None
        numbers = (int(found.get(option, 0)) for option in ("maxlen", "servicelevel", "weight"))
        return QueueShape(found["strategy"], *numbers)

    async def mailbox(self, mailbox: str, context: str) -> MailboxShape | None:
        self._called("mailbox")
        line = self.loaded["voicemail.conf"].get(context, {}).get(mailbox)
        if line is None:
            return None
        _, name, email, _, options = [*line.split(","), "", "", ""][:5]
        return MailboxShape(name, email, int(options.removeprefix("maxmsg=") or 0))

    async def entries(self, family: str) -> dict[str, str]:
        self._called(f"entries {family}")
        return dict(self.astdb.get(family, {}))

    async def entry(self, family: str, key: str) -> str | None:
        self._called(f"entry {family}/{key}")
        return self.astdb.get(family, {}).get(key)

    async def put_entry(self, family: str, key: str, value: str) -> None:
        self._called(f"put_entry {family}/{key}")
        self.astdb.setdefault(family, {})[key] = value

    async def drop_entry(self, family: str, key: str) -> None:
        self._called(f"drop_entry {family}/{key}")
        self.astdb.get(family, {}).pop(key, None)

    async def live_queue(self, queue: str) -> LiveQueue | None:
        self._called("live_queue")
        return self._live(queue) if queue in self.loaded["queues.conf"] else None

    async def live_queues(self) -> dict[str, LiveQueue]:
        self._called("live_queues")
        return {name: self._live(name) for name in self.loaded["queues.conf"]}

    def _live(self, queue: str) -> LiveQueue:
        return LiveQueue(dict(self.members.get(queue, {})), self.waiting.get(queue, ()))

    async def add_member(self, queue: str, interface: str, name: str, penalty: int) -> None:
        self._called("add_member")
        there = self.members.setdefault(queue, {})
        assert interface not in there
        there[interface] = Member(interface, name, False, penalty, "idle", 0, False)

    async def remove_member(self, queue: str, interface: str) -> None:
        self._called("remove_member")
        del self.members[queue][interface]

    async def pause_member(self, queue: str, interface: str, reason: str, *, paused: bool) -> None:
        self._called("pause_member")
        self._change(queue, interface, paused=paused, by_itself=False)

    async def set_penalty(self, queue: str, interface: str, penalty: int) -> None:
        self._called("set_penalty")
        self._change(queue, interface, penalty=penalty)

    def autopause(self, queue: str, interface: str) -> None:
        """Asterisk pauses a member that did not answer."""
        self._change(queue, interface, paused=True, by_itself=True)

    def _change(self, queue: str, interface: str, **values: Any) -> None:
        there = self.members[queue]
        there[interface] = replace(there[interface], **values)

    def boot(self) -> None:
        """Start anew: what is on the disk is loaded."""
        for name in FILES:
            self.loaded[name] = _loaded(name, self._file(name))


def loaded_from(files: Mapping[str, str]) -> dict[str, Loaded]:
    """What Asterisk has loaded once it has read these files, by their names."""
    return {name: _loaded(name, text) for name, text in files.items()}


def _loaded(name: str, text: str) -> Loaded:
    if name == "extensions.conf":
        return dict(steps(text))
    separator = " => " if name == "voicemail.conf" else " = "
    return {name: dict(line.split(separator, 1) for line in lines) for name, lines in _sections(text).items()}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    here: list[str] = []
    for line in text.split("\n"):
        if line.startswith("["):
            here = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith(";"):
            here.append(line.strip())
    return found
