"""The recipe of Asterisk stands once: one package list, one base configuration, read by every way of running it."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DOCKER = REPOSITORY / "docker"
CONF = REPOSITORY / "asterisk_conf"


def _recipes() -> list[Path]:
    """Everything by which an Asterisk is built or started."""
    return [path for path in DOCKER.rglob("*") if path.is_file() and path.name != "packages.txt"]


def test_packages_are_named_in_one_list_only() -> None:
    lines = (DOCKER / "asterisk" / "packages.txt").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    assert "asterisk" in packages
    for path in _recipes():
        for package in packages:
            if package in ("asterisk", "tzdata"):
                continue  # also the name of a folder, a user and a program
            assert package not in path.read_text(), f"{path} names the package {package}"


def test_both_builds_read_the_list() -> None:
    assert "../asterisk/packages.txt" in (DOCKER / "rootfs" / "build").read_text()
    assert "COPY docker/asterisk/packages.txt" in (DOCKER / "asterisk" / "Dockerfile").read_text()


def test_base_configuration_stands_in_one_folder_only() -> None:
    names = {path.name for path in CONF.glob("*.conf")}
    assert {"asterisk.conf", "extensions.conf", "modules.conf"} <= names
    elsewhere = [
        path.relative_to(REPOSITORY)
        for folder in ("docker", "vaxelflode", "tests", "scripts")
        for path in (REPOSITORY / folder).rglob("*.conf")
        if path.name in names
    ]
    assert elsewhere == []


def test_each_file_takes_ours_in_once_and_last() -> None:
    for name in ("extensions", "queues", "voicemail", "musiconhold"):
        text = (CONF / f"{name}.conf").read_text()
        ours = f'#tryinclude "vaxelflode/current/{name}.conf"'
        assert re.findall(r"^#.*vaxelflode/.*$", text, re.MULTILINE) == [ours]
        assert text.rstrip().endswith(ours)


def test_a_missing_file_never_keeps_the_base_from_booting() -> None:
    """``#include`` of a missing file leaves no dialplan at all; a box without our files, or its own, still boots."""
    for path in CONF.glob("*.conf"):
        assert not re.search(r"^\s*#(include|exec)", path.read_text(), re.MULTILINE), path


def test_no_module_that_gives_a_shell_is_loaded() -> None:
    loaded = re.findall(r"^load = (\S+)\.so$", (CONF / "modules.conf").read_text(), re.MULTILINE)
    assert len(loaded) == len(set(loaded))
    forbidden = {"app_system", "func_shell", "func_env", "func_curl", "res_agi", "app_externalivr", "app_originate"}
    forbidden |= {"app_voicemail_odbc", "app_voicemail_imap", "pbx_spool", "func_config"}
    assert forbidden.isdisjoint(loaded)
