"""Addresses of our own pages, from whoever sends them."""

from __future__ import annotations

from urllib.parse import urlsplit

from vaxelflode.domain.change import Change
from vaxelflode.services.commit import Saved

HOME = "/flows"


def inside(path: str) -> str:
    """A page of ours to go on to; anything else is home."""
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if ours else HOME


def with_change(path: str, saved: Saved | Change | None) -> str:
    """The page with the receipt of what was saved; of nothing saved without one."""
    bare = urlsplit(path).path
    change = saved.change if isinstance(saved, Saved) else saved
    return bare if change is None else f"{bare}?change={change.id}"
