"""What lets a phone keep the pages on its home screen."""

from __future__ import annotations

import json

from aiohttp import web

from vaxelflode.web.http import SETTINGS
from vaxelflode.web.marks import public
from vaxelflode.web.statics import STATICS


@public
async def show(request: web.Request) -> web.Response:
    """The manifest of the installed page."""
    icon = request.app[STATICS].url("icon.svg")
    company = request.app[SETTINGS].company
    found = {
        "name": f"Växelflöde {company}".strip(),
        "short_name": "Växelflöde",
        "start_url": "/flows",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f6f3",
        "theme_color": "#14704a",
        "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    }
    body = json.dumps(found, ensure_ascii=False).encode()
    return web.Response(body=body, content_type="application/manifest+json")
