"""Labels of choices that are looked up say what Django's own would, in both languages, and of what is no choice too."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.utils import translation


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_label_is_the_one_that_django_gives(language: str) -> None:
    compared = 0
    with translation.override(language):
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if model.__module__.startswith("itoguchi.") and field.choices:
                    for value in (*dict(field.flatchoices), "no choice", "", None):
                        row = model(**{field.attname: value})
                        said = getattr(row, f"get_{field.name}_display")()
                        assert said == row._get_FIELD_display(field), (model, field.name, value)
                        compared += 1
    assert compared > 500
