"""``policy test``: expectations of who may do what, run like tests."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.company import company_of
from vaxelflode.cli.options import Group, as_json, print_json, printable, with_settings
from vaxelflode.errors import Invalid
from vaxelflode.policy.authority import Decision
from vaxelflode.policy.expectations import Asked, Verdict, expectations, judged
from vaxelflode.settings import Settings

#: Exit status for a file that cannot be used, which is not a policy that fails.
_UNUSABLE = 2


@click.group(cls=Group)
def policy() -> None:
    """Who may do what, as code."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--company",
    type=click.Path(path_type=Path, exists=True),
    help="The company of an export, a folder or one file, instead of the database's.",
)
@as_json
@with_settings
def test(settings: Settings, file: Path, company: Path | None, as_json: bool) -> None:
    """Judge every expectation of FILE (TOML, or JSON) and tell those that fail.

    Exit status: 0 all hold, 1 some do not, 2 the file cannot be used.
    """
    try:
        wanted = expectations(_read(file))
        whole = company_of(settings, company)
        asked = Asked(whole.company, whole.people, whole.flows, utc_now(), settings.time_zone)
        verdicts = judged(asked, wanted)
    except Invalid as err:
        for fault in err.errors:
            click.echo(f"vaxelflode: {printable(f'{file}: {fault.field}: {fault.message}')}", err=True)
        sys.exit(_UNUSABLE)
    failed = [v for v in verdicts if not v.holds]
    if as_json:
        print_json({"total": len(verdicts), "failed": len(failed), "expectations": [_json(v) for v in verdicts]})
    else:
        for verdict in failed:
            _tell(verdict)
        click.echo(f"{len(verdicts)} expectations, {len(failed)} failed" if failed else f"{len(verdicts)} hold")
    if failed:
        sys.exit(1)


def _read(file: Path) -> Any:
    try:
        text = file.read_text("utf-8")
        return json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as err:
        return _unusable(file, f"line {err.lineno}, column {err.colno}: {err.msg}")
    except OSError as err:
        return _unusable(file, str(err.strerror))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as err:
        return _unusable(file, str(err))


def _unusable(file: Path, words: str) -> Any:
    click.echo(f"vaxelflode: {printable(f'{file}: {words}')}", err=True)
    sys.exit(_UNUSABLE)


def _tell(verdict: Verdict) -> None:
    expected = verdict.expectation
    click.echo(f"FAILED {verdict.number}: {printable(expected.says) or _asked(verdict)}")
    if expected.says:
        click.echo(f"  asked     {_asked(verdict)}")
    for words in verdict.differs:
        click.echo(f"  {words}")
    click.echo(f"  decided   {_decided(verdict.decision)}")


def _asked(verdict: Verdict) -> str:
    e = verdict.expectation
    what = [*(["read"] if e.read else []), *([e.do] if e.do else [])]
    what += [f"edit {name}" for name in e.edit] + [f"remove {path}" for path in e.remove]
    return f"{e.person}: {', '.join(what)} of {e.object}"


def _decided(decision: Decision) -> str:
    if not decision.allowed:
        return f"refused: {decision.reason}"
    by = decision.via.flow_name if decision.via else None
    return f"allowed by the flow {by}" if by else "allowed by the right flow_admin"


def _json(verdict: Verdict) -> dict[str, Any]:
    e, d = verdict.expectation, verdict.decision
    return {
        "number": verdict.number,
        "holds": verdict.holds,
        "differs": list(verdict.differs),
        "expected": e.model_dump(mode="json", exclude_unset=True),
        "decided": {"allowed": d.allowed, "known": d.known, "reason": d.reason, "via": d.via and d.via.flow_name},
    }
