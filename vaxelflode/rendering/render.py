"""From the company at a revision to the bytes of Asterisk's files. Pure: the same snapshot gives the same bytes.

Each object's part of each file is a fragment, kept as long as the object is the same value, so that one change in
ten thousand objects costs one template. A file's *stamp* is ``<revision>-<digest>``: the revision in which its
content last changed. A file whose content is unchanged keeps its stamp, hence its bytes.

Holidays are rendered by date, as far as the horizon; it is a value beside the snapshot and moves with the year
(:meth:`Renderer.look_ahead`), so that what is rendered ahead never runs out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError, TemplateNotFound

from vaxelflode.domain.calendars import between, choice_between
from vaxelflode.domain.company import EMPTY, Company, Object
from vaxelflode.domain.hours import until_midnight
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.rendering.encode import Names, Unencodable, word
from vaxelflode.rendering.environment import environment
from vaxelflode.rendering.fragments import Fragments
from vaxelflode.rendering.schedule_dates import exceptions, open_test, weekly_tests

#: The files of a bundle, in the order in which their modules are reloaded: what the dialplan uses comes first.
FILES = ("musiconhold.conf", "queues.conf", "voicemail.conf", "extensions.conf")

#: Pieces of a file that are handled at once, each some hundreds of bytes.
_TOGETHER = 128

#: A shared context of dates: a country, and one of its choices or ``""`` for the public holidays.
_Calendar = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """What rendering needs to know of the installation. ``outbound`` is a technology and an endpoint."""

    prefix: str = "vx"
    sounds_path: str = "/var/lib/vaxelflode/sounds"
    country_code: str = "46"
    outbound: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One rendered file: its stamp, its bytes, and at least the fragments that changed since the bundle before.

    Its bytes are the fragments themselves, which it shares with the files before and after it: at 10,000 flows they are
    8 MB, which no save makes anew.
    """

    stamp: str
    digest: str
    pieces: tuple[bytes, ...]
    changed: Mapping[ObjectRef, bytes] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """All of it in one; for whoever needs it so, since it is a copy."""
        return b"".join(self.pieces)

    def blocks(self) -> Iterator[bytes]:
        """The content in order, some tens of kilobytes at a time."""
        for first in range(0, len(self.pieces), _TOGETHER):
            yield b"".join(self.pieces[first : first + _TOGETHER])

    def is_same_as(self, other: File) -> bool:
        """Whether the bytes are the same, however they are cut. The stamp is among them."""
        return self.stamp == other.stamp and (self.pieces == other.pieces or self._hash() == other._hash())

    def _hash(self) -> bytes:
        found = hashlib.sha256()
        for block in self.blocks():
            found.update(block)
        return found.digest()


@dataclass(frozen=True, slots=True)
class Bundle:
    """The whole rendered configuration of one revision."""

    revision: int
    files: Mapping[str, File]
    #: Whose it is, in the words of its database; ``None``: made before that was written down.
    installation: str | None = None
    #: When its revision was made, which no other revision of that number has in common; ``None``: not written down.
    made_at: dt.datetime | None = None

    def differs_from(self, other: Bundle | None) -> tuple[str, ...]:
        """The files whose content is not that of ``other``, in the order of reloading."""
        return tuple(n for n in FILES if other is None or not self.files[n].is_same_as(other.files[n]))


class Renderer:
    """Renders bundles for one installation and keeps the fragments of the last one."""

    def __init__(self, templates: Path | Sequence[Path], options: Options, *, today: dt.date) -> None:
        """``today`` says which years' holidays are rendered, until :meth:`look_ahead`."""
        self.names = Names(options.prefix, options.sounds_path)
        self._options = options
        #: Whose the bundles are that are made here.
        self.installation: str | None = None
        #: The revision whose time is known here, and when it was made.
        self.made_at: tuple[int, dt.datetime | None] = (0, None)
        #: The first and the last date of the holidays that are rendered, in the next bundle and in what is kept.
        self.horizon = self._kept_for = _horizon(today)
        self._env = environment(templates, self.names)
        self._env.filters["open_test"] = open_test
        self._env.filters["until_midnight"] = until_midnight
        self._env.filters["weekly_tests"] = weekly_tests
        self._env.globals["exceptions"] = lambda spec: exceptions(spec, *self.horizon)
        self._templates = {kind: self._of_kind(kind) for kind in kinds()}
        self._company = EMPTY
        self._fragments = {name: Fragments() for name in FILES}
        #: How many schedules look at each shared context of holidays.
        self._calendars: Counter[_Calendar] = Counter()
        self._made: Bundle | None = None
        #: What changed since the bundle that the last one was rendered against; perhaps more, never less.
        self._since: frozenset[ObjectRef] = frozenset()

    def look_ahead(self, today: dt.date) -> None:
        """From now on render the holidays of last year to ten years after ``today``'s; :attr:`horizon` says whether
        what was made before is still what would be made now.
        """
        self.horizon = _horizon(today)

    def _of_kind(self, kind: str) -> Mapping[str, Template]:
        found = {}
        for name in FILES:
            try:
                found[name] = self._env.get_template(f"{kind}.{name}.j2")
            except TemplateNotFound:
                continue
        return found

    def render(self, company: Company, before: Bundle | None = None) -> Bundle:
        """The bundle of ``company``; ``before`` is the one whose stamps unchanged files keep.

        A ``before`` that is not the last one made here (it was read from the disk, or what was made since was not
        taken) is held against our own bytes, and all that changed since it is in ``changed``.
        """
        changed = self._refresh(company)
        if before is None:
            self._since = frozenset(company.everything)
        else:
            self._since = changed if before is self._made else (self._since | changed) & company.everything.keys()
        files = {name: self._file(name, company, before) for name in FILES}
        made_at = self.made_at[1] if self.made_at[0] == company.revision else None
        self._made = Bundle(company.revision, files, self.installation, made_at)
        return self._made

    def _refresh(self, company: Company) -> frozenset[ObjectRef]:
        changed, gone = company.since(self._company)
        changed += self._to_renew(company, frozenset(o.ref for o in changed))
        made = [(o.ref, self._rendered(o)) for o in changed]  # all of them, or none
        before = self._company.everything
        self._calendars.subtract(c for ref in (*gone, *(r for r, _ in made)) for c in _calendars(before.get(ref)))
        self._calendars.update(c for o in changed for c in _calendars(o))
        for name, fragments in self._fragments.items():
            absent = [ref for ref, texts in made if name not in texts]
            fragments.update({ref: texts[name] for ref, texts in made if name in texts}, [*gone, *absent])
        self._company, self._kept_for = company, self.horizon
        return frozenset(ref for ref, _ in made)

    def _to_renew(self, company: Company, changed: frozenset[ObjectRef]) -> list[Object]:
        """The schedules beside ``changed`` whose own dates depend on the horizon, if it has moved."""
        if self.horizon == self._kept_for:
            return []
        schedules = (o for o in company.everything.values() if o.ref not in changed)
        return [o for o in schedules if isinstance(o.spec, Schedule) and o.spec.runs_past_midnight]

    def _rendered(self, o: Object) -> dict[str, bytes]:
        if o.retired and not o.kind.reachable:
            return {}  # no call waits in an entry: once deleted it lets none in
        values = {**self._env.globals, "ref": o.ref, "spec": o.spec, "retired": o.retired}
        try:
            made = {name: _filled(template, values) for name, template in self._templates[o.ref.kind].items()}
            return {name: text for name, text in made.items() if text}
        except (TemplateError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError) as err:
            # One object that cannot be rendered must not keep all the others from changing.
            raise Unencodable(f"{o.ref}: {err}") from err

    def _file(self, name: str, company: Company, before: Bundle | None) -> File:
        head, fragments = self._head(name), self._fragments[name]
        digest = fragments.digest(head)
        was = None if before is None else before.files[name]
        if was is not None and was.digest == digest:
            ours = was.pieces if before is self._made else self._pieces(name, head, was.stamp)
            same = File(was.stamp, digest, ours)
            if same.is_same_as(was):
                return same
        stamp = f"{company.revision}-{digest}"
        new = {ref: text for ref in self._since if (text := fragments.get(ref)) is not None}
        return File(stamp, digest, self._pieces(name, head, stamp), new)

    def part(self, bundle: Bundle, refs: Iterable[ObjectRef]) -> Bundle:
        """``bundle`` with the fragments of ``refs`` for what changed, as last rendered here: to have them proven."""
        looked_at = list(refs)
        files = {
            name: replace(
                file, changed={r: text for r in looked_at if (text := self._fragments[name].get(r)) is not None}
            )
            for name, file in bundle.files.items()
        }
        return Bundle(bundle.revision, files, bundle.installation, bundle.made_at)

    def _pieces(self, name: str, head: bytes, stamp: str) -> tuple[bytes, ...]:
        tail = self._env.get_template(f"tail.{name}.j2").render(stamp=stamp).encode()
        return (head, *self._fragments[name].texts, tail)

    def _head(self, name: str) -> bytes:
        calendars = sorted(c for c, users in self._calendars.items() if users)
        return self._head_with(name, tuple(calendars) if name == "extensions.conf" else (), *self.horizon)

    @lru_cache(maxsize=16)  # noqa: B019 -- a renderer lives as long as the process
    def _head_with(self, name: str, calendars: tuple[_Calendar, ...], first: dt.date, last: dt.date) -> bytes:
        outbound = self._options.outbound
        return (
            self._env.get_template(f"head.{name}.j2")
            .render(
                country_code=self._options.country_code,
                outbound=outbound and tuple(map(word, outbound)),
                holidays=[(self.names.holidays(*c), list(_dates(*c, first, last))) for c in calendars],
            )
            .encode()
        )


def _horizon(today: dt.date) -> tuple[dt.date, dt.date]:
    return dt.date(today.year - 1, 1, 1), dt.date(today.year + 10, 12, 31)


def _filled(template: Template, values: dict[str, Any]) -> bytes:
    """As ``template.render``, without copying the environment's globals for each of ten thousand objects."""
    context = template.new_context(values, shared=True)
    return "".join(template.root_render_func(context)).encode()


def _calendars(o: Object | None) -> Iterator[_Calendar]:
    """The holidays that an object looks at, if it is a schedule that is there."""
    if o is not None and not o.retired and isinstance(o.spec, Schedule) and (country := o.spec.holidays.calendar):
        yield country, ""
        yield from ((country, choice) for choice in o.spec.holidays.also)


def _dates(country: str, choice: str, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return choice_between(country, choice, first, last) if choice else between(country, first, last)
