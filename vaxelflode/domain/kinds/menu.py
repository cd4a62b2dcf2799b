"""Menu (IVR): a prompt, keys to destinations, and what happens without a key or with a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, cast

from vaxelflode.domain.destination import HANGUP, Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.spec import PROMPT_PATTERN, Spec, field

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class Menu(Spec):
    """The caller hears the prompt and presses a key; after the last try the call goes on by itself."""

    itemised: ClassVar[frozenset[str]] = frozenset({"options"})
    patient: ClassVar[frozenset[str]] = frozenset({"options", "timeout", "invalid"})

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Background")
    options: Mapping[Key, Destination] = field({}, aspect="options")
    wait: int = field(5, aspect="settings", unit="s", option="WaitExten", ge=1, le=60)
    tries: int = field(3, aspect="settings", unit="times", ge=1, le=9)
    timeout: Destination = field(HANGUP, aspect="settings")
    invalid: Destination = field(HANGUP, aspect="settings")

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- keys decide
        """The prompt as often as there are tries, until a key that leads somewhere is pressed."""
        prompts: list[str | None] = []
        for tried in range(self.tries):
            prompts.append(self.prompt)
            if tried >= len(caller.keys):
                rest = [self.prompt] * (self.tries - tried - 1)
                return through("timeout", self.timeout, *prompts, *rest, pressed=tried)
            key = caller.keys[tried]
            if key in self.options:
                return through(key, self.options[cast("Key", key)], *prompts, why="key", pressed=tried + 1)
        return through("invalid", self.invalid, *prompts, pressed=self.tries)


KIND = Kind("menu", Menu)
