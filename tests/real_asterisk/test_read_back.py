"""What of our configuration the PBX shows, line by line: changed behind our back, it is noticed and put right.

Somebody edits a file, has it loaded, and puts the file back: the disk is ours, and what is loaded is not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, Town, digest_of, town
from vaxelflode.applying.compare import Comparison, compare
from vaxelflode.bootstrap import utc_now
from vaxelflode.demo.choose import Maker

pytestmark = pytest.mark.pbx

#: How each module is told to read its file.
LOAD = {
    "queues.conf": "queue reload parameters",
    "voicemail.conf": "module reload app_voicemail.so",
    "musiconhold.conf": "module reload res_musiconhold.so",
    "extensions.conf": "module reload pbx_config.so",
}
#: Each line of a queue's part that the PBX shows, and what it is made.
SHOWN = {"strategy": "leastrecent", "maxlen": "77", "servicelevel": "77", "weight": "7"}
#: Those that nothing of AMI's shows: they rest on the bytes on the disk and on Asterisk's own parser.
HIDDEN = {
    *("timeout", "retry", "wrapuptime", "ringinuse", "autofill", "autopause", "joinempty", "leavewhenempty"),
    *("announce-position", "announce-holdtime", "announce-frequency", "announce-to-first-user"),
    *("periodic-announce", "periodic-announce-frequency", "musicclass", "context"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        full = {
            "queue/faktura": {"music": digest_of(MENU), "periodic": digest_of(MENU), "keys": {"1": {"end": "hangup"}}},
            "voicemail/kundtjanst": {"email": "kundtjanst@example.se"},
        }
        for ref, spec in full.items():
            saved = await made.people["admin"]("PATCH", f"/objects/{ref}", {"spec": spec}, if_match="*")
            assert saved.body["change"]["state"] == "live", saved.body
        yield made


def _file(here: Town, name: str) -> Path:
    return here.pbx.generated / "current" / name


async def _compared(here: Town) -> dict[str, Comparison]:
    p = here.plane
    found = await compare(p.database, p.store, p.renderer, p.prover, p.entries, utc_now())
    return {one.part: one for one in found}


async def _loaded_as(here: Town, name: str, pattern: str, by: str) -> None:
    """Have a file loaded with its first ``pattern`` replaced, and put it back."""
    file = _file(here, name)
    ours = file.read_text()
    theirs = re.sub(pattern, by, ours, count=1, flags=re.MULTILINE)
    assert theirs != ours, pattern
    file.write_text(theirs)
    await here.pbx.cli(LOAD[name])
    file.write_text(ours)


async def _put_right(here: Town, name: str) -> None:
    """By a look, as every 30 seconds."""
    here.plane.applier.wake(doubtful=True)
    async with asyncio.timeout(20):
        while not (await _compared(here))[name].agrees:  # noqa: ASYNC110 - as whoever watches it does
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("option", SHOWN)
async def test_a_queues_option_that_the_pbx_shows(here: Town, option: str) -> None:
    assert (await _compared(here))["queues.conf"].agrees
    section = r"(\[vx-faktura\]\n(?:.+\n)*?"
    await _loaded_as(here, "queues.conf", rf"{section}{option} = ).*", rf"\g<1>{SHOWN[option]}")
    found = await _compared(here)
    assert found["disk"].agrees
    assert "queue/faktura in the PBX is not what was rendered" in found["queues.conf"].words
    await _put_right(here, "queues.conf")


async def test_a_queue_that_is_gone_and_one_that_is_cut_off(here: Town) -> None:
    for pattern in (r"^\[vx-felanmalan\]$", r"^\[vx--.*\]$"):
        await _loaded_as(here, "queues.conf", pattern, "[somebody-elses]")
        assert not (await _compared(here))["queues.conf"].agrees
        await _put_right(here, "queues.conf")


async def test_every_line_of_a_queue_is_one_or_the_other(here: Town) -> None:
    """A new option is to be classed, and tried above if the PBX shows it."""
    _, _, rest = _file(here, "queues.conf").read_text().partition("[vx-faktura]\n")
    options = {line.partition(" = ")[0] for line in rest.partition("\n[")[0].splitlines() if line}
    assert options == SHOWN.keys() | HIDDEN


@pytest.mark.parametrize(
    ("pattern", "by"),
    [
        (r"kundtjanst@example\.se", "other@example.se"),
        (r"kundtjanst@example\.se", ""),
        (r"maxmsg=100", "maxmsg=7"),
        (r"(nologin),kundtjanst,", r"\1,Somebody,"),
        (r"^kundtjanst => .*\n", ""),
    ],
)
async def test_a_mailbox_shows_every_field_but_its_pin(here: Town, pattern: str, by: str) -> None:
    assert (await _compared(here))["voicemail.conf"].agrees
    await _loaded_as(here, "voicemail.conf", pattern, by)
    found = await _compared(here)
    assert found["disk"].agrees
    assert "voicemail/kundtjanst in the PBX is not what was rendered" in found["voicemail.conf"].words
    await _put_right(here, "voicemail.conf")


@pytest.mark.parametrize(
    ("pattern", "by"),
    [
        (r"(\[vx-menu-huvudmeny\]\n(?:.*\n)*?exten => [^,\n]+,1,).*", r"\1NoOp(other)"),
        (r"(\[vx-menu-huvudmeny\]\n(?:.*\n)*?exten => [^,\n]+,1,.*\n)", r"\1 same => n,NoOp(more)\n"),
        (r"^\[vx-menu-huvudmeny\]$", "[vx-menu-other]"),
    ],
)
async def test_the_dialplan_shows_every_step(here: Town, pattern: str, by: str) -> None:
    assert (await _compared(here))["extensions.conf"].agrees
    await _loaded_as(here, "extensions.conf", pattern, by)
    assert "vx-menu-huvudmeny in the PBX" in (await _compared(here))["extensions.conf"].words
    await _put_right(here, "extensions.conf")


async def test_music_is_shown_to_nobody_over_ami(here: Town) -> None:
    """The console shows its classes, but whoever may ask the console may do all else with it."""
    await _loaded_as(here, "musiconhold.conf", r"^\[vx-faktura\]$", "[vx-other]")
    assert "vx-other" in await here.pbx.cli("moh show classes")
    assert (await _compared(here))["musiconhold.conf"].agrees
    _file(here, "musiconhold.conf").touch()
    await here.pbx.cli(LOAD["musiconhold.conf"])
    assert "vx-other" not in await here.pbx.cli("moh show classes")
