"""Every page, in one table: where it is, and whoever answers. The API has a table of its own, with what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from vaxelflode.web.marks import Handler
from vaxelflode.web.pages import changes, flow, flows, login
from vaxelflode.web.statics import static


@dataclass(frozen=True, slots=True)
class Page:
    """A method of a path, and whoever answers it."""

    method: str
    path: str
    handler: Handler


PAGES: tuple[Page, ...] = (
    Page("GET", "/static/{digest}/{name:.+}", static),
    # ---- coming and going
    Page("GET", "/login", login.show),
    Page("POST", "/login", login.enter),
    Page("POST", "/logout", login.leave),
    # ---- flows
    Page("GET", "/", flows.home),
    Page("GET", "/flows", flows.index),
    Page("GET", "/flows/{id}", flow.graph),
    # ---- what became of changes
    Page("GET", "/changes/{change}", changes.show),
    Page("POST", "/changes/{change}/undo", changes.undo),
    Page("POST", "/changes/{change}/withdraw", changes.withdraw),
)
