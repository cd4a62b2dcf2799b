"""Files taken apart: whatever has the wrong form is named by file and field, and nothing is overlooked."""

from __future__ import annotations

from typing import Any

import pytest

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.pieces import BadFiles, of_files, of_one_file

HEAD: dict[str, Any] = {"company.json": {"format": 1}}
QUEUE = {"name": "Kö", "spec": {}}


def told(pieces: Any) -> list[str]:
    return [str(fault) for fault in pieces.faults]


def test_a_folder_is_taken_apart() -> None:
    pieces = of_files(
        HEAD
        | {
            "objects/queue/a.json": QUEUE,
            "flows/hur-som-helst.json": {"name": "F"},
            "people/a%2Fb@x.json": {"name": "A"},
            "people/cut-short.json": {"email": "long@x", "name": "B"},
            f"sounds/{'ab' * 32}.json": {"seconds": 1, "words": ""},
        }
    )
    assert told(pieces) == []
    assert pieces.objects[ObjectRef("queue", "a")].said == QUEUE
    assert [p.said for p in pieces.flows] == [{"name": "F"}]
    assert [p.said["email"] for p in pieces.people] == ["a/b@x", "long@x"]
    assert set(pieces.sounds) == {"ab" * 32}


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"company.json": None}, 'company.json: must hold {"format": 1}: this is no export of a company'),
        ({"company.json": {"format": 2}}, "company.json: format: must be 1"),
        ({"company.json": {"format": True}}, "company.json: format: must be 1"),
        ({"objects/queu/a.json": QUEUE}, "objects/queu/a.json: kind: must be one of announcement"),
        ({"objects/queue/Å.json": QUEUE}, "objects/queue/Å.json: key: must be 1 to 40"),
        ({"objects/number/12.json": QUEUE}, "objects/number/12.json: key: must be the number's digits"),
        ({"objects/queue/a.json": []}, "objects/queue/a.json: must be an object of JSON, in {}"),
        ({"objects/a.json": QUEUE}, "objects/a.json: is no file of a company"),
        ({"objects/queue/a/b.json": QUEUE}, "objects/queue/a/b.json: is no file of a company"),
        ({"flows/a.json": "x"}, "flows/a.json: must be an object of JSON, in {}"),
        ({"people/a.json": 7}, "people/a.json: must be an object of JSON, in {}"),
        ({"sounds/abc.json": {}}, "sounds/abc.json: a sound is named by its SHA-256 in hex"),
    ],
)
def test_a_file_of_the_wrong_form_is_named(files: dict[str, Any], fault: str) -> None:
    (found,) = told(of_files(HEAD | files))
    assert found.startswith(fault)


def test_one_file_names_the_place_within() -> None:
    pieces = of_one_file(
        "f.json",
        {
            "format": 1,
            "objects": {"queue/a": QUEUE, "queue": QUEUE, "queue/b": 1},
            "flows": [{}, 1],
            "people": 1,
            "x": 1,
        },
    )
    assert told(pieces) == [
        "f.json: x: there is no such part of a company",
        "f.json: objects.queue: must be kind/key, for example menu/huvudmeny",
        "f.json: objects.queue/b: must be an object of JSON, in {}",
        "f.json: flows.1: must be an object of JSON, in {}",
        "f.json: people: must be a list",
    ]
    assert list(pieces.objects) == [ObjectRef("queue", "a")]
    assert pieces.unreadable == {ObjectRef("queue", "b")}


@pytest.mark.parametrize("content", [None, [], "x", {}, {"format": "1"}, {"format": 1, "objects": []}])
def test_what_is_no_company_is_no_company(content: Any) -> None:
    pieces = of_one_file("f.json", content)
    assert len(pieces.faults) == 1
    with pytest.raises(BadFiles, match=r"f\.json"):
        pieces.faults.refuse()
