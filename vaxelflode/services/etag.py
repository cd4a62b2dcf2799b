"""An object's version as one text: a number an aspect, so that edits of different aspects do not collide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vaxelflode.domain.company import Object
from vaxelflode.errors import Stale

_VERSION = re.compile(r"[a-z_]+\.[0-9]{1,10}(?:-[a-z_]+\.[0-9]{1,10})*")


def version_text(o: Object) -> str:
    """``"hours.3-override.7"``; aspects never changed are left out, ``admin`` is what administrators change."""
    return "-".join(f"{aspect or 'admin'}.{n}" for aspect, n in sorted(o.versions.items()) if n) or "0"


def _parsed(text: str) -> Mapping[str, int] | None:
    """Aspect → number; ``None`` for what was never anything's version."""
    if text == "0":
        return {}
    if not _VERSION.fullmatch(text):
        return None
    pairs = [part.split(".") for part in text.split("-")]
    return {"" if name == "admin" else name: int(n) for name, n in pairs}


def require_fresh(o: Object, if_match: str, touched: Iterable[str]) -> None:
    """Raise :class:`Stale` when an aspect that is touched has changed since the version ``if_match``."""
    if if_match == "*":
        return
    seen = _parsed(if_match)
    if seen is None:
        raise Stale(f"{if_match} was never a version of {o.ref}", version=version_text(o))
    stale = [aspect for aspect in touched if o.versions.get(aspect, 0) != seen.get(aspect, 0)]
    if stale:
        words = ", ".join(aspect or "admin" for aspect in stale)
        raise Stale(f"{o.ref} has changed since you read it: {words}", aspects=stale, version=version_text(o))
