"""What recordings are called: nobody names them, so each is told by what plays it, its length and its date."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from vaxelflode.domain.kind import kinds
from vaxelflode.i18n import formats
from vaxelflode.i18n.catalogue import translations
from vaxelflode.services.sounds import Elsewhere, Prompt, Slot, Version
from vaxelflode.web.page import Look


def length(prompt: Prompt) -> str:
    """``0:18``."""
    seconds = round(prompt.seconds)
    return f"{seconds // 60}:{seconds % 60:02}"


def version_name(look: Look, number: int) -> str:
    """``Version 3``."""
    _ = translations(look.language).gettext
    return _("Version %(number)s") % {"number": number}


def version_text(look: Look, version: Version) -> str:
    """``Version 3, 0:18, 2 mars``; the day as far as history tells it."""
    day = [] if version.at is None else [_day(look, version.at)]
    return ", ".join([version_name(look, version.number), length(version.prompt), *day])


def elsewhere_text(look: Look, other: Elsewhere) -> str:
    """``Kön Faktura, hälsning, 0:04``; what has one recording needs not say which."""
    said = [formats.capital(look.words.named(other.ref.kind, other.name))]
    if len(kinds()[other.ref.kind].slots) > 1:
        word = look.words.field(other.ref.kind, other.field)
        said.append(word[:1].lower() + word[1:])
    return ", ".join([*said, length(other.prompt)])


def prompt_texts(look: Look, slot: Slot) -> Mapping[str, str]:
    """Digest → text, of all that may be chosen for a slot; texts that would be the same say when each was made."""
    found = {other.prompt.digest: (elsewhere_text(look, other), other.prompt) for other in slot.others}
    for version in slot.versions:
        found[version.prompt.digest] = version_text(look, version), version.prompt
    alike = Counter(text for text, _ in found.values())
    return {
        digest: text if alike[text] == 1 else f"{text}, {made(look, prompt)}"
        for digest, (text, prompt) in found.items()
    }


def every_text(look: Look, slots: Iterable[Slot]) -> Mapping[str, str]:
    """The same of several slots at once; what was played in one of them is a version, whatever else plays it."""
    texts = [(slot, prompt_texts(look, slot)) for slot in slots]
    found = {digest: text for _, some in texts for digest, text in some.items()}
    return found | {v.prompt.digest: some[v.prompt.digest] for slot, some in texts for v in slot.versions}


def recording(look: Look, prompt: Prompt) -> str:
    """``inspelning, 0:18, från 2 mars 09:14``: one that is told of where it is played no more."""
    _ = translations(look.language).gettext
    return _("a recording, %(length)s, %(made)s") % {"length": length(prompt), "made": made(look, prompt)}


def made(look: Look, prompt: Prompt) -> str:
    """``från 2 mars 09:14``."""
    _ = translations(look.language).gettext
    at = prompt.made.astimezone(look.now.tzinfo)
    return _("made %(day)s %(time)s") % {"day": _day(look, prompt.made), "time": f"{at:%H:%M}"}


def _day(look: Look, at: dt.datetime) -> str:
    return formats.short_date(look.language, at.astimezone(look.now.tzinfo).date())
