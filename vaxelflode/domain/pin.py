"""PINs and the codes that phones dial.

A PIN is kept as a salted hash, which is all that the PBX compares (``SHA1`` is what its dialplan can compute). It
stands in no file and is shown in no history; a few digits are soon found out by whoever has the hash, so the hash is
shown to nobody either.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

_DIGITS = re.compile(r"[0-9]{4,8}")
_KEPT = re.compile(r"[0-9a-f]{16}:[0-9a-f]{40}")

#: What phones dial, ``*`` and digits: a feature code.
Code = Annotated[str, StringConstraints(pattern=r"^\*[0-9]{2,4}$")]


def kept(digits: str, salt: str | None = None) -> str:
    """``salt:hash`` of a PIN."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}:{hashlib.sha1(f'{salt}{digits}'.encode()).hexdigest()}"  # noqa: S324 -- what Asterisk can compute


def is_kept(digits: str, value: str) -> bool:
    """Whether ``value`` is what is kept of these digits."""
    return kept(digits, value.partition(":")[0]) == value


def nobodys() -> str:
    """A PIN that nobody knows: where one is said to be set and is not at hand, the code must not do without."""
    return kept(secrets.token_hex(16))


def _kept(value: object) -> str:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return kept(value)
    if isinstance(value, str) and _KEPT.fullmatch(value):
        return value
    raise ValueError("must be 4 to 8 digits")


#: The family of the entries in which the PBX has PINs.
FAMILY = "pin"
#: The family in which the PBX counts wrong ones: ``<how many in a row>,<epoch seconds of the last>``.
TRIES = "tries"
FAMILIES = frozenset({FAMILY, TRIES})


def entries(pin: str | None, *, retired: bool) -> dict[str, str | None]:
    """The entries of a PIN; nobody dials the code of what is retired."""
    return {} if pin is None or retired else {FAMILY: pin, TRIES: None}


#: A PIN in a spec: given as digits, kept as a hash.
Pin = Annotated[str, BeforeValidator(_kept), WithJsonSchema({"type": "string", "pattern": "^[0-9]{4,8}$"})]
