"""Who the demo's users are and what they log in with: made once a data directory, kept in a private file of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vaxelflode.demo.words import password
from vaxelflode.errors import SettingError

FILE = "logins.json"


@dataclass(frozen=True, slots=True)
class Login:
    """An address and its password."""

    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Logins:
    """The demo's three users, and the numbers that the company answers on (E.164 with ``+``)."""

    admin: Login
    supervisor: Login
    other_supervisor: Login
    numbers: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """``{"admin": {"email", "password"}, …, "numbers": […]}``."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Logins:
        """The inverse of :meth:`as_json`."""
        users = {name: Login(**login) for name, login in kept.items() if name != "numbers"}
        return cls(**users, numbers=tuple(kept["numbers"]))


def fresh(emails: Mapping[str, str], numbers: Iterable[str]) -> Logins:
    """New passwords for these addresses, by the names of :class:`Logins`."""
    return Logins(**{name: Login(email, password()) for name, email in emails.items()}, numbers=tuple(numbers))


def read(data_dir: Path) -> Logins | None:
    """What is kept, or ``None`` when nothing is. Raises :class:`SettingError` for a file that is not ours."""
    path = data_dir / FILE
    try:
        return Logins.from_json(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except OSError as err:
        raise SettingError(f"{path}: {err.strerror}", name="DATA_DIR") from err
    except (ValueError, TypeError, AttributeError, KeyError) as err:
        raise SettingError(f"{path}: does not hold the demo's logins; remove the directory and start anew") from err


def write(data_dir: Path, logins: Logins) -> None:
    """Keep them, readable by nobody else from the first byte on."""
    path = data_dir / FILE
    part = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(logins.as_json(), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as err:
        raise SettingError(f"{path}: {err.strerror}", name="DATA_DIR") from err
