"""PINs are kept as salted hashes and shown to nobody; codes are what only one object may have."""

from __future__ import annotations

import hashlib

import pytest

from tests.rendering.making import company, thing
from vaxelflode.domain.check import check, parsed_spec
from vaxelflode.domain.edits import difference, patched, shown
from vaxelflode.domain.kind import kinds
from vaxelflode.domain.pin import kept
from vaxelflode.domain.spec import SET
from vaxelflode.errors import Invalid

VOICEMAIL = kinds()["voicemail"]


def test_a_pin_is_kept_as_a_salted_hash() -> None:
    one, other = (parsed_spec(VOICEMAIL, {"pin": "4711"}).as_json()["pin"] for _ in range(2))
    assert one != other
    salt, digest = one.split(":")
    assert hashlib.sha1(f"{salt}4711".encode()).hexdigest() == digest
    assert kept("4711", salt) == one
    assert parsed_spec(VOICEMAIL, {"pin": one}).as_json()["pin"] == one


@pytest.mark.parametrize("pin", ["471", "123456789", "47 11", "4711\n", "٤٧١١", 4711, "", SET])
def test_what_is_no_pin(pin: object) -> None:
    with pytest.raises(Invalid) as caught:
        parsed_spec(VOICEMAIL, {"pin": pin})
    assert [e.field for e in caught.value.errors] == ["spec.pin"]
    assert "4711" not in str(caught.value)


def test_of_a_pin_is_shown_only_that_it_is_set() -> None:
    before, after = parsed_spec(VOICEMAIL, {}), parsed_spec(VOICEMAIL, {"pin": "4711"})
    assert (before.shown()["pin"], after.shown()["pin"]) == (None, SET)
    (edit,) = shown(VOICEMAIL, difference(VOICEMAIL.spec, before.as_json(), after.as_json()))
    assert (edit.path, edit.before, edit.after) == (("pin",), None, SET)


def test_a_pin_that_comes_back_as_it_was_shown_stays() -> None:
    here = parsed_spec(VOICEMAIL, {"pin": "4711"}).as_json()
    assert patched(VOICEMAIL.spec, here, {"pin": SET, "email": "a@b.se"}) == here | {"email": "a@b.se"}
    assert patched(VOICEMAIL.spec, here, {"pin": None}).get("pin") is None
    assert patched(VOICEMAIL.spec, here, {"pin": "1234"})["pin"] == "1234"


def test_what_is_one_value_takes_the_place_of_the_other() -> None:
    switch = kinds()["switch"].spec
    here = {"position": {"at": "kris", "until": "2027-03-16T15:00:00Z"}}
    assert patched(switch, here, {"position": {"at": "kris"}}) == {"position": {"at": "kris"}}
    assert patched(switch, here, {"position": None}) == {}


def test_one_code_is_one_objects() -> None:
    ends = {"a": {"end": "busy"}, "b": {"end": "busy"}}
    here = company(1, thing("voicemail/x", code="*21"), thing("extension/201", endpoint="201"))
    with pytest.raises(Invalid, match=r"spec\.code: \*21 is voicemail/x's already"):
        check(thing("switch/y", positions=ends, default="a", code="*21"), here)
    with pytest.raises(Invalid, match=r"spec\.endpoint: 201 is extension/201's already"):
        check(thing("extension/202", endpoint="201"), here)
    check(thing("switch/y", positions=ends, default="a", code="*22"), here)
    check(thing("voicemail/x", code="*21", email="a@b.se"), here)
    later = here.with_objects(2, [thing("voicemail/x")])
    check(thing("switch/y", positions=ends, default="a", code="*21"), later)
