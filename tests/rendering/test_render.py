"""Rendering is pure, incremental rendering gives the same bytes, and a file whose content stands keeps its stamp."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import SELDOM, any_object, companies
from tests.rendering.making import TODAY, company, new_renderer, renderer, thing
from vaxelflode.domain.company import Company, Object
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.rendering.encode import Unencodable
from vaxelflode.rendering.render import FILES, Bundle, File

NUMBER = thing("number/46101022290", route={"object": "queue/kund"})
QUEUE = thing("queue/kund", full={"end": "busy"})
MAILBOX = thing("voicemail/kund")
FRESH = new_renderer()
KEEPING = new_renderer()


def contents(bundle: Bundle) -> dict[str, bytes]:
    return {name: file.content for name, file in bundle.files.items()}


def afresh(everything: Company, today: dt.date = TODAY) -> Bundle:
    """Rendered by somebody who has kept nothing (and need not compile the templates again)."""
    FRESH.look_ahead(today)
    FRESH.render(Company(0, {}))
    return FRESH.render(everything)


@SELDOM
@given(companies(), st.randoms(use_true_random=False))
def test_same_snapshot_gives_the_same_bytes_in_any_order(everything: Company, chance: random.Random) -> None:
    items = list(everything.everything.items())
    chance.shuffle(items)
    assert contents(afresh(everything)) == contents(afresh(Company(everything.revision, dict(items))))


@SELDOM
@given(
    companies(),
    st.lists(
        st.tuples(st.lists(any_object, max_size=3), st.integers(0, 9), st.dates(TODAY, dt.date(2110, 1, 1))), max_size=5
    ),
)
def test_incremental_rendering_is_full_rendering(
    everything: Company, rounds: list[tuple[list[Object], int, dt.date]]
) -> None:
    """After each round of new, changed and forgotten objects, in any year, also when what was kept is of another."""
    for changed, gone, today in rounds:
        refs = sorted(everything.everything)[gone : gone + 1]
        everything = everything.with_objects(everything.revision + 1, changed, refs)
        KEEPING.look_ahead(today)
        assert contents(KEEPING.render(everything)) == contents(afresh(everything, today))


NIGHTS = thing("schedule/natt", weekly={"sun": [["20:00", "04:00"]]}, holidays={"calendar": "SE"})
DAYS = thing("schedule/dag", weekly={"mon": [["08:00", "17:00"]]}, holidays={"calendar": "SE"})


def test_when_the_year_turns_the_same_company_is_rendered_with_one_more() -> None:
    ours, everything = new_renderer(), company(7, NIGHTS, DAYS, QUEUE)
    before = ours.render(everything)
    ours.look_ahead(TODAY.replace(month=12, day=31))
    assert ours.render(everything, before).differs_from(before) == ()
    ours.look_ahead(TODAY.replace(year=TODAY.year + 1, month=1, day=1))
    after = ours.render(everything, before)
    assert after.differs_from(before) == ("extensions.conf",)
    assert contents(after) == contents(afresh(everything, dt.date(TODAY.year + 1, 6, 1)))
    file = after.files["extensions.conf"]
    assert (file.stamp[:2], before.files["extensions.conf"].stamp[:2]) == ("7-", "7-")
    assert file.stamp != before.files["extensions.conf"].stamp
    assert b"2038-12-25" in file.content
    assert b"2026-12-25" not in file.content
    assert file.changed.keys() == {NIGHTS.ref}  # only there the holidays are dates of the schedule's own


def test_a_clock_that_jumps_and_comes_back_leaves_nothing_behind() -> None:
    ours, everything = new_renderer(), company(7, NIGHTS, DAYS)
    before = ours.render(everything)
    ours.look_ahead(dt.date(1970, 1, 1))
    astray = ours.render(everything, before)
    ours.look_ahead(TODAY)
    assert contents(ours.render(everything, astray)) == contents(before)


def test_a_file_whose_content_stands_keeps_its_stamp_and_bytes() -> None:
    first = renderer().render(company(4, NUMBER, QUEUE))
    renumbered = replace(NUMBER, spec=thing("number/46101022290", route={"end": "busy"}).spec)
    second = renderer().render(company(5, renumbered, QUEUE), first)
    assert second.differs_from(first) == ("extensions.conf",)
    assert second.files["queues.conf"].stamp.startswith("4-")
    assert second.files["queues.conf"].pieces is first.files["queues.conf"].pieces
    assert second.files["extensions.conf"].stamp.startswith("5-")


def test_a_name_is_in_no_file() -> None:
    first = renderer().render(company(4, NUMBER, QUEUE))
    renamed = replace(QUEUE, name="];--\n#exec rm -rf /")
    assert renderer().render(company(5, NUMBER, renamed), first).differs_from(first) == ()


def test_files_differ_in_the_order_of_reloading() -> None:
    empty = renderer().render(Company(1, {}))
    full = renderer().render(company(2, NUMBER, QUEUE, MAILBOX), empty)
    assert full.differs_from(empty) == full.differs_from(None)[1:] == FILES[1:]
    assert FILES == ("musiconhold.conf", "queues.conf", "voicemail.conf", "extensions.conf")


def test_only_what_changed_is_told_as_changed() -> None:
    first = renderer().render(company(1, NUMBER, QUEUE, MAILBOX))
    second = renderer().render(company(2, NUMBER, replace(QUEUE, spec=thing("queue/kund").spec), MAILBOX), first)
    assert second.files["extensions.conf"].changed.keys() == {QUEUE.ref}


def test_what_a_refused_bundle_changed_is_told_again() -> None:
    """The bundle before is what was proven; one that was rendered in between, and not taken, proves nothing."""
    proven = renderer().render(company(1, NUMBER, QUEUE))
    both = company(2, NUMBER, thing("queue/kund", length=7), MAILBOX)
    renderer().render(both, proven)
    again = renderer().render(Company(3, both.everything), proven)
    assert again.files["extensions.conf"].changed.keys() == {QUEUE.ref, MAILBOX.ref}
    assert again.files["queues.conf"].changed.keys() == {QUEUE.ref}


def test_without_a_bundle_before_everything_is_told_as_changed() -> None:
    renderer().render(company(1, NUMBER, QUEUE))
    assert renderer().render(company(1, NUMBER, QUEUE)).files["extensions.conf"].changed.keys() == {
        NUMBER.ref,
        QUEUE.ref,
    }


def test_a_bundle_edited_on_the_disk_is_not_taken_for_ours() -> None:
    """Its stamp says that it is the same, its bytes that it is not."""
    ours = renderer().render(company(1, NUMBER, QUEUE))
    files = dict(ours.files)
    files["extensions.conf"] = replace(files["extensions.conf"], pieces=(*files["extensions.conf"].pieces, b"; mine\n"))
    found = Bundle(1, files)
    again = renderer().render(company(1, NUMBER, QUEUE), found)
    assert again.differs_from(found) == ("extensions.conf",)
    assert contents(again) == contents(ours)


def test_a_bundle_read_from_the_disk_whole_is_taken() -> None:
    ours = renderer().render(company(1, NUMBER, QUEUE))
    found = Bundle(1, {name: File(file.stamp, file.digest, (file.content,)) for name, file in ours.files.items()})
    assert new_renderer().render(company(2, NUMBER, QUEUE), found).differs_from(found) == ()


def test_a_deleted_object_stays_as_a_stub_but_a_deleted_number_lets_nobody_in() -> None:
    gone = [replace(o, retired=True) for o in (NUMBER, QUEUE, MAILBOX)]
    files = renderer().render(company(1, *gone)).files
    assert b"[vx-queue-kund]" in files["extensions.conf"].content
    assert b"[vx-kund]" in files["queues.conf"].content
    assert b"kund => " in files["voicemail.conf"].content
    assert b"vx-number-46101022290" not in files["extensions.conf"].content


def test_an_object_that_cannot_be_encoded_stops_the_rendering_every_time() -> None:
    bad = Object(ObjectRef("queue", "a b"), "Kö", QUEUE.spec)
    for _ in range(2):
        with pytest.raises(Unencodable):
            renderer().render(company(1, NUMBER, bad))


def test_outbound_calls_leave_by_the_line_that_is_set() -> None:
    without = new_renderer().render(Company(1, {})).files["extensions.conf"].content
    line = new_renderer(outbound=("PJSIP", "trunk")).render(Company(1, {})).files["extensions.conf"].content
    assert b"exten => _[0-9].,1,Hangup(21)" in without
    assert b"exten => _[0-9].,1,Dial(PJSIP/+${EXTEN}@trunk,60)" in line


def test_prefix_names_everything_of_ours() -> None:
    files = new_renderer(prefix="acme").render(company(1, NUMBER, QUEUE, MAILBOX)).files
    for file in files.values():
        assert b"vx-" not in file.content.replace(b"VX_", b"")
        assert b"[acme" in file.content
