"""``/queues``: a queue right now, and its agents."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef, is_key
from vaxelflode.errors import NotFound
from vaxelflode.services import queue_agents
from vaxelflode.services.commit import Saved
from vaxelflode.web.http import answer, body, changed, context, person


def _queue(request: web.Request) -> ObjectRef:
    key = request.match_info["key"]
    if not is_key(key):
        raise NotFound("there is no such queue")
    return ObjectRef("queue", key)


async def show(request: web.Request) -> web.Response:
    """Who waits and who answers, read from the PBX now."""
    queue = _queue(request)
    live, written, extensions = await queue_agents.look(context(request), person(request), queue)
    agents = []
    for interface, member in sorted(live.members.items()):
        extension = extensions.get(interface, interface)
        known = written.get(extension)
        agents.append(
            {
                "extension": extension,
                "state": member.state,
                "paused": member.paused,
                "reason": known.reason if known else "",
                "penalty": member.penalty,
                "calls_taken": member.calls_taken,
                "permanent": known.permanent if known else False,
            }
        )
    waiting = [{"position": w.position, "caller": w.number, "name": w.name, "waited_s": w.waited} for w in live.waiting]
    return answer({"waiting": waiting, "agents": agents})


async def put(request: web.Request) -> web.Response:
    """Add an agent."""
    return _answer(
        *await queue_agents.put(context(request), person(request), "api", _queue(request), *await _agent(request))
    )


async def patch(request: web.Request) -> web.Response:
    """Pause an agent, or take them up again."""
    return _answer(
        *await queue_agents.change(context(request), person(request), "api", _queue(request), *await _agent(request))
    )


async def remove(request: web.Request) -> web.Response:
    """Take an agent out of the queue."""
    extension = request.match_info["extension"]
    return _answer(*await queue_agents.remove(context(request), person(request), "api", _queue(request), extension))


async def _agent(request: web.Request) -> tuple[str, dict[str, Any]]:
    return request.match_info["extension"], await body(request)


def _answer(saved: Saved | None, agent: Agent | None) -> web.Response:
    return changed(saved, agent=None if agent is None else {"extension": agent.extension, **agent.as_json()})
