"""An object's page: each field as its form, or as text with the reason why it is none."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vaxelflode.domain.company import Object
from vaxelflode.domain.kind import Kind
from vaxelflode.services.choosing import Pickable
from vaxelflode.services.etag import version_text
from vaxelflode.services.open_object import Offer, Opened
from vaxelflode.services.sounds import Prompt, Slot, Version
from vaxelflode.web.object_cards import user_told
from vaxelflode.web.object_forms.inputs import Input, inputs_of
from vaxelflode.web.object_forms.reading import PREFIX, Given, written
from vaxelflode.web.object_values import Teller
from vaxelflode.web.options import Places, Recordings
from vaxelflode.web.page import Look
from vaxelflode.web.sound_names import every_text, length, prompt_texts, version_name

#: Sorts of field that a form says nothing of, as far as what they were is concerned.
_UNTOLD = ("secret", "other")
_NO_OFFER = Offer()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object's page."""

    input: Input
    label: str
    hint: str
    #: Whether the person may change it.
    mine: bool
    offer: Offer
    #: What it was when the form was made, in words.
    was: Sequence[str]
    slot: Slot | None = None

    @property
    def name(self) -> str:
        """Its name in the form."""
        return PREFIX + self.input.name

    @property
    def least(self) -> int | None:
        """Of a number, the least that this person may choose."""
        return max((n for n in (self.input.least, self.offer.least) if n is not None), default=None)

    @property
    def most(self) -> int | None:
        """And the most."""
        return min((n for n in (self.input.most, self.offer.most) if n is not None), default=None)

    @property
    def external(self) -> bool:
        """Whether a number outside may be typed."""
        return self.offer.numbers is None or bool(self.offer.numbers)

    @property
    def dialplan(self) -> bool:
        """Whether the PBX's own dialplan may be chosen."""
        return self.offer.numbers is None


@dataclass(frozen=True, slots=True)
class Row:
    """One field that somebody else changed, or that both did: what it is now, as typed, and as it was."""

    label: str
    now: Sequence[str]
    #: ``None``: the person did not touch it.
    mine: Sequence[str] | None
    before: Sequence[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What was changed while the form was open; who did it last, and when."""

    rows: Sequence[Row]
    by: str | None
    when: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What is heard at a destination: an object's slot, and what the object is called."""

    kind: str
    key: str
    slot: str
    name: str


@dataclass(frozen=True)
class ObjectPage:
    """An object as one person sees it, with what stands in its form and what is wrong with that."""

    look: Look
    opened: Opened
    #: The spec's editable fields when the form was made.
    base: Mapping[str, Any]
    typed: Given
    #: Path → message.
    errors: Mapping[str, str] = field(default_factory=dict)
    #: What is wrong with the whole: a code that the page has words for, and the reason.
    refused: tuple[str, str] | None = None
    conflict: Conflict | None = None
    #: What is looked for among many places, by the name of the field.
    sought: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """The declaration."""
        return self.opened.object.kind

    @property
    def spec(self) -> Any:
        """The object's spec as it is now."""
        return self.opened.object.spec

    @property
    def version(self) -> str:
        """What the form is about: the version of every aspect."""
        return version_text(self.opened.object)

    @property
    def base_json(self) -> str:
        """What the form says the object was."""
        return json.dumps(self.base, ensure_ascii=False)

    @cached_property
    def shown(self) -> Mapping[str, Any]:
        """The spec as people may see it."""
        return self.opened.object.spec.shown()

    @cached_property
    def teller(self) -> Teller:
        """Says this object's values."""
        return teller(self.look, self.opened)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field, in the order of the declaration."""
        return {name: self._field(name, found) for name, found in inputs_of(self.kind).items()}

    def _field(self, name: str, found: Input) -> Field:
        mine = name in self.opened.editable and found.sort != "other"
        value = self.base.get(name) if mine and found.sort not in _UNTOLD else self.shown.get(name)
        words = self.look.words
        return Field(
            found,
            words.field(self.kind.name, name),
            words.hint(self.kind.name, name),
            mine,
            self.opened.offers.get(name, _NO_OFFER),
            self.teller.said(found, value),
            self.opened.slots.get(name),
        )

    @cached_property
    def groups(self) -> Sequence[tuple[str | None, Sequence[Field]]]:
        """The fields by the aspect that covers them; those that are nobody's but administrators' last."""
        by_aspect: dict[str | None, list[Field]] = {a: [] for a in [*self.kind.aspects, None]}
        for one in self.fields.values():
            by_aspect[one.input.aspect].append(one)
        return [(aspect, found) for aspect, found in by_aspect.items() if found]

    def places(self, of: Field) -> Places:
        """Where a field may lead to; made once for all fields that are offered the same."""
        offered = of.offer.pickable
        if offered not in self._places:
            self._places[offered] = Places(self.look, offered, self.sought)
        return self._places[offered]

    @cached_property
    def _places(self) -> dict[Pickable | None, Places]:
        return {}

    def recordings(self, of: Field) -> Recordings:
        """What may be played in a field that has a sound."""
        assert of.slot is not None  # noqa: S101 -- whoever asks has one
        return Recordings(of.slot, self.sought.get(of.name, ""))

    @property
    def searches(self) -> bool:
        """Whether there is a field in which one looks for what is to stand there."""
        mine = [one for one in self.fields.values() if one.mine]
        return any(self.places(one).many or (one.slot is not None and self.recordings(one).many) for one in mine)

    @property
    def has_form(self) -> bool:
        """Whether anything is the person's to change."""
        return any(one.mine for one in self.fields.values())

    def text(self, name: str) -> str:
        """What stands in a form's field."""
        texts = self.typed.get(name) or [""]
        return texts[-1]

    def texts(self, name: str) -> Sequence[str]:
        """What stands in a form's field that may be sent several times."""
        return [text for text in self.typed.get(name, ()) if text]

    def error(self, name: str) -> str:
        """What is wrong with a form's field."""
        return self.errors.get(name.removeprefix(PREFIX), "")

    def called(self, path: str) -> str:
        """What a path is called: a field, or an item of one."""
        name, _, key = path.partition(".")
        if self.kind.spec.itemised & {name} and key:
            return self.item(name, key)
        return self.look.words.field(self.kind.name, name)

    def version_names(self, slot: Slot) -> list[tuple[str, Version]]:
        """Every version that was played, the one chosen last first, each with its name."""
        return [(version_name(self.look, one.number), one) for one in slot.versions]

    def sound_texts(self, slot: Slot) -> Mapping[str, str]:
        """Digest → what it is called, of all that may be chosen for a slot."""
        return prompt_texts(self.look, slot)

    def length(self, prompt: Prompt) -> str:
        """``0:18``."""
        return length(prompt)

    def when(self, at: dt.datetime) -> str:
        """``2 mars, 09:14``; of today the time alone."""
        here = at.astimezone(self.look.now.tzinfo)
        clock = f"{here:%H:%M}"
        return clock if here.date() == self.look.now.date() else f"{self.look.date(here.date())}, {clock}"

    def doubts(self, name: str) -> list[str]:
        """What is surely not meant with a field of the spec; with the whole where ``name`` is empty."""
        found = self.opened.view.doubts
        return [self.look.words.doubt(d.code) for d in found if d.field.partition(".")[0] == name]

    @cached_property
    def _stood(self) -> Given:
        return typed_of(self.look, self.opened, self.base)

    def raw(self, name: str) -> list[str]:
        """What stood in a form's field, or the fields below it, when it was made: what a script compares with."""
        below = f"{name}."
        return [
            text for at, texts in self._stood.items() if at == name or at.startswith(below) for text in texts if text
        ]

    def place_was(self, name: str) -> str:
        """Where a destination led when the form was made."""
        return self._place(self._stood, name)

    def item(self, name: str, key: str) -> str:
        """What an item of a field is called: ``Tryck 4``."""
        label = self.opened.object.spec.label(name, key)
        return self.look.words.exit(self.kind.name, f"{name}.{key}", key, label)

    def place(self, name: str) -> str:
        """Where a destination that stands in the form leads, in words; empty where it leads nowhere."""
        return self._place(self.typed, name)

    def _place(self, given: Given, name: str) -> str:
        sort, _, value = (given.get(name) or [""])[-1].partition(":")
        if not sort:
            return ""
        typed = value or (given.get(f"{name}.{sort}") or [""])[-1]
        return self.teller.place({sort: typed}) if typed else ""

    def lines(self, of: Field) -> Sequence[tuple[str, Heard | None]]:
        """What a field was, line by line, with what is heard where it leads."""
        value = self.shown.get(of.input.name)
        match of.input.sort:
            case "way":
                ways = [value]
            case "ways":
                ways = [way for way in (value or {}).values() if way is not None]
            case _:
                ways = []
        if len(ways) != len(of.was):
            ways = [None] * len(of.was)
        return [(line, self._heard(way)) for line, way in zip(of.was, ways, strict=True)]

    def heard(self, of: Field, name: str) -> Heard | None:
        """What is heard where the destination that stands in the form leads, if one may listen to it."""
        chosen = self.text(name)
        if (there := self.places(of).heard(chosen)) is not None:
            return Heard(there["kind"], there["key"], there["sound"], there["name"])
        sort, _, value = chosen.partition(":")
        return self._heard({sort: value})

    def _heard(self, way: Mapping[str, Any] | None) -> Heard | None:
        ref = (way or {}).get("object")
        if ref is None or (slot := self.opened.heard.get(ref)) is None:
            return None
        kind, _, key = ref.partition("/")
        return Heard(kind, key, slot, self.teller.place({"object": ref}))

    @property
    def users_told(self) -> Sequence[str]:
        """Each object that leads here, with where in it."""
        return [self.user_told(user) for user in self.opened.users]

    def user_told(self, user: Object) -> str:
        """An object that leads here, with where in it."""
        return user_told(self.look, self.opened.object.ref, user)

    def place_kind(self, name: str) -> str:
        """The kind of what a destination that stands in the form leads to."""
        sort, _, value = self.text(name).partition(":")
        return value.partition("/")[0] if sort == "object" else sort


def teller(look: Look, opened: Opened) -> Teller:
    """Says an object's values, by the names that its reader knows."""
    offered = {offer.pickable for offer in opened.offers.values() if offer.pickable is not None}

    def name(ref: str) -> str | None:
        if (known := opened.names.get(ref)) is not None:
            return known
        kind, _, key = ref.partition("/")
        way = {"extension": key} if kind == "extension" else {"object": ref}
        return next((choice["name"] for one in offered if (choice := one.of(way)) is not None), None)

    spec = opened.object.spec
    fields = sorted(spec.itemised)

    def item(key: str) -> str | None:
        return next((label for name in fields if (label := spec.label(name, key)) is not None), None)

    return Teller(look, opened.object.ref.kind, name, every_text(look, opened.slots.values()), spec.label, item)


def base_of(opened: Opened) -> dict[str, Any]:
    """What a form says that its object was: the editable fields but secrets."""
    shown, inputs = opened.object.spec.shown(), inputs_of(opened.object.kind)
    return {name: shown[name] for name in inputs if name in opened.editable and inputs[name].sort not in _UNTOLD}


def typed_of(look: Look, opened: Opened, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in a form of these values."""
    inputs = inputs_of(opened.object.kind)
    found: dict[str, list[str]] = {}
    for name, value in values.items():
        found |= written(inputs[name], value, look.now.tzinfo)
    return found


def fresh(look: Look, opened: Opened) -> ObjectPage:
    """The page of an object as it is."""
    base = base_of(opened)
    return ObjectPage(look, opened, base, typed_of(look, opened, base))
