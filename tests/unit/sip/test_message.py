"""Messages are read as loosely as RFC 4475 torments, and written as RFC 3261 wants."""

from __future__ import annotations

import pytest

from tests.sip.address import NameAddr, Uri, name_addr
from tests.sip.message import MalformedError, Request, Response, parse
from tests.sip.sdp import PCMA, PCMU, Session

INVITE = (
    b"INVITE sip:+46101022290@127.0.0.1:5060;user=phone SIP/2.0\n"
    b"v: SIP/2.0/UDP  10.0.0.1:5070;branch=z9hG4bKabc;rport, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKdef\r\n"
    b'FROM: "\xc3\x85sa, \\"chef\\" <hon>" <sip:+46701740601@10.0.0.1>;tag=1\r\n'
    b"t: sip:+46101022290@127.0.0.1;x=y\r\n"
    b"Subject: folded\r\n over two\r\n"
    b"i: a84b@x\r\nCSeq: 314 INVITE\r\nl: 4\r\n\r\nbodytail"
)


def test_a_request_is_read_with_all_its_liberties() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("INVITE", "sip:+46101022290@127.0.0.1:5060;user=phone")
    assert (message.branch, message.sent_by) == ("z9hG4bKabc", "10.0.0.1:5070")
    assert len(message.headers.all("Via")) == 2
    assert message.sender == NameAddr(Uri("+46701740601", "10.0.0.1"), 'Åsa, "chef" <hon>', {"tag": "1"})
    assert (message.recipient.uri.user, message.recipient.params) == ("+46101022290", {"x": "y"})
    assert message.headers.get("s") == "folded over two"
    assert (message.call_id, message.cseq, message.body) == ("a84b@x", (314, "INVITE"), b"body")


def test_a_reply_copies_what_belongs_to_the_transaction_and_adds_our_tag() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    again = parse(message.reply(486, tag="ours").encode())
    assert isinstance(again, Response)
    assert (again.status, again.reason, again.branch, again.cseq) == (486, "Busy Here", "z9hG4bKabc", (314, "INVITE"))
    assert again.headers.all("Via") == message.headers.all("Via")
    assert (again.recipient.tag, again.sender.tag) == ("ours", "1")


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"SIP/2.0 abc\r\n\r\n", b"\x80\x08"])
def test_what_is_not_sip_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)


@pytest.mark.parametrize("text", ["sip:201@127.0.0.1", "sip:10.0.0.1:5070;transport=udp"])
def test_a_uri_survives_reading_and_writing(text: str) -> None:
    assert str(Uri.parse(text)) == text
    assert NameAddr.parse(name_addr(text, 'a "b"', "t")) == NameAddr(Uri.parse(text), 'a "b"', {"tag": "t"})


def test_an_answer_takes_the_first_codec_and_the_event_type_of_the_offer() -> None:
    offer = Session.parse(
        b"v=0\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 9 0 8 96\r\n"
        b"a=rtpmap:96 telephone-event/8000\r\na=sendonly\r\nm=video 4002 RTP/AVP 31\r\nc=IN IP4 10.0.0.8\r\n"
    )
    assert offer == Session(("10.0.0.9", 4000), (PCMU, PCMA), 96, "sendonly")
    answer = Session(("127.0.0.1", 5000)).answer_to(offer)
    assert Session.parse(answer.encode()) == Session(("127.0.0.1", 5000), (PCMU,), 96, "recvonly")


@pytest.mark.parametrize(
    "body", [b"", b"v=0\r\nm=audio 0 RTP/AVP 8\r\n", b"c=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP 9\r\n"]
)
def test_a_description_without_a_stream_for_us_is_none(body: bytes) -> None:
    assert Session.parse(body) is None
