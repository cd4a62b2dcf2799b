"""What an account of AMI may do, asked by actions that do nothing: each lacks what it would need to be done."""

from __future__ import annotations

from vaxelflode.asterisk.port import Ami
from vaxelflode.asterisk.wire import Fields
from vaxelflode.errors import PbxRefused

_DENIED = "Permission denied"

#: Class of `write=` → an action that needs it, without what it is to act on; the refusal comes before anything else.
#: QueuePenalty without a queue or an interface that is in one, ShowDialPlan of a context that is not there, Originate
#: without a channel and so on are refused in other words.
_HARMLESS: dict[str, tuple[str, Fields]] = {
    "agent": ("QueuePenalty", {"Interface": "Local/nobody@nowhere", "Penalty": "0"}),
    "reporting": ("ShowDialPlan", {"Context": "nosuch-context-of-ours"}),
    "system": ("ModuleCheck", {"Module": "nosuch_module_of_ours"}),
    "originate": ("Originate", {}),
    "command": ("Command", {"Command": "core show uptime"}),
    "config": ("UpdateConfig", {}),
}

#: The classes that can be asked about.
CLASSES = tuple(_HARMLESS)


async def may(ami: Ami, privilege: str) -> bool:
    """Whether the account has a class of ``write=``. PbxUnavailable without an answer."""
    action, fields = _HARMLESS[privilege]
    try:
        await ami.request(action, fields)
    except PbxRefused as err:
        return err.message != _DENIED
    return True
