"""Labels of choices, as Django's `get_…_display`, which hashes all choices anew on each call: pages ask thousands of times."""

from __future__ import annotations

from functools import cache, partialmethod
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import get_language


def keep_labels() -> None:
    """Let all models of the product look labels up; once, when they are loaded."""
    for model in apps.get_models():
        if model.__module__.startswith("itoguchi."):
            for field in model._meta.concrete_fields:
                name = f"get_{field.name}_display"
                if isinstance(vars(model).get(name), partialmethod):  # Django's own, not a model's
                    setattr(model, name, partialmethod(_label, field=field))


def _label(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    return _labels(field, get_language()).get(value, value)


@cache
def _labels(field: Field[Any, Any], _language: str | None) -> dict[Any, str]:
    return {value: str(label) for value, label in field.flatchoices}
