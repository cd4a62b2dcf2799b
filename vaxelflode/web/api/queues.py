"""``/queues``: a queue right now, and its agents."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.services import queue_agents, shapes
from vaxelflode.services.commit import Saved
from vaxelflode.web.http import answer, body, changed, context, person, ref


async def show(request: web.Request) -> web.Response:
    """Who waits and who answers, read from the PBX now."""
    live, written, extensions = await queue_agents.look(context(request), person(request), ref(request, "queue"))
    agents: list[shapes.LiveAgent] = []
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
    waiting: list[shapes.Waiting] = [
        {"position": w.position, "caller": w.number, "name": w.name, "waited_s": w.waited} for w in live.waiting
    ]
    return answer(shapes.LiveQueue(waiting=waiting, agents=agents))


async def put(request: web.Request) -> web.Response:
    """Add an agent."""
    return _answer(*await queue_agents.put(context(request), person(request), "api", *await _asked(request)))


async def patch(request: web.Request) -> web.Response:
    """Pause an agent, or take them up again."""
    return _answer(*await queue_agents.change(context(request), person(request), "api", *await _asked(request)))


async def remove(request: web.Request) -> web.Response:
    """Take an agent out of the queue."""
    queue, extension = ref(request, "queue"), request.match_info["extension"]
    return _answer(*await queue_agents.remove(context(request), person(request), "api", queue, extension))


async def _asked(request: web.Request) -> tuple[ObjectRef, str, dict[str, Any]]:
    return ref(request, "queue"), request.match_info["extension"], await body(request)


def _answer(saved: Saved | None, agent: Agent | None) -> web.Response:
    return changed(saved, agent=None if agent is None else _shown(agent))


def _shown(agent: Agent) -> shapes.Agent:
    return {
        "extension": agent.extension,
        "permanent": agent.permanent,
        "penalty": agent.penalty,
        "paused": agent.paused,
        "reason": agent.reason,
    }
