"""One release on one node: published, proven and kept; or refused, restored and proven."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.applying.conftest import BAD, COMPANY, POISON, Node
from tests.rendering.making import thing
from vaxelflode.applying.proof import Refused
from vaxelflode.applying.release import Broken
from vaxelflode.domain.company import Company
from vaxelflode.errors import PbxRefused, PbxUnavailable
from vaxelflode.rendering.render import FILES, Bundle

NEXT = COMPANY.with_objects(2, [thing("queue/kund", length=20, music="ab" * 32), thing("voicemail/kvall")])
WORSE = COMPANY.with_objects(3, [thing("menu/huvud", timeout=BAD)])


async def make_live(node: Node, company: Company, before: Bundle | None) -> Bundle:
    bundle = node.renderer.render(company, before)
    await node.releaser().make_live(bundle, before, company)
    return bundle


@pytest.fixture
async def first(node: Node) -> Bundle:
    return await make_live(node, COMPANY, None)


async def test_what_is_made_live_is_on_the_disk_and_loaded(node: Node, first: Bundle) -> None:
    assert node.holds(first)


async def test_queues_and_mailboxes_are_reloaded_before_the_dialplan_that_uses_them(node: Node, first: Bundle) -> None:
    assert node.pbx.reloads == [*FILES]


async def test_only_the_modules_concerned_are_reloaded(node: Node, first: Bundle) -> None:
    node.pbx.calls.clear()
    changed = COMPANY.with_objects(2, [thing("menu/huvud", wait=9)])
    bundle = await make_live(node, changed, first)
    assert node.pbx.reloads == ["extensions.conf"]
    assert node.holds(bundle)


async def test_what_asterisks_parser_does_not_reach_is_never_published(node: Node, first: Bundle) -> None:
    node.pbx.poison, node.pbx.poisons_parser = POISON, True
    node.pbx.calls.clear()
    with pytest.raises(Refused, match="does not reach"):
        await make_live(node, WORSE, first)
    assert node.pbx.reloads == []
    assert node.holds(first)


async def test_a_lost_tail_is_found_restored_and_proven(node: Node, first: Bundle) -> None:
    node.pbx.poison = POISON
    with pytest.raises(Refused, match="to its end"):
        await make_live(node, WORSE, first)
    assert node.holds(first)


async def test_a_restore_takes_the_dialplan_back_before_what_it_used(node: Node, first: Bundle) -> None:
    node.pbx.poison = POISON
    node.pbx.calls.clear()
    with pytest.raises(Refused):
        await make_live(node, NEXT.with_objects(3, [thing("menu/huvud", timeout=BAD)]), first)
    assert node.pbx.reloads == [*FILES, *FILES[::-1]]


async def test_a_context_loaded_wrongly_is_found_behind_a_good_sentinel(node: Node, first: Bundle) -> None:
    def forget() -> None:
        node.pbx.loaded["extensions.conf"].get("vx-menu-huvud", {}).pop("timeout", None)

    node.pbx.hooks["dialplan"] = forget
    with pytest.raises(Refused, match="vx-menu-huvud in the PBX is not what was rendered"):
        await make_live(node, COMPANY.with_objects(2, [thing("menu/huvud", wait=9)]), first)


async def test_a_queue_that_was_not_read_again_is_found(node: Node, first: Bundle) -> None:
    """Asterisk misses a queue's change now and then; its sentinel may be there all the same."""

    def stale() -> None:
        node.pbx.loaded["queues.conf"]["vx-kund"]["maxlen"] = "10"

    node.pbx.hooks["queue"] = stale
    with pytest.raises(Refused, match=r"queue/kund in the PBX is not"):
        await make_live(node, NEXT, first)
    assert node.holds(first)


@pytest.mark.parametrize(
    "line", ["nologin,natt,,,maxmsg=100", "nologin,natt,old@example.se,,maxmsg=100", "nologin,natt,a@b.se,,maxmsg=7"]
)
async def test_a_mailbox_that_was_not_read_again_is_found(node: Node, first: Bundle, line: str) -> None:
    def stale() -> None:
        node.pbx.loaded["voicemail.conf"]["vx"]["natt"] = line

    node.pbx.hooks["mailbox"] = stale
    with pytest.raises(Refused, match=r"voicemail/natt in the PBX is not"):
        await make_live(node, COMPANY.with_objects(2, [thing("voicemail/natt", email="a@b.se")]), first)
    assert node.store.unfinished() is None


async def test_a_file_changed_between_writing_and_reloading_is_found(node: Node, first: Bundle) -> None:
    def meddle() -> None:
        for path in node.store.directory.glob("releases/2-*/extensions.conf"):
            path.write_text(path.read_text().replace("WaitExten(5)", "WaitExten(6)"))

    node.pbx.hooks["reload queues.conf"] = meddle
    with pytest.raises(Refused, match="what is on the disk is not what was rendered"):
        await make_live(node, NEXT, first)
    assert node.holds(first)


async def test_a_refused_reload_is_restored_with_the_words_of_the_pbx(node: Node, first: Bundle) -> None:
    def once() -> None:
        del node.pbx.hooks["reload voicemail.conf"]
        raise PbxRefused("no such module")

    node.pbx.hooks["reload voicemail.conf"] = once
    with pytest.raises(Refused, match="no such module"):
        await make_live(node, NEXT, first)
    assert node.holds(first)


async def test_a_restore_that_cannot_be_proven_is_broken(node: Node, first: Bundle) -> None:
    def refuse() -> None:
        raise PbxRefused("no")

    node.pbx.hooks["reload extensions.conf"] = refuse
    with pytest.raises(Broken):
        await make_live(node, NEXT, first)


async def test_a_refused_first_release_leaves_nothing_loaded(node: Node) -> None:
    node.pbx.poison = POISON
    with pytest.raises(Refused):
        await make_live(node, WORSE, None)
    assert node.store.current() is None
    assert node.pbx.loaded == {name: {} for name in FILES}


async def test_what_our_own_grammar_refuses_is_never_written(node: Node, first: Bundle) -> None:
    bundle = node.renderer.render(NEXT, first)
    files = dict(bundle.files)
    spoilt = {ref: text + b"#exec date\n" for ref, text in files["extensions.conf"].changed.items()}
    files["extensions.conf"] = replace(files["extensions.conf"], changed=spoilt)
    with pytest.raises(Refused, match="is neither a context nor a step"):
        await node.releaser().make_live(replace(bundle, files=files), first, NEXT)
    assert list(node.store.directory.glob("releases/2-*")) == []


async def test_a_lost_connection_leaves_the_undo(node: Node, first: Bundle) -> None:
    def cut() -> None:
        node.pbx.connected = False

    node.pbx.hooks["reload voicemail.conf"] = cut
    with pytest.raises(PbxUnavailable):
        await make_live(node, NEXT, first)
    journal = node.store.unfinished()
    assert journal is not None
    assert journal.before is not None
    assert journal.before.startswith("1-")


async def test_a_hand_edit_is_seen(node: Node, first: Bundle) -> None:
    assert await node.releaser().still_live(first, COMPANY)
    path = node.store.directory / "current" / "voicemail.conf"
    path.write_text(path.read_text() + "; mine\n")
    assert not await node.releaser().still_live(first, COMPANY)


async def test_a_pbx_that_lost_its_configuration_is_seen(node: Node, first: Bundle) -> None:
    node.pbx.loaded["queues.conf"] = {}
    assert not await node.releaser().still_live(first, COMPANY)
