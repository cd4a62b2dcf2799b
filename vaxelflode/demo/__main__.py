"""``python -m vaxelflode.demo DIR``: prepares what the demo and the tests run Asterisk in, and says what that is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from vaxelflode.demo.choose import choose
from vaxelflode.errors import PbxError


def main(arguments: list[str]) -> int:
    """Build what is missing; 0 when an Asterisk can be started, 1 with one line when none can."""
    if len(arguments) != 1:
        print("usage: python -m vaxelflode.demo DIR", file=sys.stderr)
        return 2
    try:
        asyncio.run(choose(Path(arguments[0])))
    except PbxError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
