"""The registry of kinds, held against the contract's table of aspects."""

from __future__ import annotations

import pytest

from tests.domain.strategies import json_specs
from vaxelflode.domain.kind import Kind, kinds

#: The contract's table.
ASPECTS = {
    "number": {"route"},
    "schedule": {"override", "hours", "holidays", "route"},
    "announcement": {"audio", "route"},
    "menu": {"audio", "options", "settings"},
    "queue": {"watch", "agents", "callers", "settings", "audio", "strategy", "route"},
    "switch": {"position", "route"},
    "ring_group": {"members", "settings", "route"},
    "forward": {"target"},
    "voicemail": {"greeting", "messages", "settings", "route"},
    "extension": set[str](),
}
#: What each aspect covers.
FIELDS = {
    "number": {"route": {"route"}},
    "schedule": {
        "override": {"overrides"},
        "hours": {"weekly"},
        "holidays": {"holidays"},
        "route": {"open", "closed", "holiday"},
    },
    "announcement": {"audio": {"prompt"}, "route": {"next"}},
    "menu": {
        "audio": {"prompt"},
        "options": {"options"},
        "settings": {"wait", "tries", "timeout", "invalid", "direct_dial"},
    },
    "switch": {"position": {"position"}, "route": {"positions"}},
    "queue": {
        "settings": {
            *("timeout", "retry", "wrapup", "length", "longest_wait", "target", "autopause"),
            *("announce_position", "announce_wait", "announce_every"),
        },
        "audio": {"join", "periodic", "periodic_every", "music", "ringing"},
        "strategy": {"strategy", "weight", "when_empty"},
        "route": {"full", "waited", "no_agents", "keys"},
    },
    "ring_group": {"members": {"members"}, "settings": {"ring", "strategy"}, "route": {"no_answer"}},
    "forward": {"target": {"target"}},
    "voicemail": {
        "greeting": {"greeting"},
        "settings": {"pin", "email"},
        "route": {"after", "operator", "star", "full"},
    },
}
SLOTS = {
    "announcement": {"prompt"},
    "menu": {"prompt"},
    "voicemail": {"prompt"},
    "queue": {"join", "periodic", "music"},
}


def test_the_kinds_that_there_are() -> None:
    assert kinds().keys() == ASPECTS.keys() == json_specs.keys()
    assert all(name == kind.name for name, kind in kinds().items())


@pytest.mark.parametrize("name", ASPECTS)
def test_aspects_are_the_contracts(name: str) -> None:
    assert set(kinds()[name].aspects) == ASPECTS[name]
    assert len(kinds()[name].aspects) == len(ASPECTS[name])


@pytest.mark.parametrize("name", FIELDS)
def test_an_aspect_covers_what_the_contract_says(name: str) -> None:
    covered: dict[str, set[str]] = {}
    for field, aspect in kinds()[name].aspect_of.items():
        if aspect is not None:
            covered.setdefault(aspect, set()).add(field)
    assert covered == FIELDS[name]


@pytest.mark.parametrize("name", ASPECTS)
def test_slots_of_sound_are_the_contracts(name: str) -> None:
    assert kinds()[name].slots.keys() == SLOTS.get(name, set())


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda k: k.name)
def test_a_spec_needs_nothing_but_what_only_people_can_say(kind: Kind) -> None:
    required = {name for name, field in kind.spec.model_fields.items() if field.is_required()}
    assert required == {"number": {"route"}, "extension": {"endpoint"}, "switch": {"positions", "default"}}.get(
        kind.name, set()
    )


def test_only_a_number_is_no_place_to_lead_a_call_to() -> None:
    assert [kind.name for kind in kinds().values() if not kind.reachable] == ["number"]


def test_a_mapping_or_list_of_items_is_edited_item_by_item() -> None:
    itemised = {name: set(kind.spec.itemised) for name, kind in kinds().items() if kind.spec.itemised}
    assert itemised == {
        "schedule": {"weekly", "overrides"},
        "menu": {"options"},
        "queue": {"keys"},
        "switch": {"positions", "labels"},
    }
