"""A change in a few words, as history and receipts show it.

Words belong to the faces; this is the language-neutral summary that the API carries: a verb and the paths, legible
in logs and on the command line.
"""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.domain.change import Action
from vaxelflode.domain.edits import ABSENT, Edit

_VERBS: dict[Action, str] = {"create": "created", "edit": "changed", "delete": "deleted", "agents": "agents"}


def _one(edit: Edit) -> str:
    if edit.before is ABSENT:
        return "+" + ".".join(edit.path)
    if edit.after is ABSENT:
        return "-" + ".".join(edit.path)
    return ".".join(edit.path)


def summary(action: Action, name: str, edits: Sequence[Edit]) -> str:
    """``"Kundtjänst: changed weekly.mon, +overrides.…"``."""
    paths = ", ".join(_one(e) for e in edits[:6]) + (" …" if len(edits) > 6 else "")
    return f"{name}: {_VERBS[action]} {paths}".strip()
