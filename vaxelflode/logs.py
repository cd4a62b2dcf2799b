"""How the process logs: text for people, or one JSON object a line. Secrets are in neither.

A record is one line whatever stands in it: what is no character of a line is written as an escape, so that no name and
no header forges a line or speaks to a terminal. Each line tells the requests that it belongs to
(:mod:`vaxelflode.request_id`).
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from vaxelflode import request_id

#: Libraries that would tell of each statement or step, with what is in it.
_NOISY = ("alembic", "asyncio", "psycopg", "panoramisk", "asyncari", "asyncswagger11", "httpx", "httpcore")


def one_line(text: str) -> str:
    """The text with escapes for whatever is no printable character."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(c: str) -> str:
    """An escape that JSON knows too: two surrogates for what is beyond the first 65,536."""
    units = c.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


# A record is formatted where it is made, so the requests are those of whoever made it.
class _Text(logging.Formatter):
    """One line a record; the lines of a trace are set in, so that none of them looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        requests = f" [{told}]" if (told := request_id.told()) else ""
        head = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}Z {record.levelname:<7} {record.name}{requests}: "
        lines = [head + one_line(record.getMessage())]
        if record.exc_info:
            lines += [f"    | {one_line(line)}" for line in self.formatException(record.exc_info).splitlines()]
        return "\n".join(lines)


class _Json(logging.Formatter):
    """One object a line; values that a message takes by their names are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if requests := request_id.told():
            said["request"] = requests
        if isinstance(record.args, Mapping):
            said = dict(record.args) | said
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return one_line(json.dumps(said, ensure_ascii=False, default=str))


def handler(form: str) -> logging.Handler:
    """Writes to stderr as ``text`` or ``json``."""
    made = logging.StreamHandler(sys.stderr)
    made.setFormatter(_Json() if form == "json" else _Text())
    return made


def set_up(level: str, form: str) -> None:
    """Log to stderr at ``level`` as ``text`` or ``json``; of libraries only what is out of order."""
    logging.basicConfig(level=level, handlers=[handler(form)], force=True)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
