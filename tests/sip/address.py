"""SIP URIs and the name-addr values of From, To and Contact (RFC 3261, 19.1 and 20.10), read tolerantly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

Address = tuple[str, int]
"""An IPv4 address and a UDP port."""

SIP_PORT = 5060
_URI = re.compile(
    r"(?P<scheme>sips?|tel):(?:(?P<user>[^@]*)@)?(?P<host>[^:;?]*)(?::(?P<port>[0-9]+))?(?P<rest>.*)", re.IGNORECASE
)
_QUOTED = re.compile(r'\s*"((?:\\.|[^"\\])*)"\s*')


@dataclass(frozen=True, slots=True)
class Uri:
    """``user@host:port`` of a SIP URI; a password in the user part is dropped, parameters are kept as text."""

    user: str
    host: str
    port: int = SIP_PORT
    rest: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI; what is no URI becomes a host, so that a strange peer still gets an answer."""
        found = _URI.match(text.strip())
        if found is None:
            return cls("", text.strip())
        user = (found["user"] or "").partition(":")[0].partition(";")[0]
        return cls(user, found["host"], int(found["port"] or SIP_PORT), found["rest"])

    def __str__(self) -> str:
        who = f"{self.user}@" if self.user else ""
        port = "" if self.port == SIP_PORT else f":{self.port}"
        return f"sip:{who}{self.host}{port}{self.rest}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """``"display" <uri>;parameters``; parameter names are in lower case, and a lone parameter has the value ''."""

    uri: Uri
    display: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value with or without angle brackets; without them the parameters are the header's."""
        display, rest = "", text
        quoted = _QUOTED.match(text)
        if quoted is not None:
            display = re.sub(r"\\(.)", r"\1", quoted[1])
            rest = text[quoted.end() :]
        if "<" in rest:
            before, _, rest = rest.partition("<")
            display = display or before.strip()
            uri, _, tail = rest.partition(">")
        else:
            uri, semicolon, tail = rest.partition(";")
            tail = semicolon + tail
        return cls(Uri.parse(uri), display, params(tail))

    @property
    def tag(self) -> str:
        """The dialog tag, or '' where there is none yet."""
        return self.params.get("tag", "")


def params(text: str) -> dict[str, str]:
    """``;a=1;b`` as ``{"a": "1", "b": ""}``."""
    pairs = (part.strip().partition("=") for part in text.split(";") if part.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def name_addr(uri: str, display: str = "", tag: str = "") -> str:
    """Write a name-addr: the display name is quoted (RFC 3261, 25.1), the URI bracketed."""
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    quoted = f'"{escaped}" ' if display else ""
    return f"{quoted}<{uri}>" + (f";tag={tag}" if tag else "")
