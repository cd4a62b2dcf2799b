"""The Jinja environment: strict, and closed to everything but the output of an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vaxelflode.rendering import encode
from vaxelflode.rendering.encode import Encoded, Names, Unencodable

#: Messages that a mailbox holds before it is full: ``maxmsg`` of ``asterisk_conf/voicemail.conf``.
MOST_MESSAGES = 100


def _only_encoded(value: Any) -> str:
    """Jinja's ``finalize``: runs on the value of every ``{{ … }}``."""
    if type(value) is not Encoded:
        raise Unencodable(f"{value!r} has not passed an encoder")
    return value


def environment(templates: Path | Sequence[Path], names: Names) -> Environment:
    """The environment for the templates in these folders with one installation's ``names``."""
    env = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        finalize=_only_encoded,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.filters |= {
        "int": encode.integer,
        "yes_no": encode.yes_no,
        "word": encode.word,
        "zone": encode.time_zone,
        "date": encode.date,
        "exten": encode.exten,
        "email": encode.email,
        "context": names.context,
        "own": names.own,
        "holidays_context": names.holidays,
        "code": names.code,
        "entry": names.entry_path,
        "queue": names.queue,
        "mailbox": names.mailbox,
        "sentinel": names.sentinel,
        "sound": names.sound,
        "goto": names.goto,
        "phone": names.phone,
        "rung": names.rung,
    }
    env.globals["vx"] = names.prefix
    env.globals["sounds"] = names.sounds
    env.globals["most_messages"] = MOST_MESSAGES
    return env
