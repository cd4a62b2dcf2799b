"""The papers agree with the program, and the wheel carries all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from vaxelflode.settings import ENV_PREFIX, Settings

TOP = Path(__file__).resolve().parent.parent


def test_the_readme_lists_every_setting_with_its_default() -> None:
    table = (TOP / "README.md").read_text("utf-8").partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `")]
    shown = {row[0].strip("|` "): (row[1].strip("` "), row[2].rstrip(" |")) for row in rows}
    expected = {
        f"{ENV_PREFIX}{name.upper()}": (
            "" if field.default is None or "secret" in name else str(field.default),
            field.description,
        )
        for name, field in Settings.model_fields.items()
    }
    assert shown == expected


def test_a_clean_wheel_finds_its_templates_configuration_and_recipes(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=TOP,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    look = (
        "from vaxelflode.resources import resource_dir, checkout_dir\n"
        "from vaxelflode.rendering.render import Options, Renderer\n"
        "from vaxelflode.domain.company import EMPTY\n"
        "import datetime, vaxelflode\n"
        "print(vaxelflode.__file__)\n"
        "assert checkout_dir() is None\n"
        "assert (resource_dir('asterisk_conf') / 'extensions.conf').is_file()\n"
        "assert (resource_dir('docker') / 'rootfs' / 'build').is_file()\n"
        "renderer = Renderer(resource_dir('dialplan_templates'), Options(), today=datetime.date(2027, 3, 16))\n"
        "made = renderer.render(EMPTY)\n"
        "from vaxelflode.web.api.document import Papers\n"
        "from vaxelflode.web.openapi import Document\n"
        "from vaxelflode.web.routes import ROUTES\n"
        "papers = Papers(Document(ROUTES))\n"
        "assert b'<h1>' in papers.page and papers.style\n"
        "from vaxelflode.web.page import environment\n"
        "from vaxelflode.web.statics import Statics\n"
        "assert Statics().url('vendor/htmx.js') and environment('sv').get_template('flows.html.j2')\n"
        "print('vx-incoming' in made.files['extensions.conf'].content.decode())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    said = subprocess.run(
        [sys.executable, "-c", look],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert said == [str(tmp_path / "site" / "vaxelflode" / "__init__.py"), "True"]
