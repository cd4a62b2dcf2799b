"""Rendered files, damaged: refused before they are read, or loaded as exactly what their text says, and in silence."""

from __future__ import annotations

import asyncio
import difflib
import random
import time
from collections.abc import Callable

import pytest

from tests.fuzz import reading
from tests.fuzz.asterisk import Box
from tests.fuzz.drawing import pool, with_own_code
from tests.fuzz.laws import Broken, Tally
from tests.fuzz.share import SEED, count, show
from tests.fuzz.strings import token
from tests.rendering.making import new_renderer
from vaxelflode.domain.check import parsed_spec
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.kind import kinds
from vaxelflode.errors import PbxRefused
from vaxelflode.rendering.render import FILES
from vaxelflode.rendering.strict import faults

pytestmark = pytest.mark.pbx

#: Damages tried at each file, and how often another company is damaged.
DAMAGES, ANOTHER = 10_000, 250

Spoil = Callable[[bytes, int, int, random.Random], bytes]

#: Bytes of each class: what a single one may become.
_CLASSES = {
    "control": bytes(range(0x20)) + b"\x7f",
    "blank": b" \t",
    "digit": b"0123456789",
    "letter": b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "bracket": b"[](){}<>",
    "mark": b"!\"#$%&'*+,-./:;=?@\\^_`|~",
    "high": bytes(range(0x80, 0x100)),
}
_LENGTHS = (20, 60, 70, 80, 256, 4096, 8192)
_LINES = (
    b"[general]", b"[globals]", b"[vx-other](+)", b"[vx-other](!)", b"[vx-other]", b"exten => x,1,NoOp()",
    b"exten = x,1,NoOp()", b" same => n,Hangup()", b"same => n,Hangup()", b"include => default", b"switch => x",
    b"ignorepat => 9", b"member => PJSIP/666", b"member = PJSIP/666", b"mode = custom",
    b"application = /bin/sh", b"directory = /etc", b"strategy = linear", b"context = default",
    b"timeout = -1", b"maxlen = x", b"announce = /etc/passwd", b"setinterfacevar = yes", b"#include x", b"#exec date",
    b"attach = yes", b"x => 1234,Name,a@b.se,,delete=yes", b"x => nologin,x", b"; comment", b";-- comment", b";",
)  # fmt: skip


def _classed(bytes_: bytes) -> Spoil:
    return lambda text, at, _, chance: text[:at] + bytes([chance.choice(bytes_)]) + text[at + 1 :]


def _line(text: bytes, at: int) -> tuple[int, int]:
    """The line that holds ``at``, its end of line included."""
    return text.rfind(b"\n", 0, at) + 1, (text.find(b"\n", at) + 1) or len(text)


def _another_line(text: bytes, at: int, _end: int, chance: random.Random) -> bytes:
    start, _ = _line(text, at)
    return text[:start] + chance.choice(_LINES) + b"\n" + text[start:]


def _without_line(text: bytes, at: int, _end: int, _chance: random.Random) -> bytes:
    start, end = _line(text, at)
    return text[:start] + text[end:]


def _line_elsewhere(text: bytes, at: int, _end: int, chance: random.Random) -> bytes:
    start, end = _line(text, at)
    there, _ = _line(text, chance.randrange(len(text)))
    return text[:there] + text[start:end] + text[there:]


#: Class of damage → how it is done between two places.
SPOILS: dict[str, Spoil] = {
    **{f"to a {name}": _classed(bytes_) for name, bytes_ in _CLASSES.items()},
    "bit": lambda text, at, _, chance: text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) + text[at + 1 :],
    "case": lambda text, at, end, _: text[:at] + text[at:end].swapcase() + text[end:],
    "out": lambda text, at, end, _: text[:at] + text[end:],
    "twice": lambda text, at, end, _: text[:end] + text[at:end] + text[end:],
    "token": lambda text, at, _, chance: text[:at] + token(chance).encode("utf-8", "surrogatepass") + text[at:],
    "line in": _another_line,
    "line out": _without_line,
    "line twice": _line_elsewhere,
    "cut": lambda text, at, *_: text[:at],
    "cut at a line": lambda text, at, *_: text[: _line(text, at)[1]],
    "long": lambda text, at, _, chance: text[:at] + text[at : at + 1] * chance.choice(_LENGTHS) + text[at:],
}


@pytest.mark.parametrize("file", FILES)
async def test_a_damaged_file_is_refused_or_loaded_as_what_it_says(box: Box, file: str) -> None:
    started, tally, chance = time.monotonic(), Tally(), random.Random(f"{SEED}/{file}")
    whole = _rendered(chance)
    for n in range(count(DAMAGES // 5 if file == "musiconhold.conf" else DAMAGES, 100)):  # read by the console: slow
        if n % ANOTHER == ANOTHER - 1:
            whole = _rendered(chance)
        name, spoilt = _spoilt(whole[file], chance)
        if chance.random() < 0.2 and spoilt:
            name, spoilt = "two at once", _spoilt(spoilt, chance)[1]
        if spoilt != whole[file]:
            accepted = not faults(file, spoilt) and await _loaded(box, file, spoilt, whole[file])
            tally.count(name, accepted=accepted)
    show(f"Damages of {file}; accepted: loaded as it stands", tally, time.monotonic() - started)
    assert tally.accepted.total(), "nothing was ever loaded"
    await asyncio.sleep(0.2)  # what is logged comes a little later
    assert not box.complaints()


def _spoilt(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    name = chance.choice(sorted(SPOILS))
    at = chance.randrange(len(content))
    return name, SPOILS[name](content, at, at + chance.randint(1, 4), chance)


def _rendered(chance: random.Random) -> dict[str, bytes]:
    """The files of a small company: a queue, a mailbox and some other kinds, up to two objects of each."""
    found, codes = {}, set[str]()
    for kind in (*chance.sample(sorted(kinds().values(), key=str), 2), kinds()["queue"], kinds()["voicemail"]):
        for n in range(chance.randint(1, 2)):
            ref = ObjectRef(kind.name, f"46101{n}" if kind.key_pattern else f"prov-{n}")
            spec = chance.choice(pool(kind.name, chance.randrange(2**32), 10))
            found[ref] = with_own_code(Object(ref, "Namn", parsed_spec(kind, spec)), codes)
    return {name: file.content for name, file in new_renderer().render(Company(1, found)).files.items()}


async def _loaded(box: Box, file: str, content: bytes, whole: bytes) -> bool:
    """Whether Asterisk's parser took it in the pre-flight; then it must be loaded as its text says."""
    text = content.decode()
    before, after = (each.decode().splitlines(keepends=True) for each in (whole, content))
    damage = "".join(difflib.unified_diff(before, after, n=0))
    box.publish({file: content})
    if not await _passes_preflight(box, file, text):
        return False
    await box.reload(file)
    told = box.complaints()
    if told:
        raise Broken(file, damage, f"was accepted, and Asterisk says: {told}")
    expected, live = await _READ[file](box, text)
    if expected != live:
        raise Broken(file, damage, f"was accepted, and is loaded as {live}, not as {expected}")
    return True


async def _passes_preflight(box: Box, file: str, text: str) -> bool:
    """As the product asks before the swap: for the last line of the file in the file's last section."""
    lines = [line for line in text.split("\n") if line and not line.startswith(";")]
    sections = [line for line in lines if line.startswith("[")]
    if not sections or lines[-1].startswith("["):
        return False
    last = lines[-1].strip().replace(" => ", "=").replace(" = ", "=")
    try:
        return await box.parses(file, sections[-1][1 : sections[-1].index("]")], last)
    except PbxRefused:
        return False


async def _dialplan(box: Box, text: str) -> tuple[object, object]:
    return reading.dialplan(text), await box.dialplan()


async def _queues(box: Box, text: str) -> tuple[object, object]:
    said = {
        name: (o.get("strategy", "ringall"), o.get("maxlen", "0"), o.get("servicelevel", "0"), o.get("weight", "0"), ())
        for name, o in reading.sections(text).items()
    }
    found = await box.queues()
    return said, {
        name: (q.strategy, str(q.length), str(q.servicelevel), str(q.weight), q.members) for name, q in found.items()
    }


async def _mailboxes(box: Box, text: str) -> tuple[object, object]:
    return reading.mailboxes(text), await box.mailboxes()


async def _music(box: Box, text: str) -> tuple[object, object]:
    return reading.music(text), await box.music()


_READ = {
    "extensions.conf": _dialplan,
    "queues.conf": _queues,
    "voicemail.conf": _mailboxes,
    "musiconhold.conf": _music,
}
