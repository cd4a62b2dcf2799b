"""The two ways into our dialplan in the demo: who comes from where, at what instant, and what happens on a miss."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.sip import Credentials, UserAgent
from vaxelflode.demo.choose import Maker
from vaxelflode.demo.pbx import Pbx

pytestmark = [pytest.mark.pbx, pytest.mark.call]

# Each entry leaves a note in AstDB and ends with 486, so that a miss (404) is told apart.
DIALPLAN = """
[vx-incoming]
exten => _[+0-9]!,1,Set(DB(entry/number)=${EXTEN})
 same => n,Set(DB(entry/shift)=${VX_SHIFT})
 same => n,Set(DB(entry/by)=${CHANNEL(endpoint)})
 same => n,Hangup(17)
[vx-extension-202]
exten => s,1,Set(DB(entry/number)=phone 202)
 same => n,Set(DB(entry/shift)=${VX_SHIFT})
 same => n,Hangup(17)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    pbx = pbx_maker(tmp_path_factory.mktemp("entries"))
    release = pbx.generated / "releases" / "1"
    release.mkdir(parents=True)
    (release / "extensions.conf").write_text(DIALPLAN)
    (pbx.generated / "current").symlink_to("releases/1")
    async with pbx:
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def caller() -> AsyncIterator[UserAgent]:
    async with await UserAgent.create() as agent:
        yield agent


async def _note(box: Pbx, key: str) -> str:
    return (await box.cli(f"database get entry {key}")).strip().removeprefix("Value: ")


@pytest.mark.parametrize("dialled", ["+46101022290", "46101022290", "0046101022290", "0101022290"])
async def test_the_operator_reaches_numbers_as_dialled_without_a_password(
    box: Pbx, caller: UserAgent, dialled: str
) -> None:
    assert await (await caller.call(dialled, (box.sip_host, box.sip_port), "+46701740601")).refused() == 486
    assert await _note(box, "number") == dialled
    assert await _note(box, "by") == "vx-demo-trunk"
    assert await _note(box, "shift") == "0"


@pytest.mark.parametrize("header", ["1798099200", " 1798099200;x=1", "${EPOCH}1798099200"])
async def test_a_test_time_shifts_the_call(box: Pbx, caller: UserAgent, header: str) -> None:
    digits = "".join(c for c in header if c.isdigit())[:11]
    headers = {"X-Test-Time": header}
    await (await caller.call("46101022290", (box.sip_host, box.sip_port), "+46701740601", headers=headers)).refused()
    assert int(await _note(box, "shift")) == pytest.approx(int(digits) - time.time(), abs=5)


@pytest.mark.parametrize("target", ["s", "h", "i", "t", "invalid", "*46"])
async def test_what_is_not_a_number_is_refused(box: Pbx, caller: UserAgent, target: str) -> None:
    assert await (await caller.call(target, (box.sip_host, box.sip_port), "+46701740601")).refused() == 404


async def test_only_digits_of_a_dialled_text_are_used(box: Pbx, caller: UserAgent) -> None:
    hostile = "46101%2C1%29%24%7BSHELL(id)%7D"
    await (await caller.call(hostile, (box.sip_host, box.sip_port), "+46701740601")).refused()
    assert (await _note(box, "number")).isdigit()


async def test_a_phone_must_prove_who_it_is(box: Pbx, caller: UserAgent) -> None:
    refused = await caller.call("202", (box.sip_host, box.sip_port), "201")
    assert await refused.refused() == 401
    wrong = await caller.call(
        "202", (box.sip_host, box.sip_port), "201", credentials=Credentials("201", box.secrets.phones["203"])
    )
    assert await wrong.refused() in {401, 403}


async def test_nobody_is_taken_for_a_synthetic_agent(box: Pbx, caller: UserAgent) -> None:
    """They have no password, so a caller who says to be one is anybody; and the phone codes are not for anybody."""
    to = (box.sip_host, box.sip_port)
    assert await (await caller.call("46101022290", to, "211")).refused() == 486
    assert await _note(box, "by") == "vx-demo-trunk"
    assert await (await caller.call("*21", to, "211")).refused() == 404
    assert "No objects found" in await box.cli("pjsip list contacts")  # nobody is at their phones unless it is wanted


@pytest.mark.parametrize(
    ("dialled", "status", "reached"),
    [("202", 486, "phone 202"), ("0101022290", 486, "0101022290"), ("+46101022290", 486, "+46101022290")],
)
async def test_a_phone_reaches_phones_and_numbers_at_the_real_time(
    box: Pbx, caller: UserAgent, dialled: str, status: int, reached: str
) -> None:
    made = await caller.call(
        dialled,
        (box.sip_host, box.sip_port),
        "201",
        credentials=Credentials("201", box.secrets.phones["201"]),
        headers={"X-Test-Time": "1798099200"},
    )
    assert await made.refused() == status
    assert await _note(box, "number") == reached
    assert await _note(box, "shift") == "0"


async def test_a_miss_is_404_without_generated_files(pbx: Pbx, caller: UserAgent) -> None:
    assert await (await caller.call("46101022290", (pbx.sip_host, pbx.sip_port), "+46701740601")).refused() == 404
    phone = Credentials("201", pbx.secrets.phones["201"])
    assert await (await caller.call("299", (pbx.sip_host, pbx.sip_port), "201", credentials=phone)).refused() == 404
