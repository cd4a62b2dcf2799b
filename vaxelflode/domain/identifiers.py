"""Names that the product gives to things: generated, plain, and never changed.

Labels that people type never become identifiers (ASTERISK.md, *Encoding, position by position*): a key is
``[a-z0-9-]{1,40}`` without a leading, trailing or double dash, so that ``PREFIX--…`` is free for names of ours.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, NamedTuple, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_KEY = re.compile(r"[a-z0-9](-?[a-z0-9]){0,39}")
_ID = re.compile(r"[0-9a-f]{16}")
_KIND = re.compile(r"[a-z][a-z_]{0,15}")

#: Longest key, in characters: with the longest prefix and kind a context stays below Asterisk's 79 bytes.
KEY_LENGTH = 40
#: What a key is, beside its length, for those who are told so in JSON.
KEY_PATTERN = "^[a-z0-9](-?[a-z0-9])*$"


def is_key(text: str) -> bool:
    """Whether ``text`` may be the key of an object."""
    return len(text) <= KEY_LENGTH and _KEY.fullmatch(text) is not None


def is_kind(text: str) -> bool:
    """Whether ``text`` may be the name of a kind."""
    return _KIND.fullmatch(text) is not None


def new_id() -> str:
    """An opaque identifier of 16 characters, never used before and not to be guessed."""
    return secrets.token_hex(8)


def is_id(text: str) -> bool:
    """Whether ``text`` may be one of :func:`new_id`."""
    return _ID.fullmatch(text) is not None


class ObjectRef(NamedTuple):
    """Which object: its kind and its key, written ``kind/key``."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """``"menu/huvudmeny"`` → ``ObjectRef("menu", "huvudmeny")``; raises ``ValueError`` for anything else."""
        kind, slash, key = text.partition("/")
        if not slash or not is_kind(kind) or not is_key(key):
            raise ValueError("must be kind/key, for example menu/huvudmeny")
        return cls(kind, key)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """In JSON a reference is its text."""
        return core_schema.no_info_plain_validator_function(
            cls._validated, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def _validated(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        return cls.parse(value if isinstance(value, str) else "")

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_KIND.pattern}/{_KEY.pattern}$", "examples": ["menu/huvudmeny"]}
