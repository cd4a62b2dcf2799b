"""The named points at which a control plane ends itself, and the order that says which: the product knows of neither.

The test writes an order into a file; :mod:`tests.faults.launched` reads it, in the process that is to end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vaxelflode.rendering.render import FILES

#: The variable that names the file of orders.
VARIABLE = "FAULTS_ORDER"

#: What the store does, in the order of an application.
STEPS = ("write", "sync", "begin", "switch", "end", "prune")
#: What is asked of the PBX, and what is written into its own small database.
CALLS = ("has_line", *(f"reload {file}" for file in FILES), "dialplan", "queue", "mailbox", "put_entry")

POINTS = (
    "after save",  # written down, and nobody told yet
    *(f"{side} {step}" for step in STEPS for side in ("before", "after")),
    "amid write",  # one file of a release is there, the others are not
    "amid sync",
    "amid begin",  # the journal is written, but not in its place
    "amid switch",  # the new link is there beside the one that is followed
    *(f"{side} {call}" for call in CALLS for side in ("before", "after")),
    *(f"amid reload {file}" for file in FILES),  # Asterisk is at it
    "before settle",  # live and proven, but not written down
    "amid settle",  # in the transaction
    "after settle",  # written down, and nobody told
)
#: Points in the restore of what is refused before its reload, and how often each is come to until then.
IN_THE_RESTORE = {
    **{f"{side} switch": turn for side, turn in (("before", 2), ("amid", 3), ("after", 2))},
    **{f"{side} reload extensions.conf": 1 for side in ("before", "amid", "after")},
    **{f"{side} {step}": 1 for step in ("end", "prune") for side in ("before", "after")},
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a control plane is to suffer: ``at`` a point its end, the ``turn``-th time that it comes there.

    ``spoil``: each release is cut short as it becomes current, so that it is refused. ``ahead``: its clock is so many
    seconds before ours.
    """

    at: str = ""
    turn: int = 1
    spoil: bool = False
    ahead: float = 0.0

    def give(self, file: Path) -> None:
        """To whoever reads ``file``; whole, or not at all."""
        fresh = file.with_suffix(".fresh")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(file)

    @classmethod
    def read(cls, file: Path) -> Order:
        """The one that stands; one that orders nothing where there is none."""
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return cls()
