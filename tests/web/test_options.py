"""Lists to choose from: whatever objects are called, one option is selected, and what people typed stays text."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser

import pytest

from vaxelflode.services.shapes import Choice
from vaxelflode.web.options import Options, options, value_of
from vaxelflode.web.page import Look, environment

LOOK = Look("sv", dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC))
MACRO = """
{% macro places(options) %}{% for kind, some in options.groups %}{% for at, text, key in some %}
<option value="{{ at }}">{{ text }}</option>{% endfor %}{% endfor %}{% endmacro %}
{% for chosen in every %}<select>{{ options.drawn(places, chosen) }}</select>{% endfor %}
"""
NAMES = ["Huvudmeny", 'value="object:menu/m-2"', "<script>", "</option>", "&quot;", "a'b"]


def choices() -> list[Choice]:
    made: list[Choice] = [
        {"destination": {"object": f"menu/m-{n}"}, "kind": "menu", "key": f"m-{n}", "name": name}
        for n, name in enumerate(NAMES)
    ]
    return [*made, {"destination": {"end": "hangup"}, "kind": "end", "key": "hangup", "name": "hangup"}]


class Lists(HTMLParser):
    """Of each list its options: value, text, whether it is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[tuple[str, str, bool]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "select":
            self.found.append([])
        else:
            assert tag == "option"
            had = dict(attrs)
            self.found[-1].append((had["value"] or "", "", "selected" in had))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1] and data.strip():
            value, text, selected = self.found[-1][-1]
            self.found[-1][-1] = value, text + data.strip(), selected


def drawn(of: Options, *every: str) -> list[list[tuple[str, str, bool]]]:
    lists = Lists()
    lists.feed(environment("sv").from_string(MACRO).render(options=of, every=every))
    return lists.found


def test_each_list_has_its_own_option_selected_and_every_text_as_it_was_typed() -> None:
    made = options(LOOK, choices())
    texts = [*NAMES, LOOK.words.outside("end", "hangup")]
    every = [value_of(choice["destination"]) for choice in choices()]
    for chosen, found in zip(every, drawn(made, *every), strict=True):
        assert found == [(at, text, at == chosen) for at, text in zip(every, texts, strict=True)]


@pytest.mark.parametrize("chosen", ["", "object:menu/m-", "object:menu/none", 'x" selected', "&quot;"])
def test_what_is_not_offered_selects_nothing(chosen: str) -> None:
    ((*found,),) = drawn(options(LOOK, choices()), chosen)
    assert len(found) == len(choices())
    assert not any(selected for _, _, selected in found)


def test_kinds_come_in_the_order_of_the_choices() -> None:
    assert [kind for kind, _ in options(LOOK, choices()).groups] == ["menu", "end"]
    assert options(LOOK, ()) == Options([])
