"""Values of specs as people read them: hours, destinations, numbers with their unit, days, agents."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from vaxelflode.domain.destination import DESTINATION_FIELDS
from vaxelflode.domain.edits import ABSENT
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.kinds.schedule import WEEKDAYS, Weekday
from vaxelflode.domain.spec import SET
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import capital, phone_number, weekday
from vaxelflode.web.hours.saying import till
from vaxelflode.web.object_forms.inputs import Input, inputs_of
from vaxelflode.web.page import Look

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Values:
    """How one person reads the values of an object of a kind.

    ``names`` is what objects are called (``kind/key`` → name), their items (``kind/key#item``), and recordings
    (digest → text).
    """

    look: Look
    kind: Kind
    names: Mapping[str, str]
    ref: ObjectRef

    def label(self, path: tuple[str, ...], value: Any = None) -> str:
        """What stands at a path: ``fredag 27 november``, ``Fredag``, ``Knapp 4``, ``Längsta väntetid``."""
        _ = translations(self.look.language).gettext
        field, *rest = path
        if field == "name":
            return _("Name")
        if field == "agents" and rest:
            return self.names.get(f"extension/{rest[0]}", rest[0])
        if field == "overrides":
            return self._dates(value) if isinstance(value, dict) else _("Temporary change")
        if field == "weekly" and rest:
            return self._weekday(rest[0])
        word = self.look.words.field(self.kind.name, field)
        if field == "options" and rest:
            return capital(self._item(field, rest[0]))
        return f"{word}: {self._item(field, rest[0])}" if rest else word

    def _item(self, field: str, key: str) -> str:
        _ = translations(self.look.language).gettext
        return _("key %(key)s") % {"key": key} if field in ("options", "keys") else self._called(key)

    def _called(self, item: str) -> str:
        return self.names.get(f"{self.ref}#{item}", item)

    def _weekday(self, name: str) -> str:
        day = WEEKDAYS.index(cast("Weekday", name))
        return weekday(self.look.language, dt.date(2024, 1, 1) + dt.timedelta(days=day)).capitalize()

    def _dates(self, override: Mapping[str, Any]) -> str:
        first, last = (dt.date.fromisoformat(override[end]) for end in ("from", "to"))
        return self.look.date(first) if first == last else f"{self.look.date(first)} – {self.look.date(last)}"

    def value(self, path: tuple[str, ...], value: Any) -> str:
        """A value at a path."""
        _ = translations(self.look.language).gettext
        if value is ABSENT or value is None or value == "":
            return self._nothing(path[0])
        if value == SET and path[0] in self.kind.spec.secrets():
            return _("set, and shown to nobody")
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, int | float):
            return self._number(path[0], value)
        if isinstance(value, str):
            return self._text(path[0], value)
        return self._list(path, value) if isinstance(value, list | tuple) else self._mapping(path, value)

    def _nothing(self, field: str) -> str:
        """What holds where nothing is said."""
        _ = translations(self.look.language).gettext
        said = {"weekly": _("Closed"), "overrides": _("ordinary hours"), "holiday": _("As when closed")}
        return said.get(field, "–")

    def _text(self, field: str, value: str) -> str:
        _ = translations(self.look.language).gettext
        found = inputs_of(self.kind).get(field)
        match "" if found is None else found.sort:
            case "choice":
                return self.look.words.choice(self.kind.name, field, value)
            case "phones":
                return f"{self.names.get(f'extension/{value}', '')} {value}".strip()
        return self.names.get(value, _("a recording")) if _DIGEST.fullmatch(value) else value

    def _number(self, field: str, value: float) -> str:
        unit = self.kind.spec.declared(field).unit if field in self.kind.spec.model_fields else None
        if unit is None:
            return str(value)
        if unit == "s" and value >= 120 and value % 60 == 0:
            unit, value = "min", value // 60
        return f"{value} {self.look.words.unit(unit, int(value))}"

    def _list(self, path: tuple[str, ...], value: Any) -> str:
        _ = translations(self.look.language).gettext
        if [*map(list, value)] == [["00:00", "24:00"]]:
            return _("Around the clock")
        if all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value):
            return ", ".join(f"{start}–{end}" for start, end in value) or _("Closed")
        return ", ".join(self.value(path, item) for item in value)

    def _mapping(self, path: tuple[str, ...], value: Mapping[str, Any]) -> str:
        _ = translations(self.look.language).gettext
        if len(value) == 1 and value.keys() <= DESTINATION_FIELDS:
            return self.destination(value)
        if path[0] == "overrides":
            note = f" ({value['note']})" if value.get("note") else ""
            to = value.get("closed")
            place = "" if to is None else ", " + _("while closed: %(place)s") % {"place": self.destination(to)}
            return self._list(path, value["hours"]) + place + note
        if path[0] == "agents":
            return self._agent(value)
        if (found := inputs_of(self.kind).get(path[0])) is not None and found.sort == "parts":
            return ", ".join(self._part(part, value[part.name]) for part in found.parts if value.get(part.name))
        return ", ".join(
            f"{key}: {self.value(path, item)}" for key, item in value.items() if item not in (None, "", [], {})
        )

    def _part(self, part: Input, value: Any) -> str:
        """``Krisläge``; ``till 16:00 i morgon``."""
        if part.sort != "instant":
            return self._called(str(value))
        _ = translations(self.look.language).gettext
        at = dt.datetime.fromisoformat(str(value)).astimezone(self.look.now.tzinfo)
        return _("until %(time)s") % {"time": till(self.look, self.look.now, at)}

    def destination(self, value: Mapping[str, Any]) -> str:
        """Where an exit leads."""
        _ = translations(self.look.language).gettext
        sort, where = next(iter(value.items()))
        match sort:
            case "object":
                kind = self.look.words.kind(where.partition("/")[0])
                name = self.names.get(where)
                return f"{name} ({kind})" if name else _("%(kind)s that you do not see") % {"kind": kind}
            case "extension":
                return f"{self.names.get(f'extension/{where}', '')} {where}".strip()
            case "external":
                return phone_number(where)
            case _:
                return self.look.words.outside(sort, where)

    def _agent(self, value: Mapping[str, Any]) -> str:
        _ = translations(self.look.language).gettext
        said = [_("until removed") if value.get("permanent") else _("for today")]
        if value.get("paused"):
            said.append(_("paused: %(reason)s") % {"reason": value["reason"]} if value.get("reason") else _("paused"))
        return ", ".join(said)
