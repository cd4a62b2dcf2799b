"""One action on its way: panoramisk's Action with a declared end instead of a guessed one.

panoramisk decides from the words of the answer whether a list follows ("added … to queue" looks like one to it, so
QueueAdd never resolves; gawel/panoramisk#54). Here the caller says whether a list is expected and how its end is named.
"""

from __future__ import annotations

from panoramisk.actions import Action
from panoramisk.utils import IdGenerator

from vaxelflode.asterisk.limits import Limits
from vaxelflode.asterisk.message import Message
from vaxelflode.asterisk.wire import Fields, encode
from vaxelflode.errors import PbxError, PbxRefused, PbxUnavailable

# As of "There are no voicemail users currently defined." and "There is no voicemail user of the given info."
_NOTHING = ("There are no ", "There is no ")


class GatewayAction(Action):  # type: ignore[misc]  # panoramisk carries no types
    """Resolves `future` to the list of messages that answer it: the response first, then the list's events.

    `complete` names the event that ends the list; without it the response alone is the answer. UnsafeField is raised
    here, before the action is known to any connection.
    """

    def __init__(
        self, name: str, fields: Fields, ids: IdGenerator, complete: str = "", limits: Limits | None = None
    ) -> None:
        super().__init__({"Action": name, "ActionID": ids()})
        self.name = name
        self.complete = complete
        self.payload = encode(name, self["ActionID"], fields)
        self.deadline = 0.0  # in the loop's time, once it is sent
        self._limits = limits or Limits()
        self._bytes = 0
        self._listing = False

    def answer(self, response: Message) -> None:
        """Take the response. Only one with `EventList: start` opens a list; what comes before it is not ours.

        Where a list is expected, a success without one is the empty list if the PBX says so, else not understood.
        """
        if self.responses:
            return
        self.responses.append(response)
        if response.get("Response") == "Error":
            self.fail(PbxRefused(response.get("Message", "refused without a word"), action=self.name))
        elif not response.success:
            self.fail(PbxUnavailable(f"{self.name}: the answer was not understood (neither yes nor no)", sent=True))
        elif self.complete and response.get("EventList") == "start":
            self._listing = True
        elif self.complete and not response.get("Message").startswith(_NOTHING):
            self.fail(PbxUnavailable(f"{self.name}: the answer was not understood (no list)", sent=True))
        else:
            self._resolve()

    def collect(self, raw: bytes, event: Message) -> None:
        """Take an event that carries our ActionID, if our list is open."""
        if not self._listing:
            return
        self.responses.append(event)
        self._bytes += len(raw)
        if raw.startswith(self._end):
            self._resolve()
        elif event.get("EventList") == "cancelled":
            self.fail(PbxUnavailable(f"{self.name}: the PBX broke off its list", sent=True))
        elif len(self.responses) > self._limits.list_items:
            self.fail(PbxUnavailable(f"{self.name}: a list of more than {self._limits.list_items} items", sent=True))
        elif self._bytes > self._limits.list_bytes:
            self.fail(PbxUnavailable(f"{self.name}: a list of more than {self._limits.list_bytes} bytes", sent=True))

    @property
    def _end(self) -> bytes:
        # Asterisk writes these three lines first, in this order. A field with line breaks in it can forge a
        # "…Complete", but the ActionID, which it cannot know, then comes last.
        return f"Event: {self.complete}\r\nActionID: {self['ActionID']}\r\nEventList: Complete\r\n".encode()

    @property
    def done(self) -> bool:
        """Answered, failed or given up."""
        return bool(self.future.done())

    def fail(self, error: PbxError) -> None:
        """End it with an error, unless it has ended; what came of a list is let go."""
        self._listing = False
        if not self.done:
            self.future.set_exception(error)

    def _resolve(self) -> None:
        self._listing = False
        if not self.done:
            self.future.set_result(self.responses)
