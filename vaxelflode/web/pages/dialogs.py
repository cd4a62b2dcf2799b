"""Dialogs: pages of their own with a question, which script shows over the page that one is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from vaxelflode.web.inside import HOME, inside, path_of

#: Where the page that one is on is named, by script.
_HERE = "HX-Current-URL"


def came_from(request: web.Request, otherwise: str) -> str:
    """The page over which a dialog is shown, to go back to."""
    return _page(path_of(request.headers.get(_HERE, "")), otherwise)


def back_of(said: Callable[[str], Sequence[str]], otherwise: str) -> str:
    """The page that a dialog's form leads back to."""
    return _page((said("back") or [""])[-1], otherwise)


def _page(path: str, otherwise: str) -> str:
    """One of our pages; that of a dialog is none to go back to."""
    found = inside(path) if path else otherwise
    is_dialog = found.rpartition("/")[2] in ("close", "open", "override")
    return otherwise if is_dialog or (found == HOME and path != HOME) else found
