"""Menu (IVR): a prompt, keys to destinations, and what happens without a key or with a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class Menu(Spec):
    """The caller hears the prompt and presses a key; after the last try the call goes on by itself."""

    itemised: ClassVar[frozenset[str]] = frozenset({"options"})

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Background")
    options: Mapping[Key, Destination] = field({}, aspect="options")
    wait: int = field(5, aspect="settings", unit="s", option="WaitExten", ge=1, le=60)
    tries: int = field(3, aspect="settings", unit="times", ge=1, le=9)
    timeout: Destination = field(HANGUP, aspect="settings")
    invalid: Destination = field(HANGUP, aspect="settings")


KIND = Kind("menu", Menu)
