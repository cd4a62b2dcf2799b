"""Addresses of our own pages, from whoever sends them."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from vaxelflode.domain.change import Change
from vaxelflode.services.commit import Saved

HOME = "/flows"


def host_of(address: str) -> str:
    """Host and port of an address, nothing of what is none."""
    return _split(address).netloc


def name_of(address: str) -> str:
    """The host of an address, in small letters and without a port; nothing of what is none."""
    return _split(address).hostname or ""


def path_of(address: str) -> str:
    """The path of an address, nothing of what is none."""
    return _split(address).path


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def inside(path: str) -> str:
    """A page of ours to go on to; anything else is home."""
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if ours else HOME


def with_change(path: str, saved: Saved | Change | None) -> str:
    """The page with the receipt of what was saved; of nothing saved without one."""
    bare = path_of(path)
    change = saved.change if isinstance(saved, Saved) else saved
    return bare if change is None else f"{bare}?change={change.id}"
