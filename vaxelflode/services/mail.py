"""Mail: a queue of its own, so that whoever asks for one does not wait, nor learns whether it is sent."""

from __future__ import annotations

import asyncio
import logging
from email.message import EmailMessage

import aiosmtplib

from vaxelflode.settings import Settings

log = logging.getLogger(__name__)

#: Mails that wait at most, and seconds that one may take.
_QUEUED, _LIMIT = 100, 20.0


class Mailer:
    """Owned by one task that runs :meth:`run`; ``on`` is whether there is a mail server at all."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(_QUEUED)

    @property
    def on(self) -> bool:
        """Whether mail can be sent, and it is known where its links lead: not to where a request says that we are."""
        settings = self._settings
        return bool(settings.smtp_host and settings.smtp_from and settings.public_url)

    def send(self, to: str, subject: str, text: str) -> None:
        """Send in a moment; with too many waiting it is dropped, and the log says so."""
        try:
            self._waiting.put_nowait((to, subject, text))
        except asyncio.QueueFull:
            log.warning("too many mails wait; one was dropped")

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            waiting = await self._waiting.get()
            try:
                await self._sent(*waiting)
            except Exception as err:  # noqa: BLE001 -- of an odd address anything, which is to keep nobody's mail back
                log.warning("a mail could not be sent: %s", type(err).__name__)

    async def _sent(self, to: str, subject: str, text: str) -> None:
        settings = self._settings
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
        message.set_content(text, cte="quoted-printable")
        async with asyncio.timeout(_LIMIT):
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user or None,
                password=settings.smtp_password.get_secret_value() or None,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=_LIMIT,
            )
