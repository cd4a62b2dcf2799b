"""What the API shows, shape by shape: declared once, held by mypy where they are made and by the API's document.

An object is shown by its kind; here it is declared as far as all kinds are alike, and :mod:`vaxelflode.web.by_kind`
adds what each kind declares.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from vaxelflode.domain.change import Action, Origin, State
from vaxelflode.domain.flow import Right
from vaxelflode.domain.kinds.schedule import Override


class Health(TypedDict):
    """How the process is; ``trouble`` says by part what stands in the way."""

    status: Literal["ok", "ready", "waiting"]
    trouble: NotRequired[dict[str, str]]


class Person(TypedDict):
    """Somebody who can log in; ``extension`` is their own phone."""

    id: int
    email: str
    name: str
    rights: list[Right]
    language: str
    extension: str | None
    disabled: bool


class MyFlow(TypedDict):
    """A flow of one's own, by name."""

    id: str
    name: str
    number: str | None


class Me(Person):
    """Oneself, with one's flows."""

    flows: list[MyFlow]


class Token(TypedDict):
    """A token, shown this once."""

    token: str


class Grant(TypedDict):
    """What a flow's supervisors may do with one object: ``aspects`` of it, within ``limits``, until it expires."""

    object: str
    aspects: list[str]
    limits: dict[str, Any]
    expires: str | None


class Flow(TypedDict):
    """A flow: what its supervisors may change and watch. ``number`` in E.164 with ``+``."""

    id: str
    name: str
    description: str
    number: str | None
    grants: list[Grant]
    supervisors: list[str]
    version: str


class Doubt(TypedDict):
    """Something that is permitted but surely not meant; ``field`` is a path in the spec, empty: the whole."""

    field: str
    code: str
    message: str


class Object(TypedDict):
    """An object as one person sees it: ``aspects`` are what they may do, ``used_by`` who leads here.

    Of what is secret in a spec it is said only whether it is set.
    """

    kind: str
    key: str
    name: str
    version: str
    aspects: list[str]
    used_by: list[str]
    spec: dict[str, Any]
    doubts: list[Doubt]


class Exit(TypedDict):
    """A way out of an object, to another one (empty: out of the company)."""

    exit: str
    to: str


class KnownObject(TypedDict):
    """An object that one may know of, since it is on one's graph, but not read."""

    kind: str
    key: str
    name: str
    exits: list[Exit]
    aspects: list[str]


class Choice(TypedDict):
    """Something that may be picked; ``destination`` where it is one.

    ``sound`` is the slot of what callers hear there, where there is something and the person may listen to it.
    """

    destination: NotRequired[dict[str, str]]
    kind: str
    key: str
    name: str
    sound: NotRequired[str]


Edge = TypedDict("Edge", {"from": str, "to": str, "exit": str, "label": str, "key": str | None, "active": bool})
Edge.__doc__ = (
    "An exit that joins two nodes, by a key if one is pressed for it; active when the simulated call takes it."
)


class GrantedBy(TypedDict):
    """A flow that grants something of an object, and whose it is."""

    flow: str
    aspects: list[str]
    supervisors: list[str]


class Node(TypedDict):
    """An object on the graph, or an end outside of the company; ``active`` when the simulated call passes it.

    ``keys`` are those from which a caller is asked to choose there.
    """

    id: str
    kind: str
    name: str
    editable: bool
    aspects: list[str]
    reason: str | None
    by: list[GrantedBy]
    keys: list[str]
    active: bool


class Step(TypedDict):
    """A call's passage through one object, to which it came ``at``.

    ``why`` says what decided, ``words`` says it to people; ``prompts`` are heard in order.
    """

    node: str
    name: str
    at: str
    why: str
    words: str
    note: str
    exit: str | None
    prompts: list[str]


class Simulation(TypedDict):
    """A call step by step; ``end`` is where it ends outside of any object, ``null``: in the last one."""

    steps: list[Step]
    end: dict[str, str] | None
    hung_up: bool
    path: list[str]


class Turn(TypedDict):
    """When a call like the simulated one takes another way, and which."""

    at: str
    path: list[str]


class Graph(TypedDict):
    """The graph of a number: ``path`` names the nodes that the simulated call passes, in order.

    ``administrators`` can give what one lacks. ``people`` are the names of the supervisors that the nodes tell of, by
    their addresses.
    """

    nodes: list[Node]
    edges: list[Edge]
    path: list[str]
    simulation: Simulation
    next: Turn | None
    administrators: list[str]
    people: dict[str, str]


class Edit(TypedDict):
    """One path with its value before and after; what is absent was or is not there."""

    path: list[str]
    before: NotRequired[Any]
    after: NotRequired[Any]


class Actor(TypedDict):
    """Who."""

    email: str
    name: str


class Via(TypedDict):
    """The flow whose grant a change was made by; ``null``: an administrator's right."""

    flow: str | None
    name: str | None


class Change(TypedDict):
    """One saved edit, and what became of it.

    ``live_ms``: milliseconds from the edit to the proof. ``request``: the id of the request that made it, as in
    ``X-Request-Id`` and in the logs.
    """

    id: str
    state: State
    revision: int
    live_ms: int | None
    summary: str
    reason: str | None
    at: str
    actor: Actor
    origin: Origin
    via: Via
    object: str
    name: str
    action: Action
    aspects: list[str]
    edits: list[Edit]
    undoes: str | None
    undone_by: str | None
    request: str | None


class NoChange(TypedDict):
    """There was nothing to change."""

    id: None
    state: Literal["live"]
    revision: None
    live_ms: int
    summary: str


class Agent(TypedDict):
    """An agent as written down. ``permanent``: until removed, else for today; ``penalty`` 0 is rung first."""

    extension: str
    permanent: bool
    penalty: int
    paused: bool
    reason: str


class ObjectChanged(TypedDict):
    """What became of the change, and the object as it is now."""

    change: Change | NoChange
    object: Object


class OverrideMade(ObjectChanged):
    """What became of the change, the schedule as it is now, and the override that was made."""

    override: Override


class Removed(TypedDict):
    """What became of the change."""

    change: Change


class Undone(TypedDict):
    """What became of the change, and the object (``kind/key``) that it is about."""

    change: Change | NoChange
    object: str


class AgentChanged(TypedDict):
    """What became of the change, and the agent as written down; ``null``: not in the queue."""

    change: Change | NoChange
    agent: Agent | None


class LiveAgent(TypedDict):
    """An agent as the PBX shows them now."""

    extension: str
    state: str
    paused: bool
    reason: str
    penalty: int
    calls_taken: int
    permanent: bool


class Waiting(TypedDict):
    """A caller who waits, for so many seconds."""

    position: int
    caller: str
    name: str
    waited_s: int


class LiveQueue(TypedDict):
    """A queue right now."""

    waiting: list[Waiting]
    agents: list[LiveAgent]


class Application(TypedDict):
    """One try to make a revision live, with the milliseconds of each step."""

    revision: int
    at: str
    outcome: str
    reason: str | None
    steps_ms: dict[str, float]


class HandEdit(TypedDict):
    """A generated file that somebody had changed by hand: what of it, as a unified diff. A copy was kept aside."""

    at: str
    file: str
    difference: str


#: ``booting``: logged in, and the PBX is not fully booted; ``refused``: it does not take our secret.
Connection = Literal["connected", "booting", "lost", "refused"]


class PbxAccount(TypedDict):
    """How one of a node's accounts stands at the PBX, since when and why."""

    account: str
    state: Connection
    since: str
    reason: str


class PbxNode(TypedDict):
    """A PBX node as it last reported: its worse account's connection; administrators also see why and what it applied.

    ``reason`` is why nothing can be applied.
    """

    name: str
    connection: Connection
    live_revision: int
    drift: bool
    reported_at: str
    reason: NotRequired[str | None]
    accounts: NotRequired[list[PbxAccount]]
    applications: NotRequired[list[Application]]
    hand_edits: NotRequired[list[HandEdit]]


class System(TypedDict):
    """Desired and live revisions."""

    desired_revision: int
    pending_changes: int
    nodes: list[PbxNode]
