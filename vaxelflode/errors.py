"""Errors that the product raises on purpose.

Each carries a stable ``key`` and its fields; the words that people read are made by the web and the command line.
Drivers' errors are translated into these at the edge (``raise … from err``). One place maps them to HTTP:
``vaxelflode.web.problems``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class VaxelflodeError(Exception):
    """Base of all: ``key`` names the case, ``fields`` says what it is about."""

    key = "error"

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields: Mapping[str, object] = fields


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field; ``field`` is a dotted path such as ``spec.weekly.mon``."""

    field: str
    code: str
    message: str


class Invalid(VaxelflodeError):
    """The input breaks a rule of the domain; nothing has changed."""

    key = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = tuple(errors)


class NotFound(VaxelflodeError):
    """No such thing, or none that this person may know of."""

    key = "not_found"


class Forbidden(VaxelflodeError):
    """The thing is known to this person, but no grant covers what was asked."""

    key = "forbidden"

    def __init__(self, reason: str, **fields: object) -> None:
        super().__init__(reason, **fields)
        self.reason = reason


class Unauthenticated(VaxelflodeError):
    """Nobody is logged in, or the credentials are wrong; which of the two is not said."""

    key = "unauthenticated"


class Conflict(VaxelflodeError):
    """The change collides with a rule or with what exists."""

    key = "conflict"


class Stale(VaxelflodeError):
    """Somebody changed the same aspect since the person read it."""

    key = "stale"


class SettingError(VaxelflodeError):
    """A setting is missing or wrong; the start stops with this one line."""

    key = "setting"


class PbxError(VaxelflodeError):
    """The PBX did not do what was asked."""

    key = "pbx"


class PbxUnavailable(PbxError):
    """No usable connection: not connected, still booting, dropped while waiting, or silent past the deadline."""

    key = "pbx_unavailable"


class PbxRefused(PbxError):
    """The PBX answered, and the answer was no; ``message`` holds its words."""

    key = "pbx_refused"


class PbxLoginRefused(PbxUnavailable):
    """The PBX does not accept our account's secret."""

    key = "pbx_login_refused"
