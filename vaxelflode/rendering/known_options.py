"""The options that our templates use, file by file, each with what may be its value.

Another one Asterisk leaves out with no more than a word in its log, or takes for something that must not be: a static
member of a queue, a program that plays the music.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from vaxelflode.domain.kinds.queue import AutoPause, Strategy

_NUMBER = r"0|[1-9][0-9]{0,8}"
_YES_NO = "yes|no"
_STATE = "(?:paused|penalty|inuse|ringing|unavailable|invalid|unknown|wrapup)"
#: A file of ours, whose name has no ending: music with one might not be played.
_SOUND = "/(?:[A-Za-z0-9_./-]{0,220}/)?[A-Za-z0-9_-]{1,80}"
_CLASS = "[a-z0-9][a-z0-9-]{0,78}"
#: Where a caller's key leads: the context of a queue of ours.
_CONTEXT = "[a-z][a-z0-9]{0,9}-queue-[a-z0-9-]{1,40}"

Options = Mapping[str, re.Pattern[str]]


def _options(said: Mapping[str, str]) -> Options:
    """Value → the names of the options that may have it, as name → value."""
    return {name: re.compile(value) for value, names in said.items() for name in names.split()}


KNOWN_OPTIONS: Mapping[str, Options] = {
    "queues.conf": _options(
        {
            "|".join(get_args(Strategy)): "strategy",
            "|".join(get_args(AutoPause)): "autopause",
            _NUMBER: (
                "timeout retry wrapuptime maxlen servicelevel weight announce-frequency periodic-announce-frequency"
            ),
            _YES_NO: "ringinuse autofill announce-position announce-holdtime announce-to-first-user",
            f"{_YES_NO}|{_STATE}(?:,{_STATE})*": "joinempty leavewhenempty",
            _SOUND: "periodic-announce",
            _CLASS: "musicclass",
            _CONTEXT: "context",
        }
    ),
    "musiconhold.conf": _options({"playlist": "mode", _SOUND: "entry"}),
}

#: What no section of a file may lack: a class of music without a sound is none.
NEEDED_OPTIONS: Mapping[str, frozenset[str]] = {
    "queues.conf": frozenset(),
    "musiconhold.conf": frozenset({"mode", "entry"}),
}
