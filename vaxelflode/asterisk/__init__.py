"""The gateway: typed requests and events over AMI; the only importer of panoramisk and of the ARI client.

`AmiConnection` keeps one connection alive; `Dialplan`, `Queues`, `Voicemail` and `Core` are what may be asked over it.
What is known of Asterisk's answers was measured on 22.10.1 and is held by `tests/real_asterisk/test_gateway.py`.
"""

from vaxelflode.asterisk.account import AmiAccount, AriAccount
from vaxelflode.asterisk.connection import AmiConnection
from vaxelflode.asterisk.core import Core
from vaxelflode.asterisk.dialplan import (
    ConfigCategory,
    Dialplan,
    DialplanContext,
    DialplanExtension,
    DialplanPriority,
)
from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.queue_values import (
    MemberStatus,
    QueueEntry,
    QueueMember,
    QueueOutcome,
    QueueState,
)
from vaxelflode.asterisk.queues import Queues
from vaxelflode.asterisk.reloads import ReloadBusy
from vaxelflode.asterisk.state import ConnectionState, Status
from vaxelflode.asterisk.voicemail import Voicemail, VoicemailUser
from vaxelflode.asterisk.wire import UnsafeField

__all__ = [
    "AmiAccount",
    "AmiConnection",
    "AriAccount",
    "ConfigCategory",
    "ConnectionState",
    "Core",
    "Dialplan",
    "DialplanContext",
    "DialplanExtension",
    "DialplanPriority",
    "Limits",
    "MemberStatus",
    "Message",
    "QueueEntry",
    "QueueMember",
    "QueueOutcome",
    "QueueState",
    "Queues",
    "ReloadBusy",
    "Status",
    "UnsafeField",
    "Voicemail",
    "VoicemailUser",
]
