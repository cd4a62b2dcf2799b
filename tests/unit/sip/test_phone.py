"""Phones against a registrar of a few lines that challenges as Asterisk does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.sip import Phone, RegistrationError, pair
from tests.sip.address import Address
from tests.sip.digest import Challenge, Credentials
from tests.sip.message import Request, Response
from tests.sip.transport import Transport

PASSWORD = "hemligt, ord"


class Registrar:
    """Challenges every REGISTER and INVITE; keeps who is registered for how long."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.expires: dict[str, int] = {}
        transport.deliver_to(self._receive)

    def _receive(self, request: Request | Response, source: Address) -> None:
        if isinstance(request, Response) or request.method == "ACK":
            return
        self.transport.send(self._answer(request), source)

    def _answer(self, request: Request) -> Response:
        given = request.headers.get("Authorization")
        if not given:
            response = request.reply(401, tag="r", reason="Unauthorized")
            response.headers.add("WWW-Authenticate", 'Digest realm="asterisk",nonce="n/1",algorithm=MD5,qop="auth"')
            return response
        user = request.sender.uri.user
        cnonce = given.partition('cnonce="')[2].partition('"')[0]
        who = Credentials(user, PASSWORD)
        proof = Challenge("asterisk", "n/1", qop="auth").response(who, request.method, request.uri, cnonce=cnonce)
        if f'response="{proof}"' not in given:
            return request.reply(401, tag="r")
        if request.method == "INVITE":
            return request.reply(486, tag="r")
        self.expires[user] = int(request.headers.get("Expires"))
        return request.reply(200, tag="r")


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    made = Registrar(await Transport.bind("127.0.0.1", 0))
    yield made
    await made.transport.close()


async def test_a_phone_registers_with_digest_and_takes_it_back(registrar: Registrar) -> None:
    async with await Phone.register(*registrar.transport.address, "201", PASSWORD, speak=pair(0)) as phone:
        assert registrar.expires["201"] > 0
        call = await phone.dial("600")
        assert await call.refused(1) == 486
    assert registrar.expires["201"] == 0


async def test_a_wrong_password_is_an_error_and_leaves_no_socket(registrar: Registrar) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(RegistrationError, match="401"):
        await Phone.register(*registrar.transport.address, "201", "fel")
    assert asyncio.all_tasks() <= before


async def test_many_phones_register_at_once(registrar: Registrar) -> None:
    names = [str(n) for n in range(200, 250)]
    host, port = registrar.transport.address
    phones = await asyncio.gather(*(Phone.register(host, port, name, PASSWORD) for name in names))
    assert sorted(registrar.expires) == names
    await asyncio.gather(*(phone.close() for phone in phones))
    assert not any(registrar.expires.values())
