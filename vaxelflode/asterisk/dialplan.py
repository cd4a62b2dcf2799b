"""The dialplan: reload it, read it back, and let Asterisk's own parser judge a file before it is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.names import file_name, plain_name
from vaxelflode.asterisk.port import Ami
from vaxelflode.asterisk.reading import understood
from vaxelflode.asterisk.reloads import RELOAD_LIMIT, reload_module, reload_when_free
from vaxelflode.errors import PbxRefused

MODULE = "pbx_config"
_NO_CONTEXT = "Did not find context "


@dataclass(frozen=True, slots=True)
class DialplanPriority:
    """One step; `number` counts from 1, `label` is '' when it has none.

    `data` is the application's argument as Asterisk keeps it: the file's escapes of `;` are gone.
    """

    number: int
    label: str
    application: str
    data: str


@dataclass(frozen=True, slots=True)
class DialplanExtension:
    """`steps` in the order Asterisk lists them; `hint` is '' when it has none.

    Asterisk does not show a caller-ID match: extensions that differ only in it come as one, with repeated priorities.
    """

    name: str
    steps: tuple[DialplanPriority, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DialplanContext:
    """One context as it is live in the PBX, in Asterisk's order."""

    name: str
    extensions: tuple[DialplanExtension, ...]
    includes: tuple[str, ...]
    switches: tuple[str, ...]

    def extension(self, name: str) -> DialplanExtension | None:
        """The extension of exactly this name (patterns are not matched), or None."""
        return next((extension for extension in self.extensions if extension.name == name), None)


@dataclass(frozen=True, slots=True)
class ConfigCategory:
    """A section of a configuration file as Asterisk parsed it; lines are `name=value`, comments and blanks gone."""

    name: str
    lines: tuple[str, ...]


class Dialplan:
    """Needs write=system for reload and GetConfig, write=reporting for show."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def reload(self, limit: float = RELOAD_LIMIT) -> None:
        """Reload `pbx_config`; ReloadBusy when another reload runs."""
        await reload_module(self._ami, MODULE, limit)

    async def reload_when_free(self, limit: float = RELOAD_LIMIT) -> None:
        """Reload as soon as no other reload runs; ReloadBusy after `limit` seconds."""
        await reload_when_free(self._ami, MODULE, limit)

    async def show(self, context: str, limit: float = 10.0) -> DialplanContext | None:
        """The live context, or None when there is none. One that is empty is told from one that is missing."""
        fields = {"Context": plain_name("context", context)}
        try:
            events = await self._ami.request_list("ShowDialPlan", fields, complete="ShowDialPlanComplete", limit=limit)
        except PbxRefused as err:
            if err.message.startswith(_NO_CONTEXT):
                return None
            raise
        with understood("ShowDialPlan"):
            return _context(context, [event for event in events if event.event == "ListDialplan"])

    async def read_config(
        self, filename: str, category: str | None = None, limit: float = 10.0
    ) -> tuple[ConfigCategory, ...]:
        """Let Asterisk parse the whole of a file in its configuration directory; nothing is loaded.

        PbxRefused with its words ("Config file has invalid format", "Config file not found") when it cannot. The whole
        is parsed whichever category is asked for, at a seventh of a reload's cost (26 ms against 191 ms for 230,000
        lines): asking for the last category proves that the end is reached. Unclosed `[`, missing includes and unknown
        templates are found; a missing `=`, a NUL and a line over 8 kB are not. Without a category the answer must fit
        `Limits.message_bytes`, or the connection is dropped.
        """
        fields = {"Filename": file_name(filename)}
        if category is not None:
            fields["Category"] = plain_name("category", category)
        try:
            return _categories(await self._ami.request("GetConfig", fields, limit))
        except PbxRefused as err:
            raise PbxRefused(err.message, filename=filename) from err

    async def category_names(self, filename: str, category: str | None = None, limit: float = 10.0) -> tuple[str, ...]:
        """The categories of a file in its order, as `read_config`; empty when the asked one is not there."""
        return tuple(found.name for found in await self.read_config(filename, category, limit))


def _context(name: str, events: list[Message]) -> DialplanContext:
    steps: dict[str, list[DialplanPriority]] = {}
    hints: dict[str, str] = {}
    for event in events:
        priority = event.get("Priority")
        if priority == "hint":
            hints[event.get("Extension")] = event.get("Application")
        elif priority:
            steps.setdefault(event.get("Extension"), []).append(_priority(event))
    extensions = tuple(
        DialplanExtension(extension, tuple(steps.get(extension, ())), hints.get(extension, ""))
        for extension in dict.fromkeys((*steps, *hints))
    )
    return DialplanContext(name, extensions, _values(events, "IncludeContext"), _values(events, "Switch"))


def _priority(event: Message) -> DialplanPriority:
    return DialplanPriority(
        int(event["Priority"]), event.get("ExtensionLabel"), event.get("Application"), event.get("AppData")
    )


def _values(events: Iterable[Message], header: str) -> tuple[str, ...]:
    return tuple(event[header] for event in events if header in event.headers)


def _categories(answer: Message) -> tuple[ConfigCategory, ...]:
    # Category-000001: name, then Line-000001-000000: option=value, …
    lines: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for header, value in answer.headers.items():
        kind, _, rest = header.partition("-")
        if kind == "Category":
            names[rest] = value
        elif kind == "Line":
            lines.setdefault(rest.partition("-")[0], []).append(value)
    return tuple(ConfigCategory(name, tuple(lines.get(number, ()))) for number, name in names.items())
