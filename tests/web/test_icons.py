"""What phones put on their home screen: each icon is there, of the size that it says, and drawn of our own."""

from __future__ import annotations

import hashlib
import json
import re
import struct

from tests.web.conftest import Visitor
from vaxelflode.web.statics import FOLDER

#: The sorts of colour of a PNG: with and without a part that is seen through.
_OPAQUE, _CLEAR = 2, 6


async def picture(visitor: Visitor, address: str) -> tuple[str, bytes]:
    """Its type and what it is."""
    async with visitor._session.get(visitor.house.url + address) as answer:
        assert answer.status == 200, address
        return answer.content_type, await answer.read()


def size_of(png: bytes) -> tuple[int, int, int]:
    """Width, height and sort of colour, as a PNG says of itself."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    return width, height, colour


async def test_each_icon_of_the_manifest_is_there_and_has_the_size_that_it_says(visitor: Visitor) -> None:
    async with visitor._session.get(visitor.house.url + "/manifest.webmanifest") as answer:
        icons = json.loads(await answer.read())["icons"]
    seen = set()
    for icon in icons:
        kind, body = await picture(visitor, icon["src"])
        assert kind == icon["type"]
        if kind == "image/png":
            width, height, colour = size_of(body)
            assert f"{width}x{height}" == icon["sizes"]
            assert colour == (_OPAQUE if icon["purpose"] == "maskable" else _CLEAR), "what is cut has no corners"
            seen.add((icon["sizes"], icon["purpose"]))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= seen


async def test_the_pages_name_the_icon_of_apples_phones(visitor: Visitor) -> None:
    named = re.search(r'<link rel="apple-touch-icon" href="([^"]+)">', (await visitor.get("/login")).html)
    assert named is not None
    kind, body = await picture(visitor, named[1])
    assert (kind, size_of(body)) == ("image/png", (180, 180, _OPAQUE))


def test_the_icons_are_drawn_of_the_one_that_the_pages_have() -> None:
    """scripts/draw-icons draws them anew."""
    drawn_of = (FOLDER / "icons" / ".drawn-of").read_text().strip()
    assert drawn_of == hashlib.sha256((FOLDER / "icon.svg").read_bytes()).hexdigest()
