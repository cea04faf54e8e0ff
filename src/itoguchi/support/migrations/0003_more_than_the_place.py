"""Of what came from a file, and nobody put right since, only the place is known: its other conditions are in its text."""

import pghistory
from django.db import migrations

UNENTERED = {"unentered": True}
FILES = ("jgrants", "list")
WHY = "ファイルから分かるのは区域だけで、ほかの条件は公募の本文にあるため"


def say_there_is_more(apps, _schema_editor):
    schemes = apps.get_model("support", "Scheme").objects.filter(origin__in=FILES)
    with pghistory.context(why=WHY):
        for scheme in schemes.exclude(rule={}).exclude(corrected__contains=["rule"]):
            if UNENTERED not in scheme.rule.get("all", []):
                scheme.rule = {"all": [*scheme.rule.get("all", [scheme.rule]), UNENTERED]}
                scheme.save(update_fields=["rule"])


def say_nothing_of_more(apps, _schema_editor):
    """The place alone, as the earlier version knows it."""
    for scheme in apps.get_model("support", "Scheme").objects.filter(rule__all__contains=[UNENTERED]):
        rest = [part for part in scheme.rule["all"] if part != UNENTERED]
        scheme.rule = rest[0] if len(rest) == 1 else {"all": rest}
        scheme.save(update_fields=["rule"])


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0002_count_schemes_apart"),
    ]

    operations = [
        migrations.RunPython(say_there_is_more, say_nothing_of_more),
    ]
