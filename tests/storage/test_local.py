"""What whoever runs commands on the box may do with people."""

from __future__ import annotations

import datetime as dt

import pytest

from vaxelflode.errors import Conflict
from vaxelflode.services import local
from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
PASSWORD = "tolv tecken räcker"


async def test_the_last_administrator_is_not_let_out(database: Database) -> None:
    await local.add_user(database, "anna@example.se", "Anna", PASSWORD, ["flow_admin"], NOW)
    await local.add_user(database, "bo@example.se", "Bo", PASSWORD, ["flow_admin"], NOW)
    await local.set_disabled(database, "bo@example.se", NOW, disabled=True)
    with pytest.raises(Conflict, match="last administrator"):
        await local.set_disabled(database, "anna@example.se", NOW, disabled=True)
    await local.set_disabled(database, "bo@example.se", NOW, disabled=False)
    await local.set_disabled(database, "anna@example.se", NOW, disabled=True)
    assert {p.email: p.disabled for p in await local.list_users(database)} == {
        "anna@example.se": True,
        "bo@example.se": False,
    }
