"""The strict reader finds every damage that Asterisk would swallow in silence, and none in what we render."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM, companies
from tests.rendering.making import company, rendered, renderer, thing
from vaxelflode.domain.company import Company
from vaxelflode.rendering.render import FILES
from vaxelflode.rendering.strict import LINE_LENGTH, faults, steps

MENU = """\
[vx-menu-huvudmeny]
exten => s,1,Answer()
 same => n,Goto(prompt,1)
exten => prompt,1,Background(/sounds/abc)
 same => n,Goto(wait,1)
exten => wait,1,WaitExten(5)
 same => n,GotoIf($[${VX_TRY} <= 3]?prompt,1:timeout,1)
exten => timeout,1,Hangup(16)
exten => 1,1,Goto(vx-queue-kundservice,s,1)

"""
QUEUE = "[vx-kundservice]\nstrategy = rrmemory\ntimeout = 20\n\n"
MAILBOX = "kundtjanst => nologin,kundtjanst\nfaktura => nologin,faktura\n"
MUSIC = "[vx-kundservice]\nmode = playlist\nentry = /sounds/abc\n\n"
WHOLE = {"extensions.conf": MENU, "queues.conf": QUEUE, "voicemail.conf": MAILBOX, "musiconhold.conf": MUSIC}

DIALPLAN_DAMAGE = {
    "unclosed [": ("[vx-menu-huvudmeny]", "[vx-menu-huvudmeny"),
    "unknown template": ("[vx-menu-huvudmeny]", "[vx-menu-huvudmeny](missing)"),
    "added to": ("[vx-menu-huvudmeny]", "[vx-menu-huvudmeny](+)"),
    "no context": ("[vx-menu-huvudmeny]\n", ""),
    "context again": ("exten => timeout", "[vx-menu-huvudmeny]\nexten => timeout"),
    "context too long": ("[vx-menu-huvudmeny]", f"[vx-{'a' * 77}]"),
    "missing =>": ("exten => timeout,1,", "exten timeout,1,"),
    "= for =>": ("exten => timeout,1,", "exten = timeout,1,"),
    "nothing begun": ("exten => s,1,Answer()\n", ""),
    "duplicate extension": ("exten => timeout", "exten => prompt"),
    "duplicate but for a dash": ("exten => timeout", "exten => pro-mpt,1,NoOp()\nexten => timeout"),
    "a section of another meaning": ("exten => timeout", "[globals]\nexten => timeout"),
    "general settings": ("exten => timeout", "[General]\nexten => timeout"),
    "second priority 1": ("exten => wait,1,WaitExten(5)\n", "exten => wait,1,WaitExten(5)\nexten => wait,1,NoOp()\n"),
    "no priority": ("exten => timeout,1,", "exten => timeout,"),
    "pattern": ("exten => timeout,1,", "exten => _.,1,"),
    "caller match": ("exten => timeout,1,", "exten => timeout/4670,1,"),
    "unknown application": ("Hangup(16)", "Hangupp(16)"),
    "application that runs commands": ("Hangup(16)", "System(rm -rf)"),
    "missing local target": ("exten => timeout", "exten => elsewhere"),
    "target misspelt": ("?prompt,1:", "?promt,1:"),
    "unclosed (": ("Hangup(16)", "Hangup(16"),
    "unclosed {": ("${VX_TRY}", "${VX_TRY"),
    "crossed brackets": ("$[${VX_TRY} <= 3]", "$[${VX_TRY} <= 3}"),
    "NUL": ("Answer", "Ans\0wer"),
    "carriage return": ("Answer()", "Answer()\r"),
    "tab": ("Answer()", "Answer()\t"),
    "comment to the end of the file": ("Answer()", "Answer();--"),
    "end of a comment": ("Answer()", "Answer()--;"),
    "a comment's comment": ("[vx-menu", "; text ;-- more\n[vx-menu"),
    "cut by a semicolon": ("Hangup(16)", "Hangup(;16)"),
    "line over 8 kB": ("/sounds/abc", "/sounds/" + "a" * LINE_LENGTH),
    "#include": ("exten => s", "#include other.conf\nexten => s"),
    "indented #include": ("exten => s", "  #include other.conf\nexten => s"),
    "#exec": ("exten => s", "#exec date\nexten => s"),
    "stray text": ("exten => s", "hej\nexten => s"),
    "a hint that watches a phone": ("exten => s", "exten => _*XX,hint,PJSIP/201\nexten => s"),
    "a hint for any text": ("exten => s", "exten => _*X.,hint,Custom:vx-code-${EXTEN:1}\nexten => s"),
    "step after a hint": (
        " same => n,Goto(wait,1)",
        "exten => _*XX,hint,Custom:vx-code-${EXTEN:1}\n same => n,Goto(wait,1)",
    ),
    "hint twice": ("exten => s", "exten => _*XX,hint,Custom:vx-code-${EXTEN:1}\n" * 2 + "exten => s"),
}
OPTION_DAMAGE = {
    "unclosed [": ("[vx-kundservice]", "[vx-kundservice"),
    "missing =": ("timeout = 20", "timeout 20"),
    "option twice": ("timeout = 20", "timeout = 20\ntimeout = 30"),
    "section again": ("timeout = 20", "[VX-kundservice]\ntimeout = 20"),
    "no section": ("[vx-kundservice]\n", ""),
    "static member": ("timeout = 20", "member => PJSIP/201"),
    "static member as an option": ("timeout = 20", "member = PJSIP/201"),
    "option of nobody's": ("timeout = 20", "tiemout = 20"),
    "option of Asterisk's but not ours": ("timeout = 20", "context = default"),
    "strategy that is none": ("rrmemory", "rrmemroy"),
    "number that is none": ("timeout = 20", "timeout = 2O"),
    "number with a zero before it": ("timeout = 20", "timeout = 020"),
    "number that is wrapped": ("timeout = 20", "timeout = 4294967297"),
    "general settings": ("[vx-kundservice]", "[general]"),
    "upper case": ("[vx-kundservice]", "[vx-Kundservice]"),
    "#include": ("timeout = 20", "#include x"),
    "semicolon": ("timeout = 20", "timeout = ;20"),
    "template": ("[vx-kundservice]", "[vx-kundservice](!)"),
}
MAILBOX_DAMAGE = {
    "missing =>": ("kundtjanst => ", "kundtjanst "),
    "options": ("nologin,kundtjanst", "nologin,kundtjanst,x@y,,delete=yes"),
    "mailbox twice": ("faktura => ", "kundtjanst => "),
    "mailbox that is cut": ("kundtjanst => ", f"{'k' * 80} => "),
    "name that is cut": ("nologin,kundtjanst", f"nologin,{'k' * 80}"),
    "general settings": ("kundtjanst", "[general]\nkundtjanst"),
    "#exec": ("faktura", "#exec date\nfaktura"),
    "NUL": ("nologin", "no\0login"),
    "unclosed [": ("kundtjanst", "[vx\nkundtjanst"),
}
MUSIC_DAMAGE = {
    "unclosed [": ("[vx-kundservice]", "[vx-kundservice"),
    "a program": ("mode = playlist", "mode = custom\napplication = /bin/cat /dev/zero"),
    "an address": ("entry = /sounds/abc", "entry = http://example/abc"),
    "mode twice": ("mode = playlist", "mode = playlist\nmode = files"),
    "a program beside": ("mode = playlist", "mode = playlist\napplication = /bin/sh"),
    "a directory of somebody's": ("mode = playlist", "mode = playlist\ndirectory = /etc"),
    "a sound with an ending": ("/sounds/abc", "/sounds/abc.wav"),
    "no sound": ("entry = /sounds/abc\n", ""),
    "no mode": ("mode = playlist\n", ""),
}
DAMAGES = [
    pytest.param(file, *change, id=f"{file}: {name}")
    for file, damages in zip(FILES, (MUSIC_DAMAGE, OPTION_DAMAGE, MAILBOX_DAMAGE, DIALPLAN_DAMAGE), strict=True)
    for name, change in damages.items()
]


@pytest.mark.parametrize("file", FILES)
def test_whole_text_has_no_fault(file: str) -> None:
    assert faults(file, WHOLE[file].encode()) == []


@pytest.mark.parametrize(("file", "right", "wrong"), DAMAGES)
def test_damage_is_found(file: str, right: str, wrong: str) -> None:
    assert right in WHOLE[file]
    assert faults(file, WHOLE[file].replace(right, wrong, 1).encode())


@pytest.mark.parametrize("file", FILES)
def test_text_cut_within_a_line_is_found(file: str) -> None:
    text = WHOLE[file].encode()
    assert all(faults(file, text[:n]) for n in range(1, len(text)) if text[n - 1 : n] != b"\n")


def test_bytes_that_are_not_utf8_are_found() -> None:
    assert faults("extensions.conf", MENU.encode().replace(b"abc", b"\xff\xfe"))


@pytest.mark.parametrize(
    "place", ["from-start,1from-start,1", "from-start,1,1", "from-start,1-1,1", "from-start,1x,1234"]
)
def test_a_place_in_the_dialplan_is_not_taken_for_a_label(place: str) -> None:
    assert faults("extensions.conf", MENU.replace("vx-queue-kundservice,s,1", place).encode()) == []


def test_fault_names_its_line() -> None:
    (fault,) = faults("extensions.conf", MENU.replace("Hangup", "Frob").encode())
    assert fault.line == 8
    assert "Frob" in fault.reason


@SELDOM
@given(companies())
def test_nothing_that_is_rendered_has_a_fault(everything: Company) -> None:
    for name, file in renderer().render(everything).files.items():
        assert faults(name, file.content) == []


@SELDOM
@given(companies(), st.data())
def test_a_flipped_bit_in_the_structure_is_found(everything: Company, data: st.DataObject) -> None:
    """Brackets, arrows and keywords; a flipped letter of a name cannot be told from another name."""
    text = rendered(everything, "extensions.conf")
    places = [m.start() for m in re.finditer(r"[\[\]]|=>|^exten|^ same|(?<=,1,)[A-Z]", text, re.MULTILINE)]
    at = data.draw(st.sampled_from(places))
    wrong = chr(ord(text[at]) ^ 1)
    assert faults("extensions.conf", (text[:at] + wrong + text[at + 1 :]).encode())


def test_steps_are_what_was_rendered() -> None:
    announcement = thing("announcement/natt", prompt="0" * 64, next={"object": "voicemail/natt"})
    read = steps(rendered(company(1, announcement), "extensions.conf"))
    assert read["vx-announcement-natt"] == {
        "s": [("Answer", ""), ("Goto", "play,1")],
        "play": [("Playback", "/var/lib/vaxelflode/sounds/" + "0" * 64), ("Goto", "vx-voicemail-natt,s,1")],
    }


@SELDOM
@given(companies())
def test_steps_tell_every_line_of_a_rendered_company(everything: Company) -> None:
    """Written out again, the steps are the file without its comments, empty lines and hints, which are no steps."""
    text = rendered(everything, "extensions.conf")
    lines = []
    for context, extensions in steps(text).items():
        lines.append(f"[{context}]")
        for extension, told in extensions.items():
            starts = [f"exten => {extension},1,", *[" same => n,"] * (len(told) - 1)]
            lines += [
                f"{start}{name}({arguments})" for start, (name, arguments) in zip(starts, told, strict=bool(told))
            ]
    assert lines == [line for line in text.split("\n") if line and not line.startswith(";") and ",hint," not in line]
