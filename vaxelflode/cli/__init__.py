"""The commands, thin: each reads its options, calls a use case, and says what came of it.

Exit status: 0 ok, 1 failed (one line says why), 2 wrong usage.
"""

from __future__ import annotations

from importlib import import_module

import click

from vaxelflode.cli.options import Group

#: Each command, and what it is in which module beside this one.
_COMMANDS = {
    **{name: f"{name}.{name}" for name in ("demo", "serve", "apply", "doctor", "simulate", "graph", "objects")},
    **{name: f"{name}.{name}" for name in ("flows", "policy", "audit")},
    "migrate": "serve.migrate",
    "check": "apply.check",
    "grants": "flows.grants",
    "lint": "lint.lint_",
    "export": "portable.export",
    "import-json": "portable.import_json",
    "user": "people.user",
    "token": "people.token",
}


class _Commands(Group):
    """Imports a command when it is asked for: `serve` runs for months and needs none of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click asks so
        """Their names."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or ``None``."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(".")
        found = getattr(import_module(f"{__name__}.{module}"), name)
        assert isinstance(found, click.Command)  # noqa: S101 -- the table says so
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vaxelflode", prog_name="vaxelflode")
def main() -> None:
    """Växelflöde lets the people who own a phone line change exactly what they may on an Asterisk PBX."""
