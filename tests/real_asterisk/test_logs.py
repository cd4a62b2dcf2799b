"""The log of a real run: a change from the click to the proof, and no secret down to the last detail."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.real_asterisk.conftest import PbxFactory
from tests.real_asterisk.test_serve import environment_of, serving, until_ready
from tests.real_asterisk.town import PASSWORD, found, settings_of
from vaxelflode.bootstrap import plane

pytestmark = pytest.mark.pbx

ID = "from-click-to-proof"
PIN, NEW_PASSWORD = "73519284", "ett alldeles nytt lösenord"


async def test_a_run_tells_each_changes_story_and_no_secret(pbx_factory: PbxFactory, tmp_path: Path) -> None:
    pbx = pbx_factory()
    await pbx.start()
    settings = settings_of(pbx, tmp_path / "data")
    async with plane(settings) as made:
        await found(made)
    ari = {"ari_url": pbx.ari.url, "ari_user": pbx.ari.username, "ari_secret": pbx.ari.password}
    how = {"listen": settings.listen, "log_level": "DEBUG", "log_format": "json"}
    environment = environment_of(pbx, tmp_path / "data", **ari, **how)
    log = tmp_path / "log"
    with log.open("wb") as errors:
        async with serving(environment, errors):
            await until_ready(environment)
            change, token = await _a_day_at_the_api(settings.listen)
            before = await _figures(settings.listen)
            await pbx.kill()
            await until_ready(environment, 503)
            after = await _until_lost(settings.listen)
            await pbx.start()
            await until_ready(environment)
    for account in ("live", "apply"):
        assert _state(before, account, "connected") == _state(after, account, "lost") == 1
        assert _state(before, account, "lost") == _state(after, account, "connected") == 0
    # The first of all, and the announcement: a PIN is in no file.
    assert before["vaxelflode_applications_total", frozenset({("outcome", "live")})] == 2
    assert before["vaxelflode_apply_step_seconds_count", frozenset({("step", "reload")})] == 2
    assert before["vaxelflode_live_revision", frozenset()] == change["revision"]
    text = await asyncio.to_thread(log.read_text)
    lines = [json.loads(line) for line in text.splitlines()]
    said = [line["message"] for line in lines if line.get("request") == ID]
    revision = change["revision"]
    steps = [
        "PATCH /api/v1/objects/announcement/reception",
        f"change {change['id']} of announcement/reception is saved as revision {revision}",
        f"revision {revision} is published as",
        f"revision {revision} is proven",
        f"change {change['id']} of announcement/reception is live and proven after",
        "PATCH /api/v1/objects/announcement/reception: 200 in",
    ]
    places = [next(n for n, line in enumerate(said) if step in line) for step in steps]
    assert places == sorted(places), said
    secrets = (PASSWORD, NEW_PASSWORD, PIN, token, pbx.ami.live.secret, pbx.ami.apply.secret, pbx.ari.password)
    for secret in (*secrets, *pbx.secrets.phones.values(), "argon2", "supervisor@example.se"):
        assert secret not in text
        assert json.dumps(secret).strip('"') not in text


Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def _figures(listen: str) -> Figures:
    async with aiohttp.ClientSession() as session, session.get(f"http://{listen}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
        return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


async def _until_lost(listen: str) -> Figures:
    """The figures once both accounts are told as lost: what is told may be a second old."""
    for _ in range(100):
        found = await _figures(listen)
        if all(_state(found, account, "lost") for account in ("live", "apply")):
            return found
        await asyncio.sleep(0.1)
    pytest.fail("the accounts are not told as lost")


def _state(figures: Figures, account: str, state: str) -> float:
    return figures["vaxelflode_ami_state", frozenset({("account", account), ("state", state)})]


async def _a_day_at_the_api(listen: str) -> tuple[dict[str, object], str]:
    """Logging in and failing to, a PIN, a change that is followed, a new password; the change and the token."""
    async with aiohttp.ClientSession(f"http://{listen}") as session:
        login = {"email": "admin@example.se", "password": "fel lösenord helt och hållet"}
        async with session.post("/api/v1/tokens", json=login) as answer:
            assert answer.status == 401
        async with session.post("/api/v1/tokens", json=login | {"password": PASSWORD}) as answer:
            said = await answer.json()
        session.headers["Authorization"] = f"Bearer {said['token']}"
        session.headers["If-Match"] = "*"
        path = "/api/v1/objects/voicemail/kundtjanst"
        async with session.patch(path, json={"spec": {"pin": PIN}}) as answer:
            assert answer.status == 200, await answer.text()
        path, spec = "/api/v1/objects/announcement/reception", {"next": {"end": "busy"}}
        async with session.patch(path, json={"spec": spec}, headers={"X-Request-ID": ID}) as answer:
            assert answer.headers["X-Request-Id"] == ID
            change = (await answer.json())["change"]
            assert change["state"] == "live"
        new = {"old_password": PASSWORD, "password": NEW_PASSWORD}
        async with session.patch("/api/v1/me", json=new) as answer:
            assert answer.status == 200
        return change, str(said["token"])
