"""Every page, in one table: where it is, and whoever answers. The API has a table of its own, with what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from vaxelflode.web.marks import Handler
from vaxelflode.web.pages import (
    changes,
    close,
    flow,
    flows,
    forgotten,
    help_page,
    history,
    login,
    manifest,
    objects,
    override,
    profile,
    queue,
    schedule,
)
from vaxelflode.web.statics import static


@dataclass(frozen=True, slots=True)
class Page:
    """A method of a path, and whoever answers it."""

    method: str
    path: str
    handler: Handler


PAGES: tuple[Page, ...] = (
    Page("GET", "/static/{digest}/{name:.+}", static),
    Page("GET", "/manifest.webmanifest", manifest.show),
    # ---- coming and going
    Page("GET", "/login", login.show),
    Page("POST", "/login", login.enter),
    Page("POST", "/logout", login.leave),
    Page("GET", "/forgotten", forgotten.show),
    Page("POST", "/forgotten", forgotten.ask),
    Page("GET", "/reset/{token}", forgotten.link),
    Page("POST", "/reset/{token}", forgotten.replace),
    Page("GET", "/me", profile.show),
    Page("POST", "/me", profile.save),
    Page("POST", "/me/password", profile.change_password),
    Page("GET", "/help", help_page.show),
    # ---- flows
    Page("GET", "/", flows.home),
    Page("GET", "/flows", flows.index),
    Page("GET", "/flows/close", close.ask_close),
    Page("POST", "/flows/close", close.close),
    Page("GET", "/flows/open", close.ask_open),
    Page("POST", "/flows/open", close.open_now),
    Page("GET", "/flows/{id}", flow.graph),
    Page("GET", "/flows/{id}/close", close.ask_close),
    Page("POST", "/flows/{id}/close", close.close),
    Page("GET", "/flows/{id}/open", close.ask_open),
    Page("POST", "/flows/{id}/open", close.open_now),
    # ---- opening hours
    Page("GET", "/flows/{id}/schedule/{key}", schedule.show),
    Page("POST", "/flows/{id}/schedule/{key}", schedule.save),
    Page("POST", "/flows/{id}/schedule/{key}/ordinary", schedule.ordinary),
    Page("GET", "/flows/{id}/schedule/{key}/override", override.show),
    Page("POST", "/flows/{id}/schedule/{key}/override", override.save),
    Page("POST", "/flows/{id}/schedule/{key}/override/{override}/remove", override.remove),
    # ---- what became of changes
    Page("GET", "/history", history.everywhere),
    Page("GET", "/flows/{id}/history", history.of_flow),
    Page("GET", "/changes/{change}", changes.show),
    Page("POST", "/changes/{change}/undo", changes.undo),
    Page("POST", "/changes/{change}/withdraw", changes.withdraw),
    # ---- objects: the last of a flow's pages, since any kind's name may stand there
    Page("GET", "/flows/{id}/queue/{key}", queue.show),
    Page("GET", "/flows/{id}/queue/{key}/settings", objects.show),
    Page("POST", "/flows/{id}/queue/{key}/settings", objects.save),
    Page("POST", "/flows/{id}/queue/{key}/agents", queue.add),
    Page("POST", "/flows/{id}/queue/{key}/agents/{extension}", queue.change),
    Page("GET", "/flows/{id}/{kind}", objects.index),
    Page("GET", "/flows/{id}/{kind}/{key}", objects.show),
    Page("POST", "/flows/{id}/{kind}/{key}", objects.save),
    Page("GET", "/flows/{id}/{kind}/{key}/prompts/{digest}", objects.sound),
)
