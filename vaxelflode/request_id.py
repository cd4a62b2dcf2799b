"""The id that follows a change from the click to the proof: what is under way here, and in whose request.

It is in the answer's header, in every log line of the request, in the row of the change, and in the log lines of the
release that carries the change; several, where several changes ride together. It names nobody and permits nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

#: Longest id that is taken from a client, in characters.
LONGEST = 64
_FORM = re.compile(rf"[A-Za-z0-9._-]{{8,{LONGEST}}}")

_CURRENT: ContextVar[tuple[str, ...]] = ContextVar("request_ids", default=())


def current() -> str | None:
    """The id of the one request that is being answered here; ``None``: there is none."""
    ids = _CURRENT.get()
    return ids[0] if len(ids) == 1 else None


def told() -> str:
    """Every id that what is done here belongs to, with commas between; empty for what nobody asked for."""
    return ",".join(_CURRENT.get())


def new() -> str:
    """An id that nobody has had."""
    return secrets.token_hex(8)


def accepted(given: Sequence[str]) -> str:
    """The id that a client or a proxy sent, if it is one and of the form; else a new one."""
    return given[0] if len(given) == 1 and _FORM.fullmatch(given[0]) else new()


@contextmanager
def about(ids: Iterable[str | None]) -> Iterator[None]:
    """What is done in the block, and in tasks and threads that it starts, belongs to these requests."""
    before = _CURRENT.set(tuple(dict.fromkeys(i for i in ids if i is not None)))
    try:
        yield
    finally:
        _CURRENT.reset(before)
