"""The laws of the API (``tests/api/test_properties.py``), with many more requests, drawn anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.share import SEED, count

#: Requests of each sort, for each operation and person; and all the edges of what the document allows.
EXAMPLES = 100
REPOSITORY = Path(__file__).parents[2]


def test_the_api_keeps_its_laws() -> None:
    """In a run of its own, which sets up the application as the tests do."""
    command = [sys.executable, "-m", "pytest", "tests/api/test_properties.py", "-q", "--timeout", "7200"]
    environment = os.environ | {"FUZZ_EXAMPLES": str(count(EXAMPLES, 5)), "PYTHONPATH": str(REPOSITORY)}
    seed = f"--hypothesis-seed={int(SEED, 16)}"
    # `make test` holds that every operation is done and not only refused: what it draws is always the same.
    without = "--deselect=tests/api/test_properties.py::test_every_operation_was_done_and_not_only_refused"
    done = subprocess.run([*command, seed, without], cwd=REPOSITORY, env=environment, check=False)
    assert done.returncode == 0, f"seed {SEED}"
