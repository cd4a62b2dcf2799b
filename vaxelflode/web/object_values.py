"""Values of an object's fields in words, for those who may see them and not change them, and for what is compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vaxelflode.domain.spec import SET
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.formats import phone_number
from vaxelflode.web.hours.saying import till
from vaxelflode.web.object_forms.inputs import Input
from vaxelflode.web.page import Look


@dataclass(frozen=True, slots=True)
class Teller:
    """Says values of one kind to one reader; ``name`` knows ``kind/key`` by name, ``prompts`` digest → what it is."""

    look: Look
    kind: str
    name: Callable[[str], str | None]
    prompts: Mapping[str, str]
    #: What people call an item of a field, if they do.
    label: Callable[[str, str], str | None]
    #: The same of whatever field has such an item.
    item: Callable[[str], str | None]

    def said(self, found: Input, value: Any) -> list[str]:
        """The value in one line or several; what is not there is said to be."""
        _ = translations(self.look.language).gettext
        if value is None or value in ([], {}):
            return [_("None")]
        match found.sort:
            case "ways":
                return [f"{self._key(found, key)}: {self.place(way)}" for key, way in value.items() if way is not None]
            case "phones":
                return [self.phone(one) for one in value]
            case "other":
                return [str(value)] if isinstance(value, str) else []
        return [self._one(found, value)]

    def _one(self, found: Input, value: Any) -> str:
        _ = translations(self.look.language).gettext
        match found.sort:
            case "yes_no":
                return _("Yes") if value else _("No")
            case "whole":
                return self.number(found.unit, value)
            case "choice":
                return self.look.words.choice(self.kind, found.name, value)
            case "secret":
                return _("Set, and shown to nobody") if value == SET else _("New")
            case "sound":
                return self.prompts.get(value, _("A recording"))
            case "way":
                return self.place(value)
            case "parts":
                return ", ".join(self._part(part, value[part.name]) for part in found.parts if value.get(part.name))
        return str(value)

    def number(self, unit: str | None, value: int) -> str:
        """``20 sekunder``."""
        return str(value) if unit is None else f"{value} {self.look.words.unit(unit, value)}"

    def place(self, way: Mapping[str, Any]) -> str:
        """A destination by its name."""
        sort, value = next(iter(way.items()))
        if sort in ("object", "extension"):
            ref = value if sort == "object" else f"extension/{value}"
            name = self.name(ref) or value
            return f"{name}, {value}" if sort == "extension" and name != value else name
        return phone_number(value) if sort == "external" else self.look.words.outside(sort, value)

    def phone(self, one: Any) -> str:
        """An extension by its name and number."""
        return self.place(one if isinstance(one, dict) else {"extension": one})

    def _key(self, found: Input, key: str) -> str:
        return self.look.words.exit(self.kind, f"{found.name}.{key}", key, self.label(found.name, key))

    def _part(self, part: Input, value: Any) -> str:
        if part.sort == "instant":
            return self.until(dt.datetime.fromisoformat(str(value)))
        return self.item(str(value)) or str(value)

    def until(self, at: dt.datetime) -> str:
        """``till 16:00``, ``till 16:00 i morgon``."""
        _ = translations(self.look.language).gettext
        return _("until %(time)s") % {"time": till(self.look, self.look.now, at.astimezone(self.look.now.tzinfo))}
