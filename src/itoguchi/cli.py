"""The console script `itoguchi`: Django's commands, with the embedded database brought up where needed."""

from __future__ import annotations

import os
import sys

from psycopg.errors import UndefinedTable
from pydantic import ValidationError

from itoguchi.core.embedded_database import EmbeddedDatabase, EmbeddedDatabaseError
from itoguchi.site.environment import Environment
from itoguchi.site.running import Running, StartError

# These read no record, and must work where no server can run.
WITHOUT_DATABASE = {"help", "version", "--help", "-h", "--version", "stop", "reset"}


def main() -> None:
    """Run one command and end with its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itoguchi.site.settings")
    arguments = sys.argv[1:]
    try:
        environment = Environment()
    except ValidationError as error:
        sys.stderr.write(f"{explain(error)}\n")
        sys.exit(2)
    try:
        if answer := done_without_django(arguments, environment):
            sys.stdout.write(f"{answer}\n")
            return
        if not environment.database_url and needs_database(arguments):
            os.environ["DATABASE_URL"] = EmbeddedDatabase(environment.home).ensure(environment.database_name)
    except (EmbeddedDatabaseError, StartError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(["itoguchi", *arguments])
    except OperationalError as error:
        sys.stderr.write(
            "データベースに届きません。DATABASE_URL とサーバーを確かめてください。 / "
            f"The database can't be reached; check DATABASE_URL and the server. ({error})\n"
        )
        sys.exit(1)
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        sys.stderr.write(
            "データベースがまだ空です。先に make demo（本番なら itoguchi migrate と load_reference）を実行してください。 / "
            "The database is still empty: run make demo first (in production, itoguchi migrate and load_reference).\n"
        )
        sys.exit(1)


def needs_database(arguments: list[str]) -> bool:
    """Whether the command may read or write a record."""
    return bool(arguments) and arguments[0] not in WITHOUT_DATABASE and not {"--help", "-h"} & set(arguments)


def done_without_django(arguments: list[str], environment: Environment) -> str:
    """The answer to a start with nothing to do, at once, and to a stop, even while the code is broken."""
    running = Running(environment)
    if arguments == ["stop"]:
        return running.stop_everything()
    if arguments == ["start"] and environment.is_demo and running.is_current():
        return running.welcome()
    return ""


def explain(error: ValidationError) -> str:
    """The environment's faults in one line each: which variable, and what to set."""
    lines = ["環境変数を直してください。 / The environment needs mending:"]
    for fault in error.errors(include_url=False):
        name = "".join(f"{part}: " for part in fault["loc"])
        lines.append(f"  {name}{fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
