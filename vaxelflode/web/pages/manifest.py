"""What lets a phone keep the pages on its home screen."""

from __future__ import annotations

import json

from aiohttp import web

from vaxelflode.web.http import SETTINGS
from vaxelflode.web.marks import public
from vaxelflode.web.statics import STATICS

#: File in ``static`` → its size and what it is for. Those that phones cut to their own shape fill their square.
_ICONS = (
    ("icon.svg", "any", "any"),
    ("icons/192.png", "192x192", "any"),
    ("icons/512.png", "512x512", "any"),
    ("icons/maskable-192.png", "192x192", "maskable"),
    ("icons/maskable-512.png", "512x512", "maskable"),
)
_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}


@public
async def show(request: web.Request) -> web.Response:
    """The manifest of the installed page."""
    url = request.app[STATICS].url
    company = request.app[SETTINGS].company
    found = {
        "name": f"Växelflöde {company}".strip(),
        "short_name": "Växelflöde",
        "start_url": "/flows",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f6f3",
        "theme_color": "#14704a",
        "icons": [
            {"src": url(name), "sizes": sizes, "type": _MEDIA[name.rpartition(".")[2]], "purpose": purpose}
            for name, sizes, purpose in _ICONS
        ],
    }
    body = json.dumps(found, ensure_ascii=False).encode()
    return web.Response(body=body, content_type="application/manifest+json")
