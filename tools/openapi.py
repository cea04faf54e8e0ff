"""Print docs/openapi.json, the description of the API: `python tools/openapi.py > docs/openapi.json`."""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itoguchi.site.settings")


def written() -> str:
    """The description as it is committed."""
    from itoguchi.site.api import api

    return json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, default=str) + "\n"


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(written())
