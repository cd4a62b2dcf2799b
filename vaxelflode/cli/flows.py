"""``flows`` and ``grants``: who may do what."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.company import company_of, flow_named, from_file, object_named, person_named
from vaxelflode.cli.options import Group, as_json, print_json, table, with_settings
from vaxelflode.domain.flow import Flow
from vaxelflode.domain.portable import Whole, flow_content
from vaxelflode.settings import Settings


@click.group(cls=Group, invoke_without_command=True)
@from_file
@as_json
@with_settings
def flows(settings: Settings, file: Path | None, as_json: bool) -> None:
    """List the flows, or show one of them."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    found = sorted(company_of(settings, file).flows, key=lambda flow: (flow.name, flow.id))
    if as_json:
        print_json([flow_content(flow) for flow in found])
    else:
        table([_row(flow) for flow in found])


def _row(flow: Flow) -> dict[str, Any]:
    row = {"id": flow.id, "name": flow.name, "number": flow.number, "objects": len(flow.grants)}
    return row | {"supervisors": sorted(flow.supervisors)}


@flows.command()
@click.argument("flow", metavar="ID|NAME")
@from_file
@as_json
@with_settings
def show(settings: Settings, flow: str, file: Path | None, as_json: bool) -> None:
    """Show one flow: its number, its supervisors, and what it grants."""
    company = company_of(settings, file)
    found = flow_named(company, flow)
    if as_json:
        print_json(flow_content(found))
        return
    said = {"id": found.id, "name": found.name, "number": found.number, "description": found.description}
    for name, value in (said | {"supervisors": ", ".join(sorted(found.supervisors))}).items():
        click.echo(f"{name:<12} {value or '-'}")
    click.echo()
    table([_without(row, "flow", "supervisors") for row in _columns(_grants(company, [found], utc_now()))])


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@click.command()
@click.option("--person", help="Only what this person holds, by their address.")
@click.option("--object", "object_", help="Only on this object, KIND/KEY.")
@click.option("--flow", help="Only of this flow, by name or id.")
@from_file
@as_json
@with_settings
def grants(
    settings: Settings, person: str | None, object_: str | None, flow: str | None, file: Path | None, as_json: bool
) -> None:
    """List who may do what: flow, object, aspects, limits, until when, and the supervisors who hold it."""
    company = company_of(settings, file)
    found = [flow_named(company, flow)] if flow else sorted(company.flows, key=lambda f: (f.name, f.id))
    if person:
        found = _held_by(company, person, found)
    rows = _grants(company, found, utc_now())
    if object_:
        ref = str(object_named(company, object_).ref)
        rows = [row for row in rows if row["object"] == ref]
    if as_json:
        print_json(rows)
    else:
        table(_columns(rows))


def _held_by(company: Whole, email: str, flows: Iterable[Flow]) -> list[Flow]:
    """The flows by which somebody may do anything; what holds beside them is told on stderr."""
    who = person_named(company, email)
    if who.disabled:
        click.echo(f"{who.email} is disabled, and may do nothing", err=True)
        return []
    if who.is_administrator:
        click.echo(f"{who.email} has the right flow_admin, and may do everything without any grant", err=True)
    if "flow_user" not in who.rights:
        click.echo(f"{who.email} has no right flow_user, and so holds no grant", err=True)
        return []
    return [flow for flow in flows if who.email in flow.supervisors]


def _grants(company: Whole, flows: Iterable[Flow], now: dt.datetime) -> list[dict[str, Any]]:
    rows = []
    for flow in flows:
        for grant, said in zip(flow.grants, flow_content(flow)["grants"], strict=True):
            o = company.company.get(grant.object)
            about = {"flow": flow.name, "flow_id": flow.id, "object": str(grant.object), "name": o and o.name}
            holds = {"holds": grant.holds(now), "supervisors": sorted(flow.supervisors)}
            rows.append(about | {k: said[k] for k in ("aspects", "limits", "expires")} | holds)
    return rows


def _columns(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "flow": row["flow"],
            "object": row["object"],
            "aspects": row["aspects"],
            "limits": json.dumps(row["limits"], ensure_ascii=False) if row["limits"] else "",
            "until": row["expires"] if row["holds"] else f"ended {row['expires']}",
            "supervisors": row["supervisors"],
        }
        for row in rows
    ]
