"""Who asks, behind proxies that are trusted and beside those that are not."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from vaxelflode.errors import SettingError
from vaxelflode.settings import Settings, load
from vaxelflode.web.client import address_of
from vaxelflode.web.http import SETTINGS


@pytest.mark.parametrize(
    ("proxies", "remote", "told", "who"),
    [
        ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("127.0.0.1,10.0.0.0/8", "127.0.0.1", "203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("127.0.0.1", "127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "198.51.100.7, nonsense", "127.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("::1", "::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_last_address_that_is_no_proxys_counts(proxies: str, remote: str, told: str, who: str) -> None:
    app = web.Application()
    app[SETTINGS] = Settings(trusted_proxies=proxies)
    headers = {"X-Forwarded-For": told} if told else {}
    assert address_of(make_mocked_request("GET", "/", headers, app=app).clone(remote=remote)) == who


def test_what_is_no_network_stops_the_start() -> None:
    with pytest.raises(SettingError, match=r"VAXELFLODE_TRUSTED_PROXIES: 10\.0\.0\.1/8 is no address"):
        load(trusted_proxies="10.0.0.1/8")
