"""What must be true of a crowd's log, of the history and of what stands in the end. Each fault is a line of words.

The judge knows nothing of the product but what its API answered: an accepted write is one that was answered by a
change; who lost was told 412, 403 or 404, or that the service was busy.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.crowd.editors import Entry
from tests.crowd.house import Editor, Json, Knob

#: What may be answered to somebody whose change is not made.
_REFUSALS = frozenset({403, 404, 412, 503})
#: Changes whose settling lies closer together were settled as one batch: a batch takes tens of milliseconds.
_ONE_BATCH = dt.timedelta(milliseconds=2)


def accepted(entries: Iterable[Entry]) -> list[Entry]:
    """What was answered by a change, in the order of the revisions."""
    return sorted((e for e in entries if e.revision is not None), key=lambda e: e.revision or 0)


def faults(
    entries: Sequence[Entry],
    editors: Sequence[Editor],
    history: Sequence[Json],
    initial: Mapping[str, Json],
    final: Mapping[str, Json],
) -> list[str]:
    """Everything that is wrong. ``history`` is oldest first; ``initial`` and ``final`` are specs by object."""
    made = accepted(entries)
    found = [*_answers(entries, editors), *_history(made, history), *_chains(made), *_values(made, initial, final)]
    return [*found, *_losers(entries), *_nothing(entries, made, initial)]


def _answers(entries: Sequence[Entry], editors: Sequence[Editor]) -> Iterator[str]:
    """Whoever may was answered by a change or a refusal that says why; whoever may not, by 403 or 404."""
    rights = {editor.name: editor.may for editor in editors}
    for e in entries:
        may = rights[e.who]
        forbidden = may is not None and (e.knob.ref, e.knob.aspect) not in may
        if forbidden and e.status not in (403, 404):
            yield f"{_named(e)}: has no right to it, and was answered {e.status}"
        if not forbidden and e.status in (403, 404):
            yield f"{_named(e)}: has a right to it, and was answered {e.status} {e.words}"
        if (e.change is None) != (e.status in _REFUSALS):
            yield f"{_named(e)}: {e.status} {e.words}, and the change {e.change}"
        if e.change is None and not e.words:
            yield f"{_named(e)}: {e.status} without a word"


def _history(made: Sequence[Entry], history: Sequence[Json]) -> Iterator[str]:
    """Each accepted write exactly once, in the order of revisions, live, and by whom and what it was; nothing else."""
    times = Counter(change["id"] for change in history)
    yield from (f"{one} stands {n} times in the history" for one, n in times.items() if n != 1)
    logged = {e.change["id"]: e for e in made if e.change}
    yield from (
        f"{c['id']} of {c['object']} is in the history, and nobody made it" for c in history if c["id"] not in logged
    )
    known = {change["id"]: change for change in history}
    for one, e in logged.items():
        if (change := known.get(one)) is None:
            yield f"{_named(e)}: {one} is not in the history"
            continue
        told = [change["actor"]["name"], change["object"], change["edits"]]
        wrote = [e.who, e.knob.ref, [{"path": [*e.knob.path], "before": e.read, "after": e.value}]]
        if told != wrote:
            yield f"{_named(e)}: the history says {told}"
        if change["state"] != "live":
            yield f"{_named(e)}: is {change['state']} {change['reason']}"
    revisions = [change["revision"] for change in history]
    if revisions != sorted(set(revisions)):
        yield "the history is not in the order of the revisions"


def _chains(made: Sequence[Entry]) -> Iterator[str]:
    """Of each aspect, every version is made once, from the one that its writer held."""
    by_aspect: dict[tuple[str, str], list[Entry]] = {}
    for e in made:
        by_aspect.setdefault((e.knob.ref, e.knob.aspect), []).append(e)
    for (ref, aspect), chain in by_aspect.items():
        for number, e in enumerate(chain):
            if e.held != number:
                yield f"{_named(e)}: held {aspect}.{e.held} where {ref} stood at {aspect}.{number}"
            if e.status in (200, 202) and e.version != number + 1:
                yield f"{_named(e)}: was told {aspect}.{e.version} instead of {aspect}.{number + 1}"


def _values(made: Sequence[Entry], initial: Mapping[str, Json], final: Mapping[str, Json]) -> Iterator[str]:
    """Each write replaced what its writer had read, and the last one stands."""
    stands: dict[tuple[str, tuple[str, ...]], Any] = {}
    knobs: dict[tuple[str, tuple[str, ...]], Knob] = {e.knob.place: e.knob for e in made}
    for e in made:
        before = stands.get(e.knob.place, e.knob.value(initial[e.knob.ref]))
        if before != e.read:
            yield f"{_named(e)}: replaced {before}, and its writer had read {e.read}"
        stands[e.knob.place] = e.value
    for place, value in stands.items():
        if (found := knobs[place].value(final[place[0]])) != value:
            yield f"{place}: {found} stands, and {value} was accepted last"


def _losers(entries: Sequence[Entry]) -> Iterator[str]:
    """Who was told 412 was overtaken: somebody was given the very version that this one held."""
    won = {(e.knob.ref, e.knob.aspect, e.held) for e in entries if e.revision is not None}
    for e in entries:
        if e.status == 412 and (e.knob.ref, e.knob.aspect, e.held) not in won:
            yield f"{_named(e)}: was told 412, and nobody else changed {e.knob.aspect}.{e.held}"


def _nothing(entries: Sequence[Entry], made: Sequence[Entry], initial: Mapping[str, Json]) -> Iterator[str]:
    """Who was told that there is nothing to change wanted what somebody had already set."""
    stood = {(e.knob.place, str(e.value)) for e in made}
    for e in entries:
        is_first = e.knob.value(initial[e.knob.ref]) == e.value
        if e.status == 200 and e.revision is None and not is_first and (e.knob.place, str(e.value)) not in stood:
            yield f"{_named(e)}: was told that there is nothing to change, and nobody had set it"


def lasting(made: Sequence[Entry]) -> Iterator[tuple[Knob, Any]]:
    """Each knob that was turned, with the value that was accepted last."""
    last = {e.knob.place: e for e in made}
    return ((e.knob, e.value) for e in last.values())


def batches(history: Iterable[Json]) -> int:
    """In how many batches the changes became live: those that were settled in the same moment are one."""
    moments = sorted(
        dt.datetime.fromisoformat(c["at"]) + dt.timedelta(milliseconds=c["live_ms"])
        for c in history
        if c["live_ms"] is not None
    )
    return sum(b - a > _ONE_BATCH for a, b in itertools.pairwise(moments)) + bool(moments)


def _named(e: Entry) -> str:
    return f"{e.who}, {e.knob.ref} {'.'.join(e.knob.path)} = {e.value}"
