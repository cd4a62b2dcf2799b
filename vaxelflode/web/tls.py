"""The certificate that pages and API are served with, where no proxy before them has one."""

from __future__ import annotations

import ssl
from pathlib import Path

from vaxelflode.errors import SettingError
from vaxelflode.settings import ENV_PREFIX, Settings


def context(settings: Settings) -> ssl.SSLContext | None:
    """What to serve with; ``None``: plain HTTP. Raises :class:`SettingError` for files that are no certificate and key.

    They are read once: a new certificate is taken at the next start.
    """
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    for name, path in (("TLS_CERT", settings.tls_cert), ("TLS_KEY", settings.tls_key)):
        _require_readable(name, path)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    except (ssl.SSLError, _Locked) as err:
        reason = str(err) if isinstance(err, _Locked) else f"no certificate with this key: {err.reason or err}"
        raise SettingError(f"{ENV_PREFIX}TLS_KEY: {settings.tls_key}: {reason}", name="TLS_KEY") from err
    return made


class _Locked(Exception):
    """The key has a password."""


def _no_password() -> str:
    raise _Locked("is encrypted; nobody is there at the start to give its password")  # or OpenSSL asks on the terminal


def _require_readable(name: str, path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as err:
        raise SettingError(f"{ENV_PREFIX}{name}: {path}: {err.strerror}", name=name) from err
