"""Phones that a call rings: what of them a kind refers to, and how it goes there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, StringConstraints

from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.passage import Caller

#: The key of an extension.
ExtensionKey = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,10}$")]


T = TypeVar("T")


def each_once(phones: tuple[T, ...]) -> tuple[T, ...]:
    """The phones, unless one of them stands there twice: ``ValueError``."""
    if len(set(phones)) < len(phones):
        raise ValueError("names an extension twice")
    return phones


#: Extensions in an order, each once.
ExtensionKeys = Annotated[tuple[ExtensionKey, ...], AfterValidator(each_once)]


def extension(key: str) -> ObjectRef:
    """The object of an extension."""
    return ObjectRef("extension", key)


def first_to_answer(keys: Iterable[str], caller: Caller) -> str | None:
    """The extension that takes the call, if one does."""
    return next((key for key in keys if caller.luck_of(extension(key)) == "answered"), None)
