"""A kind is one room: one module, one template and its words (``tests/toy``) bring a kind whole, and change no file.

It is in the API and its schema, policy, graph, simulation, history and dialplan, and a caller hears it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

import vaxelflode.domain.kinds as package
from tests.real_asterisk.town import GREETING, NIGHT, NUMBER, Town, digest_of, to, town
from vaxelflode import resources
from vaxelflode.demo.choose import Maker
from vaxelflode.domain.kind import kinds
from vaxelflode.i18n import words

pytestmark = [pytest.mark.pbx, pytest.mark.call]

TOY = Path(__file__).parents[1] / "toy"
FOUND_IN = [*package.__path__]


@pytest.fixture(scope="module")
def toy() -> Iterator[None]:
    """The toy's three files where the kinds' files are looked for, and away again."""
    package.__path__ = [*FOUND_IN, str(TOY / "kinds")]
    resources.TEMPLATE_FOLDERS.append(TOY / "templates")
    words.FOLDERS.append(TOY / "words")
    _forget()
    yield
    package.__path__ = FOUND_IN
    resources.TEMPLATE_FOLDERS.pop()
    words.FOLDERS.pop()
    sys.modules.pop(f"{package.__name__}.echo", None)
    _forget()


def _forget() -> None:
    kinds.cache_clear()
    words.terms.cache_clear()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(toy: None, pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        spec = {"prompt": digest_of(NIGHT), "times": 2, "next": to("voicemail/kundtjanst")}
        body = {"kind": "echo", "key": "natt", "name": "Eko", "spec": spec}
        answer = await made.people["admin"]("POST", "/objects", body)
        assert (answer.status, answer.body["change"]["state"]) == (200, "live"), answer.body
        tag = (await made.people["admin"]("GET", "/objects/number/46101022290")).headers["ETag"]
        patch = {"spec": {"route": to("echo/natt")}}
        answer = await made.people["admin"]("PATCH", "/objects/number/46101022290", patch, if_match=tag)
        assert answer.body["change"]["state"] == "live"
        flow = next(f for f in (await made.people["admin"]("GET", "/flows")).body if f["number"] == NUMBER)
        grants = [*flow["grants"], {"object": "echo/natt", "aspects": ["settings"], "limits": {"times": {"max": 3}}}]
        path, tag = f"/flows/{flow['id']}", flow["version"]
        given = await made.people["admin"]("PUT", path, flow | {"grants": grants}, if_match=tag)
        assert given.status == 200, given.body
        yield made


async def _patched(here: Town, spec: dict[str, object]) -> tuple[int, dict[str, object]]:
    tag = (await here.supervisor("GET", "/objects/echo/natt")).headers["ETag"]
    answer = await here.supervisor("PATCH", "/objects/echo/natt", {"spec": spec}, if_match=tag)
    return answer.status, answer.body


async def _heard(here: Town, count: int) -> list[str]:
    async with await here.call() as call:
        await call.answered(5)
        for _ in range(200):
            if len(call.heard) >= count:
                break
            await asyncio.sleep(0.05)
        return [h.name for h in call.heard]


async def test_the_api_says_what_it_is(here: Town) -> None:
    schemas = (await here.supervisor("GET", "/openapi.json")).body["components"]["schemas"]
    for either in ("Object", "NewObject"):
        assert "echo" in schemas[either]["discriminator"]["mapping"]
    times = schemas["Echo"]["properties"]["times"]
    assert (times["x-aspect"], times["x-unit"], times["x-asterisk"]) == ("settings", "times", "Playback")
    assert (times["minimum"], times["maximum"]) == (1, 5)
    assert schemas["EchoObject"]["properties"]["aspects"]["items"]["enum"] == ["audio", "settings", "route"]


async def test_policy_asks_for_its_aspects_and_limits(here: Town) -> None:
    assert (await here.supervisor("GET", "/objects/echo/natt")).body["aspects"] == ["settings"]
    assert (await _patched(here, {"times": 4}))[0] == 403
    assert (await _patched(here, {"next": {"end": "busy"}}))[0] == 403
    assert (await _patched(here, {"times": 9}))[0] == 422
    assert (await here.people["other_supervisor"]("GET", "/objects/echo/natt")).status == 404


async def test_history_graph_simulation_and_callers_tell_the_same(here: Town) -> None:
    status, body = await _patched(here, {"times": 1})
    assert (status, body["change"]["state"]) == (200, "live")  # type: ignore[index]
    history = (await here.supervisor("GET", "/changes?object=echo/natt")).body
    assert history[0]["edits"] == [{"path": ["times"], "before": 2, "after": 1}]

    flow = (await here.supervisor("GET", "/flows")).body[0]
    shown = (await here.supervisor("GET", f"/flows/{flow['id']}/graph")).body
    node = next(n for n in shown["nodes"] if n["id"] == "echo/natt")
    assert (node["kind"], node["editable"], node["aspects"]) == ("echo", True, ["settings"])
    edge = next(e for e in shown["edges"] if e["from"] == "echo/natt")
    assert (edge["to"], edge["label"], edge["active"]) == ("voicemail/kundtjanst", "Sedan", True)
    step = next(s for s in shown["simulation"]["steps"] if s["node"] == "echo/natt")
    assert (step["words"], step["prompts"]) == ("ekot är slut", [digest_of(NIGHT)])
    assert await _heard(here, 2) == [NIGHT.name, GREETING.name]

    undone = await here.supervisor("POST", f"/changes/{history[0]['id']}/undo")
    assert undone.body["change"]["state"] == "live"
    assert "say-2" in await here.pbx.cli("dialplan show vx-echo-natt")
    wav = await here.supervisor("GET", "/objects/echo/natt/audio/prompt")
    assert (wav.status, wav.headers["Content-Type"]) == (200, "audio/wav")
