"""Number (DID): an incoming number and where its calls go first. Its key is the number's digits in E.164."""

from __future__ import annotations

from typing import ClassVar

from vaxelflode.domain.destination import Destination
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import Kind
from vaxelflode.domain.passage import Caller, Passage, through
from vaxelflode.domain.spec import Spec, field


class Number(Spec):
    """Where calls to the number go first."""

    route: Destination = field(aspect="route")

    #: The shortest and longest key, in digits (E.164: country code and up to 15 digits).
    digits: ClassVar[str] = r"[1-9][0-9]{4,14}"

    def passage(self, ref: ObjectRef, caller: Caller) -> Passage:  # noqa: ARG002 -- the same for every call
        """On to the first destination."""
        return through("route", self.route)


KIND = Kind(
    "number",
    Number,
    key_rule="the number's digits with country code, for example 46101022290",
    key_pattern=Number.digits,
    reachable=False,
)
