"""The doctor at a real Asterisk: all is well, and then one thing after the other is not."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.real_asterisk.conftest import PbxFactory
from tests.real_asterisk.test_serve import COMMAND, environment_of, serving, until_ready
from tests.real_asterisk.town import found, settings_of
from vaxelflode.bootstrap import plane
from vaxelflode.demo.pbx import Pbx

pytestmark = pytest.mark.pbx
Findings = list[dict[str, str]]


async def doctor(environment: dict[str, str]) -> Findings:
    """What it says, as a program reads it; its exit status says whether something fails."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "doctor", "--json", env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await asyncio.wait_for(process.communicate(), 60)
    assert not errors, errors.decode()
    told: Findings = json.loads(said)
    assert process.returncode == int(any(f["level"] == "fail" for f in told)), told
    return told


def wrong(told: Findings) -> Findings:
    assert all(f["remedy"] for f in told if f["level"] != "ok")
    return [f for f in told if f["level"] != "ok"]


def one(told: Findings, check: str, words: str) -> dict[str, str]:
    """The finding of a check that has these words."""
    said = [f for f in wrong(told) if f["check"] == check and words in f"{f['seen']} → {f['remedy']}"]
    assert len(said) == 1, told
    return said[0]


@asynccontextmanager
async def at_work(pbx: Pbx, folder: Path, **more: Any) -> AsyncIterator[dict[str, str]]:
    """The company at a running Asterisk, served by a process of its own."""
    settings = settings_of(pbx, folder)
    async with plane(settings) as made:
        await found(made)
    ari = {"ari_url": pbx.ari.url, "ari_user": pbx.ari.username, "ari_secret": pbx.ari.password}
    environment = environment_of(pbx, folder, **(ari | more | {"listen": settings.listen}))
    async with serving(environment):
        await until_ready(environment)
        yield environment


@pytest.mark.timeout(300)
async def test_what_is_well_and_what_is_broken_one_after_the_other(pbx_factory: PbxFactory, tmp_path: Path) -> None:
    pbx = pbx_factory()
    await pbx.start()
    async with at_work(pbx, tmp_path / "data") as environment:
        assert wrong(await doctor(environment)) == []

        await pbx.cli("module unload app_read")
        assert one(await doctor(environment), "Asterisk", "app_read")["level"] == "fail"
        await pbx.cli("module load app_read")

        base = pbx.etc / "queues.conf"
        text = base.read_text()
        base.write_text(text.replace("persistentmembers = yes", "").replace("#tryinclude", ";"))
        told = await doctor(environment)
        assert one(told, "Asterisk", "persistentmembers")["level"] == "warn"
        assert one(told, "includes", "queues.conf does not take ours in")["level"] == "fail"
        base.write_text(text)

        manager = pbx.etc / "manager.conf"
        text = manager.read_text()
        manager.write_text(text.replace("write = agent,reporting", "write = reporting,command"))
        await pbx.cli("manager reload")
        told = await doctor(environment)
        assert one(told, "privileges", "lacks write=agent")["level"] == "fail"
        assert one(told, "privileges", "write=command")["level"] == "warn"
        manager.write_text(text)
        await pbx.cli("manager reload")

        wrong_secret = environment | {"VAXELFLODE_AMI_APPLY_SECRET": "not-the-secret", "VAXELFLODE_ARI_SECRET": "no"}
        told = await doctor(wrong_secret)
        assert one(told, "AMI", "VAXELFLODE_AMI_APPLY_SECRET")["level"] == "fail"
        assert one(told, "ARI", "VAXELFLODE_ARI_SECRET")["level"] == "fail"

        assert wrong(await doctor(environment)) == []
        await pbx.kill()
        await until_ready(environment, 503)
        told = await doctor(environment)
        # And the applier has perhaps said by now that it cannot.
        assert {f["check"] for f in wrong(told)} - {"changes"} == {"AMI", "ARI", "serve"}
        await pbx.start()
        await until_ready(environment)

        sound = next(iter(pbx.sounds.glob("*.wav")))
        sound.write_bytes(b"RIFF")
        assert one(await doctor(environment), "prompts", sound.name)["level"] == "fail"
        sound.unlink()
    told = await doctor(environment)
    assert one(told, "serve", "no control plane runs here")["level"] == "fail"
    assert one(told, "prompts", sound.name)
    assert {f["check"] for f in wrong(told)} == {"serve", "prompts"}


async def test_before_anything_was_done_it_says_where_to_begin(pbx: Pbx, tmp_path: Path) -> None:
    environment = environment_of(pbx, tmp_path / "data", asterisk_config_dir=str(tmp_path / "nowhere"))
    environment["VAXELFLODE_DATABASE_URL"] = f"sqlite+aiosqlite:///{tmp_path}/nowhere/company.sqlite"
    told = await doctor(environment)
    assert "vaxelflode serve" in one(told, "database", "there is no database")["remedy"]
    one(told, "directories", "nowhere")
    one(told, "serve", "no control plane runs here")
    assert not (tmp_path / "nowhere").exists()


async def test_a_setting_that_is_wrong_is_a_finding_too(tmp_path: Path) -> None:
    environment = {"VAXELFLODE_LISTEN": "nowhere", "PATH": sys.exec_prefix}
    (told,) = await doctor(environment)
    assert (told["check"], told["level"]) == ("settings", "fail")
    assert "VAXELFLODE_LISTEN" in told["seen"]
