"""The company as files that people read and that can live in git: what stands in which file, and how it is written.

::

    company.json                   {"format": 1}
    objects/<kind>/<key>.json      {"name", "spec"}; a queue also {"agents": [{"extension", "penalty", "permanent"}]}
    flows/<slug of name>.json      {"id", "name", "description", "number", "grants", "supervisors"}
    people/<address>.json          {"email", "name", "rights", "language", "extension", "disabled"}
    sounds/<sha256>.wav, .json     the sound, and {"seconds", "words"}

or as one file ``{"format": 1, "objects": {"menu/x": {…}}, "flows": […], "people": […], "sounds": {…}}``, without the
sounds themselves. The same company is always the same bytes, and a change touches only its file. Passwords, tokens
and whatever is secret are in no file.

Pure: contents are JSON values by path. :mod:`vaxelflode.domain.pieces` is the way back.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import quote

from vaxelflode.domain.agents import Agent
from vaxelflode.domain.company import EMPTY, Company, Object, targets
from vaxelflode.domain.flow import RIGHTS, Flow, Grant, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.pin import is_kept, nobodys
from vaxelflode.domain.spec import SET, Spec

#: The version of the layout.
FORMAT = 1
#: The file that makes a folder an export.
HEAD = "company.json"
#: Lists and small mappings of plain values stand on one line up to this width.
_WIDTH = 96
_SLUG_LENGTH, _ADDRESS_LENGTH = 60, 180


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is told of a sound: about how long it is, and the words spoken in it where they are known."""

    seconds: float
    words: str = ""


@dataclass(frozen=True, eq=False)
class Whole:
    """A company with all that belongs to it: agents by queue and extension, flows, people, and its prompts."""

    company: Company
    agents: Mapping[ObjectRef, Mapping[str, Agent]] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    people: tuple[Person, ...] = ()
    sounds: Mapping[str, Prompt] = field(default_factory=dict)


NOTHING = Whole(EMPTY)


def shown(spec: Spec) -> dict[str, Any]:
    """A spec on its way out, mappings in the order in which their keys are declared. Every spec passes here."""
    said = spec.shown()
    for name in spec.itemised:
        if isinstance(said.get(name), Mapping):
            said[name] = dict(sorted(said[name].items(), key=lambda item: _place(spec, name, item[0])))
    return said


def _place(spec: Spec, field: str, key: str) -> tuple[int, str]:
    declared = get_args(type(spec).model_fields[field].annotation)
    known = get_args(declared[0]) if declared else ()
    return (known.index(key), "") if key in known else (len(known), key)


def taken(kind: type[Spec], given: Any, before: Spec | None) -> Any:
    """A spec on its way in: what is masked stays as it stands in ``before``. Every spec passes here.

    A PIN that is given in digits and stands already stays too, rather than be salted anew.
    """
    if not isinstance(given, Mapping):
        return given
    stands = {} if before is None else before.as_json()
    typed = ((name, given.get(name), stands.get(name)) for name in kind.secrets())
    same = {name for name, value, stood in typed if isinstance(value, str) and stood and is_kept(value, stood)}
    # What is said to be set and is not at hand is nobody's to know until it is set anew: no code goes without a PIN.
    return {**given} | {name: stands.get(name) or nobodys() for name in masked(kind, given) | same}


def masked(kind: type[Spec], given: Mapping[str, Any]) -> frozenset[str]:
    """The fields of which only that they are set was shown."""
    return frozenset(name for name in kind.secrets() if given.get(name) == SET)


# ---------------------------------------------------------------------------------------------------- out


def files(whole: Whole) -> dict[str, Any]:
    """Path → content of every file but the sounds themselves."""
    made: dict[str, Any] = {HEAD: {"format": FORMAT}}
    made |= {f"objects/{o.ref.kind}/{o.ref.key}.json": object_content(whole, o) for o in _objects(whole)}
    made |= {path: flow_content(flow) for path, flow in _flow_files(whole.flows)}
    made |= {f"people/{_address(p.email)}.json": _person(p) for p in _people(whole)}
    return made | {f"sounds/{digest}.json": _prompt(prompt) for digest, prompt in played(whole)}


def one_file(whole: Whole) -> dict[str, Any]:
    """The same as one JSON value."""
    return {
        "format": FORMAT,
        "objects": {str(o.ref): object_content(whole, o) for o in _objects(whole)},
        "flows": [flow_content(flow) for _, flow in _flow_files(whole.flows)],
        "people": [_person(p) for p in _people(whole)],
        "sounds": {digest: _prompt(prompt) for digest, prompt in played(whole)},
    }


def played(whole: Whole) -> Iterator[tuple[str, Prompt]]:
    """The prompts that objects play, by digest; those of which nothing is known are left out."""
    used = {p for o in _objects(whole) for p in o.spec.sounds().values() if p}
    return ((digest, whole.sounds[digest]) for digest in sorted(used) if digest in whole.sounds)


def _objects(whole: Whole) -> list[Object]:
    return sorted((o for o in whole.company.everything.values() if not o.retired), key=lambda o: o.ref)


def _people(whole: Whole) -> list[Person]:
    return sorted(whole.people, key=lambda p: p.email)


def object_content(whole: Whole, o: Object) -> dict[str, Any]:
    """What an object's file holds."""
    made: dict[str, Any] = {"name": o.name, "spec": shown(o.spec)}
    if has_agents(o.ref):
        there = sorted(whole.agents.get(o.ref, {}).values(), key=lambda a: a.extension)
        made["agents"] = [
            {"extension": a.extension, "penalty": a.penalty, "permanent": True} for a in there if a.permanent
        ]
    return made


def has_agents(ref: ObjectRef) -> bool:
    """Whether agents answer an object of this kind."""
    return ref.kind in kinds() and "agents" in kinds()[ref.kind].live_aspects


def flow_content(flow: Flow) -> dict[str, Any]:
    """What a flow's file holds."""
    return {
        "id": flow.id,
        "name": flow.name,
        "description": flow.description,
        "number": flow.number,
        "grants": [_grant(grant) for grant in flow.grants],
        "supervisors": sorted(flow.supervisors),
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "object": str(grant.object),
        "aspects": [a for a in kinds()[grant.object.kind].aspects if a in grant.aspects],
        "limits": {name: grant.limits[name] for name in sorted(grant.limits)},
        "expires": grant.expires.isoformat() if grant.expires else None,
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "rights": [r for r in RIGHTS if r in person.rights],
        "language": person.language,
        "extension": person.extension,
        "disabled": person.disabled,
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {"seconds": prompt.seconds, "words": prompt.words}


def _flow_files(flows: Iterable[Flow]) -> list[tuple[str, Flow]]:
    """Each flow with its file, in the order of the files. Where names make the same slug, the files carry the ids."""
    slugs = {flow.id: slug(flow.name) for flow in flows}
    times = Counter(slugs.values())
    named = ((s if (s := slugs[f.id]) and times[s] == 1 else f"{s}-{f.id}".strip("-"), f) for f in flows)
    return sorted(((f"flows/{name}.json", flow) for name, flow in named), key=lambda found: found[0])


def slug(name: str) -> str:
    """A name as part of a file's name: ``Kundtjänst & växel`` → ``kundtjanst-vaxel``; perhaps empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:_SLUG_LENGTH].strip("-")


def _address(email: str) -> str:
    """An address as a file's name: what is no plain character is percent-encoded, what is too long is cut."""
    safe = quote(email, safe="@+")
    if len(safe) <= _ADDRESS_LENGTH:
        return safe
    return f"{safe[:_ADDRESS_LENGTH]}-{hashlib.sha256(email.encode()).hexdigest()[:12]}"


# ---------------------------------------------------------------------------------------------------- text


def text(content: Any) -> str:
    """A content as the text of its file: indented, what is short on one line, a newline at the end."""
    return _written(content, 0) + "\n"


def _written(value: Any, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, Mapping | list) or not value or (_is_plain(value) and indent + len(flat) <= _WIDTH):
        return flat
    inner = indent + 2
    if isinstance(value, list):
        parts = [_written(item, inner) for item in value]
        begin, end = "[]"
    else:
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {_written(item, inner)}" for key, item in value.items()]
        begin, end = "{}"
    return begin + "\n" + ",\n".join(" " * inner + part for part in parts) + "\n" + " " * indent + end


def _is_plain(value: Any) -> bool:
    """A mapping of plain values, or a list of them and of such lists."""
    if isinstance(value, Mapping):
        return not any(isinstance(item, Mapping | list) and item for item in value.values())
    return all(not isinstance(item, Mapping | list) or (isinstance(item, list) and _is_plain(item)) for item in value)


# ---------------------------------------------------------------------------------------------------- order


def in_order(objects: Iterable[Object]) -> list[Object]:
    """The objects, each after all that its exits lead to, as far as that can be.

    Where callers can go round (a menu that leads to a message and back), whoever comes first by reference begins.
    """
    by_ref = {o.ref: o for o in sorted(objects, key=lambda o: o.ref)}
    done: dict[ObjectRef, Object] = {}
    begun: set[ObjectRef] = set()
    for start in by_ref:
        path = [(start, iter(_led_to(by_ref, start)))] if start not in begun else []
        begun.add(start)
        while path:
            here, rest = path[-1]
            there = next((ref for ref in rest if ref not in begun), None)
            if there is None:
                done[here] = by_ref[here]
                path.pop()
            else:
                begun.add(there)
                path.append((there, iter(_led_to(by_ref, there))))
    return list(done.values())


def _led_to(by_ref: Mapping[ObjectRef, Object], ref: ObjectRef) -> list[ObjectRef]:
    return [target for target in targets(by_ref[ref].spec) if target in by_ref]
