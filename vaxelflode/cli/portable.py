"""``export`` and ``import-json``: the company as files."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from vaxelflode import request_id
from vaxelflode.bootstrap import outside_of, utc_now
from vaxelflode.cli.company_files import Found, Written, lacking, read, write_folder, write_one, write_sound
from vaxelflode.cli.options import as_json, print_json, run, show, tell, with_settings
from vaxelflode.domain.pieces import BadFiles
from vaxelflode.domain.portable import Whole, one_file, played, text
from vaxelflode.services.export_company import sound, whole
from vaxelflode.services.import_company import Imported, Result, import_company, planned, result
from vaxelflode.services.import_plan import Plan
from vaxelflode.settings import Settings
from vaxelflode.storage.database import Database
from vaxelflode.storage.existing import existing
from vaxelflode.storage.migrate import migrate

_STDOUT = Path("-")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, allow_dash=True))
@as_json
@with_settings
def export(settings: Settings, path: Path, as_json: bool) -> None:
    """Write the whole company to PATH: a folder, one FILE.json (without the sounds), or - for standard output.

    A folder holds one file an object, so that it can live in git; exporting again touches only what has changed.
    """
    company, done = run(_export(settings, path))
    if path == _STDOUT:
        click.echo(text(one_file(company)), nl=False)
    elif as_json:
        print_json({"path": str(path), **vars(done)})
    else:
        gone = f", {len(done.removed)} removed" if done.removed else ""
        click.echo(f"{path}: {len(done.changed)} files written, {done.unchanged} as they were{gone}")
    if _is_one(path) and (sounds := len(list(played(company)))):
        click.echo(f"its {sounds} sounds are not in it; export into a folder to have them", err=True)


def _is_one(path: Path) -> bool:
    return path == _STDOUT or (path.suffix == ".json" and not path.is_dir())


async def _export(settings: Settings, path: Path) -> tuple[Whole, Written]:
    async with existing(settings.database) as database:
        company = await whole(database, utc_now())
        if path == _STDOUT:
            return company, Written()
        if _is_one(path):
            return company, await asyncio.to_thread(write_one, path, company)
        done = await asyncio.to_thread(write_folder, path, company)
        wanted = await asyncio.to_thread(lacking, path, company)
        done.unchanged += len(list(played(company))) - len(wanted)
        for digest in wanted:
            await asyncio.to_thread(write_sound, done, path, digest, await sound(database, digest))
        return company, done


@click.command("import-json")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--prune", is_flag=True, help="Delete the objects and flows that are not in the files.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 600),
    default=5.0,
    show_default=True,
    help="Seconds to wait for a control plane to make it live.",
)
@as_json
@with_settings
def import_json(settings: Settings, path: Path, dry_run: bool, prune: bool, wait: float, as_json: bool) -> None:
    """Take in the company at PATH, which `export` wrote: everything, or nothing where a single thing is wrong.

    It is one revision, with a change in the history for every object that differs. People who are new have no
    password: `user passwd` gives them one.
    """
    try:
        found = read(path)
        if dry_run:
            plan = run(_planned(settings, found, prune=prune))
            _tell_unset(plan)
            _tell(as_json, plan.rows(), "planned", "nothing is written (--dry-run)")
            return
        done, became = run(_import(settings, found, prune=prune, wait=wait))
    except BadFiles as err:
        if as_json:
            faults = [{"file": f.file, "field": f.field, "code": f.code, "message": f.message} for f in err.faults]
            print_json({"state": "refused", "faults": faults, "changes": []})
        tell(err)
        sys.exit(1)
    _tell_unset(done.plan)
    _tell_result(as_json, done, became)


def _tell_unset(plan: Plan) -> None:
    for field in plan.unset:
        click.echo(f"{field} is in no file and not set here; set it anew", err=True)


async def _planned(settings: Settings, found: Found, *, prune: bool) -> Plan:
    async with existing(settings.database) as database:
        return await planned(database, found.pieces, found.sounds, utc_now(), outside=outside_of(settings), prune=prune)


async def _import(settings: Settings, found: Found, *, prune: bool, wait: float) -> tuple[Imported, Result]:
    database = Database.open(settings.database)
    try:
        await migrate(database)
        # By which the log of whoever makes it live tells of it.
        with request_id.about([request_id.new()]):
            done = await import_company(
                database, found.pieces, found.sounds, utc_now(), outside=outside_of(settings), prune=prune
            )
        return done, await result(database, done, wait)
    finally:
        await database.close()


def _tell_result(as_json: bool, done: Imported, became: Result) -> None:
    rows = done.plan.rows()
    if became.refused:
        words = f"the PBX refused {len(became.refused)} of {len(done.changes)} changes, and they are taken back"
        _tell(as_json, rows, "rejected", words, done, became)
        for reason in dict.fromkeys(became.refused):
            click.echo(f"vaxelflode: {reason}", err=True)
        sys.exit(1)
    if became.pending:
        words = f"saved as revision {done.revision}; it goes live when a control plane of this database runs"
        _tell(as_json, rows, "pending", words, done, became)
    elif done.changes:
        _tell(as_json, rows, "live", f"revision {done.revision} is live", done, became)
    else:
        _tell(as_json, rows, "live", "people and flows are in effect at once", done, became)


def _tell(
    as_json: bool,
    rows: list[dict[str, Any]],
    state: str,
    words: str,
    done: Imported | None = None,
    became: Result | None = None,
) -> None:
    if as_json:
        print_json(
            {
                "state": state if rows else "unchanged",
                "revision": done.revision if done else None,
                "pending": became.pending if became else 0,
                "refused": list(became.refused) if became else [],
                "changes": rows,
            }
        )
        return
    if not rows:
        click.echo("nothing to change: the company is as the files say")
        return
    show([_columns(row) for row in rows], as_json=False)
    times = Counter(row["action"] for row in rows)
    click.echo(f"{times['create']} created, {times['edit']} changed, {times['delete']} deleted; {words}")


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    paths = ", ".join(row["paths"][:6]) + (" …" if len(row["paths"]) > 6 else "")
    short = row["id"][:16] if row["what"] == "sound" else row["id"]
    return {"action": row["action"], "what": row["what"], "id": short, "name": row["name"], "paths": paths}
