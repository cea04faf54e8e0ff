"""Change one thing in a module at a time and see whether its tests notice: `tools/mutants.py MODULE TESTS...`.

    .venv/bin/python tools/mutants.py itoguchi.core.calendar tests/core/test_calendar.py

The changes are mutmut's (decorated functions are left as they are). Each runs in a pytest of its own, on a database of
its own, where Python finds the changed source in place of the module; the files themselves are never touched, so that
the tests' templates stay good. Prints the share that was noticed and each change that was not.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue

sys.path.insert(0, str(Path(__file__).parents[1]))
from mutmut.mutation.file_mutation import create_mutations
from tests import database

SECONDS = 180  # a change that makes the tests run longer than this was noticed


def changes(path: Path) -> list[str]:
    """Every changed source of a file, in the order of its lines."""
    module, mutations, _classes, _functions = create_mutations(str(path), path.read_text(encoding="utf-8"))
    return [module.deep_replace(each.original_node, each.mutated_node).code for each in mutations]


def noticed(module: str, source: str, tests: list[str], slot: str) -> bool:
    """Whether a test fails on this source; `slot` names the database."""
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
        file.write(source)
        file.flush()
        env = os.environ | {"MUTANT_OF": module, "MUTANT": file.name, "PYTEST_XDIST_WORKER": slot}
        run = [sys.executable, "-m", "pytest", "-p", "tools.one_mutant", "-p", "no:randomly", "-p", "no:xdist", "-xq"]
        try:
            done = subprocess.run([*run, *tests], env=env, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return True
        return done.returncode != 0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("module")
    asked.add_argument("tests", nargs="+")
    options = asked.parse_args()
    found = find_spec(options.module)
    if not found or not found.origin:
        asked.error(f"no module {options.module}")
    path = Path(found.origin)
    before = path.read_text(encoding="utf-8")
    database.build_template()
    slots: SimpleQueue[str] = SimpleQueue()
    workers = os.cpu_count() or 1
    for number in range(workers):
        slots.put(f"mutant{number}")

    def try_one(source: str) -> bool:
        slot = slots.get()
        try:
            return noticed(options.module, source, options.tests, slot)
        finally:
            slots.put(slot)

    assert not try_one(before), "the tests fail on the module as it is"
    sources = changes(path)
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(try_one, sources))
    for source, seen in zip(sources, results, strict=True):
        if not seen:
            lines = difflib.unified_diff(before.splitlines(), source.splitlines(), lineterm="", n=0)
            print("\n".join(line for line in lines if not line.startswith(("---", "+++"))))
    print(f"{options.module}: {sum(results)} of {len(results)} changes noticed ({sum(results) / len(results):.0%})")
    if database._embedded is not None:
        database._embedded.stop()


if __name__ == "__main__":
    main()
