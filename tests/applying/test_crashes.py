"""A crash at any step of an application: after the next start exactly one whole revision is on the disk and live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.applying.conftest import BAD, COMPANY, POISON, Node
from tests.rendering.making import thing
from vaxelflode.applying.release import Releaser
from vaxelflode.applying.store import Store
from vaxelflode.domain.company import Company
from vaxelflode.rendering.render import FILES, Bundle

NEXT = COMPANY.with_objects(
    2, [thing("queue/kund", length=20, music="ab" * 32), thing("voicemail/ny"), thing("menu/huvud", wait=9)]
)
WORSE = COMPANY.with_objects(2, [thing("queue/kund", length=20), thing("menu/huvud", timeout=BAD)])


class Crash(BaseException):
    """The process ends here."""


class FailingStore(Store):
    """The real one, until it comes to a named point."""

    crash_at = ""

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._reach(f"before {name}")
        yield
        self._reach(f"after {name}")

    def _reach(self, point: str) -> None:
        if point == self.crash_at:
            raise Crash(point)

    def write(self, bundle: Bundle) -> str:
        with self._step("write"):
            return super().write(bundle)

    def sync(self, release: str) -> None:
        with self._step("sync"):
            super().sync(release)

    def begin(self, journal: Any) -> None:
        with self._step("begin"):
            super().begin(journal)

    def switch(self, release: str | None) -> None:
        with self._step("switch"):
            super().switch(release)

    def end(self) -> None:
        with self._step("end"):
            super().end()

    def prune(self) -> None:
        with self._step("prune"):
            super().prune()


POINTS = [
    f"{side} {step}" for step in ("write", "sync", "begin", "switch", "end", "prune") for side in ("before", "after")
]
CALLS = ["has_line", *(f"reload {name}" for name in FILES)]
CALLS += ["dialplan", "queue", "mailbox"]


def crash() -> None:
    raise Crash


def crash_at_second() -> Callable[[], None]:
    """Crash when called again: in the restore."""
    called: list[bool] = []

    def count() -> None:
        if called:
            raise Crash
        called.append(True)

    return count


@pytest.fixture
async def first(node: Node) -> Bundle:
    bundle = node.renderer.render(COMPANY)
    await node.releaser().make_live(bundle, None, COMPANY)
    return bundle


async def after_restart(node: Node, *, pbx_too: bool) -> Bundle | None:
    node.pbx.hooks.clear()
    if pbx_too:
        node.pbx.boot()
    return await node.releaser().recover()


async def _applied(releaser: Releaser, bundle: Bundle, before: Bundle | None, company: Company) -> None:
    """As the applier does it."""
    await releaser.make_live(bundle, before, company)
    releaser.tidy()


def left_in_peace(node: Node, one: Bundle | None, *, among: list[Bundle]) -> None:
    """One whole revision, which is the one that the recovery tells."""
    assert one is not None
    assert node.holds(one)
    assert one.files.keys() == among[0].files.keys()
    assert any(all(one.files[n].content == b.files[n].content for n in b.files) for b in among)


@pytest.mark.parametrize("pbx_too", [False, True], ids=["PBX stays", "PBX restarts"])
@pytest.mark.parametrize("point", POINTS)
async def test_crash_at_a_step_on_the_disk(node: Node, first: Bundle, point: str, pbx_too: bool) -> None:
    store = FailingStore(node.store.directory)
    store.crash_at = point
    second = node.renderer.render(NEXT, first)
    with pytest.raises(Crash):
        await _applied(node.releaser(store), second, first, NEXT)
    left_in_peace(node, await after_restart(node, pbx_too=pbx_too), among=[first, second])


@pytest.mark.parametrize("pbx_too", [False, True], ids=["PBX stays", "PBX restarts"])
@pytest.mark.parametrize("call", CALLS)
async def test_crash_at_a_call_to_the_pbx(node: Node, first: Bundle, call: str, pbx_too: bool) -> None:
    node.pbx.hooks[call] = crash
    second = node.renderer.render(NEXT, first)
    with pytest.raises(Crash):
        await node.releaser().make_live(second, first, NEXT)
    left_in_peace(node, await after_restart(node, pbx_too=pbx_too), among=[first, second])


@pytest.mark.parametrize("pbx_too", [False, True], ids=["PBX stays", "PBX restarts"])
@pytest.mark.parametrize("call", ["reload extensions.conf", "reload queues.conf"])
async def test_crash_in_the_restore_of_what_was_refused(node: Node, first: Bundle, call: str, pbx_too: bool) -> None:
    node.pbx.poison = POISON
    node.pbx.hooks[call] = crash_at_second()
    with pytest.raises(Crash):
        await node.releaser().make_live(node.renderer.render(WORSE, first), first, WORSE)
    left_in_peace(node, await after_restart(node, pbx_too=pbx_too), among=[first])


@pytest.mark.parametrize("point", ["after switch", "before switch"])
async def test_what_was_cut_short_and_would_be_refused_is_rolled_back(node: Node, first: Bundle, point: str) -> None:
    node.pbx.poison = POISON
    store = FailingStore(node.store.directory)
    store.crash_at = point
    with pytest.raises(Crash):
        await node.releaser(store).make_live(node.renderer.render(WORSE, first), first, WORSE)
    left_in_peace(node, await after_restart(node, pbx_too=True), among=[first])


@pytest.mark.parametrize("point", POINTS)
async def test_crash_in_the_very_first_application(node: Node, point: str) -> None:
    """Before it nothing was live, so nothing may be left but nothing or all of it."""
    store = FailingStore(node.store.directory)
    store.crash_at = point
    only = node.renderer.render(COMPANY)
    with pytest.raises(Crash):
        await _applied(node.releaser(store), only, None, COMPANY)
    found = await after_restart(node, pbx_too=False)
    if found is not None:
        left_in_peace(node, found, among=[only])
    else:
        assert not any(node.pbx.loaded.values())
    await node.releaser().make_live(node.renderer.render(COMPANY), found, COMPANY)
    assert node.holds(only)


async def test_a_first_application_that_would_be_refused_leaves_nothing(node: Node) -> None:
    node.pbx.poison = POISON
    store = FailingStore(node.store.directory)
    store.crash_at = "after switch"
    with pytest.raises(Crash):
        await node.releaser(store).make_live(node.renderer.render(WORSE), None, WORSE)
    assert await after_restart(node, pbx_too=True) is None
    assert node.store.current() is None
    assert not any(node.pbx.loaded.values())


async def test_recovering_twice_is_recovering_once(node: Node, first: Bundle) -> None:
    node.pbx.hooks["reload voicemail.conf"] = crash
    with pytest.raises(Crash):
        await node.releaser().make_live(node.renderer.render(NEXT, first), first, NEXT)
    once = await after_restart(node, pbx_too=False)
    reloads = len(node.pbx.reloads)
    assert await node.releaser().recover() == once
    assert len(node.pbx.reloads) == reloads


async def test_a_release_edited_while_we_were_down_is_not_taken_for_what_was_proven(node: Node, first: Bundle) -> None:
    path = node.store.directory / "current" / "extensions.conf"
    path.write_text(path.read_text().replace("WaitExten(5)", "WaitExten(6)"))
    assert await after_restart(node, pbx_too=True) is None


async def test_a_roll_back_that_cannot_be_leaves_the_next_application_free(node: Node, first: Bundle) -> None:
    """The release before was deleted by hand, and the one after is refused."""
    node.pbx.poison = POISON
    store = FailingStore(node.store.directory)
    store.crash_at = "after switch"
    with pytest.raises(Crash):
        await node.releaser(store).make_live(node.renderer.render(WORSE, first), first, WORSE)
    for path in node.store.directory.glob("releases/1-*/*"):
        path.unlink()
    assert await after_restart(node, pbx_too=True) is None
    good = node.renderer.render(COMPANY)
    await node.releaser().make_live(good, None, COMPANY)
    assert node.holds(good)
