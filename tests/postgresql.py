"""A PostgreSQL of the run's own: a cluster in a temporary folder that listens on a socket in it and nowhere else.

It is started by its first use and ended with the process, however that ends. Nothing of it is safe against a crash,
which is what makes it fast. A PostgreSQL that the machine runs is never spoken to.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

#: Where Debian keeps the servers, a folder a version.
SERVERS = Path("/usr/lib/postgresql")
OWNER = "vaxelflode"
#: A role that must say its password.
GUARDED, PASSWORD = "guarded", "s3cret/w:rd@"

_LIMIT_S = 30.0
#: Data that nobody misses: no waiting for the disk, and no more processes than are needed.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
}


class Cluster:
    """One cluster. PostgreSQL refuses root, so where root runs the tests it belongs to ``nobody``."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._databases: set[str] = set()
        self._as_owner = [] if os.geteuid() else ["--reuid=nobody", f"--regid={_nobody().pw_gid}", "--clear-groups"]

    def url(self, database: str, user: str = OWNER) -> str:
        """The address of a database."""
        return f"postgresql+psycopg://{user}@/{database}?host={self._home()}"

    def database(self, name: str) -> str:
        """The address of the database ``name``, which is made (empty) unless it is there."""
        return self.url(name) if name in self._databases else self.create(name)

    def create(self, name: str, *, template: str = "template1", more: str = "") -> str:
        """A new database, as a copy of another; ``more`` of CREATE DATABASE. Returns its address."""
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {more}')
        self._databases.add(name)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._databases.discard(name)

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """One statement by the owner of all; its rows, if it has any."""
        where = make_conninfo(host=str(self._home()), user=OWNER, dbname=database, connect_timeout=5)
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def restart(self) -> None:
        """As an upgrade does it: everybody's connections end."""
        self._end()
        self._begin()

    def stand_still(self, *, still: bool = True) -> None:
        """Stop every process of it where it is, or let them go on: connections are kept, and nothing is answered."""
        assert self._process is not None
        _signal(self._process.pid, signal.SIGSTOP if still else signal.SIGCONT)

    def stop(self) -> None:
        """End it and remove its folder."""
        self._end()
        if self._folder is not None:
            shutil.rmtree(self._folder)
            self._folder = None
        self._databases.clear()

    def _home(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="vaxelflode-postgresql-"))
            atexit.register(self.stop)
            self._make()
            self._begin()
            self.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        return self._folder

    def _make(self) -> None:
        assert self._folder is not None
        if self._as_owner:
            os.chown(self._folder, _nobody().pw_uid, _nobody().pw_gid)
        # Ordered by a language where this PostgreSQL can: a query that relies on the order of bytes must say so.
        by_language = ("--locale-provider=icu", "--icu-locale=sv") if int(_newest().parent.name) >= 15 else ()
        made = subprocess.run(
            (
                *("setpriv", *self._as_owner, "--", str(_newest() / "initdb"), "--pgdata", str(self._data)),
                *("--username", OWNER, "--auth", "trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
                *by_language,
            ),
            capture_output=True,
            timeout=_LIMIT_S,
            cwd="/",
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr.decode(errors='replace')}")
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"local all {GUARDED} scram-sha-256\n" + rules.read_text())

    @property
    def _data(self) -> Path:
        assert self._folder is not None
        return self._folder / "data"

    def _begin(self) -> None:
        assert self._folder is not None
        settings = _FAST | {"listen_addresses": "", "unix_socket_directories": str(self._folder)}
        with (self._folder / "log").open("ab") as log:
            # --pdeathsig: whatever ends this process, SIGKILL too, ends the cluster.
            self._process = subprocess.Popen(
                (
                    *("setpriv", *self._as_owner, "--pdeathsig", "QUIT", "--", str(_newest() / "postgres")),
                    *("-D", str(self._data), *(word for k, v in settings.items() for word in ("-c", f"{k}={v}"))),
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        self._wait_until_it_answers(self._process)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        assert self._folder is not None
        end = time.monotonic() + _LIMIT_S
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError as err:
                if process.poll() is not None or time.monotonic() > end:
                    words = (self._folder / "log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"PostgreSQL does not start: {words}") from err
                time.sleep(0.02)
            else:
                return

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _signal(process.pid, signal.SIGCONT)  # a test that was cut short may have left it standing still
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(number)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
            break


def _signal(postmaster: int, number: signal.Signals) -> None:
    """To the server and to each process of it."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, number)


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _newest() -> Path:
    """The programs of the newest server that is installed."""
    found = sorted(SERVERS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError(f"there is no PostgreSQL in {SERVERS}; scripts/install-postgresql installs it")
    return found[-1].parent
