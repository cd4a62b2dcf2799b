"""What is on the disk and what Asterisk has loaded, read without the product: its console, and a reader of our own."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import reading
from tests.fuzz.reading import Dialplan
from vaxelflode.applying.store import KEPT
from vaxelflode.demo.pbx import Pbx
from vaxelflode.errors import PbxError
from vaxelflode.rendering.render import FILES

_CONTEXT = re.compile(r"\[ (?:Included )?[Cc]ontext '([^']+)' created by 'pbx_config' \]")
_STEP = re.compile(
    r"  (?:'(?P<name>[^']*)' =>|  {15,})\s+"
    r"(?:[0-9]+\. (?P<app>\w+)\((?P<data>.*)\)|hint: (?P<hint>\S+))\s+\[[^\]]*\]"
)
_QUEUE = re.compile(
    r"^(\S+) has [0-9]+ calls \(max (unlimited|[0-9]+)\) in '(\w+)' strategy .* within ([0-9]+)s$", re.MULTILINE
)
_MAILBOX = re.compile(r"^(vx\S*) +(\S+) ", re.MULTILINE)
_SECTION = re.compile(r"^\[([^\]]+)\]", re.MULTILINE)
_TALLY = re.compile(r"^-= (\d+) extensions? \((\d+) priorit(?:y|ies)\) in (\d+) contexts?\. =-$", re.MULTILINE)
#: What the tally counts: extensions, priorities, contexts.
_COUNTED = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (r"^  '.*' =>", r"^  (?:'.*' =>| {15,})\s*(?:[0-9]+\. |hint: )", r"^\[ .*[Cc]ontext '")
)
#: How often a busy console is asked.
_TRIES = 5
#: What stands beside the releases when nothing is under way.
_BESIDE = {"releases", "current", ".lock", "aside"}


@dataclass(frozen=True, slots=True)
class Seen:
    """The configuration as one of the two has it; in each part the file's stamp is the last of its names."""

    dialplan: Dialplan
    #: Queue → longest line (0: no limit), strategy, seconds of the target.
    queues: Mapping[str, tuple[int, str, int]]
    mailboxes: frozenset[tuple[str, str]]
    #: Class of music → its files.
    music: Mapping[str, list[str]]

    def differs_from(self, other: Seen) -> Iterator[str]:
        """Part by part, in words."""
        for part in ("dialplan", "queues", "music"):
            mine, theirs = getattr(self, part), getattr(other, part)
            if wrong := sorted(k for k in {*mine, *theirs} if mine.get(k) != theirs.get(k)):
                yield f"{part}: {', '.join(wrong[:5])}"
        if wrong_boxes := sorted(self.mailboxes ^ other.mailboxes):
            yield f"mailboxes: {wrong_boxes[:5]}"


async def loaded(pbx: Pbx, prefix: str = "vx") -> Seen:
    """What Asterisk has, as its console tells; raises ``PbxError`` where it tells nothing."""
    shown = await _whole_dialplan(pbx)
    found: Dialplan = {}
    context: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in shown.splitlines():
        if begun := _CONTEXT.fullmatch(line):
            context = found.setdefault(begun[1], {}) if begun[1].startswith(f"{prefix}-") else {}
        elif step := _STEP.fullmatch(line):
            name = step["name"] if step["name"] is not None else name
            context.setdefault(name, []).append((step["hint"] or step["app"], step["data"] or ""))
    queues = {
        line[1]: (0 if line[2] == "unlimited" else int(line[2]), line[3], int(line[4]))
        for line in _QUEUE.finditer(await pbx.cli("queue show"))
        if line[1].startswith(f"{prefix}-")
    }
    boxes = frozenset((line[1], line[2]) for line in _MAILBOX.finditer(await pbx.cli("voicemail show users")))
    others = {name for path in pbx.etc.glob("[!v]*/extensions.conf") for name in _SECTION.findall(path.read_text())}
    return Seen(
        {n: steps for n, steps in found.items() if steps and n not in others}, queues, boxes, await _music(pbx, prefix)
    )


async def _whole_dialplan(pbx: Pbx) -> str:
    """All of it, as its last line counts.

    Where a busy machine reads too slowly, the console leaves out what has to wait for longer than 100 ms
    (``ast_carefulwrite``, as Asterisk's ``main/cli.c`` calls it).
    """
    for _ in range(_TRIES):
        shown = await pbx.cli("dialplan show")
        tally = _TALLY.search(shown)
        if tally is not None and [int(n) for n in tally.groups()] == [len(each.findall(shown)) for each in _COUNTED]:
            return shown
    raise PbxError("Asterisk's console did not show the dialplan whole")


async def _music(pbx: Pbx, prefix: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (await pbx.cli("moh show files")).splitlines():
        what, _, name = line.strip().partition(": ")
        if what == "Class":
            found[name] = []
        elif what == "File":
            found[[*found][-1]].append(name)
    return {name: files for name, files in found.items() if name.startswith(f"{prefix}-")}


def on_disk(folder: Path) -> Seen:
    """What Asterisk follows. Raises ``OSError`` or ``ValueError`` where that is no whole release."""
    if odd := [name for name in FILES if not (folder / "current" / name).is_file()]:  # a pipe never ends
        raise ValueError(f"no file: {odd}")
    text = {name: (folder / "current" / name).read_bytes().decode() for name in FILES}
    manifest = json.loads((folder / "current" / "manifest.json").read_bytes())
    for name, content in text.items():
        if manifest["files"][name]["stamp"] not in content[-200:]:
            raise ValueError(f"{name} does not end with its stamp")
        if manifest["files"][name]["sum"] != zlib.crc32(content.encode()):
            raise ValueError(f"{name} is not what its manifest says")
    queues = {
        name: (int(said.get("maxlen", 0)), said["strategy"], int(said.get("servicelevel", 0)))
        for name, said in reading.sections(text["queues.conf"]).items()
    }
    boxes = frozenset(reading.mailboxes(text["voicemail.conf"]))
    return Seen(reading.dialplan(text["extensions.conf"]), queues, boxes, reading.music(text["musiconhold.conf"]))


def shut(folder: Path) -> list[str]:
    """What of the current release nobody but root may read: Asterisk has it loaded, and could not read it again."""
    release = (folder / "current").resolve()
    return sorted(path.name for path in (release, *release.iterdir()) if not path.stat().st_mode & 0o444)


def left_lying(folder: Path) -> list[str]:
    """What stands in the generated directory though nothing is under way: a journal, a link that nobody follows."""
    found = sorted({path.name for path in folder.iterdir()} - _BESIDE)
    kept = sorted(path.name for path in (folder / "releases").iterdir())
    return found + (kept if len(kept) > KEPT + 1 else [])
