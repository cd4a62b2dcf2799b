"""Logging in, for whoever opens a connection."""

from __future__ import annotations

from vaxelflode.asterisk.account import AmiAccount
from vaxelflode.asterisk.manager import GatewayManager
from vaxelflode.errors import PbxLoginRefused, PbxRefused, PbxUnavailable


async def log_in(manager: GatewayManager, account: AmiAccount, events: str, limit: float) -> None:
    """Log in and hear of ``events``, as Asterisk names their classes; PbxLoginRefused or PbxUnavailable."""
    fields = {"Username": account.username, "Secret": account.secret, "Events": events}
    try:
        await manager.ask(manager.action("Login", fields), limit)
    except PbxRefused as err:
        if "shutting down" in err.message:
            raise PbxUnavailable(err.message) from err
        raise PbxLoginRefused(f"the PBX refuses account {account.username}: {err.message}") from err
