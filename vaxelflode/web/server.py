"""The server below the application: what it says of requests that never get there.

aiohttp logs a request that is no HTTP with a trace, and in it the very line that could not be read, which may hold a
token. Here it is one line that says what was wrong with it, and nothing of what it was.
"""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


class _WithoutWhatWasSent(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass; of what could not be read only the sort of fault."""
        fault = record.exc_info[1] if record.exc_info else None
        if isinstance(fault, HttpProcessingError):
            record.msg, record.args = "a request could not be read: %s", (type(fault).__name__,)
            record.exc_info, record.exc_text = None, None
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


_LOG = logging.getLogger(__name__)
_LOG.addFilter(_WithoutWhatWasSent())


def runner_of(app: web.Application) -> web.AppRunner:
    """What runs the application; requests are logged by it and not by the server."""
    return web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2, logger=_LOG)
