"""An object in a list of a flow's, and in words where it is led to from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vaxelflode.domain.company import Object
from vaxelflode.domain.destination import target_of
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.services.call_path import ONLY_LOOKING
from vaxelflode.services.open_object import Listed
from vaxelflode.web.page import Look
from vaxelflode.web.sound_names import length


@dataclass(frozen=True, slots=True)
class ObjectCard:
    """What a card of an object tells its reader."""

    look: Look
    listed: Listed

    @property
    def may_change(self) -> Sequence[str]:
        """The aspects that let the person change something."""
        return [aspect for aspect in self.listed.view.aspects if aspect not in ONLY_LOOKING]

    @property
    def may_look(self) -> Sequence[str]:
        """The aspects that let the person see or hear, and no more."""
        return [aspect for aspect in self.listed.view.aspects if aspect in ONLY_LOOKING]

    @property
    def users_told(self) -> Sequence[str]:
        """Each object that leads here, with where in it."""
        return [user_told(self.look, self.listed.view.object.ref, user) for user in self.listed.users]

    @property
    def length(self) -> str:
        """``0:18``, of what is played there; empty where nothing is."""
        return "" if self.listed.sound is None else length(self.listed.sound)


def user_told(look: Look, ref: ObjectRef, user: Object) -> str:
    """An object that leads to ``ref``, with where in it: ``Kundtjänst, när det är stängt``."""
    return ", ".join(filter(None, (user.name, _at(look, ref, user))))


def _at(look: Look, ref: ObjectRef, user: Object) -> str:
    """``när det är stängt``, ``tryck 1``; empty of an entry."""
    if not user.kind.reachable:
        return ""
    words, kind, said = look.words, user.ref.kind, []
    for way in user.spec.exits():
        if target_of(way.destination) == ref:
            itemised = "." in way.field
            word = words.exit(kind, way.field, way.name, way.label) if itemised else words.field(kind, way.field)
            said.append(word if way.label else word[:1].lower() + word[1:])
    return ", ".join(dict.fromkeys(said))
