"""The company that a command speaks of: the database's, or one from files; and what people name in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from vaxelflode.bootstrap import utc_now
from vaxelflode.cli.company_files import read
from vaxelflode.cli.options import run
from vaxelflode.domain.company import Object
from vaxelflode.domain.flow import Flow, Person
from vaxelflode.domain.identifiers import ObjectRef
from vaxelflode.domain.portable import Whole
from vaxelflode.errors import NotFound
from vaxelflode.services.export_company import whole
from vaxelflode.services.import_plan import alone
from vaxelflode.settings import Settings
from vaxelflode.storage.existing import existing

from_file = click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, exists=True),
    help="The company of an export, a folder or one file, instead of the database's.",
)


def company_of(settings: Settings, file: Path | None) -> Whole:
    """The company: from files, or the database's. Raises ``NoDatabase`` rather than make one."""
    return run(_whole(settings)) if file is None else alone(read(file).pieces, utc_now())


async def _whole(settings: Settings) -> Whole:
    async with existing(settings.database) as database:
        return await whole(database, utc_now())


def lengths(company: Whole) -> Mapping[str, float]:
    """Prompt → its length in seconds."""
    return {digest: prompt.seconds for digest, prompt in company.sounds.items()}


def object_named(company: Whole, text: str) -> Object:
    """The object ``kind/key``, or :class:`NotFound`."""
    try:
        found = company.company.get(ObjectRef.parse(text))
    except ValueError as err:
        raise NotFound(f"{text!r} is no object: it {err}") from err
    if found is None:
        raise NotFound(f"there is no {text}")
    return found


def flow_named(company: Whole, text: str) -> Flow:
    """The flow of this id or name, or :class:`NotFound`; a name may be that of several."""
    found = [f for f in company.flows if f.id == text] or [f for f in company.flows if f.name == text]
    if not found:
        raise NotFound(f"there is no flow {text}")
    if len(found) > 1:
        raise NotFound(f"several flows are called {text}; say which by its id: {', '.join(f.id for f in found)}")
    return found[0]


def person_named(company: Whole, email: str) -> Person:
    """The person of this address, or :class:`NotFound`."""
    found = next((p for p in company.people if p.email == email.strip().casefold()), None)
    if found is None:
        raise NotFound(f"nobody has the address {email}")
    return found
