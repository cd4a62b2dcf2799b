"""From what is typed in a form to a patch, and from a spec to what stands in the form.

A form says what its object was when it was made (``base``), so that only what the person changed is in the patch. Only
fields that are the person's are read; whatever else is sent is ignored. What could not be read has a fault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.outside import Outside
from vaxelflode.domain.phones import extension
from vaxelflode.services.open_object import Offer, Opened
from vaxelflode.web.object_forms import destinations
from vaxelflode.web.object_forms.faults import Fault, Wrong
from vaxelflode.web.object_forms.inputs import Input, inputs_of

#: Name of a form's field → every text that was sent for it.
Given = Mapping[str, Sequence[str]]
#: What the names of an object's own fields begin with in a form.
PREFIX = "f."
YES = "yes"

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]?([0-5][0-9]))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for: field → value as the API takes it, where it could be read; the rest by fault."""

    values: Mapping[str, Any]
    #: Path (``timeout``, ``options.4``) → what is wrong there.
    faults: Mapping[str, Fault]


@dataclass(frozen=True, slots=True)
class _Around:
    """What reading one field needs to know beside it."""

    offer: Offer
    outside: Outside
    now: dt.datetime
    #: What stood there when the form was made.
    stood: Any


def read(given: Given, opened: Opened, base: Mapping[str, Any], outside: Outside, now: dt.datetime) -> Asked:
    """What the form asks for. ``now`` is in the zone in which times are typed."""
    values: dict[str, Any] = {}
    faults: dict[str, Fault] = {}
    for name, found in inputs_of(opened.object.kind).items():
        if name not in opened.editable or found.sort not in _READERS or not _is_in(given, name):
            continue
        around = _Around(opened.offers[name], outside, now, base.get(name))
        for path, value in _READERS[found.sort](found, given, around):
            if isinstance(value, Fault):
                faults[path] = value
            else:
                values[name] = value
    return Asked(values, faults)


def _is_in(given: Given, name: str) -> bool:
    field = PREFIX + name
    return any(sent == field or sent.startswith(f"{field}.") for sent in given)


def patch_of(opened: Opened, asked: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """What of the values is otherwise than the form said: the merge patch of a spec."""
    found: dict[str, Any] = {}
    for name, value in asked.items():
        sort, stood = inputs_of(opened.object.kind)[name].sort, base.get(name)
        if sort == "ways":
            stood = stood if isinstance(stood, dict) else {}
            keys = {key: way for key, way in value.items() if way != stood.get(key)}
            found |= {name: keys} if keys else {}
        elif sort == "parts":
            found |= {name: value} if value != _asked_parts(value, stood) else {}
        elif sort == "secret" or value != stood:
            found[name] = value
    return found


def _asked_parts(value: Any, stood: Any) -> Any:
    """Of what stood there as much as a form asks for."""
    if not (isinstance(value, dict) and isinstance(stood, dict)):
        return stood
    return {name: _same_instant(stood.get(name), asked) for name, asked in value.items()}


def _same_instant(stood: Any, asked: Any) -> Any:
    """What is asked for, where it is the same instant as the one that stood there, written otherwise."""
    try:
        same = dt.datetime.fromisoformat(str(stood)) == dt.datetime.fromisoformat(str(asked))
    except (ValueError, TypeError):
        return stood
    return asked if same else stood


# ---- one reader for each sort: path and value, or path and fault

_Found = Iterator[tuple[str, Any]]


def _last(given: Given, name: str) -> str:
    texts = given.get(PREFIX + name) or [""]
    return texts[-1].strip()


def _one(make: Callable[[Input, Given, _Around], Any]) -> Callable[[Input, Given, _Around], _Found]:
    """A reader of fields that hold one value."""

    def reader(found: Input, given: Given, around: _Around) -> _Found:
        try:
            yield found.name, make(found, given, around)
        except Wrong as err:
            yield found.name, err.fault

    return reader


def _whole(found: Input, given: Given, around: _Around) -> Any:
    text = re.sub(r"\s", "", _last(given, found.name))
    if not text:
        return _none_given(found)
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise Wrong("whole")
    number = int(text)
    if number == around.stood:
        return number
    least = max((n for n in (found.least, around.offer.least) if n is not None), default=None)
    most = min((n for n in (found.most, around.offer.most) if n is not None), default=None)
    if (least is not None and number < least) or (most is not None and number > most):
        raise Wrong("between" if None not in (least, most) else "least" if most is None else "most", least, most)
    return number


def _none_given(found: Input) -> Any:
    """Nothing, where that is allowed."""
    if not found.optional:
        raise Wrong("required")
    return None


def _yes_no(found: Input, given: Given, _around: _Around) -> bool:
    return _last(given, found.name) == YES


def _choice(found: Input, given: Given, _around: _Around) -> Any:
    text = _last(given, found.name)
    if not text:
        return _none_given(found)
    if text not in found.options:
        raise Wrong("choice")
    return text


def _text(found: Input, given: Given, around: _Around) -> Any:
    text = _last(given, found.name)
    if not text:
        return _none_given(found)
    if text == around.stood:
        return text
    if found.longest is not None and len(text) > found.longest:
        raise Wrong("too_long", most=found.longest)
    if found.pattern is not None and not re.search(found.pattern, text):
        raise Wrong("pattern")
    return text


def _secret(found: Input, given: Given, _around: _Around) -> _Found:
    """Empty is as it was, so that nobody need know it."""
    if given.get(f"{PREFIX}{found.name}.remove", [""])[-1] == YES and found.optional:
        yield found.name, None
    elif text := _last(given, found.name):
        matches = found.pattern is None or re.search(found.pattern, text)
        yield found.name, text if matches else Fault("pattern")


def _way(found: Input, given: Given, around: _Around) -> Any:
    way = _way_at(found.name, given, around, around.stood)
    return _none_given(found) if way is None else way


def _way_at(path: str, given: Given, around: _Around, stood: object) -> Any:
    chosen = _last(given, path)
    typed = _last(given, f"{path}.{chosen}") if chosen in destinations.TYPED else ""
    return destinations.read(chosen, typed, around.offer, around.outside, stood)


def _ways(found: Input, given: Given, around: _Around) -> _Found:
    stood = around.stood if isinstance(around.stood, dict) else {}
    value: dict[str, Any] = {}
    for key in found.keys or tuple(stood):
        path = f"{found.name}.{key}"
        if PREFIX + path not in given:
            continue
        try:
            value[key] = _keyed(found, path, key, given, around)
        except Wrong as err:
            yield path, err.fault
    yield found.name, value


def _keyed(found: Input, path: str, key: str, given: Given, around: _Around) -> Any:
    stood = around.stood.get(key) if isinstance(around.stood, dict) else None
    way = _way_at(path, given, around, stood)
    if way != stood and around.offer.keys is not None and key not in around.offer.keys:
        raise Wrong("key_not_mine")
    return _none_given(found) if way is None and not found.keys else way


def _phones(found: Input, given: Given, around: _Around) -> Any:
    """Those that are ticked in the order of their places, then those that are added."""
    known = around.offer.pickable or ()
    stood = [_key_of(phone) for phone in around.stood or ()]
    ticked = [text for text in given.get(PREFIX + found.name, ()) if text]
    places = {key: _place(given, found.name, key, n) for n, key in enumerate(ticked)}
    added = [text.strip() for text in given.get(f"{PREFIX}{found.name}.add", ()) if text.strip()]
    wanted = [*sorted(ticked, key=lambda key: places[key]), *added]
    if len(set(wanted)) < len(wanted):
        raise Wrong("twice")
    if any(extension(key) not in known and key not in stood for key in wanted):
        raise Wrong("choice")
    if found.most is not None and len(wanted) > found.most:
        raise Wrong("too_many", most=found.most)
    return wanted if found.bare else [{"extension": key} for key in wanted]


def _place(given: Given, name: str, key: str, otherwise: int) -> tuple[int, int]:
    text = _last(given, f"{name}.place.{key}")
    return (int(text), otherwise) if re.fullmatch(r"[0-9]{1,4}", text) else (otherwise + 1, otherwise)


def _key_of(phone: Any) -> str:
    return str(phone["extension"]) if isinstance(phone, dict) else str(phone)


def _parts(found: Input, given: Given, around: _Around) -> _Found:
    value: dict[str, Any] = {}
    stood = around.stood if isinstance(around.stood, dict) else {}
    wrong = False
    for part in found.parts:
        path = f"{found.name}.{part.name}"
        inner = Input(path, part.sort, pattern=part.pattern, optional=part.optional, longest=part.longest)
        here = _Around(around.offer, around.outside, around.now, stood.get(part.name))
        for _, got in _READERS[part.sort](inner, given, here):
            wrong = wrong or isinstance(got, Fault)
            value[part.name] = got
            if isinstance(got, Fault) and not (found.optional and _is_empty(found, given)):
                yield path, got
    if found.optional and _is_empty(found, given):
        yield found.name, None
    elif not wrong:
        yield found.name, value


def _is_empty(found: Input, given: Given) -> bool:
    return not any(_last(given, f"{found.name}.{part.name}") for part in found.parts)


def _instant(found: Input, given: Given, around: _Around) -> Any:
    """``16``, ``1600`` and ``16:00`` are today, or tomorrow once that has passed; or a date with a time."""
    text = _last(given, found.name)
    if not text:
        return _none_given(found)
    if (clock := _CLOCK.fullmatch(text)) is not None:
        at = around.now.replace(hour=int(clock[1]), minute=int(clock[2] or 0), second=0, microsecond=0)
        return (at if at > around.now else _next_day(at)).isoformat()
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as err:
        raise Wrong("instant") from err
    at = at if at.tzinfo is not None else at.replace(tzinfo=around.now.tzinfo)
    if at <= around.now and _same_instant(around.stood, at.isoformat()) != at.isoformat():
        raise Wrong("past")
    return at.isoformat()


def _next_day(at: dt.datetime) -> dt.datetime:
    return at + dt.timedelta(days=1)


_READERS: Mapping[str, Callable[[Input, Given, _Around], _Found]] = {
    "whole": _one(_whole),
    "yes_no": _one(_yes_no),
    "choice": _one(_choice),
    "text": _one(_text),
    "instant": _one(_instant),
    "sound": _one(_text),
    "way": _one(_way),
    "phones": _one(_phones),
    "secret": _secret,
    "ways": _ways,
    "parts": _parts,
}


# ---- and back


def written(found: Input, value: Any, zone: dt.tzinfo | None) -> dict[str, list[str]]:
    """What stands in a form's fields where the spec's field is ``value``; times by the wall clock of ``zone``."""
    name = PREFIX + found.name
    match found.sort:
        case "yes_no":
            return {name: [YES] if value else []}
        case "secret" | "other":
            return {}
        case "way":
            return _written_way(name, value)
        case "ways":
            every = {key: (value or {}).get(key) for key in (found.keys or value or ())}
            return {k: v for key, way in every.items() for k, v in _written_way(f"{name}.{key}", way).items()}
        case "phones":
            return {name: [_key_of(phone) for phone in value or ()]}
        case "parts":
            return {f"{name}.{part.name}": [_written_part(part, value, zone)] for part in found.parts}
    return {name: ["" if value is None else str(value)]}


def _written_part(part: Input, value: Any, zone: dt.tzinfo | None) -> str:
    text = str((value or {}).get(part.name) or "")
    if part.sort == "instant" and text:
        return dt.datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return text


def _written_way(name: str, way: Any) -> dict[str, list[str]]:
    chosen, typed = destinations.written(way)
    return {name: [chosen]} | ({f"{name}.{chosen}": [typed]} if typed else {})
