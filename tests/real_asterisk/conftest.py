"""A real Asterisk for the tests: one for the session, and a maker of more for those who need their own.

``VAXELFLODE_PBX=container`` runs the same tests against the image.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from vaxelflode.demo.choose import Maker, choose
from vaxelflode.demo.pbx import Pbx


class PbxFactory(Protocol):
    """Makes an instance that is not started yet; it is stopped when the test ends."""

    def __call__(self, *, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True) -> Pbx: ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pbx_maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """How an Asterisk is run on this machine, chosen (and built, if need be) once."""
    return await choose(tmp_path_factory.mktemp("asterisk"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pbx(pbx_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """The session's Asterisk, with the demo's phones and trunk, on free ports. Leave it as you found it."""
    async with pbx_maker(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def pbx_factory(pbx_maker: Maker, tmp_path: Path) -> AsyncIterator[PbxFactory]:
    """For a test that needs an Asterisk of its own: ``pbx = pbx_factory(); await pbx.start()``."""
    made: list[Pbx] = []

    def make(*, sip_port: int = 0, ami_port: int = 0, ari_port: int = 0, demo: bool = True) -> Pbx:
        home = tmp_path / f"pbx{len(made)}"
        made.append(pbx_maker(home, sip_port=sip_port, ami_port=ami_port, ari_port=ari_port, demo=demo))
        return made[-1]

    yield make
    for instance in made:
        await instance.stop()
