"""``apply`` beside a control plane: who applies already is not disturbed, and whoever asks is told what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from vaxelflode.applying.store import Store


def test_beside_a_control_plane_nothing_is_applied_and_it_is_said_why(
    vaxelflode: Command, founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, etc = tmp_path / "data", tmp_path / "etc"
    shutil.copytree(founded, data)
    for account in ("AMI_LIVE", "AMI_APPLY", "ARI"):
        monkeypatch.setenv(f"VAXELFLODE_{account}_SECRET", "of nobody")
    monkeypatch.setenv("VAXELFLODE_ASTERISK_CONFIG_DIR", str(etc))
    monkeypatch.setenv("VAXELFLODE_ASTERISK_SOUNDS_DIR", str(tmp_path / "sounds"))
    store = Store(etc)
    store.prepare()
    with store.locked():
        refused = vaxelflode("apply", "--data-dir", data, status=1)
    (line,) = refused.output.splitlines()
    assert line.startswith(f"vaxelflode: {etc}: another control plane applies here already")
    assert line.endswith("stop it first. Nothing was changed")
    assert store.current() is None
    assert not [*(etc / "releases").iterdir()]
