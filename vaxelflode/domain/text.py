"""Text that people type: any characters but control characters and broken ones. It is shown, never interpreted."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field


def is_plain(text: str) -> bool:
    """Whether the text has no control character (C0, DEL, C1) and no lone surrogate."""
    return not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in text)


def folded(text: str) -> str:
    """The text as searches compare it: whatever the case of its letters and however these are composed (NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("must not hold control characters")
    return text


#: One line of text in a model.
Line = Annotated[str, AfterValidator(_plain), Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"})]
