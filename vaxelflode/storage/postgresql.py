"""PostgreSQL: one writer at a time, readers who see one state, and no wait without a limit.

A writer takes an advisory lock of the database before anything else and then reads what is committed: nobody else
writes, so its reads are as good as serial. A reader's snapshot is that of its first question (REPEATABLE READ).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from vaxelflode.errors import SettingError

#: The writers' lock, a number of our own in each database.
_WRITERS = 7828
#: Seconds for a connection to one address, and for all of it: the name's lookup, and every address that there is.
_CONNECT_WITHIN, _CONNECTED_WITHIN = 5, 15.0
#: Seconds of one statement, and of a transaction between two of them: PostgreSQL ends what takes longer, so that an
#: instance that stands still, or has left without a word, keeps the writers' lock from nobody for long.
_STATEMENT_WITHIN = 30
#: Seconds until an answer is waited for no longer, where PostgreSQL itself stands still.
_ANSWER_WITHIN = 40.0

#: What the server is told for each connection; what stands in the URL's ``options`` comes after these, and wins.
_SESSION = {
    "statement_timeout": f"{_STATEMENT_WITHIN}s",
    "idle_in_transaction_session_timeout": f"{_STATEMENT_WITHIN}s",
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
#: The same of our side, for libpq; what the URL says of them wins.
_LIBPQ = {
    "connect_timeout": _CONNECT_WITHIN,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "client_encoding": "UTF8",
    "application_name": "vaxelflode",
}


def engines(url: URL, lock_wait: float) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """For readers, for writers and for hasty ones, of one pool; a writer holds the writers' lock from its beginning.

    Nothing is connected yet. Raises :class:`SettingError` where the URL has an option that there is not, and
    ``ValueError`` where a bare ``@`` in the password has ended it too early.
    """
    if "@" in f"{url.host}{url.database}":
        raise ValueError("@ must be written %40")
    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=_arguments(url, lock_wait) | {"async_creator_fn": _connect},
        pool_size=5,
        max_overflow=10,
        pool_timeout=lock_wait,
        pool_pre_ping=True,  # a connection from before PostgreSQL was restarted is replaced, not met
        hide_parameters=True,
        use_native_hstore=False,
    )
    try:
        make_conninfo(**{k: v for k, v in engine.dialect.create_connect_args(url)[1].items() if k != "context"})
    except psycopg.ProgrammingError as err:
        raise SettingError(f"VAXELFLODE_DATABASE_URL: {' '.join(str(err).split())}", name="DATABASE_URL") from err

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.adapters.register_dumper(str, _Text)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("vaxelflode_hasty"):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        if options.get("vaxelflode_write"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")

    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    writing = engine.execution_options(isolation_level="READ COMMITTED", vaxelflode_write=True)
    return reading, writing, writing.execution_options(vaxelflode_hasty=True)


def _arguments(url: URL, lock_wait: float) -> dict[str, Any]:
    session = {"lock_timeout": f"{lock_wait * 1000:.0f}ms", **_SESSION}
    given = url.query.get("options", "")
    ours = " ".join(f"-c {name}={value}" for name, value in session.items())
    options = f"{ours} {given if isinstance(given, str) else ' '.join(given)}".strip()
    return {name: value for name, value in _LIBPQ.items() if name not in url.query} | {"options": options}


async def _connect(*args: Any, **kwargs: Any) -> psycopg.AsyncConnection[Any]:
    try:
        async with asyncio.timeout(_CONNECTED_WITHIN):
            return await _Patient.connect(*args, **kwargs)
    except TimeoutError as err:
        raise psycopg.OperationalError(f"no connection within {_CONNECTED_WITHIN:.0f} s") from err


class _Patient(psycopg.AsyncConnection[Any]):
    """A connection that does not wait for ever for a server that stands still."""

    async def wait(self, gen: PQGen[Any], *args: Any, **kwargs: Any) -> Any:
        """One exchange with the server. When its time is over, the line is cut, which psycopg sees as a lost server."""
        end = asyncio.get_running_loop().call_later(_ANSWER_WITHIN, self._hang_up)
        try:
            return await super().wait(gen, *args, **kwargs)
        finally:
            end.cancel()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


class _Text(StrDumperUnknown):
    """PostgreSQL's text has no NUL. Nothing that it keeps is found by one; in words of others it becomes U+FFFD."""

    def dump(self, obj: str) -> Any:
        """As the server gets it."""
        return super().dump(obj.replace("\0", "\ufffd"))
