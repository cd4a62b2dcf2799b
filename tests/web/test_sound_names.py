"""Nobody names recordings: what they are called tells each from all others."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.services.sounds import Elsewhere, Prompt, Slot, Version
from vaxelflode.web.page import Look
from vaxelflode.web.sound_names import every_text, prompt_texts, recording

LOOK = Look("sv", dt.datetime(2027, 6, 1, 12, tzinfo=ZoneInfo("Europe/Stockholm")))
MADE = dt.datetime(2027, 3, 2, 8, 14, tzinfo=dt.UTC)


def prompt(digest: str, seconds: float, made: dt.datetime = MADE) -> Prompt:
    return Prompt(digest, seconds, "", made)


def played(ref: str, field: str, one: Prompt, name: str = "Faktura") -> Elsewhere:
    return Elsewhere(one, ObjectRef.parse(ref), name, field)


def test_what_plays_it_and_where_in_it_tell_recordings_apart() -> None:
    slot = Slot(
        prompt("a", 18),
        [Version(prompt("a", 18), 2, "Karin", MADE), Version(prompt("b", 18), 1, None, None)],
        [
            played("queue/faktura", "join", prompt("c", 4)),
            played("queue/faktura", "periodic", prompt("d", 4)),
            played("voicemail/faktura", "greeting", prompt("e", 4)),
        ],
    )
    assert prompt_texts(LOOK, slot) == {
        "a": "Version 2, 0:18, 2 mars",
        "b": "Version 1, 0:18",
        "c": "Kön Faktura, hälsning, 0:04",
        "d": "Kön Faktura, meddelande medan man väntar, 0:04",
        "e": "Röstbrevlådan Faktura, 0:04",
    }


def test_what_would_be_called_the_same_says_when_it_was_made() -> None:
    later = MADE + dt.timedelta(hours=1)
    others = [
        played("voicemail/one", "greeting", prompt("a", 4)),
        played("voicemail/two", "greeting", prompt("b", 4, later)),
        played("voicemail/three", "greeting", prompt("c", 5)),
    ]
    assert prompt_texts(LOOK, Slot(None, [], others)) == {
        "a": "Röstbrevlådan Faktura, 0:04, från 2 mars 09:14",
        "b": "Röstbrevlådan Faktura, 0:04, från 2 mars 10:14",
        "c": "Röstbrevlådan Faktura, 0:05",
    }


def test_what_was_played_in_one_place_is_a_version_there_whatever_else_plays_it() -> None:
    here = Slot(prompt("a", 4), [Version(prompt("a", 4), 1, None, None)], [])
    beside = Slot(None, [], [played("queue/faktura", "periodic", prompt("a", 4))])
    for slots in ([here, beside], [beside, here]):
        assert every_text(LOOK, slots) == {"a": "Version 1, 0:04"}
    assert prompt_texts(LOOK, beside) == {"a": "Kön Faktura, meddelande medan man väntar, 0:04"}


@pytest.mark.parametrize(
    ("language", "told"),
    [("sv", "en inspelning, 0:18, från 2 mars 09:14"), ("en", "a recording, 0:18, made 2 Mar 09:14")],
)
def test_in_history_it_is_told_by_its_length_and_date(language: str, told: str) -> None:
    assert recording(Look(language, LOOK.now), prompt("a", 18)) == told
