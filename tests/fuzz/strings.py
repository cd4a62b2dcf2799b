"""The strings that are tried: right ones, right ones with something wrong, and those that Asterisk's parsers act upon.

Everything is drawn from one ``random.Random``, so that a seed gives the same strings again.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

Draw = Callable[[random.Random], str]

#: What the parsers of configuration files, the dialplan, AMI, AstDB and file systems act upon; and what looks harmless
#: to ``isdigit``, ``strip``, ``lower`` and ``$``.
TOKENS = (
    *(";", "\\;", ";--", "--;", "\\", "\\,", '"', "'", "`", "#", "#include x", "#tryinclude x", "#exec date"),
    *("${", "}", "${SHELL(id)}", "${EXTEN}", "$[", "$[1+1]", "$", "$(id)", "%s", "{{ x }}", "{% x %}"),
    *(
        "[",
        "]",
        "[general]",
        "[globals]",
        "(",
        ")",
        "(+)",
        "(!)",
        "=>",
        "=",
        ",",
        "|",
        "&",
        "@",
        ":",
        "+",
        "-",
        "--",
        "_",
    ),
    *("exten => s,1,System(id)", "member => Local/0@x", "_.", "_!", "_X.", "x@y,,delete=yes", "same => n,Hangup()"),
    *("/", "//", "../", "/etc/passwd", "http://x", "file.wav", ".", "..", "~", "*", "?", "<script>", "&amp;"),
    *("\r", "\n", "\r\n", "\r\n\r\n", "\0", "\t", "\v", "\f", "\x1b[0m", "\x7f", "\x1c", "\x1d", "\x1e", "\x1f"),
    *("\x85", "\x9b", "\xa0", "\u2028", "\u2029", "\u200b", "\ufeff", "\u3000", " ", "  "),
    *("\r\n\r\nAction: Originate\r\nChannel: Local/0@x", "\r\nEvent: FullyBooted", "Response: Success"),
    *("å", "Ö", "é", "e\u0301", "\u0308", "ß", "İ", "ı", "ſ", "\u212a", "ﬁ", "ǅ", "１", "٣", "२", "²", "½", "Ⅷ", "①"),
    *(
        "\u202e",
        "\u202d",
        "\u2066",
        "\u2069",
        "\u200f",
        "א",
        "م",
        "🎄",
        "👩‍👩‍👧",
        "\ud800",
        "\udc80",
        "\udfff",
        "\U0010ffff",
    ),
    *("0", "1", "00", "-1", "0x1f", "1e9", "1_000", "NaN", "inf", "2147483648", "9" * 20, "24:00", "2026-02-30"),
    *("s", "i", "t", "h", "general", "globals", "default", "vx", "none", "True", "null", "K", "a"),
)
_PLAIN = string.ascii_lowercase + string.digits + "-"
_ASCII = "".join(map(chr, range(128)))
_PLANES = ((0x00, 0x80), (0x80, 0x100), (0x100, 0x800), (0x2000, 0x2100), (0x800, 0x10000), (0x10000, 0x110000))
#: Where names are cut, and where lines are.
_LENGTHS = (40, 41, 59, 60, 61, 63, 64, 65, 78, 79, 80, 81, 199, 200, 201, 255, 256, 257, 1000, 1022)
_HUGE = (4096, 8000, 8192, 9000)


def token(chance: random.Random) -> str:
    """One of :data:`TOKENS`."""
    return TOKENS[int(chance.random() * len(TOKENS))]


def character(chance: random.Random) -> str:
    """Any character, from all planes alike; surrogates too."""
    first, end = _PLANES[int(chance.random() * len(_PLANES))]
    return chr(first + int(chance.random() * (end - first)))


def of(alphabet: str, chance: random.Random, shortest: int, longest: int) -> str:
    """A text of an alphabet."""
    length = shortest + int(chance.random() * (longest - shortest + 1))
    return "".join(chance.choices(alphabet, k=length))


def hostile(chance: random.Random) -> str:
    """A string that owes nothing to any position: tokens, characters, bytes, or a mixture."""
    kind = chance.random()
    if kind < 0.4:
        return "".join([token(chance) for _ in range(1 + int(chance.random() * 4))])
    if kind < 0.6:
        return "".join([character(chance) for _ in range(int(chance.random() * 12))])
    if kind < 0.75:
        return of(_ASCII, chance, 0, 20)
    if kind < 0.85:
        raw = chance.randbytes(int(chance.random() * 24))
        return raw.decode("latin-1") if kind < 0.8 else raw.decode("utf-8", "surrogateescape")
    return of(_PLAIN, chance, 0, 10) + token(chance) + of(_PLAIN, chance, 0, 10)


#: What may be done to a text between two places in it.
_SPOILS: tuple[Callable[[str, int, int, random.Random], str], ...] = (
    lambda text, at, _, chance: text[:at] + token(chance) + text[at:],
    lambda text, at, _, chance: text[:at] + character(chance) + text[at:],
    lambda text, at, _, chance: text[:at] + character(chance) + text[at + 1 :],
    lambda text, at, end, _: text[:at] + text[end:],
    lambda text, at, end, _: text[:at] + text[at:end] * 2 + text[end:],
    lambda text, at, end, _: text[:at] + text[at:end].swapcase() + text[end:],
    lambda text, _at, _end, _chance: text + "\n",
    lambda text, _at, _end, chance: token(chance) + text,
    lambda text, _at, _end, chance: text + token(chance),
    lambda text, _at, _end, _chance: text + text,
    lambda text, _at, _end, _chance: f"{text},{text}",
    lambda text, _at, _end, chance: long(text, chance),
)


def spoiled(text: str, chance: random.Random) -> str:
    """``text`` with one thing done to it; as a rule that makes it wrong, sometimes another right one."""
    at = int(chance.random() * (len(text) + 1))
    end = min(len(text), at + 1 + int(chance.random() * 3))
    return _SPOILS[int(chance.random() * len(_SPOILS))](text, at, end, chance)


def long(text: str, chance: random.Random) -> str:
    """``text`` again and again up to a length at which something is cut; seldom up to a whole line's."""
    lengths = _HUGE if chance.random() < 0.02 else _LENGTHS
    length = lengths[int(chance.random() * len(lengths))]
    unit = text or "a"
    return (unit * (length // len(unit) + 1))[:length]


def tried(valid: Draw, chance: random.Random) -> str:
    """One string for a position whose valid strings ``valid`` draws: a third valid, half nearly, the rest anything."""
    kind = chance.random()
    if kind < 0.35:
        return valid(chance)
    if kind < 0.75:
        return spoiled(valid(chance), chance)
    if kind < 0.85:
        return spoiled(spoiled(valid(chance), chance), chance)
    return hostile(chance)
