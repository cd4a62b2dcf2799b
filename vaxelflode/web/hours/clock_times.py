"""Clock times and hours as people type them: ``8``, ``0830``, ``8.30``; a day's hours in one line or in pairs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vaxelflode.domain.hours import DAY, Span, Spans, clock, minutes, span

#: Most hours of a day, and characters of a line of them: what parts it would else take its time with a long one.
MOST = 12
_LONGEST_LINE = 300

_CLOCK = re.compile(r"(?P<h>[0-9]{1,2})(?:[:.]?(?P<m>[0-9]{2})|[:.])?")
_BETWEEN = re.compile(r"\s*(?:[-–—]|till|to|until)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:[,;&+]|\boch\b|\band\b)\s*", re.IGNORECASE)
_CLOSED = re.compile(r"stängt?|closed|-|–", re.IGNORECASE)


class Unread(ValueError):
    """What was typed is none; ``code`` says why (:mod:`vaxelflode.web.hours.wrong`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_clock(typed: str) -> str:
    """``8`` → ``08:00``, ``0830`` → ``08:30``, ``24`` → ``24:00``. Raises :class:`Unread`."""
    found = _CLOCK.fullmatch(typed.strip())
    if found is None:
        raise Unread("time")
    text = f"{int(found['h']):02d}:{found['m'] or '00'}"
    try:
        minutes(text)
    except ValueError:
        raise Unread("time") from None
    return text


@dataclass(frozen=True, slots=True)
class Pair:
    """Opens and closes, as typed."""

    opens: str
    closes: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.opens.strip() and not self.closes.strip()

    @property
    def normal(self) -> Pair:
        """As clock times where it can be read, else as typed."""
        return Pair(_normal(self.opens), _normal(self.closes))


def _normal(typed: str) -> str:
    try:
        return read_clock(typed) if typed.strip() else ""
    except Unread:
        return typed


@dataclass(frozen=True, slots=True)
class Read:
    """A day's hours as typed, and as they are read; ``wrong`` is the position of a pair → a code."""

    pairs: Sequence[Pair]
    hours: Spans = ()
    wrong: Mapping[int, str] = field(default_factory=dict)


def read_pairs(pairs: Sequence[Pair]) -> Read:
    """The hours of a day; pairs in which nothing stands are left out of them."""
    shown, wrong, found = [pair.normal for pair in pairs], {}, []
    for n, pair in enumerate(shown):
        if pair.is_empty:
            continue
        try:
            found.append((_span(pair), n))
        except Unread as err:
            wrong[n] = err.code
    found.sort()
    for (before, _), (there, n) in itertools.pairwise(found):
        if there.start < before.end:
            wrong.setdefault(n, "overlap")
    if len(found) > MOST:
        wrong.setdefault(len(shown) - 1, "many")
    return Read(shown, () if wrong else tuple(s for s, _ in found), wrong)


def _span(pair: Pair) -> Span:
    if not pair.opens.strip() or not pair.closes.strip():
        raise Unread("half")
    opens, closes = read_clock(pair.opens), read_clock(pair.closes)
    if opens == closes:
        raise Unread("same")
    if opens == clock(DAY):
        raise Unread("time")
    return span((opens, closes))


def read_line(typed: str) -> Spans:
    """``8-12, 13-17`` → two spans; nothing, or a word for it, is closed. Raises :class:`Unread`."""
    text = typed.strip()
    if not text or _CLOSED.fullmatch(text):
        return ()
    if len(text) > _LONGEST_LINE:
        raise Unread("hours")
    pairs = []
    for part in _AND.split(text):
        ends = _BETWEEN.split(part)
        if len(ends) != 2:
            raise Unread("hours")
        pairs.append(Pair(*ends))
    read = read_pairs(pairs)
    if read.wrong:
        raise Unread(next(iter(read.wrong.values())))
    return read.hours


def pairs_of(hours: Spans) -> list[Pair]:
    """A day's hours as they stand in a form."""
    return [Pair(clock(s.start), clock(s.end)) for s in hours]


def with_more(pairs: Sequence[Pair]) -> list[Pair]:
    """One pair more: an office day where there is none, a lunch where one fits, else an empty one."""
    read = read_pairs(pairs)
    there = [pair for pair in read.pairs if not pair.is_empty]
    if not there:
        return [Pair("08:00", "17:00")]
    noon = Span(12 * 60, 13 * 60)
    if not read.wrong and len(read.hours) == 1:
        (whole,) = read.hours
        if whole.start < noon.start and noon.end < whole.end:
            return pairs_of((Span(whole.start, noon.start), Span(noon.end, whole.end)))
    return [*there, Pair("", "")]


def as_json(hours: Spans) -> list[list[str]]:
    """A day's hours as a spec has them."""
    return [[clock(s.start), clock(s.end)] for s in hours]


def from_json(pairs: object) -> Spans:
    """The inverse of :func:`as_json`; ``ValueError`` for pairs that are none."""
    return tuple(sorted(span(pair) for pair in pairs)) if isinstance(pairs, list) else ()
