"""The commands, thin: each reads its options, calls a use case, and says what came of it.

Exit status: 0 ok, 1 failed (one line says why), 2 wrong usage.
"""

from __future__ import annotations

import click

from vaxelflode.cli.apply import apply, check
from vaxelflode.cli.audit import audit
from vaxelflode.cli.demo import demo
from vaxelflode.cli.doctor import doctor
from vaxelflode.cli.flows import flows, grants
from vaxelflode.cli.graph import graph
from vaxelflode.cli.lint import lint_
from vaxelflode.cli.objects import objects
from vaxelflode.cli.options import Group
from vaxelflode.cli.people import token, user
from vaxelflode.cli.policy import policy
from vaxelflode.cli.portable import export, import_json
from vaxelflode.cli.serve import migrate, serve
from vaxelflode.cli.simulate import simulate


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vaxelflode", prog_name="vaxelflode")
def main() -> None:
    """Växelflöde lets the people who own a phone line change exactly what they may on an Asterisk PBX."""


for command in (
    *(demo, serve, apply, check, doctor, migrate),
    *(simulate, graph, objects, flows, grants, policy, lint_),
    *(export, import_json),
    *(user, token),
    audit,
):
    main.add_command(command)
