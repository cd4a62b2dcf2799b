"""Every kind has its words, in every language: what is missing fails here rather than before somebody's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vaxelflode.domain.destination import ENDS
from vaxelflode.domain.kind import Kind, kinds
from vaxelflode.i18n.words import LANGUAGES, Words, terms
from vaxelflode.web.object_forms.inputs import inputs_of
from vaxelflode.web.page import FOLDERS


def leaves(at: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(at, dict) and not at.keys() & set(LANGUAGES):
        for name, inner in at.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path, at


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda k: k.name)
def test_a_kind_has_words_for_all_that_it_declares_and_for_nothing_else(kind: Kind) -> None:
    said = terms(kind.name)
    assert said.keys() - {"place", "reach", "hints", "choices", "parts", "changed"} == {
        "icon",
        "kind",
        "kinds",
        "named",
        "aspects",
        "exits",
        "fields",
        "why",
    }
    sprite = FOLDERS[0] / "sprite.svg"
    assert f'id="i-{said["icon"]}"' in sprite.read_text(encoding="utf-8")
    assert said["aspects"].keys() == set(kind.aspects)
    assert said.get("changed", {}).keys() <= set(kind.aspects)
    assert said["fields"].keys() == set(kind.spec.model_fields)
    assert said.get("hints", {}).keys() <= set(kind.spec.model_fields)
    inputs = inputs_of(kind).values()
    chosen = {found.name: set(found.options) for found in inputs if found.sort == "choice"}
    assert {field: {*words} for field, words in said.get("choices", {}).items()} == chosen
    assert set(said.get("parts", {})) == {part.name for found in inputs for part in found.parts}
    units = {found.unit for found in inputs if found.unit is not None}
    assert all(units <= terms("common")["units"][count].keys() for count in ("one", "many"))


@pytest.mark.parametrize("name", [*kinds(), "common"])
def test_each_term_is_said_in_each_language(name: str) -> None:
    found = {path: words for path, words in leaves(terms(name)) if path[0] not in ("icon", "icons", "place")}
    assert all(words.keys() == set(LANGUAGES) for words in found.values())
    assert all(text.strip() == text and text for words in found.values() for text in words.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_put_together(language: str) -> None:
    words = Words(language)
    assert words.exit("menu", "options.1", "1") == {"sv": "Tryck 1", "en": "Press 1"}[language]
    assert words.exit("menu", "timeout", "timeout") == {"sv": "Inget val", "en": "No choice"}[language]
    assert words.exit("switch", "positions.kris", "kris", 'Kris "A;B"') == 'Kris "A;B"'
    assert words.why("queue", "hung_up") != "hung_up"
    assert words.outside("external", "+46701740612") == "+46701740612"
    assert all(words.outside("end", end) != end for end in ENDS)
    assert words.named("queue", "Faktura") == {"sv": "kön Faktura", "en": "the queue Faktura"}[language]
    assert all(words.named("end", end) != words.kind("end") + " " + end for end in ENDS)


def test_what_has_no_words_is_called_by_its_identifier() -> None:
    assert Words("sv").kind("toy") == "toy"
    assert Words("sv").named("toy", "Ett") == "toy Ett"
    assert Words("sv").icon("toy") == "list"
    assert Words("sv").exit("toy", "out", "out") == "out"


def test_an_exit_stands_on_its_line_in_small_letters_unless_people_have_named_it() -> None:
    assert Words("sv").on_line("queue", "Kö full") == "kö full"
    assert Words("en").on_line("queue", "Queue full") == "queue full"
    assert Words("sv").on_line("switch", "Krisläge") == "Krisläge"


def test_tabs_have_places_of_their_own_and_what_has_none_comes_last() -> None:
    places = [terms(kind)["place"] for kind in kinds() if "place" in terms(kind)]
    assert len(set(places)) == len(places)
    came = ["toy", "menu", "announcement", "extension", "queue", "schedule"]
    assert Words("sv").in_place(came) == ["schedule", "queue", "announcement", "menu", "toy", "extension"]
