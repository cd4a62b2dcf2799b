"""Whoever asks: their address, also behind proxies, and whether they sit at this machine."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

from vaxelflode.web.http import SETTINGS
from vaxelflode.web.inside import name_of


def address_of(request: web.Request) -> str:
    """Whose tries are counted: the connection's address, or what a proxy that is trusted says of it.

    Of the addresses in ``X-Forwarded-For`` the last that is no trusted proxy's counts: whatever stands before it
    anybody may have written.
    """
    proxies = request.app[SETTINGS].proxies
    found = request.remote or ""
    told = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    while told and _is_in(found, proxies):
        before = told.pop().strip()
        if not _is_address(before):
            break
        found = before
    return found


def is_here(request: web.Request) -> bool:
    """Whether people reach the pages at this machine itself: nobody is in between, and browsers call that secure.

    By the address that they typed, or the one that the settings say they have where a proxy hides that.
    """
    name = name_of(request.app[SETTINGS].public_url or f"//{request.host}")
    if _is_address(name):
        return ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)
