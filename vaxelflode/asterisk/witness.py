"""A second session for one question: is Asterisk reloading, or has it fallen silent?

While a module is reloaded the session that asked for it gets no answer, not even to a ping; others are answered as
ever, and are told that a reload is in progress, since Asterisk has one lock for all.
"""

from __future__ import annotations

from vaxelflode.asterisk.account import AmiAccount
from vaxelflode.asterisk.events import EventBoard
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.login import log_in
from vaxelflode.asterisk.manager import GatewayManager
from vaxelflode.asterisk.reloads import BUSY
from vaxelflode.errors import PbxLoginRefused, PbxRefused

#: A module that there is not: to have it reloaded asks for the lock and for nothing else.
_NONE = "vx_none"
_NO_SUCH = "No such module"


async def reloading(account: AmiAccount, limits: Limits) -> bool | None:
    """Whether a reload is in progress; ``None``: Asterisk lives, but does not tell this account.

    PbxUnavailable where nobody answers a second session either.
    """
    manager = GatewayManager(account, EventBoard(1), limits)
    try:
        await manager.open()
        await log_in(manager, account, "off", limits.login)
        await manager.ask(manager.action("Reload", {"Module": _NONE}), limits.ping_answer)
    except PbxRefused as err:
        return {BUSY: True, _NO_SUCH: False}.get(err.message)
    except PbxLoginRefused:
        return None  # one session an account is all that this PBX allows
    else:
        return False
    finally:
        manager.close()
