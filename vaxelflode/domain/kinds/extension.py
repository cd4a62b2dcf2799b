"""Extension: a phone that exists in the PBX (a PJSIP endpoint), with a name. Its key is the extension's digits."""

from __future__ import annotations

from typing import ClassVar

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, ends, stays
from vaxelflode.domain.spec import Spec, field


class Extension(Spec):
    """The phone behind the extension, and how long it rings when a call is led straight to it."""

    rests: ClassVar[bool] = True

    endpoint: str = field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", option="PJSIP endpoint", unique="endpoint", examples=["201"]
    )
    ring: int = field(30, unit="s", option="Dial", ge=5, le=120)

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:
        """The phone rings; who is not answered is told so, at once or when it has rung long enough."""
        luck = caller.luck_of(ref)
        if luck == "answered":
            return stays("ringing")
        return ends(luck, float(self.ring) if luck == "no_answer" else 0.0)


KIND = Kind(
    "extension", Extension, key_rule="2 to 10 digits, for example 201", key_pattern=r"[0-9]{2,10}", dialled=True
)
