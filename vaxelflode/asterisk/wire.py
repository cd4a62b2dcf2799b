"""AMI on the wire: actions to bytes, bytes to messages. Pure; no sockets.

What Asterisk would cut or read as something else is refused here, before anything is sent: a line holds 1022 bytes and
a message 125 headers (measured on 22.10.1), CR and LF begin new headers and new actions, NUL ends a line, and what is
before the first visible character of a value is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from vaxelflode.asterisk.message import Message

Value = str | int | bool | Sequence[str]
Fields = Mapping[str, Value]

END = b"\r\n\r\n"
LINE_BYTES = 1022
HEADERS = 125

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,78}")
_UNSAFE = re.compile(r"[\r\n\0]")
_OURS = frozenset({"action", "actionid"})


class UnsafeField(ValueError):
    """A header that Asterisk would misread or cut; nothing was sent."""


class Oversize(Exception):
    """The peer sends a message larger than we hold."""


def encode(action: str, action_id: str, fields: Fields) -> bytes:
    """The action as bytes; raises UnsafeField if any part of it is unsafe. A sequence becomes a repeated header."""
    lines = [_line("Action", action), _line("ActionID", action_id)]
    for key, value in fields.items():
        if key.lower() in _OURS:
            raise UnsafeField(f"{key} is set by the gateway")
        lines.extend(_line(key, text) for text in _texts(value))
    if len(lines) > HEADERS:
        raise UnsafeField(f"{len(lines)} headers; Asterisk reads {HEADERS}")
    return b"\r\n".join(lines) + END


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int):
        yield str(value)
    else:
        yield from value


def _line(key: str, text: str) -> bytes:
    if not _KEY.fullmatch(key):
        raise UnsafeField(f"{key!r} is no header name")
    if _UNSAFE.search(text):
        raise UnsafeField(f"{key} holds a line break or NUL")
    if text[:1] and text[0] <= " ":
        raise UnsafeField(f"{key} begins with a blank or a control character")
    try:
        line = f"{key}: {text}".encode()
    except UnicodeEncodeError as err:
        raise UnsafeField(f"{key} is not valid Unicode text") from err
    if len(line) > LINE_BYTES:
        raise UnsafeField(f"{key} is {len(line)} bytes long as a line; Asterisk reads {LINE_BYTES}")
    return line


def decode(raw: bytes) -> Message:
    """One whole message. Decoding waits until the message is whole, so a letter split between two reads is kept."""
    headers: dict[str, str] = {}
    repeated: list[tuple[str, str]] = []
    text: list[str] = []
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        key, colon, value = line.partition(":")
        value = value.removeprefix(" ")
        if not colon:
            text.append(line)
        elif key in headers:
            repeated.append((key, value))
        else:
            headers[key] = value
    return Message(headers, tuple(repeated), tuple(text))


class Framer:
    """Cuts the stream into messages; holds at most `limit` bytes of an unfinished one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tail = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that became whole with this read; raises Oversize when the unfinished one outgrows the limit."""
        if END not in self._tail[-3:] + data:
            # Append only: a large message that trickles in byte by byte must not cost its length squared.
            self._tail += data
            whole = []
        else:
            *whole, tail = (bytes(self._tail) + data).split(END)
            self._tail = bytearray(tail)
        if len(self._tail) > self._limit:
            raise Oversize(f"a message of more than {self._limit} bytes")
        return whole
