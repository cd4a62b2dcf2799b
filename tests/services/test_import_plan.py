"""What files would change is found whole before anything is: every fault, every change, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.domain.strategies import SELDOM
from tests.domain.wholes import wholes
from tests.services.companies import DIGEST, NOW, company, pieces
from vaxelflode.domain.agents import Agent
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.outside import ANYWHERE, NO_LINE
from vaxelflode.domain.pieces import BadFiles, of_files, of_one_file
from vaxelflode.domain.portable import NOTHING, Whole, files, one_file, text
from vaxelflode.services.import_plan import Plan, alone, plan

HERE = alone(pieces(), NOW)
KUND = ObjectRef("queue", "kund")


def against(said: dict[str, Any], standing: Whole = HERE, **options: Any) -> Plan:
    """What some files would change."""
    known: dict[str, Any] = {"now": NOW, "outside": ANYWHERE, "sounds": {DIGEST}}
    return plan(of_files(said), standing, **(known | options))


def rows(said: dict[str, Any], standing: Whole = HERE, **options: Any) -> list[tuple[Any, ...]]:
    return [(r["action"], r["what"], r["id"], r["paths"]) for r in against(said, standing, **options).rows()]


def refused(said: dict[str, Any], standing: Whole = HERE, **options: Any) -> list[str]:
    with pytest.raises(BadFiles) as caught:
        against(said, standing, **options)
    return [str(fault) for fault in caught.value.faults]


def through_text(contents: dict[str, Any]) -> dict[str, Any]:
    return {path: json.loads(text(content)) for path, content in contents.items()}


@SELDOM
@given(wholes())
def test_any_company_goes_out_as_files_and_comes_back(there: Whole) -> None:
    made = files(there)
    assert files(alone(of_files(through_text(made)), NOW)) == made
    one = one_file(there)
    back = alone(of_one_file("a.json", json.loads(text(one))), NOW)
    assert one_file(back) == one
    assert files(back) == made


@SELDOM
@given(wholes())
def test_a_company_held_against_its_own_files_changes_nothing(there: Whole) -> None:
    made = plan(of_files(through_text(files(there))), there, now=NOW, outside=ANYWHERE, prune=True)
    assert made.rows() == []


def test_everything_is_new_in_an_empty_company() -> None:
    made = against(company(), NOTHING)
    assert [
        str(d.object.ref) for d in made.objects if d.object.ref.kind in ("extension", "queue", "menu", "number")
    ] == [
        "extension/201",
        "queue/kund",
        "menu/huvud",
        "number/46101022290",
    ]
    assert {d.action for d in made.objects} == {"create"}
    assert [(a.queue, a.extension, a.before) for a in made.agents] == [(KUND, "201", None)]
    assert [(b, p.email) for b, p in made.people] == [(None, "anna@example.org"), (None, "chef@example.org")]
    assert [(b, f.id) for b, f in made.flows if f] == [(None, "00000000000000f1")]


def test_only_what_differs_is_changed_and_named_by_its_paths() -> None:
    said = company(huvud={"wait": 9, "options": {"1": {"object": "queue/kund"}, "2": {"end": "busy"}}})
    said["objects/queue/kund.json"]["name"] = "Kund"
    said["flows/kund.json"]["description"] = "Annat"
    said["people/anna@example.org.json"]["language"] = "en"
    assert rows(said) == [
        ("edit", "object", "queue/kund", ["name"]),
        ("edit", "object", "menu/huvud", ["options.9", "options.2", "wait"]),
        ("edit", "person", "anna@example.org", ["language"]),
        ("edit", "flow", "00000000000000f1", ["description"]),
    ]


def test_files_of_a_part_leave_the_rest_alone() -> None:
    said = {path: content for path, content in company().items() if path in ("company.json", "objects/queue/kund.json")}
    said["objects/queue/kund.json"]["spec"]["length"] = 11
    assert rows(said) == [("edit", "object", "queue/kund", ["length"])]


def test_what_is_not_said_of_an_object_is_its_default_and_of_a_person_stays() -> None:
    said = company()
    del said["objects/queue/kund.json"]["spec"]["length"]
    del said["people/anna@example.org.json"]["extension"]
    assert rows(said) == [("edit", "object", "queue/kund", ["length"])]


def test_prune_deletes_what_is_not_in_the_files_users_first() -> None:
    said = company(schedule=None, info=None, flows=None, huvud={"options": {"1": {"object": "queue/kund"}}})
    assert rows(said, prune=True) == [
        ("edit", "object", "menu/huvud", ["options.9"]),
        ("delete", "object", "schedule/tider", []),
        ("delete", "object", "announcement/info", []),
        ("delete", "flow", "00000000000000f1", []),
    ]
    assert rows(company(schedule=None)) == []


def test_prune_refuses_what_is_used_and_names_the_users() -> None:
    queue = {**HERE.agents[KUND], "202": Agent("202")}
    with_phone = of_files(company() | {"objects/extension/202.json": {"name": "B", "spec": {"endpoint": "202"}}})
    standing = replace(alone(with_phone, NOW), agents={KUND: queue})
    assert refused(company(), standing, prune=True) == [
        "extension/202: is not in the files, but is used by queue/kund",
    ]
    said = company(queue=None, flows=None)
    assert refused(said, prune=True) == [
        "queue/kund: is not in the files, but is used by menu/huvud",
    ]


def test_only_permanent_agents_are_the_files_business() -> None:
    standing = replace(HERE, agents={KUND: {"201": Agent("201", paused=True, reason="Rast", added_by="Anna")}})
    (edit,) = against(company(), standing).agents
    assert edit.after == Agent("201", permanent=True, paused=True, reason="Rast", added_by="Anna")
    said = company()
    said["objects/queue/kund.json"]["agents"] = []
    assert against(said, standing).agents == ()
    (gone,) = against(said).agents
    assert (gone.extension, gone.after) == ("201", None)
    del said["objects/queue/kund.json"]["agents"]
    assert against(said).agents == ()


def test_a_pin_is_in_no_file_and_stays_where_it_stands() -> None:
    said = company()
    said["objects/voicemail/kund.json"] = {"name": "Kund", "spec": {"pin": "1234"}}
    with_pin = alone(of_files(said), NOW)
    out = through_text(files(with_pin))
    assert out["objects/voicemail/kund.json"]["spec"]["pin"] == "set"
    assert against(out, with_pin).rows() == []
    assert against(said, with_pin).rows() == []
    assert against(out, with_pin).unset == ()
    assert against(out).unset == ("voicemail/kund: pin",)
    assert against(out).after.company.everything[ObjectRef("voicemail", "kund")].spec.as_json()["pin"] is not None
    said["objects/voicemail/kund.json"]["spec"]["pin"] = "4321"
    assert rows(said, with_pin) == [("edit", "object", "voicemail/kund", ["pin"])]


def test_what_only_one_may_have_is_taken_by_one_of_the_files() -> None:
    said = company() | {"objects/extension/202.json": {"name": "B", "spec": {"endpoint": "201"}}}
    assert "objects/extension/202.json: spec.endpoint: 201 is extension/201's already" in refused(said)


def test_a_flow_is_known_by_its_id_or_else_by_its_name() -> None:
    said = company()
    said["flows/kund.json"] |= {"name": "Kunder"}
    assert rows(said) == [("edit", "flow", "00000000000000f1", ["name"])]
    said = company()
    del said["flows/kund.json"]["id"]
    assert rows(said) == []
    said["flows/kund.json"] |= {"id": "00000000000000f9", "description": "Ny"}
    assert rows(said) == [("edit", "flow", "00000000000000f1", ["description"])]
    said["flows/kund.json"] |= {"name": "En annan"}
    assert rows(said) == [("create", "flow", "00000000000000f9", [])]
    said["flows/ny.json"] = {"name": "Utan nummer"}
    made = against(said, NOTHING)
    assert {flow.name for _, flow in made.flows if flow} == {"En annan", "Utan nummer"}


def test_a_name_of_several_flows_does_not_say_which() -> None:
    twin = replace(HERE.flows[0], id="00000000000000f2")
    said = company()
    del said["flows/kund.json"]["id"]
    (fault,) = refused(said, replace(HERE, flows=(*HERE.flows, twin)))
    assert fault.startswith("flows/kund.json: id: several flows have this name")
    assert "00000000000000f1, 00000000000000f2" in fault


@pytest.mark.parametrize(
    ("path", "said", "fault"),
    [
        ("objects/queue/kund", {"name": ""}, "name: must not be empty"),
        ("objects/queue/kund", {"name": "a\x07"}, "name: must not hold control characters"),
        ("objects/queue/kund", {"colour": 1}, "colour: there is no such field"),
        ("objects/menu/huvud", {"agents": []}, "agents: there is no such field"),
        ("objects/queue/kund", {"spec": []}, "spec: Input should be an object"),
        ("objects/queue/kund", {"spec": {"timeout": 1}}, "spec.timeout: Input should be greater than or equal to 5"),
        ("objects/queue/kund", {"spec": {"full": {"object": "menu/x"}}}, "spec.full: there is no menu/x"),
        ("objects/queue/kund", {"spec": {"join": "ab" * 32}}, "spec.join: there is no such prompt"),
        ("objects/queue/kund", {"spec": {"full": {"object": "queue/kund"}}}, "spec.full: leads back here"),
        ("objects/queue/kund", {"agents": {}}, "agents: must be a list"),
        ("objects/queue/kund", {"agents": [{}]}, "agents.0.extension: Field required"),
        ("objects/queue/kund", {"agents": [{"extension": "299"}]}, "agents.0.extension: there is no extension 299"),
        ("objects/queue/kund", {"agents": [{"extension": "201"}] * 2}, "agents: 201 stands there twice"),
        ("objects/queue/kund", {"agents": [{"extension": "201", "permanent": False}]}, "agents.0.permanent: "),
        ("people/anna@", {"rights": ["king"]}, "rights.0: Input should be 'flow_user' or 'flow_admin'"),
        ("people/anna@", {"extension": "299"}, "extension: there is no such extension"),
        ("people/anna@", {"password": "hemlig"}, "password: Extra inputs are not permitted"),
        ("people/anna@", {"email": "nobody"}, "email: must be an e-mail address"),
        ("people/anna@", {"email": "chef@example.org"}, "email: chef@example.org stands in two places"),
        ("flows/kund", {"id": "f1"}, "id: must be 16 of 0-9 and a-f"),
        ("flows/kund", {"id": ["f1"]}, "id: must be 16 of 0-9 and a-f"),
        ("flows/kund", {"number": "+4612345678"}, "number: there is no number +4612345678"),
        ("flows/kund", {"supervisors": ["x@y"]}, "supervisors.0: nobody has the address x@y"),
        ("flows/kund", {"version": 3}, "version: Extra inputs are not permitted"),
        ("flows/kund", {"grants": [{"object": "queue/kund", "aspects": ["fly"]}]}, "grants.0.aspects: of a queue"),
        ("sounds/", {"seconds": "long"}, "seconds: Input should be a valid number"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_named_by_file_and_field(path: str, said: dict[str, Any], fault: str) -> None:
    files_ = company()
    (name,) = (p for p in files_ if p.startswith(path))
    files_[name] |= said
    found = refused(files_)
    assert any(line.startswith((f"{name}: {fault}", f"people/chef@example.org.json: {fault}")) for line in found)


def test_every_fault_is_found_at_once_and_none_follows_from_another() -> None:
    said = company(kund={"timeout": 1, "retry": 0}, info={"next": {"object": "menu/nowhere"}})
    said["objects/queue/kund.json"]["name"] = ""
    said["people/anna@example.org.json"]["rights"] = ["king"]
    assert [fault.partition(": Input")[0] for fault in refused(said)] == [
        "objects/queue/kund.json: name: must not be empty",
        "objects/queue/kund.json: spec.timeout",
        "objects/queue/kund.json: spec.retry",
        "objects/announcement/info.json: spec.next: there is no menu/nowhere",
        "people/anna@example.org.json: rights.0",
    ]


def test_a_number_outside_wants_a_line_outside() -> None:
    said = company(kund={"full": {"external": "+46701740612"}})
    assert rows(said) == [("edit", "object", "queue/kund", ["full"])]
    (fault,) = refused(said, outside=NO_LINE)
    assert fault.startswith("objects/queue/kund.json: spec.full: +46701740612 this PBX has no line outside")


def test_a_temporary_change_belongs_to_one_schedule() -> None:
    said = company()
    said["objects/schedule/andra.json"] = said["objects/schedule/tider.json"]
    (fault,) = refused(said)
    assert fault == (
        "objects/schedule/andra.json: spec.overrides.00000000000000ab: this id is one of schedule/tider; choose another"
    )
    (fault,) = refused(company(), NOTHING, owners={"00000000000000ab": ObjectRef("schedule", "borta")})
    assert fault.startswith(
        "objects/schedule/tider.json: spec.overrides.00000000000000ab: this id is one of schedule/b"
    )


def test_two_files_of_one_flow_are_one_too_many() -> None:
    said = company()
    said["flows/kopia.json"] = said["flows/kund.json"]
    assert refused(said) == ["flows/kund.json: id: is the flow of flows/kopia.json too"]


def test_nobody_is_locked_out() -> None:
    said = company()
    said["people/chef@example.org.json"]["disabled"] = True
    assert refused(said) == ["people: would leave nobody with the right flow_admin"]
    said["people/anna@example.org.json"]["rights"] = ["flow_admin"]
    assert [row[2] for row in rows(said)] == ["anna@example.org", "chef@example.org"]


@pytest.mark.parametrize("deleted", [False, True])
def test_a_queue_cannot_become_linear_by_a_file_either(deleted: bool) -> None:
    """Nor one that was deleted, as long as the PBX still has it; and later it may."""
    here = HERE
    if deleted:
        gone = replace(HERE.company.everything[KUND], retired=True)
        here = replace(HERE, company=HERE.company.with_objects(9, [gone]))
    (fault,) = refused(company(kund={"strategy": "linear"}), here)
    assert fault.startswith("objects/queue/kund.json: spec.strategy: a queue cannot become linear")
    later = replace(HERE, company=HERE.company.with_objects(9, [], [KUND]))
    assert ("create", "object", "queue/kund") in [r[:3] for r in rows(company(kund={"strategy": "linear"}), later)]
