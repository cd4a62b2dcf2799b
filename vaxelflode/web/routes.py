"""Every route, in one table: the table of contents of the web face, and what the API's document is made of."""

from __future__ import annotations

from typing import Any

from vaxelflode.services import shapes
from vaxelflode.services.edit_object import NewObject, ObjectPatch
from vaxelflode.services.flows import FlowAnew, FlowBody
from vaxelflode.services.login import LogIn
from vaxelflode.services.override_hours import OverrideBody
from vaxelflode.services.queue_agents import AgentBody
from vaxelflode.services.undo import UndoBody
from vaxelflode.services.users import NewPerson, PersonPatch, Profile
from vaxelflode.web import health, metrics
from vaxelflode.web.api import changes as history
from vaxelflode.web.api import document, events, flows, me, objects, overrides, queues, system, tokens, users
from vaxelflode.web.queries import (
    ChangesQuery,
    ChoicesQuery,
    EventsQuery,
    FlowsQuery,
    GraphQuery,
    ObjectsQuery,
    UsersQuery,
)
from vaxelflode.web.route import DONE, Answer, Route, changes, lists, makes, sends, shows

API = "/api/v1"
FLOW = f"{API}/flows/{{id}}"
OBJECT = f"{API}/objects/{{kind}}/{{key}}"
OVERRIDES = f"{API}/objects/schedule/{{key}}/overrides"
QUEUE = f"{API}/queues/{{key}}"
AGENT = f"{QUEUE}/agents/{{extension}}"
USER = f"{API}/users/{{id}}"

HEALTH = shows(shapes.Health)
SEEN: Any = shapes.Object | shapes.KnownObject
OBJECT_CHANGED = changes(shapes.ObjectChanged, "ETag")
WITHDRAWN = shows(shapes.Removed)
CHOICES = shows(list[shapes.Choice])
#: A known object without the aspect, and what is outside of one's flows.
HIDDEN = (403, 404)

ROUTES: tuple[Route, ...] = (
    # ---- the process, and this API itself
    Route("GET", "/healthz", health.healthz, HEALTH),
    Route("GET", "/readyz", health.readyz, {**HEALTH, 503: Answer(shapes.Health)}),
    Route("GET", "/metrics", metrics.show, sends("text/plain")),
    Route("GET", f"{API}/openapi.json", document.openapi, shows(dict[str, Any])),
    Route("GET", "/api/docs", document.page, sends("text/html")),
    Route("GET", "/api/docs.css", document.style, sends("text/css")),
    # ---- oneself
    Route("POST", f"{API}/tokens", tokens.create, makes(shapes.Token), LogIn, refuses=(401, 429, 503)),
    Route("DELETE", f"{API}/tokens", tokens.end, DONE),
    Route("GET", f"{API}/me", me.show, shows(shapes.Me)),
    Route("PATCH", f"{API}/me", me.change, shows(shapes.Person), Profile, refuses=(409, 429)),
    # ---- flows
    Route("GET", f"{API}/flows", flows.index, lists(shapes.Flow), query=FlowsQuery),
    Route("POST", f"{API}/flows", flows.create, makes(shapes.Flow, "ETag", "Location"), FlowBody, refuses=(403,)),
    Route("GET", FLOW, flows.show, shows(shapes.Flow, "ETag"), refuses=(404,)),
    Route("PUT", FLOW, flows.replace, shows(shapes.Flow, "ETag"), FlowAnew, if_match="required", refuses=HIDDEN),
    Route("DELETE", FLOW, flows.remove, DONE, if_match="optional", refuses=HIDDEN),
    Route("GET", f"{FLOW}/graph", flows.graph, shows(shapes.Graph), query=GraphQuery, refuses=(404,)),
    # ---- objects
    Route("GET", f"{API}/objects", objects.index, lists(SEEN), query=ObjectsQuery),
    Route("POST", f"{API}/objects", objects.create, OBJECT_CHANGED, NewObject, refuses=(403, 409)),
    Route("GET", OBJECT, objects.show, shows(shapes.Object, "ETag"), refuses=HIDDEN),
    Route("PATCH", OBJECT, objects.patch, OBJECT_CHANGED, ObjectPatch, if_match="required", refuses=HIDDEN),
    Route("DELETE", OBJECT, objects.remove, changes(shapes.Removed), if_match="required", refuses=(*HIDDEN, 409)),
    Route("GET", f"{OBJECT}/choices/{{field}}", objects.choices, CHOICES, query=ChoicesQuery, refuses=HIDDEN),
    Route("GET", f"{OBJECT}/audio/{{slot}}", objects.audio, sends("audio/wav"), refuses=HIDDEN),
    Route("POST", OVERRIDES, overrides.create, changes(shapes.OverrideMade, "ETag"), OverrideBody, refuses=HIDDEN),
    Route("DELETE", f"{OVERRIDES}/{{id}}", overrides.remove, OBJECT_CHANGED, refuses=(*HIDDEN, 422)),
    # ---- queues
    Route("GET", QUEUE, queues.show, shows(shapes.LiveQueue), refuses=(*HIDDEN, 502)),
    Route("PUT", AGENT, queues.put, changes(shapes.AgentChanged), AgentBody, refuses=HIDDEN),
    Route("PATCH", AGENT, queues.patch, changes(shapes.AgentChanged), AgentBody, refuses=HIDDEN),
    Route("DELETE", AGENT, queues.remove, changes(shapes.AgentChanged), refuses=HIDDEN),
    # ---- history
    Route("GET", f"{API}/changes", history.index, lists(shapes.Change), query=ChangesQuery, refuses=HIDDEN),
    Route("POST", f"{API}/changes/{{id}}/undo", history.undo, changes(shapes.Undone), UndoBody, refuses=(*HIDDEN, 409)),
    Route("POST", f"{API}/changes/{{id}}/withdraw", history.withdraw, WITHDRAWN, refuses=(*HIDDEN, 409)),
    Route("GET", f"{API}/events", events.stream, sends("text/event-stream"), query=EventsQuery),
    # ---- people
    Route("GET", f"{API}/users", users.index, lists(shapes.Person), query=UsersQuery, refuses=(403,)),
    Route("POST", f"{API}/users", users.create, makes(shapes.Person, "Location"), NewPerson, refuses=(403, 409)),
    Route("GET", USER, users.show, shows(shapes.Person), refuses=HIDDEN),
    Route("PATCH", USER, users.change, shows(shapes.Person), PersonPatch, refuses=(*HIDDEN, 409)),
    Route("DELETE", USER, users.remove, DONE, refuses=(*HIDDEN, 409)),
    # ---- the PBX
    Route("GET", f"{API}/system", system.show, shows(shapes.System)),
)
