"""Files that the pages load: read once, named by their content so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from vaxelflode.web.marks import public

FOLDER = Path(__file__).parent / "static"
#: A year: what is named by its content never changes.
_KEPT = "public, max-age=31536000, immutable"
#: Below this many bytes compressing costs more than it saves.
_SMALL = 500
_TEXT = (".css", ".js", ".svg", ".webmanifest", ".txt")


@dataclass(frozen=True, slots=True)
class Static:
    """One file: what is sent, and the short digest that stands in its address."""

    body: bytes
    media: str
    digest: str


class Statics:
    """The files of a folder, by their path in it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}

    def url(self, name: str) -> str:
        """Where the file ``name`` is found; raises ``KeyError`` for one that there is not."""
        return f"/static/{self._files[name].digest}/{name}"

    def get(self, digest: str, name: str) -> Static | None:
        """The file, if it is (still) of this content."""
        found = self._files.get(name)
        return found if found is not None and found.digest == digest else None


def _read(path: Path) -> Static:
    body = path.read_bytes()
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Static(body, media, hashlib.sha256(body).hexdigest()[:12])


STATICS = web.AppKey("statics", Statics)


@public
async def static(request: web.Request) -> web.Response:
    """``/static/DIGEST/NAME``."""
    found = request.app[STATICS].get(request.match_info["digest"], request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    response = web.Response(body=found.body, content_type=found.media, headers={"Cache-Control": _KEPT})
    if len(found.body) > _SMALL and request.match_info["name"].endswith(_TEXT):
        response.enable_compression()
    return response
