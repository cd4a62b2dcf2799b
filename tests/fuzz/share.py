"""How much is tried, from which seed, and the table of what was."""

from __future__ import annotations

from tests.fuzz.laws import Tally
from tests.share import Share

_RUN = Share.of("FUZZ")
#: The share of QUALITY.md's figures that a run tries: 1 is the whole.
SHARE = _RUN.part
#: A run with the same seed and share tries the same strings.
SEED = _RUN.seed
#: A run's share of a whole, of which at least so many.
count = _RUN.count


def show(title: str, tally: Tally, seconds: float) -> None:
    """Print what was tried, position by position."""
    print(f"\n{title}; seed {SEED}, share {SHARE:g}, {seconds:.0f} s")
    rows = [("position", "tried", "accepted", "refused")]
    for name, tried in [*tally.tried.items(), ("all", tally.tried.total())]:
        accepted = tally.accepted.total() if name == "all" else tally.accepted[name]
        rows.append((name, f"{tried:,}", f"{accepted:,}", f"{tried - accepted:,}"))
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    for row in rows:
        print("  " + row[0].ljust(widths[0]) + "".join(cell.rjust(widths[n] + 2) for n, cell in enumerate(row) if n))
