"""A small company as files, and what is done with it in the tests of import and export."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.sip.tones import pair, synthesise, wav_bytes
from vaxelflode.domain.outside import ANYWHERE
from vaxelflode.domain.pieces import Pieces, of_files
from vaxelflode.domain.portable import Whole, files
from vaxelflode.services.export_company import whole
from vaxelflode.services.import_company import Imported, import_company
from vaxelflode.storage import prompts
from vaxelflode.storage.database import Database

NOW = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
Files = dict[str, Any]


@cache
def sound() -> bytes:
    """A prompt."""
    return wav_bytes(synthesise(pair(0), 0.5))


DIGEST = hashlib.sha256(sound()).hexdigest()
SOUNDS: dict[str, Callable[[], bytes]] = {DIGEST: sound}

_FILES: Files = {
    "company.json": {"format": 1},
    "objects/number/46101022290.json": {"name": "010", "spec": {"route": {"object": "menu/huvud"}}},
    "objects/menu/huvud.json": {
        "name": "Huvudmeny",
        "spec": {
            "prompt": DIGEST,
            "options": {"1": {"object": "queue/kund"}, "9": {"object": "announcement/info"}},
            "timeout": {"object": "queue/kund"},
        },
    },
    # Whoever listens to the information comes back to the menu.
    "objects/announcement/info.json": {"name": "Information", "spec": {"next": {"object": "menu/huvud"}}},
    "objects/queue/kund.json": {
        "name": 'Kö "A;B", ${SHELL(x)}',
        "spec": {"length": 10, "full": {"extension": "201"}},
        "agents": [{"extension": "201", "penalty": 0, "permanent": True}],
    },
    "objects/extension/201.json": {"name": "Amira Haddad", "spec": {"endpoint": "201"}},
    "objects/schedule/tider.json": {
        "name": "Öppettider",
        "spec": {
            "weekly": {"mon": [["08:00", "17:00"]]},
            "overrides": [
                {"id": "00000000000000ab", "from": "2027-03-15", "to": "2027-03-17", "hours": [], "note": "Åskväder"}
                | {"closed": {"object": "menu/huvud"}, "made_by": "Anna", "made_at": "2027-01-01T00:00:00.123456Z"}
            ],
        },
    },
    "flows/kund.json": {
        "id": "00000000000000f1",
        "name": "Kund",
        "description": "Allt",
        "number": "+46101022290",
        "grants": [
            {"object": "queue/kund", "aspects": ["watch", "settings"], "limits": {"timeout": {"min": 10, "max": 60}}},
            {"object": "menu/huvud", "aspects": ["options"], "expires": "2027-06-01T00:00:00+02:00"},
        ],
        "supervisors": ["anna@example.org"],
    },
    "people/anna@example.org.json": {"name": "Anna", "rights": ["flow_user"], "extension": "201"},
    "people/chef@example.org.json": {"name": "Chefen", "rights": ["flow_user", "flow_admin"]},
    f"sounds/{DIGEST}.json": {"seconds": 0.5, "words": "Hej"},
}


def company(**changed: Any) -> Files:
    """The files; ``changed`` by a word of the path: ``None`` takes the file out, a mapping joins its spec."""
    made = copy.deepcopy(_FILES)
    for word, said in changed.items():
        (path,) = (p for p in made if (word in p and p != "flows/kund.json") or p.startswith(word))
        if said is None:
            del made[path]
        else:
            made[path]["spec"] |= said
    return made


def pieces(said: Files | None = None) -> Pieces:
    """The pieces of some files."""
    return of_files(company() if said is None else said)


async def take_in(database: Database, said: Files | None = None, *, prune: bool = False) -> Imported:
    """Import some files with the sound that they play."""
    return await import_company(database, pieces(said), SOUNDS, NOW, outside=ANYWHERE, prune=prune)


async def written(database: Database) -> Files:
    """What an export would hold now."""
    return files(await whole(database, NOW))


async def keep_prompts(database: Database, of: Whole) -> None:
    """Prompts of drawn companies are named by no sound's hash; the database takes them as they are."""
    async with database.write() as db:
        for digest in of.sounds:
            await prompts.add(db, digest, sound(), 1, "Hej", NOW)
