"""Asterisk itself: is it there, which version, its variables and its small database."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

from vaxelflode.asterisk.names import database_family, database_key, module_name, variable_name, zone_name
from vaxelflode.asterisk.port import Ami
from vaxelflode.asterisk.reading import understood
from vaxelflode.asterisk.reloads import RELOAD_LIMIT, reload_module, reload_when_free
from vaxelflode.errors import PbxRefused

_NO_ENTRY = "Database entry not found"
_NOT_DELETED = "Database entry could not be deleted"
_NO_ENDPOINTS = "No endpoints found"
_NO_MODULE = "Module not loaded"


class Core:
    """Needs write=reporting to look, write=system for the database, reloads and endpoints."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def ping(self, limit: float = 5.0) -> float:
        """Seconds from the question to the answer."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await self._ami.request("Ping", None, limit)
        return loop.time() - asked

    async def version(self) -> str:
        """Asterisk's version as built, such as `22.10.1+dfsg+…`."""
        return (await self._ami.request("CoreSettings")).get("AsteriskVersion")

    async def reload_module(self, name: str, limit: float = RELOAD_LIMIT) -> None:
        """Reload a module; ReloadBusy when another reload runs, PbxRefused when there is no such module."""
        await reload_module(self._ami, name, limit)

    async def reload_when_free(self, name: str, limit: float = RELOAD_LIMIT) -> None:
        """As :meth:`reload_module`, but waits for its turn."""
        await reload_when_free(self._ami, name, limit)

    async def getvar(self, name: str) -> str:
        """A global variable; '' when it is not set, which Asterisk does not tell from an empty one."""
        return (await self._ami.request("Getvar", {"Variable": variable_name(name)})).get("Value")

    async def has_module(self, name: str) -> bool:
        """Whether a module is loaded. Wants write=system."""
        try:
            await self._ami.request("ModuleCheck", {"Module": module_name(name)})
        except PbxRefused as err:
            if err.message == _NO_MODULE:
                return False
            raise
        return True

    async def clock(self) -> dt.datetime:
        """Asterisk's clock, to the second."""
        text = await self.getvar("EPOCH")
        with understood("Getvar"):
            return dt.datetime.fromtimestamp(int(text), dt.UTC)

    async def utc_offset(self, zone: str, at: dt.datetime) -> dt.timedelta:
        """How far a time zone is from UTC at an instant, as Asterisk has it; an unknown zone is UTC to it."""
        function = f"STRFTIME({int(at.timestamp())},{zone_name(zone)},%z)"
        text = (await self._ami.request("Getvar", {"Variable": function})).get("Value")
        with understood("Getvar"):
            if not (found := re.fullmatch(r"([+-])([0-9]{2})([0-9]{2})", text)):
                raise ValueError(f"{text[:40]!r} is no offset")
            offset = dt.timedelta(hours=int(found[2]), minutes=int(found[3]))
            return -offset if found[1] == "-" else offset

    async def calls_count(self) -> int:
        """How many calls are in progress."""
        answer = await self._ami.request("CoreStatus")
        with understood("CoreStatus"):
            return int(answer["CoreCurrentCalls"])

    async def channels_count(self) -> int:
        """How many channels are up; a call that talks has two."""
        return len(await self._ami.request_list("CoreShowChannels", complete="CoreShowChannelsComplete"))

    async def endpoints(self, limit: float = 10.0) -> tuple[str, ...]:
        """The names of all PJSIP endpoints, in Asterisk's order. PJSIPShowEndpoints wants write=system."""
        try:
            events = await self._ami.request_list("PJSIPShowEndpoints", complete="EndpointListComplete", limit=limit)
        except PbxRefused as err:
            if err.message == _NO_ENDPOINTS:
                return ()
            raise
        return tuple(event.get("ObjectName") for event in events if event.event == "EndpointList")

    async def db_put(self, family: str, key: str, value: str) -> None:
        """Write an entry of AstDB. ValueError for a value that AMI would cut, such as one that begins with a blank."""
        await self._ami.request("DBPut", _entry(family, key) | {"Val": value})

    async def db_get(self, family: str, key: str) -> str | None:
        """An entry of AstDB, or None."""
        try:
            events = await self._ami.request_list("DBGet", _entry(family, key), complete="DBGetComplete")
        except PbxRefused as err:
            if err.message == _NO_ENTRY:
                return None
            raise
        return next((event.get("Val") for event in events if event.event == "DBGetResponse"), None)

    async def db_tree(self, family: str) -> dict[str, str]:
        """Every entry of a family, by its key."""
        fields = {"Family": database_family(family)}
        events = await self._ami.request_list("DBGetTree", fields, complete="DBGetTreeComplete")
        start = f"/{family}/"
        return {
            event.get("Key").removeprefix(start): event.get("Val")
            for event in events
            if event.event == "DBGetTreeResponse" and event.get("Key").startswith(start)
        }

    async def db_del(self, family: str, key: str) -> bool:
        """Remove an entry of AstDB; False when there was none."""
        try:
            await self._ami.request("DBDel", _entry(family, key))
        except PbxRefused as err:
            if err.message == _NOT_DELETED:
                return False
            raise
        return True


def _entry(family: str, key: str) -> dict[str, str]:
    return {"Family": database_family(family), "Key": database_key(key)}
