"""Print docs/cli.md from the commands' own help: `python tools/commands_page.py > docs/cli.md`."""

from __future__ import annotations

import os

import django
from django.core.management import get_commands, load_command_class

HEAD = """\
# 命令 / Commands

Written by `tools/commands_page.py` from the commands themselves; change those, not this page.
Each starts the embedded database when it is not running. Django's own commands (`itoguchi help`) are there too."""
COMMON = {
    "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itoguchi.site.settings")
    django.setup()
    print(HEAD)
    for name, app in sorted(get_commands().items()):
        if not str(app).startswith("itoguchi."):
            continue
        command = load_command_class(app, name)
        print(f"\n## `itoguchi {name}`\n\n{command.help}\n")
        actions = [each for each in command.create_parser("itoguchi", name)._actions if each.dest not in COMMON]
        if actions:
            print("| argument | meaning |\n|---|---|")
        for each in actions:
            written = ", ".join(each.option_strings) or each.dest
            value = each.metavar or (each.dest.upper() if each.nargs != 0 and each.option_strings else "")
            choices = f" ({', '.join(map(str, each.choices))})" if each.choices else ""
            must = " **必須 / required**" if each.required and each.option_strings else ""
            print(f"| `{f'{written} {value}'.strip()}` | {(each.help or '').replace('|', '/')}{choices}{must} |")


if __name__ == "__main__":
    main()
