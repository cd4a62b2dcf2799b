"""A table of what a run found: printed for people, written as JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: What a run keeps is in folders below this one.
CACHE = Path(__file__).parents[1] / ".cache"


def show(title: str, kept: Path, cells: Sequence[Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the cells, the first row being the columns' names, and write the rows to ``kept`` with the title."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"title": title, "rows": list(rows)}, ensure_ascii=False, indent=2) + "\n")
