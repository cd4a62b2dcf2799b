"""``/healthz`` and ``/readyz``: for those who start and watch the process.

Whoever asks is nobody in particular, so what stands in the way is told in words of ours alone: no path, no address, no
account, nothing that a driver or the PBX has said. Administrators read the rest in ``GET /system``; the log has it too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from vaxelflode.services import shapes
from vaxelflode.web.http import answer
from vaxelflode.web.marks import public

#: What stands in the way of being ready, by part, in words; empty when nothing does.
Readiness = Callable[[], Mapping[str, str]]

READINESS = web.AppKey[Readiness]("readiness")

_OLDER = "the database is older than what is live; if it is meant, {apply}"
#: What the applier may say, and what is told of it; the doctor knows a remedy for each. There are paths in what it
#: says, so that "older" alone is no cause: it stands in "folder".
_CAUSES = (
    ("made from another database", "what is live was made from another database; if this one is meant, {apply}"),
    (", older than ", _OLDER),
    ("put back to an older state", _OLDER),
    ("reload is in progress", "a reload is in progress in the PBX"),
    ("No space left", "No space left on the disk"),
    ("Read-only", "Read-only file system"),
    ("Permission denied", "Permission denied where the configuration is written"),
    ("could not be restored", "what was live before could not be restored"),
    ("was refused", "the configuration was refused by the PBX"),
)
_APPLY = "stop the control plane and run `vaxelflode apply`"


@public
async def healthz(_request: web.Request) -> web.Response:
    """The process lives."""
    return answer(shapes.Health(status="ok"))


@public
async def readyz(request: web.Request) -> web.Response:
    """The database answers, the PBX is connected, and what is desired is live; else 503 with what is not, by part."""
    trouble = {part: told(part, words) for part, words in request.app[READINESS]().items()}
    if trouble:
        return answer(shapes.Health(status="waiting", trouble=trouble), 503)
    return answer(shapes.Health(status="ready"))


def told(part: str, words: str) -> str:
    """What anybody may know of what stands in the way of a part."""
    if part == "database":
        return "it does not answer"
    if part.startswith("ami_"):
        return words.partition(": ")[0]  # its state and since when, without the reason
    found = next((said for cause, said in _CAUSES if cause in words), "the configuration is not proven live yet")
    return found.format(apply=_APPLY)
