"""Asterisk's version and modules, and the settings of its own that we rely on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vaxelflode.asterisk import Core, Dialplan
from vaxelflode.doctor.finding import Finding, fail, ok, warn
from vaxelflode.doctor.world import World
from vaxelflode.errors import PbxRefused

NAME = "Asterisk"
#: The version that everything is tried with.
TRIED = 22

#: Without one of these calls fail: module → what it is for.
NEEDED = {
    "pbx_config": "the dialplan's files",
    "app_dial": "telephones are rung",
    "app_exec": "conditions in the dialplan",
    "app_playback": "messages are played",
    "app_queue": "queues",
    "app_read": "codes and PINs are keyed in",
    "app_userevent": "a switch set by phone is told",
    "app_voicemail": "mailboxes",
    "chan_pjsip": "telephones",
    "format_wav": "prompts are read",
    "func_callerid": "the number that is shown",
    "func_channel": "calls are told apart",
    "func_cut": "positions are read",
    "func_db": "positions of switches",
    "func_devstate": "lamps of switches",
    "func_dialplan": "numbers are looked up",
    "func_groupcount": "one try of a PIN at a time",
    "func_logic": "conditions in the dialplan",
    "func_math": "the time is computed",
    "func_sha1": "PINs are compared",
    "func_strings": "dates are computed",
    "func_vmcount": "full mailboxes are noticed",
    "res_musiconhold": "music while waiting",
    "res_pjsip": "telephones",
    "res_rtp_asterisk": "sound",
}
#: Without one of these something is missing that not everybody uses.
WANTED = {
    "codec_alaw": "sound of most European lines",
    "codec_ulaw": "sound of most American lines",
    "res_pjsip_exten_state": "lamps of switches",
    "res_pjsip_outbound_publish": "lamps of switches",
    "res_pjsip_registrar": "telephones register",
}
#: Loaded beside app_voicemail they take the Voicemail actions of AMI away.
UNWANTED = ("app_voicemail_odbc", "app_voicemail_imap")

#: File and option of its [general], the value, and what is without it.
_OPTIONS = (
    ("queues.conf", "persistentmembers", "yes", "agents are gone after a restart until `serve` adds them anew"),
    ("voicemail.conf", "passwordlocation", "spooldir", "Asterisk rewrites voicemail.conf when somebody changes a PIN"),
)


async def look(world: World) -> Sequence[Finding]:
    """Version, modules, options."""
    if not world.asked:
        return []
    core = Core(world.apply)
    found = [_version(await core.version())]
    found += await _modules(core)
    for option in _OPTIONS:
        found += await _option(Dialplan(world.apply), *option)
    return found


def _version(text: str) -> Finding:
    number = re.match(r"[^0-9]*([0-9]+)", text)
    major = int(number[1]) if number else 0
    if major == TRIED:
        return ok(NAME, f"version {text}")
    remedy = f"use Asterisk {TRIED}, with which everything is tried"
    told = fail if major and major < TRIED else warn
    return told(NAME, f"version {text or 'unknown'} is not {TRIED}", remedy)


async def _modules(core: Core) -> list[Finding]:
    found: list[Finding] = []
    for modules, told in ((NEEDED, fail), (WANTED, warn)):
        for name, use in modules.items():
            if not await core.has_module(name):
                remedy = f"load it: `load = {name}.so` in modules.conf, and `module load {name}` for now"
                found.append(told(NAME, f"the module {name} is not loaded: {use}", remedy))
    for name in UNWANTED:
        if await core.has_module(name):
            remedy = f"write `noload = {name}.so` in modules.conf and restart Asterisk"
            found.append(fail(NAME, f"the module {name} takes app_voicemail's actions away", remedy))
    return found or [ok(NAME, f"all of {len(NEEDED) + len(WANTED)} modules are loaded")]


async def _option(dialplan: Dialplan, file: str, option: str, value: str, without: str) -> list[Finding]:
    try:
        sections = await dialplan.read_config(file, "general")
    except PbxRefused as err:
        return [fail(NAME, f"{file}: {err.message}", f"see that {file} is there and that Asterisk may read it")]
    lines = [line.partition("=") for section in sections for line in section.lines]
    said = [found.strip().casefold() for name, _, found in lines if name.strip().casefold() == option]
    if said and (said[-1] == value or (value == "yes" and said[-1] in ("true", "y", "t", "1", "on"))):
        return []
    seen = f"{file} has {option}={said[-1]}" if said else f"{file} does not say {option}"
    return [warn(NAME, f"{seen}: {without}", f"write {option}={value} in the [general] of {file} and reload it")]
