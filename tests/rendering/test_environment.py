"""The templates' environment lets nothing in but an encoder's output."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from vaxelflode.rendering.encode import Encoded, Names, Unencodable
from vaxelflode.rendering.environment import environment
from vaxelflode.resources import resource_dir


def render(text: str, **values: object) -> str:
    return environment(Path("/nowhere"), Names("vx", "/sounds")).from_string(text).render(**values)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x }}",
        "{{ 'literal' }}",
        "{{ 7 }}",
        "{{ none }}",
        "{{ (x|word) ~ (x|word) }}",
        "{{ x|word|upper }}",
        "{{ [x|word] }}",
        "{{ (x|word).strip() }}",
        "{{ '%s'|format(x|word) }}",
        "{{ x|safe }}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unencodable):
        render(text, x="abc")


def test_what_an_encoder_made_is_let_in() -> None:
    assert render("{{ x|word }} {{ y }}", x="abc", y=Encoded("d")) == "abc d"


def test_a_missing_value_stops_the_rendering() -> None:
    with pytest.raises(UndefinedError):
        render("{% if x %}{% endif %}")


def test_every_template_compiles() -> None:
    templates = resource_dir("dialplan_templates")
    env = environment(templates, Names("vx", "/sounds"))
    env.filters |= dict.fromkeys(("open_test", "until_midnight", "weekly_tests"), str)
    names = [path.name for path in templates.glob("*.j2")]
    assert len(names) > 10
    for name in names:
        env.get_template(name)
