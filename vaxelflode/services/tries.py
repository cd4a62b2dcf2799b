"""Failed attempts to prove a password: five an account and twenty an address in 15 minutes."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque

from vaxelflode.errors import VaxelflodeError

_WINDOW = dt.timedelta(minutes=15)
_PER_ACCOUNT, _PER_ADDRESS = 5, 20
#: Accounts and addresses remembered at most.
_REMEMBERED = 10_000


class TooMany(VaxelflodeError):
    """Too many tries; ``retry_after`` says in how many seconds the next may be made."""

    key = "too_many"


class Tries:
    """Failed tries by account and by address, within the window."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[dt.datetime]] = OrderedDict()

    def require_left(self, email: str, address: str, now: dt.datetime) -> None:
        """Raise :class:`TooMany` when one of the two has used up its tries."""
        for who, most in ((f"account {email}", _PER_ACCOUNT), (f"address {address}", _PER_ADDRESS)):
            times = self._failed.get(who, deque())
            while times and times[0] <= now - _WINDOW:
                times.popleft()
            if len(times) >= most:
                wait = round((times[0] + _WINDOW - now).total_seconds()) + 1
                raise TooMany("too many failed attempts; try again later", retry_after=wait)

    def failed(self, email: str, address: str, now: dt.datetime) -> None:
        """One more."""
        for who in (f"account {email}", f"address {address}"):
            self._failed.setdefault(who, deque(maxlen=_PER_ADDRESS)).append(now)
            self._failed.move_to_end(who)
        while len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)

    def succeeded(self, email: str, address: str) -> None:
        """The account's tries begin anew, and the address has one back."""
        self._failed.pop(f"account {email}", None)
        if times := self._failed.get(f"address {address}"):
            times.pop()
