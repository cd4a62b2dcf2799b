"""One way to say that an answer came but could not be understood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vaxelflode.errors import PbxUnavailable


@contextmanager
def understood(action: str) -> Iterator[None]:
    """Turns a missing header or a number that is none into PbxUnavailable: an answer we cannot read is no answer."""
    try:
        yield
    except (KeyError, ValueError) as err:
        raise PbxUnavailable(f"{action}: the answer was not understood ({err})", sent=True) from err
