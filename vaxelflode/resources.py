"""Finds the files that ship with the package: templates, base configuration, recipes.

In an installed wheel they are package data; in a checkout they stand at the top of the repository.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


#: Further folders in which dialplan templates are looked for, for kinds that come from elsewhere.
TEMPLATE_FOLDERS: list[Path] = []


def template_folders() -> list[Path]:
    """Where dialplan templates are looked for, in this order."""
    return [resource_dir("dialplan_templates"), *TEMPLATE_FOLDERS]


def resource_dir(name: str) -> Path:
    """The folder ``dialplan_templates``, ``asterisk_conf`` or ``docker``.

    Raises ``FileNotFoundError`` when the installation is incomplete.
    """
    for base in (_PACKAGE / "_data", _PACKAGE.parent):
        if (base / name).is_dir():
            return base / name
    raise FileNotFoundError(f"{name} is missing from the installation")


def checkout_dir() -> Path | None:
    """The top of the repository when the package runs from a checkout, else ``None``."""
    top = _PACKAGE.parent
    return top if (top / "pyproject.toml").is_file() else None
