"""A private PostgreSQL server, from Debian's binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg

UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root


@cache
def binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest version; None if not installed."""
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    installed.sort(key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return installed[-1] if installed else Path(on_path).resolve().parent if on_path else None


class Postgres:
    """One cluster in a temporary folder, reachable only through its socket."""

    def __init__(self, durable: bool = False) -> None:
        self.durable = durable
        folder = binaries()
        assert folder is not None
        self.bin = folder
        self.folder = Path(tempfile.mkdtemp(prefix="credence-pg-", dir="/tmp"))  # a socket's path is short
        self.user: str | None = None
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = next(name for name in UNPRIVILEGED if name in names)
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"
        self._run(
            "initdb", "-D", str(self.data), "-U", "credence", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"
        )
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        drop = (
            ["setpriv", f"--reuid={self.user}", f"--regid={_group(self.user)}", "--clear-groups"]
            if self.user
            else []
        )
        done = subprocess.run(
            [*drop, str(self.bin / name), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{name} failed: {done.stdout}{log.read_text() if log.exists() else ''}")

    def start(self) -> None:
        """Start the server."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=200"
        options += (
            " -c recovery_init_sync_method=syncfs"  # after a crash: one call instead of one for each file
        )
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``immediate`` simulates a crash, after which it recovers from its log."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def url(self) -> str:
        """The address of the study's database, emptied of earlier tests' data."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'study'").fetchone():
                connection.execute("CREATE DATABASE study")
        with psycopg.connect(self.address("study"), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return self.address("study")

    def address(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://credence@/{name}?host={quote(str(self.folder), safe='')}"

    def close(self) -> None:
        """Stop the server and delete its files."""
        self.stop("immediate")
        shutil.rmtree(self.folder)


def _group(user: str | None) -> int:
    return pwd.getpwnam(user or "").pw_gid
