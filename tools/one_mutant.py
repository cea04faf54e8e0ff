"""pytest plugin of tools/mutants.py: the module MUTANT_OF is read from the file MUTANT."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.util import spec_from_file_location
from typing import Any


class _Changed(MetaPathFinder):
    def find_spec(self, name: str, *_where: Any) -> Any:
        return spec_from_file_location(name, os.environ["MUTANT"]) if name == os.environ["MUTANT_OF"] else None


sys.meta_path.insert(0, _Changed())


def pytest_collection_finish() -> None:
    found = sys.modules.get(os.environ["MUTANT_OF"])
    assert found is not None, "the tests do not import the module"
    assert found.__file__ == os.environ["MUTANT"], f"the module was read from {found.__file__}"
