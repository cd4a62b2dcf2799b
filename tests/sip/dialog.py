"""Dialogs (RFC 3261, 12): the numbers, tags and routes that a call's messages share."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from .address import Address, NameAddr, Uri, name_addr
from .headers import Headers
from .message import Request, Response

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY"


@dataclass(slots=True)
class Dialog:
    """One side of a dialog, or of a chain of requests with one Call-ID such as a registration.

    Everything is sent to ``peer``, the address that we called or that called us, as if it were our outbound proxy:
    in tests the peer is one Asterisk, whatever name its Contact carries.
    """

    here: Address
    peer: Address
    local: str
    remote: str
    target: str
    call_id: str = field(default_factory=lambda: f"{secrets.token_hex(12)}@vx-test")
    user: str = "test"
    routes: list[str] = field(default_factory=list)
    cseq: int = 0

    @classmethod
    def outgoing(cls, here: Address, peer: Address, target: Uri, *, local: Uri, display: str = "") -> Dialog:
        """Start one: the remote tag comes with the first response."""
        sender = name_addr(str(local), display, secrets.token_hex(6))
        return cls(here, peer, sender, name_addr(str(target)), str(target), user=local.user or "test")

    @classmethod
    def incoming(cls, here: Address, peer: Address, request: Request) -> Dialog:
        """Answer one: our tag is chosen here, the route is the request's Record-Route."""
        recipient = request.recipient
        local = name_addr(str(recipient.uri), recipient.display, secrets.token_hex(6))
        contact = NameAddr.parse(request.headers.get("Contact") or request.headers.get("From"))
        return cls(
            here,
            peer,
            local,
            request.headers.get("From"),
            str(contact.uri),
            request.call_id,
            Uri.parse(request.uri).user or "test",
            request.headers.all("Record-Route"),
        )

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return NameAddr.parse(self.local).tag

    @property
    def contact(self) -> str:
        """Where we are to be reached."""
        return name_addr(f"sip:{self.user}@{self.here[0]}:{self.here[1]}")

    def establish(self, response: Response) -> None:
        """Take the remote tag, target and route from a response to our INVITE."""
        if response.recipient.tag:
            self.remote = response.headers.get("To")
        if response.headers.get("Contact"):
            self.target = str(NameAddr.parse(response.headers.all("Contact")[0]).uri)
        self.routes = response.headers.all("Record-Route")[::-1]

    def request(self, method: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Request:
        """The next request of the dialog; an SDP ``body`` gets its type here."""
        self.cseq += 1
        return self._build(method, self.cseq, headers or {}, body)

    def ack(self, cseq: int) -> Request:
        """The ACK of a 2xx to the INVITE number ``cseq``; a transaction of its own (RFC 3261, 13.2.2.4)."""
        return self._build("ACK", cseq, {}, b"")

    def _build(self, method: str, cseq: int, extra: Mapping[str, str], body: bytes) -> Request:
        host, port = self.here
        headers = Headers(
            [
                ("Via", f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"),
                ("Max-Forwards", "70"),
                *(("Route", route) for route in self.routes),
                ("From", self.local),
                ("To", self.remote),
                ("Call-ID", self.call_id),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", self.contact),
                ("Allow", ALLOW),
                ("User-Agent", "vaxelflode-test"),
                *extra.items(),
            ]
        )
        if body:
            headers.add("Content-Type", "application/sdp")
        return Request(method, self.target, headers=headers, body=body)


def cancel_of(invite: Request) -> Request:
    """The CANCEL of an INVITE: same branch, same CSeq number (RFC 3261, 9.1)."""
    return _sibling("CANCEL", invite, invite.headers.get("To"))


def refusal_ack_of(invite: Request, response: Response) -> Request:
    """The ACK of a non-2xx, which belongs to the INVITE's own transaction (RFC 3261, 17.1.1.3)."""
    return _sibling("ACK", invite, response.headers.get("To"))


def _sibling(method: str, invite: Request, to: str) -> Request:
    kept = {"via", "max-forwards", "route", "from", "call-id"}
    headers = Headers((n, v) for n, v in invite.headers if n.lower() in kept)
    headers.add("To", to)
    headers.add("CSeq", f"{invite.cseq[0]} {method}")
    return Request(method, invite.uri, headers=headers)
