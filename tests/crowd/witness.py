"""What Asterisk itself says: how often it reloaded what, and what its console shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.asterisk.proxy import Proxy
from tests.crowd.house import Knob
from vaxelflode.demo.pbx import Pbx

_RELOADING = re.compile(r"loader\.c: Reloading module '([a-z_]+)\.so'")
_LOG = "crowd"


class Reloads:
    """Counted by Asterisk's loader in a log of the test's own; the queues', of which it keeps no log, at its door."""

    def __init__(self, pbx: Pbx, door: Proxy) -> None:
        self._log = pbx.log_dir / _LOG
        self._door = door

    @classmethod
    async def counted(cls, pbx: Pbx, door: Proxy) -> Reloads:
        """From now on."""
        await pbx.cli("core set verbose 3")
        await pbx.cli(f"logger add channel {_LOG} verbose(3)")
        return cls(pbx, door)

    def so_far(self) -> Counter[str]:
        """By module."""
        found = Counter(_RELOADING.findall(self._log.read_text(errors="replace")))
        found["app_queue"] += len(self._door.reached("QueueReload"))
        return found


async def unlike(pbx: Pbx, lasting: Iterable[tuple[Knob, Any]]) -> list[str]:
    """The knobs for whose value Asterisk's console shows something else."""
    shown: dict[str, str] = {}
    found = []
    for knob, value in lasting:
        if knob.command not in shown:
            shown[knob.command] = " ".join((await pbx.cli(knob.command)).split())
        if (words := " ".join(knob.shows(value).split(" "))) not in shown[knob.command]:
            found.append(f"{knob.ref} {'.'.join(knob.path)}: {words} is not in `{knob.command}`")
    return found
