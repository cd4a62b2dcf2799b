"""Agents are brought to what is written down, one at a time, and proven by reading back."""

from __future__ import annotations

import pytest

from tests.applying.conftest import COMPANY, Node
from vaxelflode.applying.agents import AgentActions
from vaxelflode.applying.proof import Refused
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef

QUEUE = ObjectRef("queue", "kund")
PHONE = "PJSIP/201"
ACTIONS = {"add_member", "remove_member", "pause_member", "set_penalty"}


@pytest.fixture
async def actions(node: Node) -> AgentActions:
    bundle = node.renderer.render(COMPANY)
    await node.releaser().make_live(bundle, None, COMPANY)
    node.pbx.calls.clear()
    return AgentActions(node.pbx, node.renderer.names)


def done(node: Node) -> list[str]:
    """What was done to the PBX, without the looking."""
    return [call for call in node.pbx.calls if call in ACTIONS]


@pytest.mark.parametrize(
    ("wanted", "doing"),
    [
        (Agent("201"), ["add_member"]),
        (Agent("201", penalty=3), ["add_member"]),
        (Agent("201", paused=True, reason="Lunch; | \n"), ["add_member", "pause_member"]),
        (None, []),
    ],
)
async def test_an_agent_comes_in(node: Node, actions: AgentActions, wanted: Agent | None, doing: list[str]) -> None:
    await actions.bring(QUEUE, "201", PHONE, wanted)
    assert done(node) == doing
    member = (await actions.look(QUEUE)).members.get(PHONE)
    assert (member is None) == (wanted is None)
    if member is not None and wanted is not None:
        assert (member.name, member.paused, member.penalty) == ("201", wanted.paused, wanted.penalty)


@pytest.mark.parametrize("wanted", [Agent("201"), Agent("201", penalty=3, paused=True), None])
async def test_what_is_so_already_is_left_alone(node: Node, actions: AgentActions, wanted: Agent | None) -> None:
    await actions.bring(QUEUE, "201", PHONE, wanted)
    node.pbx.calls.clear()
    await actions.bring(QUEUE, "201", PHONE, wanted)
    assert done(node) == []


@pytest.mark.parametrize(
    ("wanted", "doing"),
    [
        (Agent("201", paused=True), ["pause_member"]),
        (Agent("201", penalty=5), ["set_penalty"]),
        (Agent("201", penalty=5, paused=True), ["set_penalty", "pause_member"]),
        (None, ["remove_member"]),
    ],
)
async def test_an_agent_is_changed(node: Node, actions: AgentActions, wanted: Agent | None, doing: list[str]) -> None:
    await actions.bring(QUEUE, "201", PHONE, Agent("201"))
    node.pbx.calls.clear()
    await actions.bring(QUEUE, "201", PHONE, wanted)
    assert done(node) == doing


async def test_words_of_people_never_reach_the_pbx(node: Node, actions: AgentActions) -> None:
    reasons: list[str] = []
    pause = node.pbx.pause_member

    async def listen(queue: str, interface: str, reason: str, *, paused: bool) -> None:
        reasons.append(reason)
        await pause(queue, interface, reason, paused=paused)

    node.pbx.pause_member = listen  # type: ignore[method-assign]
    await actions.bring(QUEUE, "201", PHONE, Agent("201", paused=True, reason="rast|;PJSIP/666"))
    await actions.bring(QUEUE, "201", PHONE, Agent("201"))
    assert reasons == ["vx", ""]


async def test_one_agent_leaves_the_others_alone(node: Node, actions: AgentActions) -> None:
    await actions.bring(QUEUE, "202", "PJSIP/202", Agent("202", paused=True))
    await actions.bring(QUEUE, "201", PHONE, Agent("201"))
    await actions.bring(QUEUE, "201", PHONE, None)
    assert (await actions.look(QUEUE)).members["PJSIP/202"].paused


@pytest.mark.parametrize("wanted", [Agent("201"), Agent("201", paused=True), None])
async def test_what_the_pbx_does_not_show_afterwards_is_refused(
    node: Node, actions: AgentActions, wanted: Agent | None
) -> None:
    """It answers that all is well, and then another tool undoes it."""
    await actions.bring(QUEUE, "201", PHONE, Agent("201", penalty=7) if wanted is None else None)
    before = dict(node.pbx.members.get("vx-kund", {}))
    looks: list[None] = []

    def undone() -> None:
        looks.append(None)
        if len(looks) == 2:
            node.pbx.members["vx-kund"] = dict(before)

    node.pbx.hooks["live_queue"] = undone
    with pytest.raises(Refused, match="201 in queue/kund"):
        await actions.bring(QUEUE, "201", PHONE, wanted)


async def test_a_queue_that_the_pbx_does_not_have_is_refused(actions: AgentActions) -> None:
    with pytest.raises(Refused, match="no queue/annan"):
        await actions.look(ObjectRef("queue", "annan"))
