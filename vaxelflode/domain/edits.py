"""What a change changes: paths with the value before and after.

One representation serves history, undo, policy and conflicts. A path is a field of the spec (``timeout``), an item
of an itemised one (``weekly.mon``, ``options.1``, ``overrides.<id>``), or ``name``. ``ABSENT`` is no value at all,
which is not ``null``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from vaxelflode.domain.destination import DESTINATION_FIELDS
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.spec import SET, Spec


class Absent(Enum):
    """No value: the item does not exist."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One path with its JSON value before and after."""

    path: Path
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The spec's field that the path begins with."""
        return self.path[0]

    def as_json(self) -> dict[str, Any]:
        """As history shows and the database keeps it: what is absent is left out."""
        values = {"before": self.before, "after": self.after}
        return {"path": list(self.path)} | {k: v for k, v in values.items() if v is not ABSENT}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Edit:
        """The inverse of :meth:`as_json`."""
        return cls(tuple(stored["path"]), stored.get("before", ABSENT), stored.get("after", ABSENT))

    def reversed(self) -> Edit:
        """The edit that takes this one back."""
        return Edit(self.path, self.after, self.before)


def aspects_of(kind: Kind, edits: Iterable[Edit]) -> tuple[str, ...]:
    """The aspects that the edits touch; ``""`` stands for what only administrators change."""
    return tuple(dict.fromkeys(kind.aspect_of.get(e.field) or "" for e in edits))


def shown(kind: Kind, edits: Iterable[Edit]) -> Iterator[Edit]:
    """The edits as people may see them: of what is secret only whether it was set."""
    for edit in edits:
        yield Edit(edit.path, shown_value(kind, edit, edit.before), shown_value(kind, edit, edit.after))


def shown_value(kind: Kind, edit: Edit, value: Any) -> Any:
    """A value at an edit's path as people may see it."""
    secret = edit.field in kind.spec.secrets()
    return SET if secret and value is not None and value is not ABSENT else value


def _items(value: Any) -> Mapping[str, Any]:
    if isinstance(value, list):
        return {item["id"]: item for item in value}
    return value or {}


def difference(spec: type[Spec], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Edit]:
    """The edits that lead from one JSON spec to another, in the order of the fields."""
    edits: list[Edit] = []
    for name in spec.model_fields:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name not in spec.itemised:
            edits.append(Edit((name,), old, new))
            continue
        olds, news = _items(old), _items(new)
        for key in dict.fromkeys([*olds, *news]):
            was, now = olds.get(key, ABSENT), news.get(key, ABSENT)
            if was != now:
                edits.append(Edit((name, key), was, now))
    return edits


def value_at(spec: Mapping[str, Any], path: Path) -> Any:
    """What stands at ``path`` in a JSON spec, or ``ABSENT``."""
    if len(path) == 1:
        return spec.get(path[0], ABSENT)
    return _items(spec.get(path[0])).get(path[1], ABSENT)


def applied(spec: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """The JSON spec with every edit's value after."""
    out = dict(spec)
    for edit in edits:
        if len(edit.path) == 1:
            out[edit.field] = edit.after
            continue
        was = out.get(edit.field)
        items = dict(_items(was))
        if edit.after is ABSENT:
            items.pop(edit.path[1], None)
        else:
            items[edit.path[1]] = edit.after
        out[edit.field] = list(items.values()) if isinstance(was, list) else items
    return out


def patched(spec: type[Spec], values: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON spec with a patch (RFC 7396) merged into it.

    What is one value takes the other's place whole, and a secret that comes back as it was shown stays as it is.
    """
    secret = spec.secrets()
    given = {k: v for k, v in patch.items() if not (k in secret and v == SET and values.get(k) is not None)}
    whole = {k: v for k, v in given.items() if k in spec.whole and v is not None}
    merged: dict[str, Any] = merge_patch(values, {k: v for k, v in given.items() if k not in whole})
    return merged | whole


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: ``patch`` merged into ``target``; ``null`` removes.

    A destination is one value: ``{"end": "hangup"}`` takes the place of ``{"object": …}`` rather than joining it.
    """
    if not isinstance(patch, Mapping):
        return patch
    if patch and patch.keys() <= DESTINATION_FIELDS:
        return {key: value for key, value in patch.items() if value is not None}
    out = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge_patch(out.get(key), value)
    return out
