"""HTTP digest authentication as SIP uses it: MD5, with and without ``qop=auth`` (RFC 2617, RFC 7616, RFC 3261, 22)."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from .message import Request, Response

_PARAMETER = re.compile(r'([a-zA-Z-]+)\s*=\s*("(?:\\.|[^"\\])*"|[^\s,]+)')
_HEADERS = {401: ("WWW-Authenticate", "Authorization"), 407: ("Proxy-Authenticate", "Proxy-Authorization")}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who answers a challenge."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for; ``qop`` is 'auth' or ''."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str = ""

    @classmethod
    def parse(cls, value: str) -> Challenge:
        """Read the value of a WWW-Authenticate or Proxy-Authenticate field."""
        found = {name.lower(): text.strip('"') for name, text in _PARAMETER.findall(value)}
        qops = {word.strip() for word in found.get("qop", "").split(",")}
        return cls(
            realm=found.get("realm", ""),
            nonce=found.get("nonce", ""),
            algorithm=found.get("algorithm", "MD5"),
            qop="auth" if "auth" in qops else "",
            opaque=found.get("opaque", ""),
        )

    def response(self, who: Credentials, method: str, uri: str, *, cnonce: str = "", count: int = 1) -> str:
        """The 32 hexadecimal digits that prove the password (RFC 2617, 3.2.2)."""
        secret = _md5(f"{who.username}:{self.realm}:{who.password}")
        what = _md5(f"{method}:{uri}")
        if not self.qop:
            return _md5(f"{secret}:{self.nonce}:{what}")
        return _md5(f"{secret}:{self.nonce}:{count:08x}:{cnonce}:{self.qop}:{what}")

    def answer(self, who: Credentials, method: str, uri: str) -> str:
        """The value of the Authorization field; every challenge is answered once, so the count is always 1."""
        cnonce = secrets.token_hex(8)
        proof = self.response(who, method, uri, cnonce=cnonce)
        fields = [
            f'username="{who.username}"',
            f'realm="{self.realm}"',
            f'nonce="{self.nonce}"',
            f'uri="{uri}"',
            f'response="{proof}"',
            "algorithm=MD5",
        ]
        if self.opaque:
            fields.append(f'opaque="{self.opaque}"')
        if self.qop:
            fields += [f"qop={self.qop}", "nc=00000001", f'cnonce="{cnonce}"']
        return "Digest " + ", ".join(fields)


def authorise(request: Request, refused: Response, who: Credentials) -> bool:
    """Put the answer to the challenge of ``refused`` into ``request``; False where there is none that we speak."""
    if refused.status not in _HEADERS:
        return False
    asks, answers = _HEADERS[refused.status]
    # a challenge's own commas make `Headers.all` useless here
    values = [value for name, value in refused.headers if name.lower() == asks.lower()]
    challenge = next((c for c in map(Challenge.parse, values) if c.algorithm.upper() == "MD5"), None)
    if challenge is None:
        return False
    request.headers.add(answers, challenge.answer(who, request.method, request.uri))
    return True


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
