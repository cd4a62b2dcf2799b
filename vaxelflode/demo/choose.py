"""Which way of running Asterisk this machine allows: a container where an engine answers, else a root file system."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import Protocol

from vaxelflode.demo.container import ContainerPbx
from vaxelflode.demo.engine import find_engine
from vaxelflode.demo.pbx import Pbx
from vaxelflode.demo.rootfs import RootfsPbx, ensure_root, own_root
from vaxelflode.errors import PbxError, SettingError

PBX_VARIABLE = "VAXELFLODE_PBX"


class Maker(Protocol):
    """Makes an instance in ``home``; it is not started yet."""

    def __call__(
        self, home: Path, *, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True
    ) -> Pbx: ...


async def choose(data_dir: Path) -> Maker:
    """The way to run Asterisk here; what it needs is built first, with progress on stderr.

    ``VAXELFLODE_PBX`` set to ``container`` or ``rootfs`` leaves no choice. Raises ``PbxError`` when neither works and
    ``SettingError`` when the variable says something else.
    """
    forced = os.environ.get(PBX_VARIABLE, "")
    if forced not in ("", "container", "rootfs"):
        raise SettingError(f"{PBX_VARIABLE} must be container or rootfs, not {forced!r}", setting=PBX_VARIABLE)
    if forced == "rootfs":
        return await _rootfs(data_dir)
    try:
        return partial(ContainerPbx, engine=await find_engine(own_root(data_dir)))
    except PbxError as error:
        if forced == "container":
            raise PbxError(f"{PBX_VARIABLE}=container, but no engine runs the image here: {error}") from error
        print(f"no container ({error}): Asterisk gets a root file system of its own", file=sys.stderr)
    return await _rootfs(data_dir)


async def _rootfs(data_dir: Path) -> Maker:
    return partial(RootfsPbx, root=await ensure_root(data_dir))
