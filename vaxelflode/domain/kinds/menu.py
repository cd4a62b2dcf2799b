"""Menu (IVR): a prompt, keys to destinations, and what happens without a key or with a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator

from vaxelflode.domain.destination import HANGUP, AnyDestination, Destination, ToExtension
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, Played, through
from vaxelflode.domain.phones import each_once
from vaxelflode.domain.spec import PROMPT_PATTERN, Exit, Spec, field

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]

#: Seconds that Asterisk waits for the next key of something longer (its digit timeout).
DIGIT_TIMEOUT = 5.0


class _Tried(NamedTuple):
    """One try: what was dialled (``None``: nothing), where it leads, the keys used up, and the seconds it took."""

    dialled: str | None
    destination: AnyDestination | None
    pressed: int
    seconds: float


class Menu(Spec):
    """The caller hears the prompt and presses a key; after the last try the call goes on by itself.

    Who knows an extension among ``direct_dial`` may dial it instead. Where its first digit is a key too, Asterisk waits
    for more before it takes the key.
    """

    itemised: ClassVar[frozenset[str]] = frozenset({"options"})
    patient: ClassVar[frozenset[str]] = frozenset({"options", "timeout", "invalid", "direct_dial"})
    pressed: ClassVar[Mapping[str, str]] = {"options": ""}

    prompt: str | None = field(None, aspect="audio", slot="prompt", pattern=PROMPT_PATTERN, option="Background")
    options: Mapping[Key, Destination] = field({}, aspect="options")
    wait: int = field(5, aspect="settings", unit="s", option="WaitExten", ge=1, le=60)
    tries: int = field(3, aspect="settings", unit="times", ge=1, le=9)
    timeout: Destination = field(HANGUP, aspect="settings")
    invalid: Destination = field(HANGUP, aspect="settings")
    direct_dial: Annotated[tuple[ToExtension, ...], AfterValidator(each_once)] = field(
        (), aspect="settings", max_length=500
    )

    def exits(self) -> Iterator[Exit]:
        """Keys, then what happens without one, then the extensions that may be dialled."""
        yield from super().exits()
        for phone in self.direct_dial:
            yield Exit(phone.extension, f"direct_dial.{phone.extension}", phone)

    @property
    def slow_keys(self) -> tuple[str, ...]:
        """The keys that an extension begins with: they take effect only after the digit timeout."""
        return tuple(k for k in self.options if any(p.extension.startswith(k) for p in self.direct_dial))

    def doubts(self) -> Iterator[tuple[str, str]]:
        """A key that extensions begin with waits for more of them; a menu without keys, or that says nothing."""
        for key in self.slow_keys:
            yield f"options.{key}", "key_shadows_extensions"
        if not self.options and not self.direct_dial:
            yield "options", "no_keys"
        if self.prompt is None:
            yield "prompt", "no_sound"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- keys decide
        """The prompt as often as there are tries, until something that leads somewhere is dialled."""
        played: list[Played] = []
        spoken, seconds, pressed, exit_ = caller.length(self.prompt), 0.0, 0, "timeout"
        for _ in range(self.tries):
            if self.prompt:
                played.append(Played(self.prompt, seconds))
            tried = self._try(caller.keys[pressed:])
            pressed, seconds = pressed + tried.pressed, seconds + spoken + tried.seconds
            if tried.destination is not None:
                why = "key" if tried.dialled in self.options else "direct_dial"
                return through(
                    str(tried.dialled), tried.destination, why=why, played=(*played,), pressed=pressed, seconds=seconds
                )
            exit_ = "timeout" if tried.dialled is None else "invalid"
        return through(exit_, getattr(self, exit_), played=(*played,), pressed=pressed, seconds=seconds)

    def _try(self, keys: str) -> _Tried:
        """What Asterisk makes of the keys: it takes what fits as soon as nothing longer can."""
        targets: dict[str, AnyDestination] = {phone.extension: phone for phone in self.direct_dial}
        targets |= {str(key): destination for key, destination in self.options.items()}
        dialled = ""
        for n, key in enumerate(keys):
            if key == ",":
                return self._ended(dialled, targets, n + 1)
            dialled += key
            longer = any(len(name) > len(dialled) and name.startswith(dialled) for name in targets)
            if not longer:
                return _Tried(dialled, targets.get(dialled), n + 1, 0.0)
        return self._ended(dialled, targets, len(keys))

    def _ended(self, dialled: str, targets: Mapping[str, AnyDestination], pressed: int) -> _Tried:
        """No further key comes in time."""
        if not dialled:
            return _Tried(None, None, pressed, float(self.wait))
        return _Tried(dialled, targets.get(dialled), pressed, DIGIT_TIMEOUT)


KIND = Kind("menu", Menu)
