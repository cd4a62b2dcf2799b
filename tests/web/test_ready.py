"""What ``/readyz`` tells anybody: what is not as it should be, and nothing of where, or by what name."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.api.company import NOW
from tests.api.house import House
from vaxelflode.applying.charge import HeldBack, judge
from vaxelflode.applying.store import Published
from vaxelflode.asterisk import ConnectionState, Status
from vaxelflode.doctor.checks.serving import _REMEDIES
from vaxelflode.web.health import READINESS, told

TROUBLE: Mapping[str, str] = {
    "database": "the database did not answer: connection to server at 10.1.2.3, port 5432 failed: user vx password x",
    "ami_live": "lost since 2027-03-16 10:42:07 UTC: no connection to 10.1.2.3:5038 within 5 s",
    "ami_apply": "refused since 2027-03-16 10:42:07 UTC: the PBX refuses account vx-apply: Authentication failed",
}
APPLIER = (
    "/etc/asterisk/vaxelflode/releases/7: No space left on device",
    "/etc/asterisk/vaxelflode/releases/7: Read-only file system",
    "/etc/asterisk/vaxelflode/releases/7: Permission denied",
    "dialplan reload: A reload is in progress at 10.1.2.3",
    "revision 7 was refused: /etc/asterisk/vaxelflode/dialplan.conf line 3",
    "the revision before could not be restored: 10.1.2.3:5038 is gone",
    "what is live was made from another database; all the same run `vaxelflode apply` on vx-apply@10.1.2.3",
    "the database is at revision 7, older than 9; /x all the same run `vaxelflode apply`",
    "something that nobody foresaw at /etc/asterisk",
)
#: A path, an address, an account of ours.
TELLING = re.compile(r"/\w|\d+\.\d+\.\d+|vx-|password|revision \d")


@pytest.mark.parametrize("words", APPLIER)
async def test_nobody_reads_a_path_an_address_or_an_account(here: House, words: str) -> None:
    here.app._state[READINESS] = lambda: {**TROUBLE, "applier": words}
    answer = await here.ask("GET", "/readyz")
    assert (answer.status, answer.body["status"]) == (503, "waiting")
    assert set(answer.body["trouble"]) == {*TROUBLE, "applier"}
    assert not TELLING.search(str(answer.body)), answer.body
    assert answer.body["trouble"]["ami_live"] == "lost since 2027-03-16 10:42:07 UTC"
    for person in ("administrator", "granted"):  # it is the same for everybody: the rest is in /system
        assert (await here.ask("GET", "/readyz", person)).raw == answer.raw


def test_a_pbx_that_was_never_there_is_told_so() -> None:
    words = str(Status(ConnectionState.LOST, NOW, "no connection to 10.1.2.3:5038 within 5 s", reached=False))
    assert told("ami_live", words) == f"not reached yet since the start at {NOW:%Y-%m-%d %H:%M:%S} UTC"


@pytest.mark.parametrize("cause", ["No space left on device", "Read-only file system", "Permission denied"])
def test_what_a_path_is_called_is_no_cause(cause: str) -> None:
    """What is told of an older database would have somebody make it live."""
    told_of = told("applier", f"/srv/folder of older things/vaxelflode/releases/7: {cause}")
    assert told_of.startswith(cause.partition(" on ")[0])


@pytest.mark.parametrize("live", [Published(9, "ours"), Published(9, "another"), Published(5, "ours", NOW)])
def test_who_is_held_back_is_told_so(live: Published) -> None:
    with pytest.raises(HeldBack) as held:
        judge(live, "ours", 5, None)
    assert "run `vaxelflode apply`" in told("applier", held.value.message)


@pytest.mark.parametrize("words", APPLIER)
def test_the_doctor_knows_the_remedy_by_what_is_told(words: str) -> None:
    known = [remedy for marker, remedy in _REMEDIES if marker in words]
    assert [remedy for marker, remedy in _REMEDIES if marker in told("applier", words)] == known
