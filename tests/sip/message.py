"""SIP messages (RFC 3261, 7): parsed tolerantly, written strictly.

Tolerant means: bare LF as line end, folded and compact headers in any order. The body is cut by Content-Length where
there is one. A message holds no behaviour; transactions and dialogs are in modules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .address import NameAddr, params
from .headers import Headers, long_name

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    405: "Method Not Allowed",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    603: "Decline",
}


class MalformedError(ValueError):
    """The datagram is no SIP message."""


@dataclass(slots=True)
class Message:
    """What requests and responses share."""

    headers: Headers = field(default_factory=Headers, kw_only=True)
    body: bytes = field(default=b"", kw_only=True)

    @property
    def start_line(self) -> str:
        """The first line, without its end."""
        raise NotImplementedError

    @property
    def branch(self) -> str:
        """The branch of the topmost Via, by which a transaction is known (RFC 3261, 17.1.3)."""
        return params(self._via()[1]).get("branch", "")

    @property
    def sent_by(self) -> str:
        """Host and port of the topmost Via."""
        return self._via()[0]

    def _via(self) -> tuple[str, str]:
        tops = self.headers.all("Via")
        sent, _, rest = (tops[0] if tops else "").partition(";")
        return sent.rpartition(" ")[2], rest

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.headers.get("Call-ID").strip()

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of CSeq; (0, '') where it cannot be read."""
        number, _, method = self.headers.get("CSeq").strip().partition(" ")
        return (int(number), method.strip()) if number.isdecimal() else (0, "")

    @property
    def sender(self) -> NameAddr:
        """From."""
        return NameAddr.parse(self.headers.get("From"))

    @property
    def recipient(self) -> NameAddr:
        """To."""
        return NameAddr.parse(self.headers.get("To"))

    def encode(self) -> bytes:
        """The datagram; Content-Length is made here."""
        lines = [self.start_line, *(f"{name}: {value}" for name, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body


@dataclass(slots=True)
class Request(Message):
    """A request: its method in capitals, its Request-URI as text."""

    method: str
    uri: str

    @property
    def start_line(self) -> str:
        """``INVITE sip:… SIP/2.0``."""
        return f"{self.method} {self.uri} SIP/2.0"

    def reply(self, status: int, *, tag: str = "", reason: str = "") -> Response:
        """A response with the fields that RFC 3261, 8.2.6 has copied; ``tag`` is added to a To without one."""
        copied = [(n, v) for n, v in self.headers if long_name(n) in {"via", "from", "call-id", "cseq", "record-route"}]
        to = self.headers.get("To")
        if tag and not self.recipient.tag:
            to = f"{to};tag={tag}"
        headers = Headers([*copied, ("To", to)])
        return Response(status, reason or REASONS.get(status, "Unnamed"), headers=headers)


@dataclass(slots=True)
class Response(Message):
    """A response: its status code (100–699) and the words after it."""

    status: int
    reason: str

    @property
    def start_line(self) -> str:
        """``SIP/2.0 200 OK``."""
        return f"SIP/2.0 {self.status} {self.reason}"


def parse(data: bytes) -> Request | Response:
    """Read one datagram; raises `MalformedError` for what is not SIP (keep-alives among it)."""
    head, separator, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if separator and b"\r\n\r\n" in data:
        body = data.partition(b"\r\n\r\n")[2]
    lines = head.decode("utf-8", "surrogateescape").lstrip("\n").split("\n")
    headers = Headers.parse(lines[1:])
    length = headers.get("Content-Length").strip()
    if length.isdecimal():
        body = body[: int(length)]
    # made anew when written
    headers = Headers((n, v) for n, v in headers if long_name(n) != "content-length")
    first = lines[0].split(" ", 2)
    if len(first) < 2:
        raise MalformedError(lines[0][:80])
    if first[0].upper() == "SIP/2.0" and first[1].isdecimal():
        return Response(int(first[1]), " ".join(first[2:]), headers=headers, body=body)
    if len(first) == 3 and first[2].strip().upper() == "SIP/2.0":
        return Request(first[0].upper(), first[1], headers=headers, body=body)
    raise MalformedError(lines[0][:80])
