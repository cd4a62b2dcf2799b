"""Every route, in one table."""

from __future__ import annotations

from vaxelflode.web import health
from vaxelflode.web.api import changes, flows, me, objects, overrides, queues, system, tokens, users
from vaxelflode.web.middleware import Handler

API = "/api/v1"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/healthz", health.healthz),
    ("GET", "/readyz", health.readyz),
    ("POST", f"{API}/tokens", tokens.create),
    ("DELETE", f"{API}/tokens", tokens.end),
    ("GET", f"{API}/me", me.show),
    ("PATCH", f"{API}/me", me.change),
    ("GET", f"{API}/flows", flows.index),
    ("POST", f"{API}/flows", flows.create),
    ("GET", f"{API}/flows/{{id}}", flows.show),
    ("PUT", f"{API}/flows/{{id}}", flows.replace),
    ("DELETE", f"{API}/flows/{{id}}", flows.remove),
    ("GET", f"{API}/flows/{{id}}/graph", flows.graph),
    ("GET", f"{API}/objects", objects.index),
    ("POST", f"{API}/objects", objects.create),
    ("GET", f"{API}/objects/{{kind}}/{{key}}", objects.show),
    ("PATCH", f"{API}/objects/{{kind}}/{{key}}", objects.patch),
    ("DELETE", f"{API}/objects/{{kind}}/{{key}}", objects.remove),
    ("GET", f"{API}/objects/{{kind}}/{{key}}/choices/{{field}}", objects.choices),
    ("GET", f"{API}/objects/{{kind}}/{{key}}/audio/{{slot}}", objects.audio),
    ("POST", f"{API}/objects/{{kind:schedule}}/{{key}}/overrides", overrides.create),
    ("DELETE", f"{API}/objects/{{kind:schedule}}/{{key}}/overrides/{{id}}", overrides.remove),
    ("GET", f"{API}/queues/{{key}}", queues.show),
    ("PUT", f"{API}/queues/{{key}}/agents/{{extension}}", queues.put),
    ("PATCH", f"{API}/queues/{{key}}/agents/{{extension}}", queues.patch),
    ("DELETE", f"{API}/queues/{{key}}/agents/{{extension}}", queues.remove),
    ("GET", f"{API}/changes", changes.index),
    ("POST", f"{API}/changes/{{id}}/undo", changes.undo),
    ("GET", f"{API}/users", users.index),
    ("POST", f"{API}/users", users.create),
    ("GET", f"{API}/users/{{id}}", users.show),
    ("PATCH", f"{API}/users/{{id}}", users.change),
    ("DELETE", f"{API}/users/{{id}}", users.remove),
    ("GET", f"{API}/system", system.show),
)
