"""A form of a page that is out of date: nothing is done, and what was typed can be sent again by whoever typed it.

It carries the token of a session that is over, because somebody has logged in anew since. What was typed comes back as
it was, but for what is secret, which has to be typed again; nothing is sent by itself. What it asks for is said in
words, as far as whoever is logged in now may know it: they answer for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from vaxelflode.domain.kind import kinds
from vaxelflode.errors import Forbidden, VaxelflodeError
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.words import Words
from vaxelflode.web.inside import HOME
from vaxelflode.web.marks import tell_of
from vaxelflode.web.object_forms.inputs import inputs_of
from vaxelflode.web.object_forms.reading import PREFIX
from vaxelflode.web.page import language_of, render

#: Where the token of a form stands.
CSRF_FIELD = "csrf"
#: The types of what forms are sent as.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class OutOfDate(Forbidden):
    """What was sent does not carry the token of the session that it was sent with."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A field whose text is not sent back; ``autocomplete`` is what the browser may fill it with."""

    name: str
    label: str
    autocomplete: str


async def ask_again(request: web.Request) -> web.Response:
    """The page that holds what was typed, of a form that could be read, and sends it when it is told to."""
    sent = await request.post()
    known = {one.name: one for one in _secrets(language_of(request), request.match_info.get("kind"))}
    texts = [(name, text) for name, text in sent.items() if isinstance(text, str) and name != CSRF_FIELD]
    return await render(
        request,
        "again.html.j2",
        403,
        action=request.path_qs,
        told=await _told(request),
        kept=[(name, text) for name, text in texts if not (text and name in known)],
        secrets=[known[name] for name in dict.fromkeys(name for name, text in texts if text and name in known)],
        files=any(isinstance(one, web.FileField) and one.filename for one in sent.values()),
        elsewhere=_page(request),
    )


async def _told(request: web.Request) -> Sequence[tuple[str, str]] | None:
    """What the form asks for; ``None`` where it is not for this person to know, or makes no sense."""
    tell = tell_of(request.match_info.handler)
    try:
        return None if tell is None else await tell(request)
    except VaxelflodeError:
        return None


def _secrets(language: str, kind_here: str | None) -> Iterator[Secret]:
    """Every field of any form that is secret; of two kinds' fields of one name that of the page's kind is last."""
    _ = translations(language).gettext
    yield Secret("password", _("The new password"), "new-password")
    yield Secret("old_password", _("The password that you have now"), "current-password")
    words, known = Words(language), kinds()
    for kind in sorted(known.values(), key=lambda kind: kind.name == kind_here):
        for name, found in inputs_of(kind).items():
            if found.sort == "secret":
                yield Secret(PREFIX + name, words.field(kind.name, name), "new-password")


def _page(request: web.Request) -> str:
    """The page that the form is of, as far as its address has one; else home."""
    here = request.match_info.route.resource
    shown = (route.resource for route in request.app.router.routes() if route.method == "GET")
    return request.path if any(one and here and one.canonical == here.canonical for one in shown) else HOME


def is_form(request: web.Request) -> bool:
    """Whether what was sent is a form, as browsers send them."""
    return request.content_type in FORMS


def token_of(given: Mapping[str, str]) -> str:
    """The token that a form carries."""
    return given.get(CSRF_FIELD, "")
