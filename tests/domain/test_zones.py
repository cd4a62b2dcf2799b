"""Instants in models are of Python's own UTC, whatever they were written with."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import TypeAdapter, ValidationError

from vaxelflode.domain.kinds.schedule import Override
from vaxelflode.domain.kinds.switch import Standing
from vaxelflode.domain.zones import Instant

TEN = dt.datetime(2027, 3, 16, 10, tzinfo=dt.UTC)
WRITTEN = ["2027-03-16T10:00:00Z", "2027-03-16T11:00:00+01:00", "2027-03-16T10:00:00+00:00"]


@pytest.mark.parametrize("written", WRITTEN)
def test_an_instant_is_kept_in_utc(written: str) -> None:
    found = TypeAdapter[dt.datetime](Instant).validate_python(written)
    assert found == TEN
    assert found.tzinfo is dt.UTC


@pytest.mark.parametrize("written", ["2027-03-16T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00"])
def test_no_instant(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[dt.datetime](Instant).validate_python(written)


@pytest.mark.parametrize("written", WRITTEN)
def test_specs_hold_no_other_zone(written: str) -> None:
    standing = Standing.model_validate({"at": "open", "until": written, "since": written})
    dates = {"from": "2027-03-16", "to": "2027-03-16"}
    override = Override.model_validate({"id": "0" * 16, "made_at": written, **dates})
    held = [standing.until, standing.since, override.made_at]
    assert [at.tzinfo if at else None for at in held] == [dt.UTC] * 3
