"""Keys and references: plain, generated-looking, and never anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import OFTEN, keys
from vaxelflode.domain.identifiers import KEY_LENGTH, ObjectRef, is_key, new_id


@pytest.mark.parametrize("key", ["a", "0", "huvudmeny", "a-b-c", "46101022290", "a" * KEY_LENGTH, "a-" * 19 + "ab"])
def test_keys(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        *["-", "-a", "a-", "a--b", "a\n", "\na", "A", "å", "a b", "a_b", "a/b", "a.b", "²", "٢", "a\x00", "a;b"],
        "a" * 41,
        "a-" * 20 + "a",
    ],
    ids=ascii,
)
def test_what_is_no_key(text: str) -> None:
    assert not is_key(text)
    with pytest.raises(ValueError, match="kind/key"):
        ObjectRef.parse(f"menu/{text}")


@OFTEN
@given(st.text())
def test_no_key_holds_anything_but_its_alphabet(text: str) -> None:
    if is_key(text):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert "--" not in text
        assert len(text) <= KEY_LENGTH


@OFTEN
@given(st.sampled_from(["menu", "ring_group", "x"]), keys)
def test_a_reference_is_read_as_it_is_written(kind: str, key: str) -> None:
    assert ObjectRef.parse(str(ObjectRef(kind, key))) == ObjectRef(kind, key)


@pytest.mark.parametrize(
    "text", ["", "menu", "/a", "menu/", "Menu/a", "_menu/a", "menu\n/a", "menu//a", "m" * 17 + "/a"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="kind/key"):
        ObjectRef.parse(text)


def test_ids_are_opaque_and_differ() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdef") for one in made)
