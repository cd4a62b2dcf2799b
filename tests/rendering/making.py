"""Renderers and companies for the tests of rendering and applying."""

from __future__ import annotations

import datetime as dt
from functools import cache

from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.rendering.render import Options, Renderer
from vaxelflode.resources import resource_dir

TODAY = dt.date(2027, 6, 1)


def new_renderer(today: dt.date = TODAY, **options: object) -> Renderer:
    """A renderer that has rendered nothing yet."""
    return Renderer(resource_dir("dialplan_templates"), Options(**options), today=today)  # type: ignore[arg-type]


@cache
def renderer() -> Renderer:
    """One renderer for tests that do not care what it rendered before."""
    return new_renderer()


def rendered(company: Company, file: str) -> str:
    """One file of a company."""
    return renderer().render(company).files[file].content.decode()


def thing(ref: str, name: str = "Namn", **spec: object) -> Object:
    """An object from the JSON of its spec."""
    parsed = ObjectRef.parse(ref)
    return Object(parsed, name, parsed_spec(kinds()[parsed.kind], spec))


def company(revision: int, *objects: Object) -> Company:
    """A company of these objects."""
    return Company(revision, {o.ref: o for o in objects})
