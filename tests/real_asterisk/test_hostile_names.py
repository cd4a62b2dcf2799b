"""Names and notes that people type are shown as typed everywhere, and reach nothing of Asterisk's."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.real_asterisk.town import MENU, NIGHT, NUMBER, PASSWORD, Answer, Api, Town, town
from vaxelflode.demo.choose import Maker

pytestmark = [pytest.mark.pbx, pytest.mark.call]

OPEN, SHUT = "2027-03-16 10:42", "2027-03-16 20:00"
#: Each holds `hx7`, by which it would be known anywhere.
NAMES = {
    "quotes, semicolon, function": 'Kö hx7 "A;B", ${SHELL(x)}',
    "script": "<script>alert('hx7')</script>&lt;b&gt;",
    "right to left": "\u202eadnap hx7\u202c مرحبا שלום",
    "emoji and marks": "👩‍👩‍👧 hx7 e\u0301 é 🎄",
    "200 characters": "Åhx7" * 50,
    "columns and lists": "a|hx7;b&c,d=e",
    "configuration": "[hx7](+) => #include x ;-- \\; --;",
    "expression": "$[1+1] ${hx7} $(id) `id`",
    "database": "'; DROP TABLE objects; -- hx7 \\x00 %00 %s%n",
    "template": "{{ 7*7 }}{% hx7 %}",
    "path": "../../etc/hx7\u2028\u00a0.",
    "AMI": "hx7\\r\\nAction: Originate",
}
RENAMED = (
    *("schedule/kundtjanst", "menu/huvudmeny", "queue/kundservice", "announcement/nattmeddelande"),
    *("voicemail/kundtjanst", "extension/205", "number/46101022290"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as pbx, town(pbx, tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture
def admin(here: Town) -> Api:
    return here.people["admin"]


@dataclass(frozen=True)
class Told:
    """All that Asterisk has of ours: the release's files with their place, and AstDB."""

    release: str
    files: Mapping[str, bytes]
    database: str


async def _told(here: Town) -> Told:
    current = here.pbx.generated / "current"
    files = {path.name: path.read_bytes() for path in current.iterdir()}
    assert {"extensions.conf", "queues.conf", "voicemail.conf"} <= files.keys()
    return Told(str(current.readlink()), files, await here.pbx.cli("database show"))


async def _rename(admin: Api, ref: str, name: str) -> None:
    saved = await admin("PATCH", f"/objects/{ref}", {"name": name}, if_match="*")
    assert (saved.status, saved.body["change"]["state"]) == (200, "live"), saved.body
    assert saved.body["object"]["name"] == name


async def _rename_flow(admin: Api, name: str) -> dict[str, Any]:
    flow = next(f for f in (await admin("GET", "/flows")).body if f["number"] == NUMBER)
    body = {field: flow[field] for field in ("number", "grants", "supervisors")}
    saved = await admin("PUT", f"/flows/{flow['id']}", body | {"name": name, "description": name}, if_match="*")
    assert saved.status == 200, saved.body
    return dict(saved.body)


async def _goes_its_way(here: Town) -> None:
    for at, voice in ((OPEN, MENU), (SHUT, NIGHT)):
        async with await here.call(at=at) as call:
            await call.answered(5)
            await call.hear(voice, 5)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_name_is_shown_as_typed_and_changes_nothing_else(here: Town, admin: Api, name: str) -> None:
    before = await _told(here)
    for ref in RENAMED:
        await _rename(admin, ref, name)
    flow = await _rename_flow(admin, name)
    assert (await here.supervisor("PATCH", "/me", {"name": name})).body["name"] == name
    assert await _told(here) == before, "a name has reached Asterisk"
    await _is_shown(here, flow["id"], name)
    await _goes_its_way(here)
    await _nothing_holds_it(here, name)


async def _is_shown(here: Town, flow: str, name: str) -> None:
    ask = here.supervisor
    for ref in ("schedule/kundtjanst", "menu/huvudmeny", "queue/kundservice"):
        assert (await ask("GET", f"/objects/{ref}")).body["name"] == name
    listed = {f"{o['kind']}/{o['key']}": o["name"] for o in (await ask("GET", "/objects?limit=1000")).body}
    assert {listed[ref] for ref in RENAMED if ref in listed} == {name}
    shown = (await ask("GET", f"/flows/{flow}")).body
    assert (shown["name"], shown["description"]) == (name, name)
    assert [f["name"] for f in (await ask("GET", "/flows")).body] == [name]
    me = (await ask("GET", "/me")).body
    assert (me["name"], me["flows"][0]["name"]) == (name, name)
    nodes = {n["id"]: n["name"] for n in (await ask("GET", f"/flows/{flow}/graph?at=2027-03-16T10:42")).body["nodes"]}
    assert {nodes[ref] for ref in RENAMED if ref in nodes} == {name}
    found = (await ask("GET", f"/objects/menu/huvudmeny/choices/options?q={quote(name, safe='')}")).body
    assert {"queue/kundservice", "voicemail/kundtjanst"} <= {f"{c['kind']}/{c['key']}" for c in found}
    assert {c["name"] for c in found} == {name}
    people = (await here.people["admin"]("GET", "/users")).body
    assert name in {p["name"] for p in people}
    change = (await ask("GET", "/changes?object=menu/huvudmeny&limit=1")).body[0]
    assert (change["name"], change["edits"][0]["after"]) == (name, name)
    assert change["summary"].startswith(f"{name}: ")


async def _nothing_holds_it(here: Town, *names: str) -> None:
    """No console and no file or file's name of Asterisk's: logs, queue_log, AstDB, spool and configuration."""
    consoles = [await here.pbx.cli(command) for command in ("queue show", "dialplan show", "voicemail show users")]
    consoles.append(await here.pbx.cli("database show"))
    needles = {n for name in (*names, "hx7") for n in (name.encode(), name.encode()[:40])}
    for needle in needles:
        assert not [console for console in consoles if needle in console.encode()]
        assert not [path for path, content in _files(here.pbx.home).items() if needle in content + bytes(path)]


def _files(folder: Path) -> dict[Path, bytes]:
    found = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # AstDB's journal comes and goes
            if path.is_file() and not path.is_symlink():
                found[path] = path.read_bytes()
    assert {"queue_log", "astdb.sqlite3", "extensions.conf"} <= {path.name for path in found}
    return found


async def test_what_asterisk_does_hold_would_be_found(here: Town) -> None:
    with pytest.raises(AssertionError):
        await _nothing_holds_it(here, "vx-kundservice")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_an_object_made_with_the_name_is_as_any_other(here: Town, admin: Api, name: str) -> None:
    key = f"prov-{[*NAMES.values()].index(name)}"
    made = await admin("POST", "/objects", {"kind": "queue", "key": key, "name": name, "spec": {}})
    assert (made.status, made.body["change"]["state"], made.body["object"]["name"]) == (200, "live", name), made.body
    assert f"vx-{key} has" in await here.pbx.cli("queue show")
    gone = await admin("DELETE", f"/objects/queue/{key}", if_match="*")
    assert (gone.status, gone.body["change"]["name"]) == (200, name)
    user = {"email": f"{key}@example.se", "name": name, "password": PASSWORD, "rights": ["flow_user"]}
    person = await admin("POST", "/users", user)
    assert (person.status, person.body["name"]) == (201, name)
    assert (await admin("DELETE", f"/users/{person.body['id']}")).status == 204
    flow = await admin("POST", "/flows", {"name": name, "description": name})
    assert (flow.status, flow.body["name"], flow.body["description"]) == (201, name, name)
    assert (await admin("DELETE", f"/flows/{flow.body['id']}")).status == 204
    await _nothing_holds_it(here, name)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_notes_and_reasons_are_kept_by_us_alone(here: Town, name: str) -> None:
    schedule, agent = "/objects/schedule/kundtjanst", "/queues/kundservice/agents/206"
    day = {"from": "2027-05-03", "to": "2027-05-03", "hours": []}
    noted = await here.supervisor("POST", f"{schedule}/overrides", day | {"note": name})
    assert (noted.status, noted.body["override"]["note"]) == (200, name), noted.body
    kept = (await here.supervisor("GET", schedule)).body["spec"]["overrides"]
    assert [o["note"] for o in kept if o["id"] == noted.body["override"]["id"]] == [name]
    reason = name[:100]
    assert (await here.supervisor("PUT", agent, {})).status == 200
    paused = await here.supervisor("PATCH", agent, {"paused": True, "reason": reason})
    assert (paused.status, paused.body["agent"]["reason"]) == (200, reason), paused.body
    (shown,) = (await here.supervisor("GET", "/queues/kundservice")).body["agents"]
    assert (shown["extension"], shown["paused"], shown["reason"]) == ("206", True, reason)
    history = (await here.supervisor("GET", "/changes?object=queue/kundservice&limit=1")).body[0]
    assert history["edits"][0]["after"]["reason"] == reason
    await _nothing_holds_it(here, name, reason)
    assert (await here.supervisor("DELETE", agent)).status == 200
    assert (await here.supervisor("DELETE", f"{schedule}/overrides/{noted.body['override']['id']}")).status == 200


LINES = ["a\nb", "a\rb", "a\r\nAction: Originate", "a\tb", "a\0b", "a\x85b", "a\x1b[0mb", "a\x7f"]


@pytest.mark.parametrize("text", LINES, ids=ascii)
async def test_more_than_one_line_is_refused_with_the_field_and_nothing_changes(
    here: Town, admin: Api, text: str
) -> None:
    before = await _told(here)
    known = (await admin("GET", "/changes?limit=1")).body
    flow = next(f for f in (await admin("GET", "/flows")).body if f["number"] == NUMBER)
    kept = {field: flow[field] for field in ("name", "number", "grants", "supervisors")}
    day = {"from": "2027-05-03", "to": "2027-05-03", "hours": []}
    new = {"kind": "menu", "key": "rader", "spec": {}}
    user = {"email": "rader@example.se", "password": PASSWORD}
    assert (await here.supervisor("PUT", "/queues/kundservice/agents/207", {})).status == 200
    for answer, field in (
        (await admin("POST", "/objects", new | {"name": text}), "name"),
        (await admin("PATCH", "/objects/menu/huvudmeny", {"name": text}, if_match="*"), "name"),
        (await admin("POST", "/flows", {"name": text}), "name"),
        (await admin("POST", "/flows", {"name": "Rader", "description": text}), "description"),
        (await admin("PUT", f"/flows/{flow['id']}", kept | {"name": text}, if_match="*"), "name"),
        (await admin("POST", "/users", user | {"name": text}), "name"),
        (await here.supervisor("PATCH", "/me", {"name": text}), "name"),
        (await here.supervisor("POST", "/objects/schedule/kundtjanst/overrides", day | {"note": text}), "note"),
        (await here.supervisor("PATCH", "/queues/kundservice/agents/207", {"reason": text}), "reason"),
    ):
        _is_refused(answer, field)
    assert (await here.supervisor("DELETE", "/queues/kundservice/agents/207")).status == 200
    assert (await _told(here)).files == before.files
    assert [c["id"] for c in (await admin("GET", "/changes?limit=3")).body][2:] == [c["id"] for c in known]


def _is_refused(answer: Answer, field: str) -> None:
    assert answer.status == 422, answer.body
    assert [e["field"] for e in answer.body["errors"]] == [field]


async def test_what_is_too_long_is_refused_with_the_field(here: Town, admin: Api) -> None:
    _is_refused(await admin("PATCH", "/objects/menu/huvudmeny", {"name": "x" * 201}, if_match="*"), "name")
    _is_refused(await admin("POST", "/flows", {"name": "x" * 201}), "name")
    _is_refused(await here.supervisor("PATCH", "/me", {"name": "x" * 201}), "name")
    _is_refused(await here.supervisor("PUT", "/queues/kundservice/agents/207", {"reason": "x" * 101}), "reason")


@pytest.mark.parametrize("text", [*NAMES.values(), *LINES, "%", "_", "\\", "*", "x" * 2000], ids=ascii)
async def test_any_text_may_be_searched_for(here: Town, text: str) -> None:
    path = "/objects/menu/huvudmeny/choices/options"
    await _rename(here.people["admin"], "queue/faktura", "Faktura")
    answer = await here.supervisor("GET", f"{path}?q={quote(text, safe='')}")
    assert (answer.status, [c for c in answer.body if c["key"] == "faktura"]) == (200, [])
