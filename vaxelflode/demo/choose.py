"""Which way of running Asterisk this machine allows: a container where an engine answers, else a root file system."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Protocol

from vaxelflode.demo.pbx import Pbx
from vaxelflode.demo.rootfs import RootfsPbx, ensure_root


class Maker(Protocol):
    """Makes an instance in ``home``; it is not started yet."""

    def __call__(
        self, home: Path, *, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True
    ) -> Pbx: ...


async def choose(data_dir: Path) -> Maker:
    """The way to run Asterisk here; what it needs is built first, with progress on stderr."""
    return partial(RootfsPbx, root=await ensure_root(data_dir))
