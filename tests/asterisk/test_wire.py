"""Actions to bytes, bytes to messages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxelflode.asterisk.wire import HEADERS, LINE_BYTES, Fields, Framer, Oversize, UnsafeField, decode, encode


def test_an_action_becomes_lines_in_order() -> None:
    raw = encode("QueueAdd", "vx/1", {"Queue": "vx-a", "Penalty": 2, "Paused": False, "Variable": ["A=1", "B=å"]})
    assert raw.decode() == (
        "Action: QueueAdd\r\nActionID: vx/1\r\nQueue: vx-a\r\nPenalty: 2\r\nPaused: false\r\n"
        "Variable: A=1\r\nVariable: B=å\r\n\r\n"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"Queue": "a\r\nAction: Originate"},
        {"Queue": "a\n"},
        {"Queue": "a\r"},
        {"Queue": "a\0b"},
        {"Val": " a"},
        {"Val": "\ta"},
        {"Val": "\x01a"},
        {"Variable": ["A=1", "B=\r\n"]},
        {"Queue\r\nAction": "Originate"},
        {"Queue:": "a"},
        {"Kö": "a"},
        {"": "a"},
        {"Queue\n": "a"},
        {"ActionID": "mine"},
        {"action": "Originate"},
        {"Queue": "\ud800"},
        {"Val": "x" * (LINE_BYTES - len("Val: ") + 1)},
        {"Val": "å" * (LINE_BYTES // 2)},
        {"Variable": ["x"] * (HEADERS - 1)},
    ],
)
def test_what_asterisk_would_misread_or_cut_is_refused(fields: Fields) -> None:
    with pytest.raises(UnsafeField):
        encode("DBPut", "vx/1", fields)


@pytest.mark.parametrize("name", ["Ping\r\nAction: Originate", "Ping\n"])
def test_an_action_name_is_no_way_in_either(name: str) -> None:
    with pytest.raises(UnsafeField):
        encode(name, "vx/1", {})


def test_the_longest_line_and_the_most_headers_pass() -> None:
    encode("DBPut", "vx/1", {"Val": "x" * (LINE_BYTES - len("Val: "))})
    encode("DBPut", "vx/1", {"Variable": ["x"] * (HEADERS - 2)})


@given(st.dictionaries(st.text(max_size=8), st.text(), max_size=4))
def test_whatever_is_accepted_is_one_action_and_comes_back_equal(fields: dict[str, str]) -> None:
    try:
        raw = encode("DBPut", "vx/1", fields)
    except UnsafeField:
        return
    (whole,) = Framer(10_000).feed(raw)
    assert decode(whole).headers == {"Action": "DBPut", "ActionID": "vx/1"} | fields


def test_a_message_keeps_the_first_of_repeated_headers() -> None:
    message = decode(b"Event: A\r\nEvent: B\r\nChanVariable: x=1\r\nChanVariable: y=2\r\nNo categories found")
    assert message.event == "A"
    assert message.every("ChanVariable") == ("x=1", "y=2")
    assert message.repeated == (("Event", "B"), ("ChanVariable", "y=2"))
    assert message.text == ("No categories found",)
    assert message.every("Missing") == ()


def test_colons_blanks_and_empty_values() -> None:
    message = decode(b"A: b: c\r\nEmpty: \r\nBare:\r\nSpaced:  two ")
    assert message.headers == {"A": "b: c", "Empty": "", "Bare": "", "Spaced": " two "}


def test_bytes_that_are_no_utf8_show() -> None:
    assert decode(b"Name: \xc5sa")["Name"] == "\ufffdsa"


STREAM = "Event: Å\r\nName: Åsa Öström\r\n\r\nEvent: B\r\n\r\n".encode()


@pytest.mark.parametrize("size", range(1, len(STREAM)))
def test_pieces_of_every_size_give_the_same_messages(size: int) -> None:
    framer = Framer(1000)
    whole = [raw for start in range(0, len(STREAM), size) for raw in framer.feed(STREAM[start : start + size])]
    assert [decode(raw).headers for raw in whole] == [{"Event": "Å", "Name": "Åsa Öström"}, {"Event": "B"}]


def test_an_unfinished_message_may_not_outgrow_the_limit() -> None:
    framer = Framer(1000)
    framer.feed(b"x" * 1000)
    with pytest.raises(Oversize):
        framer.feed(b"x")


def test_trickling_costs_no_square() -> None:
    def cost(size: int) -> float:
        framer = Framer(size)
        started = time.perf_counter()
        for _ in range(size):
            framer.feed(b"x")
        return time.perf_counter() - started

    assert cost(400_000) < 40 * cost(40_000)
