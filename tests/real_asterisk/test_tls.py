"""Pages and API over https by the control plane itself, and what is said of a certificate that will not do."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from tests.real_asterisk.test_serve import environment_of, fails, serving
from vaxelflode.demo.pbx import Pbx

pytestmark = pytest.mark.pbx


async def _openssl(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec("openssl", *arguments, stderr=asyncio.subprocess.DEVNULL)
    assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.fixture
async def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Of 127.0.0.1, with its key."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    asked = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    await _openssl(*asked, *name, "-keyout", str(key), "-out", str(cert))
    return cert, key


async def test_pages_and_api_are_served_encrypted_and_nothing_plainly(
    pbx: Pbx, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    environment = environment_of(pbx, tmp_path / "data", tls_cert=str(cert), tls_key=str(key))
    where = environment["VAXELFLODE_LISTEN"]
    trusting = ssl.create_default_context(cafile=str(cert))
    async with serving(environment), aiohttp.ClientSession() as session:
        async with session.get(f"https://{where}/healthz", ssl=trusting) as answer:
            assert answer.status == 200
        async with session.get(f"https://{where}/login", ssl=trusting) as page:
            assert page.status == 200
            assert page.headers["Strict-Transport-Security"].startswith("max-age=")
            assert all(morsel["secure"] for morsel in page.cookies.values())
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"http://{where}/healthz")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        ("no key", "TLS_KEY: belongs together with TLS_CERT"),
        ("no certificate", "TLS_KEY: belongs together with TLS_CERT"),
        ("no such file", "TLS_CERT"),
        ("another's key", "TLS_KEY"),
        ("no key in it", "TLS_KEY"),
        ("encrypted key", "encrypted"),
    ],
)
async def test_a_certificate_that_will_not_do_stops_the_start_and_is_named(
    pbx: Pbx, tmp_path: Path, certificate: tuple[Path, Path], spoil: str, word: str
) -> None:
    cert, key = certificate
    given = {"tls_cert": str(cert), "tls_key": str(key)}
    if spoil == "no key":
        del given["tls_key"]
    elif spoil == "no certificate":
        del given["tls_cert"]
    elif spoil == "no such file":
        given["tls_cert"] = str(tmp_path / "nowhere.pem")
    elif spoil == "another's key":
        await _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key))
    elif spoil == "no key in it":
        key.write_text("no key\n")
    else:
        locked = tmp_path / "locked.pem"
        await _openssl("ec", "-in", str(key), "-out", str(locked), "-aes256", "-passout", "pass:secret")
        given["tls_key"] = str(locked)
    assert word in await fails(environment_of(pbx, tmp_path / "data", **given), "serve")
