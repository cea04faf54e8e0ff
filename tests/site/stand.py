"""A site and worker on a PostgreSQL server of their own, to be stopped, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

import psycopg

from itoguchi.core.embedded_database import EmbeddedDatabase, client_program
from tests import database
from tests.site.test_start import free_port


def lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Stand:
    """A site on a PostgreSQL server of its own, which a test may stop and start."""

    def __init__(self, home: Path, template: str = database.TEMPLATE, **environment: str) -> None:
        self.home, self.port, self.template = home, free_port(), template
        self.server = EmbeddedDatabase(home / "server")
        self.url = self.server.ensure("itoguchi_sample")
        self.environment = (
            os.environ
            | {
                "DATABASE_URL": self.url,
                "ITOGUCHI_HOME": str(database.HOME),
                "PORT": str(self.port),
                "ITOGUCHI_LOG": "json",
            }
            | environment
        )
        self._fill()

    def _fill(self) -> None:
        """With the records of the tests' template: quicker than to make it anew."""
        with psycopg.connect(self.url) as connection:
            version = connection.info.server_version // 10_000
        dump = subprocess.run(
            [client_program("pg_dump", version), "--format=custom", database.url_of(self.template)],
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run(
            [client_program("pg_restore", version), "--no-owner", f"--dbname={self.url}"], input=dump, check=True
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "itoguchi.cli", *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def get(self, path: str, sent: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        asked = urllib.request.Request(f"http://localhost:{self.port}{path}", sent, headers)
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return answer.status, answer.read().decode(), lower(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), lower(error.headers)
        except OSError:
            return 0, "", {}

    def wait_for(self, path: str, status: int, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self.get(path)[0] != status:
            assert time.monotonic() < deadline, f"{path} is not {status}: {self.get(path)}"
            time.sleep(0.1)
