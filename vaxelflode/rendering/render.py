"""From the company at a revision to the bytes of Asterisk's files. Pure: the same snapshot gives the same bytes.

Each object's part of each file is a fragment, kept as long as the object is the same value, so that one change in
ten thousand objects costs one template. A file's *stamp* is ``<revision>-<digest>``: the revision in which its
content last changed. A file whose content is unchanged keeps its stamp, hence its bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Template, TemplateNotFound

from vaxelflode.domain.calendars import between
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.hours import until_midnight
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.kinds.schedule import Schedule
from vaxelflode.rendering.encode import Encoded, Names, word
from vaxelflode.rendering.environment import environment
from vaxelflode.rendering.schedule_dates import exceptions, open_test, weekly_tests

#: The files of a bundle, in the order in which their modules are reloaded: what the dialplan uses comes first.
FILES = ("queues.conf", "voicemail.conf", "extensions.conf")


@dataclass(frozen=True, slots=True)
class Options:
    """What rendering needs to know of the installation. ``outbound`` is a technology and an endpoint."""

    prefix: str = "vx"
    sounds_path: str = "/var/lib/vaxelflode/sounds"
    country_code: str = "46"
    outbound: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One rendered file: its stamp, its bytes, and at least the fragments that changed since the bundle before."""

    stamp: str
    digest: str
    content: bytes
    changed: Mapping[ObjectRef, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The whole rendered configuration of one revision."""

    revision: int
    files: Mapping[str, File]

    def differs_from(self, other: Bundle | None) -> tuple[str, ...]:
        """The files whose content is not that of ``other``, in the order of reloading."""
        return tuple(n for n in FILES if other is None or self.files[n].content != other.files[n].content)


@dataclass(slots=True)
class _Kept:
    source: Object
    fragments: Mapping[str, bytes]
    digests: Mapping[str, bytes]


class Renderer:
    """Renders bundles for one installation and keeps the fragments of the last one."""

    def __init__(self, templates: Path, options: Options, *, today: dt.date) -> None:
        """``today`` fixes the years whose public holidays are rendered: last year's to five years ahead."""
        self.names = Names(options.prefix, options.sounds_path)
        self._options = options
        self._horizon = dt.date(today.year - 1, 1, 1), dt.date(today.year + 5, 12, 31)
        self._env = environment(templates, self.names)
        self._env.filters["holidays_context"] = self._holidays_context
        self._env.filters["sentinel"] = self.names.sentinel
        self._env.filters["open_test"] = open_test
        self._env.filters["until_midnight"] = until_midnight
        self._env.filters["weekly_tests"] = weekly_tests
        self._env.globals["exceptions"] = lambda spec: exceptions(spec, *self._horizon)
        self._templates = {kind: self._of_kind(kind) for kind in kinds()}
        self._kept: dict[ObjectRef, _Kept] = {}
        self._order: tuple[ObjectRef, ...] = ()
        self._made: Bundle | None = None
        #: What changed since the bundle that the last one was rendered against; perhaps more, never less.
        self._since: frozenset[ObjectRef] = frozenset()

    def _holidays_context(self, country: str | None) -> Encoded:
        return self.names.own(f"holidays-{(country or 'none').lower()}")

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
            self._since = frozenset(self._kept)
        else:
            self._since = changed if before is self._made else (self._since | changed) & self._kept.keys()
        files = {name: self._file(name, company, before) for name in FILES}
        self._made = Bundle(company.revision, files)
        return self._made

    def _refresh(self, company: Company) -> frozenset[ObjectRef]:
        everything = company.everything
        changed = {ref for ref, o in everything.items() if (k := self._kept.get(ref)) is None or k.source is not o}
        self._kept |= {ref: self._fragments(everything[ref]) for ref in changed}  # all of them, or none
        gone = self._kept.keys() - everything.keys()
        for ref in gone:
            del self._kept[ref]
        if len(self._order) != len(everything) or not changed <= set(self._order):
            self._order = tuple(sorted(everything))
        return frozenset(changed)

    def _fragments(self, o: Object) -> _Kept:
        closed = o.retired and not o.kind.reachable  # no call waits in an entry: once deleted it lets none in
        made = {
            name: template.render(ref=o.ref, spec=o.spec).encode()
            for name, template in ({} if closed else self._templates[o.ref.kind]).items()
        }
        return _Kept(o, made, {name: hashlib.sha256(text).digest() for name, text in made.items()})

    def _file(self, name: str, company: Company, before: Bundle | None) -> File:
        head = self._head(name, company)
        kept = [k for ref in self._order if name in (k := self._kept[ref]).fragments]
        digest = hashlib.sha256(head + b"".join(k.digests[name] for k in kept)).hexdigest()[:16]
        was = None if before is None else before.files[name]
        if was is not None and was.digest == digest:
            ours = was.content if before is self._made else self._joined(name, head, kept, was.stamp)
            if was.content == ours:
                return File(was.stamp, digest, was.content)
        stamp = f"{company.revision}-{digest}"
        new = {ref: k.fragments[name] for ref in self._since if name in (k := self._kept[ref]).fragments}
        return File(stamp, digest, self._joined(name, head, kept, stamp), new)

    def _joined(self, name: str, head: bytes, kept: Sequence[_Kept], stamp: str) -> bytes:
        tail = self._env.get_template(f"tail.{name}.j2").render(stamp=stamp).encode()
        return b"".join([head, *(k.fragments[name] for k in kept), tail])

    def _head(self, name: str, company: Company) -> bytes:
        outbound = self._options.outbound
        return (
            self._env.get_template(f"head.{name}.j2")
            .render(
                country_code=self._options.country_code,
                outbound=outbound and tuple(map(word, outbound)),
                holidays=list(self._holidays(company)) if name == "extensions.conf" else (),
            )
            .encode()
        )

    def _holidays(self, company: Company) -> Iterator[tuple[str, list[dt.date]]]:
        used = {o.spec.holidays.calendar for o in company.of_kind("schedule") if isinstance(o.spec, Schedule)}
        for country in sorted(c for c in used if c):
            yield country, list(between(country, *self._horizon))
