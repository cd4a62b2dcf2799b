"""Pages of objects: those of a kind, and one of them, made of its kind's declaration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from vaxelflode.domain.change import Change
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.edits import ABSENT
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.errors import Forbidden, Invalid, NotFound, Stale
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services import edit_object, history, overview, sounds
from vaxelflode.services.open_object import Opened, listed, opened
from vaxelflode.web.forms import texts
from vaxelflode.web.http import context, page_of, person, ref
from vaxelflode.web.inside import with_change
from vaxelflode.web.marks import page, tells
from vaxelflode.web.object_cards import ObjectCard
from vaxelflode.web.object_forms.faults import fault_of, said
from vaxelflode.web.object_forms.inputs import inputs_of
from vaxelflode.web.object_forms.reading import PREFIX, Given, patch_of, read
from vaxelflode.web.object_page import Conflict, ObjectPage, Row, base_of, fresh, teller, typed_of
from vaxelflode.web.options import sought
from vaxelflode.web.page import look, see_other
from vaxelflode.web.pages.frame import in_frame
from vaxelflode.web.recording import recording

#: Objects of one page of a list.
PAGE = 20
#: How many of an object's changes are looked through for who changed it meanwhile.
_LATEST = 50


@page
async def index(request: web.Request) -> web.Response:
    """The objects of one kind in a flow."""
    kind = request.match_info["kind"]
    card = await overview.card(context(request), person(request), request.match_info["id"])
    if kind not in card.parts:
        raise NotFound(f"there is no {kind} in the flow")
    at, every = page_of(request), card.parts[kind]
    refs = [o.ref for o in every[at * PAGE : (at + 1) * PAGE]]
    found = await listed(context(request), person(request), card.flow.id, refs)
    cards = [ObjectCard(look(request), one) for one in found]
    more = (at + 1) * PAGE < len(every)
    return await in_frame(request, "objects.html.j2", kind, kind=kind, cards=cards, at=at, more=more)


@page
async def show(request: web.Request) -> web.Response:
    """One object."""
    return await shown(request, fresh(look(request), await _opened(request, named(request))))


async def told(request: web.Request) -> list[tuple[str, str]]:
    """What the form asks for, field by field; as it was typed where it could not be read."""
    given = await texts(request)
    here = await _opened(request, named(request), _looked(given))
    base = _base(given, here)
    asked = read(given, here, base, context(request).outside, look(request).now)
    form = ObjectPage(look(request), here, base, _own(given, here))
    lines = [line for name, value in patch_of(here, asked.values, base).items() for line in _line(form, name, value)]
    secret = {name for name, found in inputs_of(form.kind).items() if found.sort == "secret"}
    unread = [path for path in asked.faults if path.partition(".")[0] not in secret]
    return lines + [(form.called(path), form.text(PREFIX + path)) for path in unread]


def _line(form: ObjectPage, name: str, value: Any) -> Iterator[tuple[str, str]]:
    found, _ = inputs_of(form.kind)[name], translations(form.look.language).gettext
    match found.sort:
        case "ways":
            for key, way in value.items():
                yield form.item(name, key), _("Nothing") if way is None else form.teller.place(way)
        case "secret":  # it is asked for anew, unless it is to go
            if value is None:
                yield form.called(name), _("Nothing")
        case _:
            yield form.called(name), ", ".join(form.teller.said(found, value))


@page
@tells(told)
async def save(request: web.Request) -> web.Response:
    """What was typed, as a change; whatever is refused is shown with what was typed."""
    given = await texts(request)
    here = await _opened(request, named(request), _looked(given))
    base = _base(given, here)
    asked = read(given, here, base, context(request).outside, look(request).now)
    typed = typed_of(look(request), here, base) | _own(given, here)
    filled = ObjectPage(look(request), here, base, typed, sought=sought(given))
    if "look" in given.get("do", ()):
        return await shown(request, filled)
    if asked.faults:
        errors = {path: said(fault, filled.look.language) for path, fault in asked.faults.items()}
        return await shown(request, replace(filled, errors=errors), 422)
    patch = patch_of(here, asked.values, base)
    if not patch:
        return see_other(request.path)
    version = (given.get("version") or [""])[-1]
    try:
        saved = await edit_object.patch(
            context(request), person(request), "web", here.object.ref, {"spec": patch}, version
        )
    except Invalid as err:
        return await shown(request, replace(filled, errors=_errors(filled, err)), 422)
    except Forbidden as err:
        return await shown(request, replace(filled, refused=("forbidden", err.reason)), 403)
    except Stale:
        return await shown(request, await _in_conflict(request, filled, patch), 412)
    if saved is not None and saved.change.state == "rejected":
        return await shown(request, replace(filled, refused=("pbx", saved.change.reason or "")), 502)
    return see_other(with_change(request.path, saved))


@page
async def sound(request: web.Request) -> web.Response:
    """A recording that is, was or might be played by an object."""
    digest = request.match_info["digest"]
    wav = await sounds.heard(context(request), person(request), ref(request), digest)
    return recording(request, wav, digest)


def named(request: web.Request) -> ObjectRef:
    """The object that the path names; the queue's pages stand at addresses of their own."""
    return ref(request, None if "kind" in request.match_info else "queue")


async def shown(request: web.Request, of: ObjectPage, status: int = 200, **values: Any) -> web.Response:
    """An object's page: the partial of its kind, or the one that suits any."""
    kind = of.kind.name
    partials = [f"kinds/{kind}.html.j2", "kinds/any.html.j2"]
    shared = {"page": of, "partials": partials, "key_now": request.query.get("key", "")}
    return await in_frame(request, "object.html.j2", kind, status, **shared | values)


async def _opened(request: web.Request, of: ObjectRef, looked: Mapping[str, sounds.Looked] | None = None) -> Opened:
    return await opened(context(request), person(request), request.match_info["id"], of, looked or {})


def _looked(given: Given) -> dict[str, sounds.Looked]:
    """What is looked for among recordings, and the ones that are chosen, by field."""
    words = sought(given)
    chosen = {sent: found[-1] for sent, found in given.items() if sent.startswith(PREFIX) and found}
    named = dict.fromkeys([*words, *chosen])
    return {at.removeprefix(PREFIX): sounds.Looked(words.get(at, ""), chosen.get(at, "")) for at in named}


def _own(given: Given, here: Opened) -> dict[str, list[str]]:
    """What was typed in the object's own fields; a field that was sent without a value holds nothing."""
    names = {name for name in here.editable if any(_belongs(sent, name) for sent in given)}
    return {sent: list(found) for sent, found in given.items() if any(_belongs(sent, name) for name in names)}


def _belongs(sent: str, name: str) -> bool:
    return sent == PREFIX + name or sent.startswith(f"{PREFIX}{name}.")


def _base(given: Given, here: Opened) -> dict[str, Any]:
    """What the form says that the object was; what it does not say, or what cannot be, is as it is now."""
    o, now = here.object, base_of(here)
    try:
        told = json.loads((given.get("base") or ["{}"])[-1])
        known = {name: told[name] for name in now if name in told}
        was = parsed_spec(o.kind, o.spec.as_json() | known).shown()
    except (ValueError, TypeError, RecursionError, Invalid):
        return now
    return {name: was[name] for name in now}


def _errors(of: ObjectPage, err: Invalid) -> dict[str, str]:
    inputs = inputs_of(of.kind)
    found: dict[str, str] = {}
    for error in err.errors:
        path = error.field.removeprefix("spec.")
        found[path] = said(fault_of(error, inputs.get(path.partition(".")[0])), of.look.language)
    return found


async def _in_conflict(request: web.Request, mine: ObjectPage, patch: Mapping[str, Any]) -> ObjectPage:
    """The page with what both did: the form is of what is there now, with the person's own values in it."""
    looked = {name: sounds.Looked(chosen=mine.text(PREFIX + name)) for name in mine.opened.slots}
    here = await _opened(request, mine.opened.object.ref, looked)
    now, inputs = base_of(here), inputs_of(here.object.kind)
    touched = {inputs[name].aspect for name in patch}
    changed = [name for name in now if now[name] != mine.base.get(name) and inputs[name].aspect in touched]
    tell, rows = teller(look(request), here), []
    for name in dict.fromkeys([*changed, *patch]):
        own = _merged(now.get(name), patch[name]) if name in patch else None
        rows.append(
            Row(
                mine.look.words.field(here.object.ref.kind, name),
                tell.said(inputs[name], now.get(name)),
                tell.said(inputs[name], own) if name in patch else None,
                tell.said(inputs[name], mine.base.get(name)),
            )
        )
    kept = {sent: found for sent, found in mine.typed.items() if any(_belongs(sent, name) for name in patch)}
    last = await _last(request, here, changed)
    when = None if last is None else last.at.astimezone(mine.look.now.tzinfo).strftime("%H:%M")
    conflict = Conflict(rows, None if last is None else last.actor_name, when)
    return ObjectPage(
        mine.look, here, now, typed_of(mine.look, here, now) | kept, conflict=conflict, sought=mine.sought
    )


def _merged(now: Any, asked: Any) -> Any:
    """What a patch of a field comes to, as far as keys go."""
    if isinstance(now, dict) and isinstance(asked, dict) and any(isinstance(one, dict) for one in now.values()):
        return now | asked
    return asked


async def _last(request: web.Request, here: Opened, changed: list[str]) -> Change | None:
    """The latest change of one of these fields."""
    found = await history.listed(context(request), person(request), history.Among(here.object.ref), limit=_LATEST)
    for change in found:
        if any(edit.field in changed and edit.after is not ABSENT for edit in change.edits):
            return change
    return None
