"""Norrvik Energi is founded whole, by the contract, and once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from graphlib import CycleError
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from tests.databases import url_in
from vaxelflode.audio.speech import SpeechError
from vaxelflode.audio.telephone import check, digest
from vaxelflode.demo.base_conf import AGENTS, PHONES
from vaxelflode.demo.company import Login, Logins, found, in_order
from vaxelflode.demo.sample import SampleObject, norrvik
from vaxelflode.demo.words import WORDS, password
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.destination import AnyDestination, ToEnd, target_of
from vaxelflode.domain.flow import Flow
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kinds.menu import Menu
from vaxelflode.domain.kinds.number import Number
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.domain.kinds.switch import Switch
from vaxelflode.domain.lint import Around, lint
from vaxelflode.errors import Invalid, SettingError
from vaxelflode.policy.authority import Authority
from vaxelflode.rendering.render import FILES, Options, Renderer
from vaxelflode.rendering.strict import faults
from vaxelflode.resources import resource_dir
from vaxelflode.services.passwords import MIN_LENGTH, matches
from vaxelflode.storage import agents, changes, flows, objects, people, prompts
from vaxelflode.storage.database import Database
from vaxelflode.storage.migrate import migrate

NOW = dt.datetime(2027, 3, 16, 9, 42, tzinfo=dt.UTC)
HOME = ZoneInfo("Europe/Stockholm")

#: CONTRACT.md, *On a fresh Debian or Ubuntu machine*.
KUNDTJANST = {
    "schedule/kundtjanst": {"override", "hours"},
    "menu/huvudmeny": {"audio", "options"},
    "queue/kundservice": {"watch", "agents", "settings", "audio"},
    "queue/faktura": {"watch", "agents", "audio"},
    "queue/felanmalan": {"watch"},
    "announcement/nattmeddelande": {"audio"},
    "voicemail/kundtjanst": {"greeting"},
}


async def _empty(folder: Path) -> Database:
    database = Database.open(url_in(folder))
    await migrate(database)
    return database


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def norrvik_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("norrvik")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(norrvik_dir: Path) -> AsyncIterator[Database]:
    made = await _empty(norrvik_dir)
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def logins(database: Database, norrvik_dir: Path) -> Logins:
    return await found(database, NOW, norrvik_dir)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(logins: Logins, database: Database) -> Company:
    async with database.read() as db:
        return await objects.refreshed(db, EMPTY, NOW)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def by_name(logins: Logins, database: Database) -> dict[str, Flow]:
    async with database.read() as db:
        return {flow.name: flow for flow in await flows.listed(db)}


def _spec(company: Company, ref: str) -> object:
    o = company.get(ObjectRef.parse(ref))
    assert o is not None
    return o.spec


def _exits(company: Company) -> Iterator[tuple[Object, str, AnyDestination]]:
    return ((o, way.field, way.destination) for o in company.everything.values() for way in o.spec.exits())


def test_every_exit_leads_somewhere(company: Company) -> None:
    ends = [
        (str(o.ref), field, destination)
        for o, field, destination in _exits(company)
        if not (isinstance(destination, ToEnd) or ((ref := target_of(destination)) is not None and ref in company))
    ]
    assert ends == []
    silent = {str(o.ref) for o, _, d in _exits(company) if isinstance(d, ToEnd)}
    assert silent == {
        "announcement/helgmeddelande",
        "announcement/manga-ringer-nu",
        "voicemail/kundtjanst",
        "voicemail/reception",
    }


def test_every_object_can_be_reached_or_is_a_phone(company: Company) -> None:
    reached = frozenset[ObjectRef]().union(*(company.reachable_from(o.ref) for o in company.of_kind("number")))
    assert {str(ref) for ref in company.everything if ref not in reached} == {
        *(f"extension/{n}" for n in range(201, 208)),
        *(f"extension/{n}" for n in AGENTS),
    }


def test_the_numbers_and_the_phones_are_those_of_the_contract(company: Company, logins: Logins) -> None:
    assert logins.numbers == ("+46101022290", "+46980319200", "+46980319230", "+46980319240")
    assert {o.ref.key for o in company.of_kind("number")} == {n.removeprefix("+") for n in logins.numbers}
    phones = {o.ref.key: o.name for o in company.of_kind("extension")}
    assert sorted(phones) == [*PHONES, *AGENTS]
    assert phones["201"] == "Amira Haddad"
    assert len(set(phones.values())) == 17


def test_the_flows_and_grants_are_those_of_the_contract(by_name: dict[str, Flow], logins: Logins) -> None:
    assert {f.name: f.number for f in by_name.values()} == {
        "Kundtjänst": "+46101022290",
        "Reception": "+46980319200",
        "Anslutningar": "+46980319230",
        "Elavbrott och fara": "+46980319240",
    }
    granted = {str(g.object): set(g.aspects) for g in by_name["Kundtjänst"].grants}
    assert granted == KUNDTJANST
    assert all(not g.limits and g.expires is None for f in by_name.values() for g in f.grants)
    mine = {login.email: {f.name for f in by_name.values() if login.email in f.supervisors} for login in _three(logins)}
    assert mine == {
        logins.admin.email: set(),
        logins.supervisor.email: {"Kundtjänst"},
        logins.other_supervisor.email: {"Reception"},
    }


def _three(logins: Logins) -> tuple[Login, Login, Login]:
    return logins.admin, logins.supervisor, logins.other_supervisor


async def test_the_receptions_supervisor_knows_nothing_of_kundtjanst(
    company: Company, database: Database, logins: Logins
) -> None:
    async with database.read() as db:
        petra = await people.by_email(db, logins.other_supervisor.email)
        assert petra is not None
        authority = Authority(petra[0], await flows.of_person(db, petra[0].id), company, NOW)
    assert not any(authority.knows(ObjectRef.parse(ref)) for ref in KUNDTJANST)
    assert authority.may(ObjectRef("schedule", "reception"), "override").allowed
    assert authority.may(ObjectRef("announcement", "reception-stangd"), "audio").allowed


async def test_the_supervisor_may_what_is_granted_and_nothing_else(
    company: Company, database: Database, logins: Logins
) -> None:
    async with database.read() as db:
        karin = await people.by_email(db, logins.supervisor.email)
        assert karin is not None
        authority = Authority(karin[0], await flows.of_person(db, karin[0].id), company, NOW)
    graph = company.reachable_from(ObjectRef("number", "46101022290"))
    assert {str(ref): set(authority.aspects(ref)) for ref in graph if authority.aspects(ref)} == KUNDTJANST
    assert authority.visible() == graph


async def test_everybody_logs_in_with_a_password_of_their_own(database: Database, logins: Logins) -> None:
    rights = {"admin": {"flow_user", "flow_admin"}, "supervisor": {"flow_user"}, "other_supervisor": {"flow_user"}}
    passwords = set()
    for role, login in ((r, getattr(logins, r)) for r in rights):
        async with database.read() as db:
            person = await people.by_email(db, login.email)
        assert person is not None
        assert person[0].rights == rights[role]
        assert await matches(login.password, person[1])
        assert len(login.password) >= MIN_LENGTH
        assert login.password.isascii()
        passwords.add(login.password)
    assert len(passwords) == 3
    assert logins.admin.password not in repr(logins)


def test_the_hours_are_those_of_the_mockups(company: Company) -> None:
    def leads(ref: str, when: str) -> str:
        spec = _spec(company, ref)
        assert isinstance(spec, Schedule)
        at = dt.datetime.fromisoformat(when).replace(tzinfo=HOME)
        destination = spec.exit_on(spec.day(at.date()), at.hour * 60 + at.minute)
        return str(target_of(destination))

    main = "schedule/kundtjanst"
    for when in ("2027-03-16 08:00", "2027-03-19 16:59"):
        assert leads(main, when) == "menu/huvudmeny"
    for when in ("2027-03-16 07:59", "2027-03-16 17:00", "2027-03-20 12:00", "2027-03-21 12:00"):
        assert leads(main, when) == "announcement/nattmeddelande"
    for when in ("2027-03-26 11:00", "2027-12-25 11:00", "2027-05-06 11:00"):
        assert leads(main, when) == "announcement/helgmeddelande"
    for eve in ("2027-12-24 10:00", "2027-12-31 10:00", "2027-06-25 10:00", "2027-03-27 10:00", "2027-03-25 12:00"):
        assert leads(main, eve) == "announcement/helgmeddelande"
    assert leads(main, "2027-03-25 11:59") == "menu/huvudmeny"  # a half day
    assert leads("schedule/reception", "2027-12-24 10:00") == "announcement/reception-stangd"
    assert leads("schedule/anslutningar", "2027-03-16 11:59") == "queue/anslutningar"
    assert leads("schedule/anslutningar", "2027-03-16 12:00") == "announcement/nattmeddelande"
    assert leads("schedule/anslutningar", "2027-03-16 13:00") == "queue/anslutningar"
    assert leads("schedule/reception", "2027-03-16 07:30") == "queue/reception"
    for when in ("2027-03-16 03:00", "2027-03-26 23:59", "2027-12-25 00:00"):
        assert leads("schedule/elavbrott", when) == "queue/felanmalan"


def test_a_call_goes_the_ways_that_the_contract_tells(company: Company) -> None:
    number, menu = _spec(company, "number/46101022290"), _spec(company, "menu/huvudmeny")
    assert isinstance(number, Number)
    assert isinstance(menu, Menu)
    assert str(target_of(number.route)) == "schedule/kundtjanst"
    assert not any(ref.kind == "switch" for ref in company.reachable_from(ObjectRef("number", "46101022290")))
    keys = {key: str(target_of(destination)) for key, destination in menu.options.items()}
    assert keys == {"1": "queue/kundservice", "2": "queue/faktura", "3": "queue/felanmalan"}
    ways = {(str(o.ref), field): str(target_of(d)) for o, field, d in _exits(company)}
    assert ways["announcement/nattmeddelande", "next"] == "voicemail/kundtjanst"
    assert ways["queue/kundservice", "full"] == ways["queue/faktura", "full"] == "announcement/manga-ringer-nu"


def test_a_switch_stands_before_the_number_for_power_cuts(company: Company) -> None:
    number, switch = _spec(company, "number/46980319240"), _spec(company, "switch/krislage")
    assert isinstance(number, Number)
    assert isinstance(switch, Switch)
    assert str(target_of(number.route)) == "switch/krislage"
    ways = {position: str(target_of(destination)) for position, destination in switch.positions.items()}
    assert ways == {"normal": "schedule/elavbrott", "emergency": "announcement/storavbrott"}
    assert switch.stands(NOW) == "normal"
    assert norrvik().codes == {ObjectRef("switch", "krislage"): ("*21", "2112")}
    salt, _, kept = str(switch.pin).partition(":")
    assert hashlib.sha1(f"{salt}2112".encode()).hexdigest() == kept


async def test_every_prompt_is_there_with_its_words(company: Company, database: Database) -> None:
    played = {(o.ref, slot): p for o in company.everything.values() for slot, p in o.spec.sounds().items() if p}
    assert {ref.kind for ref, _ in played} == {"announcement", "menu", "queue", "voicemail"}
    async with database.read() as db:
        for prompt in sorted(set(played.values())):
            wav = await prompts.sound(db, prompt)
            assert wav is not None
            assert digest(wav) == prompt
            assert check(wav).rms_db == pytest.approx(-16, abs=1.5)
        assert set(await prompts.missing_from(db, ())) == set(played.values())
        night = await prompts.sound(db, played[ObjectRef("announcement", "nattmeddelande"), "prompt"])
    assert night is not None
    assert 15 < check(night).seconds < 25


async def test_every_queue_is_answered_by_synthetic_agents_and_by_none_of_the_phones_to_try_it_with(
    company: Company, database: Database
) -> None:
    """Whoever tries the demo registers as one of the others, and is an agent only where they make themselves one."""
    async with database.read() as db:
        there = await agents.of_all(db)
    assert there.keys() == {o.ref for o in company.of_kind("queue")}
    every = [agent for found_there in there.values() for agent in found_there.values()]
    assert {agent.extension for agent in every} == set(AGENTS)
    assert all(agent.permanent and agent.added_by == "Johan Berg" and agent.added_at == NOW for agent in every)
    (paused,) = (agent for agent in every if agent.paused)
    assert (paused.extension, paused.reason) == ("216", "Utbildning")
    assert sum(not agent.paused for agent in there[ObjectRef("queue", "kundservice")].values()) == 5


async def test_there_is_nothing_to_doubt_about_it(company: Company, database: Database) -> None:
    async with database.read() as db:
        around = Around(agents=await agents.of_all(db), today=NOW.date())
    assert list(lint(company, around)) == []


@pytest.mark.parametrize(("ref", "extension"), [("queue/kundservice", "299"), ("extension/201", "201")])
async def test_an_agent_without_a_phone_or_a_queue_is_refused(tmp_path: Path, ref: str, extension: str) -> None:
    given = norrvik().objects[ObjectRef.parse(ref)].model_copy(update={"agents": {extension: {}}})
    broken = norrvik().model_copy(update={"objects": {**norrvik().objects, ObjectRef.parse(ref): given}})
    database = await _empty(tmp_path)
    try:
        with pytest.raises(Invalid, match=f"no extension {extension} to answer {ref}"):
            await found(database, NOW, tmp_path, sample=broken)
        async with database.read() as db:
            assert await objects.current_revision(db) == 0
    finally:
        await database.close()


async def test_it_is_one_revision_and_no_change(company: Company, database: Database) -> None:
    assert company.revision == 1
    async with database.read() as db:
        assert await changes.listed(db, objects=None, after=None, limit=10) == []
    assert all(set(o.versions.values()) == {1} for o in company.everything.values())


def test_it_renders_without_a_fault(company: Company) -> None:
    renderer = Renderer(resource_dir("dialplan_templates"), Options(), today=NOW.date())
    bundle = renderer.render(company)
    for name in FILES:
        assert faults(name, bundle.files[name].content) == []
    text = bundle.files["extensions.conf"].content.decode()
    assert "[vx-number-46101022290]" in text
    assert bundle.files["queues.conf"].content.decode().count("\nstrategy = ") == 6


async def test_a_second_founding_changes_nothing(
    database: Database, logins: Logins, norrvik_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # nothing is spoken again
    before = await _everything(database)
    assert await found(database, NOW + dt.timedelta(days=1), norrvik_dir) == logins
    assert await _everything(database) == before


async def _everything(database: Database) -> object:
    async with database.read() as db:
        company = await objects.refreshed(db, EMPTY, NOW)
        persons = [await people.by_email(db, p.email) for p in await people.listed(db)]
        return company.revision, dict(company.everything), await flows.listed(db), persons


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_the_passwords_are_kept_privately_and_differ_between_directories(
    logins: Logins, norrvik_dir: Path, tmp_path: Path
) -> None:
    assert _mode(norrvik_dir / "logins.json") == 0o600
    database = await _empty(tmp_path)
    try:
        other = await found(database, NOW, tmp_path, sample=norrvik().model_copy(update={"objects": {}, "flows": ()}))
    finally:
        await database.close()
    assert other.supervisor.email == logins.supervisor.email
    assert other.supervisor.password != logins.supervisor.password


async def test_somebody_elses_company_is_left_alone(tmp_path: Path) -> None:
    database = await _empty(tmp_path)
    try:
        async with database.write() as db:
            await objects.next_revision(db, NOW)
        with pytest.raises(SettingError, match="--data-dir"):
            await found(database, NOW, tmp_path)
    finally:
        await database.close()
    assert not _exists(tmp_path / "logins.json")


def _exists(path: Path) -> bool:
    return path.exists()


async def test_a_company_that_breaks_a_rule_is_not_founded_at_all(tmp_path: Path) -> None:
    stray = SampleObject(name="Fel", spec={"route": {"object": "queue/finns-inte"}})
    broken = norrvik().model_copy(update={"objects": {ObjectRef("number", "46980319299"): stray}, "flows": ()})
    database = await _empty(tmp_path)
    try:
        with pytest.raises(Invalid, match="there is no queue/finns-inte"):
            await found(database, NOW, tmp_path, sample=broken)
        async with database.read() as db:
            assert await objects.current_revision(db) == 0
            assert await people.count(db) == 0
        good = await found(database, NOW, tmp_path, sample=norrvik().model_copy(update={"objects": {}, "flows": ()}))
        assert good == await found(database, NOW, tmp_path)
    finally:
        await database.close()


async def test_what_cannot_be_spoken_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await _empty(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        with pytest.raises(SpeechError, match="espeak-ng is not installed"):
            await found(database, NOW, tmp_path)
    finally:
        await database.close()


def test_objects_come_after_what_they_lead_to(company: Company) -> None:
    seen: set[ObjectRef] = set()
    for o in in_order(company.everything.values()):
        assert all(target_of(way.destination) in seen | {None} for way in o.spec.exits())
        seen.add(o.ref)
    natt = company.everything[ObjectRef("announcement", "nattmeddelande")]
    round_trip = type(natt.spec).model_validate({"next": {"object": "announcement/nattmeddelande"}})
    with pytest.raises(CycleError):
        list(in_order([replace(natt, spec=round_trip)]))


def test_passwords_are_easy_to_type_and_hard_to_guess() -> None:
    assert len(set(WORDS)) == len(WORDS) >= 200
    assert all(word.isascii() and word.isalpha() and word.islower() for word in WORDS)
    made = {password() for _ in range(200)}
    assert len(made) == 200
    assert min(map(len, made)) >= MIN_LENGTH
