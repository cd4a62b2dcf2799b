"""A change: one saved edit, who made it by which grant, and whether it is live. It can be undone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from vaxelflode.domain.edits import Edit
from vaxelflode.domain.identifiers import ObjectRef

State = Literal["pending", "live", "rejected", "withdrawn", "reverted", "confirming"]
Origin = Literal["web", "api", "cli", "phone", "ami", "system"]
#: What was done to the object as a whole; ``agents`` edits are live actions and change no file.
Action = Literal["create", "edit", "delete", "agents"]


@dataclass(frozen=True, slots=True)
class Via:
    """The grant that a change was made by: a flow's, or an administrator's right (``flow`` is ``None``)."""

    flow: str | None
    flow_name: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the append-only table of changes. ``revision`` is the one that carries it; times are UTC."""

    id: str
    at: dt.datetime
    actor: str
    actor_name: str
    origin: Origin
    via: Via
    object: ObjectRef
    object_name: str
    action: Action
    aspects: tuple[str, ...]
    edits: tuple[Edit, ...]
    revision: int
    state: State = "pending"
    reason: str | None = None
    live_ms: int | None = None
    undoes: str | None = None
    undone_by: str | None = None
    #: The request that it was made by, for whoever looks into the logs.
    request: str | None = None
