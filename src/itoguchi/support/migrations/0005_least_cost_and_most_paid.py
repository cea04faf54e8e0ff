"""The least cost of a project and the most that one is paid are two things: 上限 500万円 of a project of 1,000万円 and more is usual."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("support", "0004_who_used_it"),)

    operations = (migrations.RemoveConstraint(model_name="schemeyear", name="least_size_is_not_above_the_largest"),)
