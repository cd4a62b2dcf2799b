"""Whether Asterisk reads our files: sees the directory, and takes each file in where it should."""

from __future__ import annotations

from collections.abc import Sequence

from vaxelflode.asterisk import Dialplan
from vaxelflode.doctor.finding import Finding, fail, ok
from vaxelflode.doctor.world import World
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.render import FILES, Bundle

NAME = "includes"


async def look(world: World) -> Sequence[Finding]:
    """Each generated file, by the section that ends it."""
    if not world.asked or world.disk is None:
        return []
    dialplan, found = Dialplan(world.apply), []
    for file in FILES:
        found += await _file(world, dialplan, world.disk, file)
    return found or [ok(NAME, f"Asterisk takes in {', '.join(FILES)}")]


async def _file(world: World, dialplan: Dialplan, disk: Bundle, file: str) -> list[Finding]:
    path, section = f"{world.settings.config_path}/current/{file}", _last(world, disk, file)
    try:
        if not await dialplan.category_names(path, section):
            remedy = "run `vaxelflode apply`; if it stays, VAXELFLODE_ASTERISK_CONFIG_PATH names another directory"
            return [fail(NAME, f"Asterisk reads {path} without its last section", remedy)]
    except PbxRefused as err:
        remedy = (
            "let the user that runs Asterisk read the directory and all above it, and set "
            "VAXELFLODE_ASTERISK_CONFIG_PATH to what Asterisk calls it"
        )
        return [fail(NAME, f"Asterisk cannot read {path}: {err.message}", remedy)]
    try:
        if await dialplan.category_names(file, section):
            return []
        seen = f"Asterisk's {file} does not take ours in"
    except PbxRefused as err:
        seen = f"Asterisk cannot read its {file}: {err.message}"
    return [fail(NAME, seen, f'write `#tryinclude "{path}"` as the last line of {file}, then reload Asterisk')]


def _last(world: World, disk: Bundle, file: str) -> str:
    """The section that ends a file."""
    if file in ("extensions.conf", "voicemail.conf"):
        return world.names.own("revision")
    return world.names.sentinel(disk.files[file].stamp)
