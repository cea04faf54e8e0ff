"""Print docs/settings.md from the typed settings: `python tools/settings_page.py > docs/settings.md`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from itoguchi.site.environment import DEMO_SECRET_KEY, PROJECT, Environment

HEAD = """\
# 設定 / Settings

Written by `tools/settings_page.py` from `src/itoguchi/site/environment.py`; change that file, not this page.
Settings are environment variables, e.g. `PORT=8123 make demo`. A wrong value stops every command with a line
that names the variable and what to set.

| variable | values | default | meaning |
|---|---|---|---|"""

TAIL = """
## 本番 / Production

`ITOGUCHI_MODE=production` refuses to start until `ITOGUCHI_SECRET_KEY`, `ITOGUCHI_ALLOWED_HOSTS` and
`DATABASE_URL` are your own and `ITOGUCHI_DEBUG` is unset. Then:

```
itoguchi migrate                    # once for every new version
itoguchi load_reference
itoguchi collectstatic --no-input
itoguchi serve                      # the site, behind a proxy that ends TLS and sets X-Forwarded-Proto; ITOGUCHI_PROXIES=1
itoguchi procrastinate worker       # the queue worker, beside it
```

`itoguchi serve --host ADDRESS` listens elsewhere than on 127.0.0.1; a demo refuses that.
`itoguchi start`, `stop` and `reset` are for the demo."""


def values(field: FieldInfo) -> str:
    """What may be set: the choices, or the kind and its limits."""
    kind = field.annotation
    assert kind is not None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{choice.value}`" for choice in kind)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    names: dict[Any, str] = {int: "whole number", bool: "`0` or `1`", str: "text", Path: "folder"}
    limits = {type(limit).__name__: limit for limit in field.metadata}
    bounds = [str(getattr(limits[name], name.lower())) for name in ("Ge", "Le") if name in limits]
    return names[kind] + (f" {'-'.join(bounds)}" if bounds else "")


def default(field: FieldInfo) -> str:
    """What holds when nothing is set."""
    value: Any = field.default
    if value == DEMO_SECRET_KEY:
        return "a public key, for demos alone"
    if isinstance(value, Path):
        return f"`{value.relative_to(PROJECT)}` in the clone"
    if isinstance(value, bool):
        return f"`{int(value)}`"
    return f"`{value}`" if value != "" else "not set"


def page() -> str:
    """The whole page."""
    rows = [
        f"| `{field.validation_alias}` | {values(field)} | {default(field)} | {field.description} |"
        for field in Environment.model_fields.values()
    ]
    return "\n".join([HEAD, *rows, TAIL])


if __name__ == "__main__":
    print(page())
