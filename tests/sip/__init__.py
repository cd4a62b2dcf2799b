"""A SIP user agent for tests of real calls. What tests use is named here; see README.md."""

from .agent import UserAgent
from .call import Call
from .digest import Credentials
from .incoming import IncomingCall, Policy, answer_after, busy, decline, reject, ring_only
from .leg import CallError
from .listener import Heard, Listener
from .outgoing import OutgoingCall
from .pacer import Pacer
from .phone import Phone, RegistrationError
from .subscription import Lamp, SubscriptionError
from .tones import PAIRS, Pair, pair, synthesise, wav_bytes

__all__ = [
    "PAIRS",
    "Call",
    "CallError",
    "Credentials",
    "Heard",
    "IncomingCall",
    "Lamp",
    "Listener",
    "OutgoingCall",
    "Pacer",
    "Pair",
    "Phone",
    "Policy",
    "RegistrationError",
    "SubscriptionError",
    "UserAgent",
    "answer_after",
    "busy",
    "decline",
    "pair",
    "reject",
    "ring_only",
    "synthesise",
    "wav_bytes",
]
