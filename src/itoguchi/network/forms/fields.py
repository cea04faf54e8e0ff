"""Fields that several forms of the room have: a row that is there, and a choice among what is called in Japanese alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class KnownRowField(forms.ModelChoiceField):
    """One of the rows; what the database can't even hold is no row."""

    def to_python(self, value: Any) -> Any:
        if "\x00" in str(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().to_python(value)


class JapaneseSelect(forms.Select):
    """A choice among records that are called in Japanese alone."""

    def create_option(self, name: str, value: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **more)
        if value not in (None, ""):
            option["attrs"]["lang"] = "ja"
        return option
