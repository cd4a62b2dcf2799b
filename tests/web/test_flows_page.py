"""The list of flows: a page of them at a time, found by name and number."""

from __future__ import annotations

import re

from tests.api import company
from tests.web.conftest import Visitor
from vaxelflode.services import overview


async def test_one_sees_ones_own(granted: Visitor) -> None:
    shown = (await granted.get("/flows")).html
    assert f"/flows/{company.FLOWS['mine']}" in shown
    assert company.FLOWS["other"] not in shown
    assert 'type="search"' not in shown


async def test_many_flows_come_in_pages_and_are_found_by_name_and_number(visitor: Visitor) -> None:
    for n in range(overview.PAGE + 3):
        body = {"name": f"Flöde {n:03}", "description": "kundernas" if n == 7 else ""}
        assert (await visitor.house.ask("POST", "/api/v1/flows", "administrator", body)).status == 201
    await visitor.log_in("administrator")

    def cards(html: str) -> list[str]:
        return re.findall(r'<article[^>]* id="flow-([0-9a-f]+)"', html)

    first, second = [(await visitor.get(f"/flows?page={n}")).html for n in (0, 1)]
    assert len(cards(first)) == overview.PAGE
    assert cards(second)
    assert not set(cards(first)) & set(cards(second))
    assert "page=1" in first
    assert len(cards((await visitor.get("/flows?q=fl%C3%B6de+00")).html)) == 10
    assert len(cards((await visitor.get("/flows?q=KUNDERNAS")).html)) == 1
    by_number = cards((await visitor.get("/flows?q=0980-319+200")).html)
    assert by_number == [company.FLOWS["other"]]
    assert cards((await visitor.get("/flows?q=finns+inte")).html) == []
    assert (await visitor.get("/flows?page=99999&q=%3Cscript%3E")).status == 200


async def test_whoever_has_no_flow_is_told_whom_to_ask(visitor: Visitor) -> None:
    new = {"email": company.address("alone"), "password": company.PASSWORD, "name": "Alone", "rights": ["flow_user"]}
    assert (await visitor.house.ask("POST", "/api/v1/users", "administrator", new)).status == 201
    await visitor.log_in("alone")
    shown = (await visitor.get("/flows")).html
    assert "Administrator är administratör" in shown
    assert f'href="mailto:{company.address("administrator")}"' in shown
    assert shown.count("Be Administrator om ett flöde") == 1
