"""A strict reader of what we render: Asterisk's own parser drops in silence what this one refuses.

It knows only the grammar of our templates. It reads fragments before anything is published; the applier then holds
the bytes on disk against the rendered ones and lets Asterisk's parser walk the whole file (ASTERISK.md, *Reload*).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from vaxelflode.rendering.known_options import KNOWN_OPTIONS, NEEDED_OPTIONS

#: Longest line, in bytes: Asterisk skips those over 8 kB in silence.
LINE_LENGTH = 8000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SECTION = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9_-]{0,78})\]")
_EXTEN = re.compile(r"exten => (_\[\+?0-9\]\.|_\*X\.|[A-Za-z0-9*#-]{1,60}),1,([A-Za-z]+)\((.*)\)")
_HINT = re.compile(r"exten => (_\*X{2,4}),hint,Custom:[a-z0-9]+-code-\$\{EXTEN:1\}")
_SAME = re.compile(r" same => n,([A-Za-z]+)\((.*)\)")
_OPTION = re.compile(r"([a-z-]+) = (.+)")
_QUEUE = re.compile(r"\[([a-z0-9][a-z0-9-]{0,78})\]")
_EMAIL = r"[A-Za-z0-9._%+-]{1,63}@[A-Za-z0-9.-]{1,191}"
_MAILBOX = re.compile(
    rf"([a-z0-9-]{{1,79}}) => nologin,[A-Za-z0-9-]{{1,79}}(?:,(?:{_EMAIL})?,,maxmsg=(?:0|[1-9][0-9]{{0,3}}))?"
)
_LOCAL_GOTO = re.compile(r"(?:Goto\(|[?:])([a-z][a-z0-9-]*),1(?=[:)])")

#: Every application that our templates use. None of them runs a command or reads a file of the caller's choice.
APPLICATIONS = frozenset(
    {"Answer", "Background", "Dial", "ExecIf", "Goto", "GotoIf", "Hangup", "NoOp", "Playback", "Queue", "Read", "Set"}
    | {"UserEvent", "VoiceMail", "VoiceMailMain", "WaitExten"}
)

#: Sections that are none of ours, and mean something else.
_TAKEN = frozenset({"general", "globals", "zonemessages"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which line of the text (counted from 1)."""

    line: int
    reason: str


@dataclass(slots=True)
class _Context:
    name: str
    extensions: set[str] = field(default_factory=set)
    #: Without their dashes, of which Asterisk takes no notice: `1-2` and `12` are one.
    names: set[str] = field(default_factory=set)
    targets: list[tuple[int, str]] = field(default_factory=list)
    #: Whether the last line was a step, which another may follow; a hint takes none.
    begun: bool = False

    def missing(self) -> Iterator[Fault]:
        for line, target in self.targets:
            if target not in self.extensions:
                yield Fault(line, f"leads to {target}, which {self.name} does not have")


def faults(name: str, content: bytes) -> list[Fault]:
    """What is wrong with ``content`` as (a part of) the file ``name``; empty when nothing is."""
    read = _READERS[name]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [Fault(1, "is not UTF-8")]
    found = list(_lines(text))
    return found or list(read(text.split("\n")))


def _lines(text: str) -> Iterator[Fault]:
    if not text.endswith("\n"):
        yield Fault(text.count("\n") + 1, "does not end in a whole line")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.encode()) > LINE_LENGTH:
            yield Fault(number, "is longer than Asterisk reads")
        if _CONTROL.search(line):
            yield Fault(number, "has a control character")
        if (not line.startswith("; ") and ";" in line) or ";--" in line or "--;" in line:
            yield Fault(number, "has a semicolon, which cuts the line or the file")


def _dialplan(lines: list[str]) -> Iterator[Fault]:
    contexts: dict[str, _Context] = {}
    here: _Context | None = None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("; "):
            continue
        if found := _SECTION.fullmatch(line):
            yield from _taken(number, found[1])
            here = _Context(found[1])
            if contexts.setdefault(here.name, here) is not here:
                yield Fault(number, f"opens {here.name} a second time")
        elif here is None:
            yield Fault(number, "stands before any context")
        else:
            yield from _step(here, number, line)
    for context in contexts.values():
        yield from context.missing()


def _step(context: _Context, number: int, line: str) -> Iterator[Fault]:
    if hint := _HINT.fullmatch(line):
        if hint[1] in context.extensions:
            yield Fault(number, f"has {hint[1]} a second time")
        context.extensions.add(hint[1])
        context.begun = False
        return
    if found := _EXTEN.fullmatch(line):
        extension, application, arguments = found.groups()
        plain = extension.replace("-", "")
        if plain in context.names:
            yield Fault(number, f"has {extension} a second time")
        context.names.add(plain)
        context.extensions.add(extension)
        context.begun = True
    elif found := _SAME.fullmatch(line):
        application, arguments = found.groups()
        if not context.begun:
            yield Fault(number, "goes on where nothing has begun")
    else:
        yield Fault(number, "is neither a context nor a step")
        return
    if application not in APPLICATIONS:
        yield Fault(number, f"uses the application {application}, which is not one of ours")
    if not _balanced(arguments):
        yield Fault(number, "has a bracket that is not closed")
    context.targets += [(number, t) for t in _LOCAL_GOTO.findall(f"{application}({arguments})") if "$" not in t]


def _taken(number: int, section: str) -> Iterator[Fault]:
    if section.lower() in _TAKEN:
        yield Fault(number, f"opens {section}, which is not ours")


def _balanced(text: str) -> bool:
    closing = {")": "(", "]": "[", "}": "{"}
    open_: list[str] = []
    for character in text:
        if character in "([{":
            open_.append(character)
        elif character in closing and (not open_ or open_.pop() != closing[character]):
            return False
    return not open_


def _options(file: str, lines: list[str]) -> Iterator[Fault]:
    """Names in lower case: Asterisk takes no notice of case, and keeps the name that it knew before."""
    sections: dict[str, set[str]] = {}
    options: set[str] | None = None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("; "):
            continue
        if section := _QUEUE.fullmatch(line):
            yield from _taken(number, section[1])
            options = set()
            if sections.setdefault(section[1], options) is not options:
                yield Fault(number, f"opens {section[1]} a second time")
        elif (option := _OPTION.fullmatch(line)) is None:
            yield Fault(number, "is neither a section nor an option")
        elif options is None:
            yield Fault(number, "stands before any section")
        else:
            yield from _option(file, number, option, options)
    for name, found in sections.items():
        yield from (Fault(len(lines), f"ends without {name}'s {o}") for o in sorted(NEEDED_OPTIONS[file] - found))


def _option(file: str, number: int, option: re.Match[str], options: set[str]) -> Iterator[Fault]:
    name, value = option.groups()
    allowed = KNOWN_OPTIONS[file].get(name)
    if allowed is None:
        yield Fault(number, f"gives {name}, which is not an option of ours")
    elif not allowed.fullmatch(value):
        yield Fault(number, f"gives {name} a value that it cannot have")
    if name in options:
        yield Fault(number, f"gives {name} a second time")
    options.add(name)


def _mailboxes(lines: list[str]) -> Iterator[Fault]:
    mailboxes: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("; "):
            continue
        if found := _SECTION.fullmatch(line):
            yield from _taken(number, found[1])
            mailboxes = set()
        elif (mailbox := _MAILBOX.fullmatch(line)) is None:
            yield Fault(number, "is not a mailbox")
        elif mailbox[1] in mailboxes:
            yield Fault(number, f"has {mailbox[1]} a second time")
        else:
            mailboxes.add(mailbox[1])


_READERS: Mapping[str, Callable[[list[str]], Iterator[Fault]]] = {
    "extensions.conf": _dialplan,
    "queues.conf": partial(_options, "queues.conf"),
    "musiconhold.conf": partial(_options, "musiconhold.conf"),
    "voicemail.conf": _mailboxes,
}


def steps(text: str) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Context → extension → its steps, each an application and its arguments; for text without faults."""
    contexts: dict[str, dict[str, list[tuple[str, str]]]] = {}
    extensions: dict[str, list[tuple[str, str]]] = {}
    here: list[tuple[str, str]] = []
    for line in text.split("\n"):
        if found := _SECTION.fullmatch(line):
            extensions = contexts.setdefault(found[1], {})
        elif found := _HINT.fullmatch(line):
            extensions.setdefault(found[1], [])  # it takes no step
        elif found := _EXTEN.fullmatch(line):
            here = extensions.setdefault(found[1], [])
            here.append((found[2], found[3]))
        elif found := _SAME.fullmatch(line):
            here.append((found[1], found[2]))
    return contexts
