"""What the functions of :mod:`vaxelflode.storage` work in, whichever database it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect, Executable

T = TypeVar("T")

#: The values of one statement, or of the same for many rows.
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Transaction(Protocol):
    """Several statements, all of them or none. SQLAlchemy's ``AsyncConnection`` is one."""

    async def execute(
        self, statement: Executable, parameters: Values | None = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement."""
        ...

    async def run_sync(self, function: Callable[[Connection], T], /) -> T:
        """Call ``function`` with a connection that is not asynchronous: what Alembic asks for."""
        ...


class Line(Protocol):
    """A connection that is kept, with one transaction after the other."""

    def begin(self) -> AbstractAsyncContextManager[Any]:
        """A transaction."""
        ...

    async def execute(
        self, statement: Executable, parameters: Values | None = None, /
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement, in a transaction that was begun."""
        ...


class Engine(Protocol):
    """Where connections come from. SQLAlchemy's ``AsyncEngine`` is one."""

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""
        ...

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: committed at the end of the block, rolled back by any error."""
        ...

    def connect(self) -> AbstractAsyncContextManager[Line]:
        """A connection, until the end of the block."""
        ...

    async def dispose(self) -> None:
        """End every connection that is not in use."""
        ...
