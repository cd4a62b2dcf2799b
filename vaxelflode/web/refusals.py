"""Why something was not done, in the words of whoever reads.

What lies below the pages gives its reasons in English, with whatever they are about in them; the API tells them as they
are. On pages a reason is known by its shape and said anew, and one that has no words here is told only to those who
read English: others read what holds of every case, which the page says anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from vaxelflode.i18n.catalogue import SOURCE, translations
from vaxelflode.i18n.words import Words

_Say = Callable[[str], str]
#: A reason's shape, and what is said of it; ``%(name)s`` is the group of that name.
_Known = tuple[tuple[str, str], ...]


def refusal(language: str, reason: str, otherwise: str = "") -> str:
    """A reason of the policy's, the domain's or a service's; ``otherwise`` where there are no words for it."""
    return _said(language, reason, _reasons(translations(language).gettext)) or _unknown(language, reason, otherwise)


def pbx_refusal(language: str, reason: str) -> str:
    """Why the PBX refused; what is only its own to say is quoted."""
    _ = translations(language).gettext
    found = _said(language, reason, _pbx_reasons(_))
    return found or (_("The PBX says: “%(words)s”.") % {"words": reason.rstrip(".")} if reason else "")


def _said(language: str, reason: str, known: _Known) -> str:
    for shape, words in known:
        if (found := re.search(shape, reason)) is not None:
            return words % dict(_named(language, found.groupdict()))
    return ""


def _named(language: str, groups: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a reason is about, by the names that people know."""
    for name, value in groups.items():
        yield name, Words(language).aspect(groups["kind"], value) if name == "aspect" else value


def _unknown(language: str, reason: str, otherwise: str) -> str:
    if language != SOURCE:
        return otherwise
    return reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else ".") if reason else otherwise


def _reasons(_: _Say) -> _Known:
    return (*_permissions(_), *_changes(_), *_hours(_), *_fields(_), *_requests(_))


def _permissions(_: _Say) -> _Known:
    return (
        (
            r"no flow of yours grants (?P<aspect>\w+) of (?P<kind>\w+)/",
            _("You do not have the permission “%(aspect)s”. An administrator can grant it."),
        ),
        (r"no flow of yours grants", _("You may not change this. An administrator can grant it.")),
        (r"changed by administrators only|only administrators add", _("Only an administrator can change this.")),
        (r"only the keys (?P<keys>\S+) may be changed", _("Your permission covers only the keys %(keys)s.")),
        (
            r"a temporary change may last (?P<days>[0-9]+) days at most",
            _("You may change at most %(days)s days at a time."),
        ),
        (r"must be from (?P<least>[0-9]+) to (?P<most>[0-9]+)", _("You may choose from %(least)s to %(most)s.")),
        (r"must be from None to (?P<most>[0-9]+)", _("You may choose at most %(most)s.")),
        (r"must be from (?P<least>[0-9]+) to None", _("You may choose at least %(least)s.")),
        (
            r"(?<!\S)(?P<where>\S+) is not among the destinations of the flow",  # at a word's beginning: else quadratic
            _("Callers may not be led to %(where)s here."),
        ),
        (r"lists who may be an agent", _("Your permission does not cover this agent. An administrator can add them.")),
    )


def _changes(_: _Say) -> _Known:
    return (
        (r"what the change did is gone", _("What the change did is gone already, so there is nothing to undo.")),
        (r"the change never took effect", _("The change never took effect, so there is nothing to undo.")),
        (r"the change still waits", _("The change still waits for the PBX. Take it back instead.")),
        (r"the change is undone already", _("The change is undone already.")),
        (r"the change waits no longer", _("The change waits no longer, so it cannot be taken back. Undo it instead.")),
        (r"the object is deleted already", _("What was changed has been deleted since.")),
        (r"something later changed", _("Something later changed the same.")),
        (r"is used by|is an agent of|is the phone of|is the number of", _("It is in use, so it cannot be deleted.")),
        (r"has changed since you read it|was never a version", _("Somebody changed it meanwhile.")),
    )


def _hours(_: _Say) -> _Known:
    return (
        (r"longer than (?P<days>[0-9]+) days", _("A change can last %(days)s days at most.")),
        (
            r"the temporary changes cover more than (?P<days>[0-9]+) days",
            _("The temporary changes may cover %(days)s days together, and this is more."),
        ),
        (r"ended long ago", _("The time has passed already.")),
        (r"ends before it begins", _("The last day lies before the first.")),
        (
            r"must lie in the years (?P<first>[0-9]+) to (?P<last>[0-9]+)",
            _("Choose a year from %(first)s to %(last)s."),
        ),
        (r"must be a time from", _("Write the time as 08:00, 0830 or 8.")),
        (r"begins when it ends", _("It opens and closes at the same time. The whole day is 00:00–24:00.")),
        (r"lies within the hours before it", _("These hours lie within the hours before them.")),
        (r"must be a date", _("Write the date as 2027-05-14, or 05-14 for every year.")),
        (r"is no day that there is", _("There is no such day.")),
        (r"stands there twice", _("This stands here already.")),
    )


def _fields(_: _Say) -> _Known:
    return (
        (r"at most (?P<most>[0-9]+) characters", _("At most %(most)s characters.")),
        (r"at most (?P<most>[0-9]+) items", _("At most %(most)s.")),
        (r"4 to 8 digits", _("Write 4 to 8 digits.")),
        (r"there is no extension", _("There is no such telephone number.")),
        (r"there is no \S+/\S+", _("It leads to something that is not there any more.")),
        (r"'s already$", _("This is taken: something else has it already.")),
        (r"there is no such prompt", _("There is no such recording.")),
        (r"leads back here", _("This leads back here, and the call would go round for ever.")),
        (r"leads round and round", _("Callers would go round and never get out.")),
        (r"a call cannot be led to", _("Callers cannot be led there.")),
    )


def _requests(_: _Say) -> _Known:
    return (
        (r"sent from another site", _("This was sent from another site, and is not taken.")),
        (r"could not be read", _("What was sent could not be read. Load the page again, and try once more.")),
    )


def _pbx_reasons(_: _Say) -> _Known:
    return (
        (
            r"is not what was rendered|is on the disk|has not loaded|otherwise than asked|does not reach its last line",
            _("The PBX did not take it over as it was sent."),
        ),
        (r"cannot be rendered|, line [0-9]+: ", _("It could not be written for the PBX.")),
        (r"leads to \S+, which is not there", _("It leads to something that is not there any more.")),
        (r"^the queue was deleted meanwhile", _("The queue was deleted meanwhile.")),
        (r"^the PBX has no ", _("The PBX does not know this queue.")),
        (r"^the PBX did not do it", _("The PBX did not do it.")),
    )
