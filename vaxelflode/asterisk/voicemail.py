"""Voicemail: the boxes that are live, and the reload that makes them so."""

from __future__ import annotations

from dataclasses import dataclass

from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.names import plain_name
from vaxelflode.asterisk.port import Ami
from vaxelflode.asterisk.reading import understood
from vaxelflode.asterisk.reloads import RELOAD_LIMIT, reload_module, reload_when_free

MODULE = "app_voicemail"


@dataclass(frozen=True, slots=True)
class VoicemailUser:
    """A live mailbox; AMI shows no PIN.

    `max_message_length` in seconds, 0 is unlimited; '' stands for what is not set.
    """

    context: str
    mailbox: str
    fullname: str
    email: str
    language: str
    timezone: str
    attach: bool
    delete: bool
    max_messages: int
    max_message_length: int
    new_messages: int
    old_messages: int


class Voicemail:
    """Needs write=reporting for the list, write=system for the reload.

    `app_voicemail` must be loaded without its odbc and imap twins, which take these actions away.
    """

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def users(self, context: str | None = None, limit: float = 30.0) -> tuple[VoicemailUser, ...]:
        """All mailboxes, or those of one context. Asterisk lists all; the context is picked here."""
        if context is not None:
            plain_name("context", context)
        events = await self._ami.request_list("VoicemailUsersList", complete="VoicemailUserEntryComplete", limit=limit)
        with understood("VoicemailUsersList"):
            users = [_user(event) for event in events if event.event == "VoicemailUserEntry"]
        return tuple(user for user in users if context in (None, user.context))

    async def user(self, context: str, mailbox: str, limit: float = 10.0) -> VoicemailUser | None:
        """One live mailbox, or None; costs one look-up, where `users` lists them all."""
        fields = {"Context": plain_name("context", context), "Mailbox": plain_name("mailbox", mailbox)}
        events = await self._ami.request_list(
            "VoicemailUserStatus", fields, complete="VoicemailUserDetailComplete", limit=limit
        )
        with understood("VoicemailUserStatus"):
            found = (_user(e) for e in events if e.event == "VoicemailUserDetail" and e["VoiceMailbox"] == mailbox)
            return next(found, None)

    async def reload(self, limit: float = RELOAD_LIMIT) -> None:
        """Reload; ReloadBusy when another reload runs. Near-quadratic in boxes: 6.4 s at 10,000."""
        await reload_module(self._ami, MODULE, limit)

    async def reload_when_free(self, limit: float = RELOAD_LIMIT) -> None:
        """Reload as soon as no other reload runs; ReloadBusy after `limit` seconds."""
        await reload_when_free(self._ami, MODULE, limit)


def _user(event: Message) -> VoicemailUser:
    return VoicemailUser(
        context=event["VMContext"],
        mailbox=event["VoiceMailbox"],
        fullname=_text(event, "Fullname"),
        email=_text(event, "Email"),
        language=_text(event, "Language"),
        timezone=_text(event, "TimeZone"),
        attach=event.get("AttachMessage") == "Yes",
        delete=event.get("DeleteMessage") == "Yes",
        max_messages=int(event.get("MaxMessageCount", "0")),
        max_message_length=int(event.get("MaxMessageLength", "0")),
        new_messages=int(event.get("NewMessageCount", "0")),
        old_messages=int(event.get("OldMessageCount", "0")),
    )


def _text(event: Message, header: str) -> str:
    # Asterisk prints a null pointer as "(null)".
    value = event.get(header)
    return "" if value == "(null)" else value
