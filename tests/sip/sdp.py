"""Session descriptions (RFC 8866, RFC 3264) of one audio stream: G.711 and telephone events, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .address import Address

PCMU, PCMA = 0, 8
"""Static payload types of µ-law and A-law (RFC 3551, 6)."""
EVENTS = 101
"""The payload type that we offer for telephone events."""
_NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000"}
_TURNED = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


@dataclass(frozen=True, slots=True)
class Session:
    """Where a side wants its sound (``address``) and in which of our codecs, best first."""

    address: Address
    codecs: tuple[int, ...] = (PCMA, PCMU)
    events: int | None = EVENTS
    direction: str = "sendrecv"

    @classmethod
    def parse(cls, body: bytes) -> Session | None:
        """Read the first audio stream; None where the body describes none that we could take."""
        host, port, payloads, names, direction, audio = "", 0, list[str](), dict[str, str](), "sendrecv", False
        for line in body.decode("utf-8", "replace").splitlines():
            kind, _, value = line.strip().partition("=")
            if kind == "m":
                audio = value.startswith("audio ") and not port
                if audio:
                    port, payloads = int(value.split()[1].partition("/")[0]), value.split()[3:]
            elif kind == "c" and (audio or not port):
                host = value.split()[-1].partition("/")[0]
            elif kind == "a" and (audio or not port):
                name, _, rest = value.partition(":")
                if name == "rtpmap":
                    number, _, codec = rest.partition(" ")
                    names[number] = codec.lower()
                elif name in {"sendrecv", *_TURNED}:
                    direction = name
        codecs = tuple(int(p) for p in payloads if p in {"0", "8"})
        events = next((int(p) for p in payloads if names.get(p, "").startswith("telephone-event/8000")), None)
        return cls((host, port), codecs, events, direction) if port and codecs else None

    def answer_to(self, offer: Session) -> Session:
        """What we say to an offer: its first codec, its event type, its direction seen from here (RFC 3264, 6.1)."""
        direction = _TURNED.get(offer.direction, "sendrecv")
        return replace(self, codecs=offer.codecs[:1], events=offer.events, direction=direction)

    def encode(self) -> bytes:
        """The description as SDP; the version never changes, because our sessions do not."""
        host, port = self.address
        payloads = [*self.codecs, *([] if self.events is None else [self.events])]
        lines = [
            "v=0",
            f"o=- {port} {port} IN IP4 {host}",
            "s=-",
            f"c=IN IP4 {host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(map(str, payloads))}",
            *(f"a=rtpmap:{codec} {_NAMES[codec]}" for codec in self.codecs),
        ]
        if self.events is not None:
            lines += [f"a=rtpmap:{self.events} telephone-event/8000", f"a=fmtp:{self.events} 0-15"]
        lines += ["a=ptime:20", f"a={self.direction}", ""]
        return "\r\n".join(lines).encode()
