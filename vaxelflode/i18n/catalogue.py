"""The pages' texts: written in English where they stand, and in the other languages in one catalogue each.

The catalogues (``locale/<language>.po``) are read as they are, so there is nothing to compile. What one lacks fails the
build (``make lint``).
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

#: The language in which the texts are written.
SOURCE = "en"
LOCALES = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> NullTranslations:
    """Text → text of a language."""
    if language == SOURCE:
        return NullTranslations()
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
