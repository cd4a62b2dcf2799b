"""Pages: a template, what every page shows beside it, and the words of whoever reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from vaxelflode.domain.flow import Person
from vaxelflode.domain.hours import Spans, clock
from vaxelflode.i18n import formats
from vaxelflode.i18n.catalogue import translations
from vaxelflode.i18n.words import LANGUAGES, Words
from vaxelflode.services.sessions import csrf_token
from vaxelflode.services.standing import Answers, answers
from vaxelflode.web.client import is_here
from vaxelflode.web.cookies import keep_visit, new_visit, visits_of
from vaxelflode.web.http import CONTEXT, PERSON, RIGHTS, SESSION, SETTINGS
from vaxelflode.web.marks import is_page, is_public
from vaxelflode.web.refusals import pbx_refusal, refusal
from vaxelflode.web.statics import STATICS

#: Where templates are looked for; a kind of somebody else's brings ``kinds/<kind>.html.j2`` in a folder of its own.
FOLDERS = [Path(__file__).parent / "templates"]

#: What a page may load and do: nothing from elsewhere, and nothing that stands in the page itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Up to so many bytes are compressed at once, within a millisecond or two: to wake a thread for them takes as long.
_AT_ONCE = 64 * 1024
#: Flows that are named where there are more than can be read.
_NAMED = 6
#: Set by the browser's side: only the part in question is swapped.
HTMX = "HX-Request"


@dataclass(frozen=True, slots=True)
class Look:
    """How one person reads: their language, the wall clock, and the words of both."""

    language: str
    #: Now, in the zone of the pages.
    now: dt.datetime

    @property
    def words(self) -> Words:
        """What kinds, aspects, exits and fields are called."""
        return Words(self.language)

    def date(self, date: dt.date) -> str:
        """``tisdag 16 mars``."""
        return formats.long_date(self.language, date)

    def day(self, date: dt.date) -> str:
        """A date as near as words come: ``idag``, ``i morgon``, ``onsdag``, else ``tisdag 16 mars``."""
        _ = translations(self.language).gettext
        match (date - self.now.date()).days:
            case 0:
                return _("today")
            case 1:
                return _("tomorrow")
            case -1:
                return _("yesterday")
            case days if 1 < days < 7:
                return _("on %(weekday)s") % {"weekday": formats.weekday(self.language, date)}
        return self.date(date)


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in FOLDERS]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals["_"] = made.globals["gettext"]  # the same at once, rather than looked up for each text
    made.globals["words"] = Words(language)
    made.globals["language"] = language
    for name in ("long_date", "short_date", "weekday", "short_weekday", "month", "decimal", "year_and_month"):
        made.filters[name] = partial(getattr(formats, name), language)
    made.filters["capital"] = formats.capital
    made.filters["phone_number"] = formats.phone_number
    made.filters["initials"] = initials
    made.filters["longest_word"] = longest_word
    made.filters["few"] = partial(few, language)
    made.filters["clock_texts"] = clock_texts
    made.filters["refusal"] = partial(refusal, language)
    made.filters["pbx_refusal"] = partial(pbx_refusal, language)
    made.filters["aspect_name"] = lambda aspect, kind: Words(language).aspect(kind, aspect)
    return made


def clock_texts(hours: Spans) -> list[str]:
    """Every clock time of a day's hours."""
    return [clock(minute) for span in hours for minute in span]


def longest_word(text: str) -> int:
    """How many letters the longest word has."""
    return max(map(len, text.split()), default=0)


def few(language: str, names: Iterable[str], joint: str = ", ") -> str:
    """``a, b, c``; of many the first ones, and how many more there are."""
    every = [*names]
    if len(every) <= _NAMED + 1:
        return joint.join(every)
    _ = translations(language).gettext
    return _("%(names)s and %(num)s others") % {"names": joint.join(every[:_NAMED]), "num": len(every) - _NAMED}


def initials(name: str) -> str:
    """``Karin Åström`` → ``KÅ``."""
    parts = [word for word in name.split() if word[0].isalnum()] or ["?"]
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def language_of(request: web.Request) -> str:
    """Whoever reads: their own choice, else the browser's wish, else the setting."""
    person: Person | None = request.get(PERSON)
    if person is not None:
        return person.language
    wished = (part.partition(";")[0].strip()[:2] for part in request.headers.get("Accept-Language", "").split(","))
    setting: str = request.app[SETTINGS].language
    return next((wish for wish in wished if wish in LANGUAGES), setting)


def look(request: web.Request) -> Look:
    """How whoever asks reads."""
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    return Look(language_of(request), request.app[CONTEXT].clock().astimezone(zone))


def is_fragment(request: web.Request) -> bool:
    """Whether only a part of the page is swapped."""
    return HTMX in request.headers


async def render(request: web.Request, template: str, /, status: int = 200, **values: Any) -> web.Response:
    """A page made of a template, with what every page shows."""
    visit = _visit(request)
    beside = await _beside(request, visit)
    html = environment(language_of(request)).get_template(template).render(beside, **values)
    response = web.Response(status=status, text=html, content_type="text/html", zlib_executor_size=_AT_ONCE)
    response.headers["Content-Security-Policy"] = POLICY
    response.enable_compression()
    if visit is not None:
        keep_visit(request, response, visit)
    return response


def _visit(request: web.Request) -> str | None:
    """Whom the forms of a page are for that needs no log-in: the browser that was here before, else a new one."""
    handler = request.match_info.handler
    return next(iter(visits_of(request)), None) or new_visit() if is_page(handler) and is_public(handler) else None


async def _beside(request: web.Request, visit: str | None) -> Mapping[str, Any]:
    """Who reads, how the PBX is, and where one is."""
    settings, session = request.app[SETTINGS], request.get(SESSION)
    me: Person | None = request.get(PERSON)
    pbx = await answers(request.app[CONTEXT]) if me is not None else Answers(connected=True, since=None)
    return {
        "me": me,
        "pbx": pbx,
        "look": look(request),
        "company": settings.company,
        "secure": settings.secure or is_here(request),
        "rights": request.get(RIGHTS, ""),
        "csrf": "" if session is None else csrf_token(session),
        "visit": "" if visit is None else csrf_token(visit),
        "static": request.app[STATICS].url,
        "here": request.path,
        # What one has just done oneself: its receipt alone is said by itself.
        "just_done": request.query.get("change", ""),
        # What is shown at an address that may know of forms alone: nobody asks there for the page as it is now.
        "answers_form": request.method == "POST" and HTMX not in request.headers,
    }


def see_other(path: str) -> web.Response:
    """After something was done: the page that shows it."""
    return web.Response(status=303, headers={"Location": path})
