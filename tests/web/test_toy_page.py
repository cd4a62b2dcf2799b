"""A kind that is added has a page and no file is changed: one of its declaration, or of its own where it brings one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vaxelflode.domain.kinds as package
from tests.api import company
from tests.web.conftest import Visitor
from tests.web.forms import fields, filled
from vaxelflode import resources
from vaxelflode.domain.kind import kinds
from vaxelflode.i18n import words
from vaxelflode.web import page

TOY = Path(__file__).parents[1] / "toy"
FOUND_IN = [*package.__path__]
ECHO = f"/flows/{company.FLOWS['mine']}/echo/natt"


def _forget() -> None:
    kinds.cache_clear()
    words.terms.cache_clear()
    page.environment.cache_clear()


@pytest.fixture(params=[False, True], ids=["of its declaration", "its own"])
def look(request: pytest.FixtureRequest) -> Iterator[bool]:
    """The toy's files where the kinds' files are looked for, with its page or without; and away again."""
    package.__path__ = [*FOUND_IN, str(TOY / "kinds")]
    resources.TEMPLATE_FOLDERS.append(TOY / "templates")
    words.FOLDERS.append(TOY / "words")
    own: bool = request.param
    if own:
        page.FOLDERS.append(TOY / "pages")
    _forget()
    yield own
    package.__path__ = FOUND_IN
    resources.TEMPLATE_FOLDERS.pop()
    words.FOLDERS.pop()
    if own:
        page.FOLDERS.pop()
    sys.modules.pop(f"{package.__name__}.echo", None)
    _forget()


async def _founded(visitor: Visitor) -> None:
    spec = {"prompt": company.PROMPT, "next": {"object": "voicemail/mine"}}
    body = {"kind": "echo", "key": "natt", "name": "Ekot", "spec": spec}
    made = await visitor.house.ask("POST", "/api/v1/objects", "administrator", body)
    assert made.body["change"]["state"] == "live"
    path = f"/api/v1/flows/{company.FLOWS['mine']}"
    flow = (await visitor.house.ask("GET", path, "administrator")).body
    grant = {"object": "echo/natt", "aspects": ["settings"], "limits": {"times": {"max": 3}}}
    body = flow | {"grants": [*flow["grants"], grant]}
    assert (await visitor.house.ask("PUT", path, "administrator", body, if_match=flow["version"])).status == 200


async def test_a_kind_that_is_added_has_a_page_and_a_form(look: bool, visitor: Visitor) -> None:
    await _founded(visitor)
    await visitor.log_in("granted")
    shown = await visitor.get(ECHO)
    assert shown.status == 200
    assert ('data-echo="2"' in shown.html) == look
    assert set(fields(shown.html)) == {"times"}
    for text in ("Ekot", "Gånger", "1–3", "Inspelning", "Sedan"):
        assert text in shown.html
    refused = await visitor.post(ECHO, filled(shown.html) | {"f.times": "4"})
    assert (refused.status, "Välj mellan 1 och 3." in refused.html) == (422, True)
    saved = await visitor.post(ECHO, filled(refused.html) | {"f.times": "3"})
    assert saved.path.startswith(f"{ECHO}?change=")
    assert 'data-state="live"' in saved.html
    assert filled(saved.html)["f.times"] == "3"
    listed = await visitor.get(f"/flows/{company.FLOWS['mine']}/echo")
    assert f'href="{ECHO}"' in listed.html
    assert "Ekon" in listed.html, "it has a tab as well"
    await visitor.log_in("administrator")
    assert set(fields((await visitor.get(ECHO)).html)) == {"prompt", "times", "next"}
