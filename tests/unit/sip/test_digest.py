"""The examples of the RFCs, and what a phone does with a challenge."""

from __future__ import annotations

from tests.sip.digest import Challenge, Credentials, authorise
from tests.sip.headers import Headers
from tests.sip.message import Request, Response

RFC_2617 = (
    'Digest realm="testrealm@host.com", qop="auth,auth-int", '
    'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def test_the_example_of_rfc_2617_section_3_5() -> None:
    who = Credentials("Mufasa", "Circle Of Life")
    challenge = Challenge.parse(RFC_2617)
    proof = challenge.response(who, "GET", "/dir/index.html", cnonce="0a4f113b")
    assert proof == "6629fae49393a05397450978507c4ef1"


def test_the_md5_example_of_rfc_7616_section_3_9_1() -> None:
    who = Credentials("Mufasa", "Circle of Life")
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    proof = Challenge.parse(RFC_7616).response(who, "GET", "/dir/index.html", cnonce=cnonce)
    assert proof == "8ca523f5e9506fed4657c9700eebdbec"


def test_a_phone_picks_the_challenge_that_it_speaks() -> None:
    offers = [
        ("WWW-Authenticate", 'Digest realm="a", nonce="1", algorithm=SHA-256'),
        ("WWW-Authenticate", 'Digest realm="b", nonce="2", opaque="o"'),
    ]
    request = Request("REGISTER", "sip:127.0.0.1")
    who = Credentials("201", "secret")
    assert authorise(request, Response(401, "Unauthorized", headers=Headers(offers)), who)
    answer = request.headers.get("Authorization")
    proof = Challenge("b", "2").response(who, "REGISTER", "sip:127.0.0.1")
    assert f'response="{proof}"' in answer
    assert 'realm="b"' in answer
    assert 'opaque="o"' in answer
    assert "qop" not in answer
    assert not authorise(request, Response(401, "Unauthorized", headers=Headers(offers[:1])), who)
    assert not authorise(request, Response(403, "Forbidden"), who)
