"""Reading what people type in rows and lists: figures, costs, measures, names; and saying what an action refused."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import freeze_file
from itoguchi.core.as_of import DayField
from itoguchi.core.models import FrozenFile
from itoguchi.core.uploads import kind_of, refuse_odd_file
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.support.models import Cost

EMPTY_ROWS = 2  # to fill in, after those that are there
DAY = _("例：2027-03-31、令和9年3月31日")


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


class KnownRowField(forms.ModelChoiceField):
    """One of the rows; what the database can't even hold is no row."""

    def to_python(self, value: Any) -> Any:
        if "\x00" in str(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().to_python(value)


class KnownRowsField(forms.ModelMultipleChoiceField):
    """Some of the rows, by the same rule."""

    def clean(self, value: Any) -> Any:
        if any("\x00" in str(each) for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().clean(value)


class YenField(forms.IntegerField):
    """Whole yen: 5000000, 5,000,000円, ５００万."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            **({"min_value": 0, "max_value": 10**15, "widget": forms.TextInput({"inputmode": "numeric"})} | more)
        )

    def to_python(self, value: Any) -> Any:
        written = normalize("NFKC", str(value or "")).strip().replace(",", "").removesuffix("円")
        for unit, zeros in (("億", 8), ("万", 4)):
            if written.endswith(unit) and written[:-1].isdigit():
                written = written[:-1] + "0" * zeros
        return super().to_python(written)


class KeptFileField(forms.FileField):
    """A file to be handed out again; `kept(…)` freezes it, one that was there stays where none is given."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            max_length=100,
            required=False,
            validators=[refuse_odd_file, refuse_infected],
            help_text=_("PDF、Word、Excel、PowerPoint、画像、テキスト。10 MBまで。マクロのあるものは受け取れません。"),
            **more,
        )


def kept(given: Any, known: FrozenFile | None, *, drops: bool) -> FrozenFile | None:
    """The file given, else the one that was there unless it goes."""
    if given:
        return freeze_file(given.name[-100:], given.read(), content_type=kind_of(given.name))
    return None if drops else known


class FigureForm(forms.Form):
    """One figure before and after; a row without a name is none."""

    name = forms.CharField(label=_("指標"), max_length=80, required=False)
    unit = forms.CharField(label=_("単位"), max_length=20, required=False)
    before = forms.DecimalField(label=_("前の値"), required=False, max_digits=14, decimal_places=3)
    before_on = DayField(label=_("前の値の日"), required=False)
    after = forms.DecimalField(label=_("後の値"), required=False, max_digits=14, decimal_places=3)
    after_on = DayField(label=_("後の値の日"), required=False)
    source = forms.CharField(label=_("出典"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        if not said.get("name"):
            if any(said.get(name) is not None for name in ("before", "after")):
                self.add_error("name", _("指標の名前を書いてください。"))
            return said
        if not said.get("unit"):
            self.add_error("unit", _("単位を書いてください。"))
        for value, day in (("before", "before_on"), ("after", "after_on")):
            if (said.get(value) is None) != (said.get(day) is None):
                self.add_error(day, _("値と、その日を、両方書いてください。"))
        if said.get("before") is None and said.get("after") is None:
            self.add_error("before", _("前の値か後の値を書いてください。"))
        return said


class CostForm(forms.Form):
    """What one kind of thing cost in one year; a row without yen is none."""

    year = forms.IntegerField(label=_("年度（西暦）"), required=False, min_value=2000, max_value=2100)
    kind = forms.ChoiceField(label=_("費用の種類"), choices=[("", _("選んでください")), *Cost.choices], required=False)
    yen = YenField(label=_("円"), required=False)
    note = forms.CharField(label=_("備考"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and said.get("yen") is not None:
            for name in ("year", "kind"):
                if not said.get(name):
                    self.add_error(name, _("年度と費用の種類を書いてください。"))
        return said


class MeasureForm(forms.Form):
    """An effect that reuses report; a row without a name is none."""

    name = forms.CharField(label=_("指標"), max_length=80, required=False)
    unit = forms.CharField(label=_("単位"), max_length=20, required=False)
    is_more_better = forms.BooleanField(label=_("大きいほどよい"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("name") and not said.get("unit"):
            self.add_error("unit", _("単位を書いてください。"))
        return said


class _Rows(forms.BaseFormSet):
    """Rows of which each says another thing: `once` names what may not stand twice, `must` what makes a row one."""

    once: tuple[str, ...] = ()
    must = ""

    def clean(self) -> None:
        if any(self.errors):
            return
        keys = [tuple(row[name] for name in self.once) for row in self.said()]
        if len(keys) != len(set(keys)):
            raise ValidationError(_("同じものが二つあります。一つにまとめてください。"))

    def said(self) -> list[dict[str, Any]]:
        """The rows that say something."""
        return [each.cleaned_data for each in self.forms if each.cleaned_data.get(self.must) not in {None, ""}]


class _Figures(_Rows):
    once, must = ("name",), "name"


class _Costs(_Rows):
    once, must = ("year", "kind"), "yen"


FigureSet: Any = forms.formset_factory(FigureForm, formset=_Figures, extra=EMPTY_ROWS, max_num=30)
CostSet: Any = forms.formset_factory(CostForm, formset=_Costs, extra=EMPTY_ROWS, max_num=60)
MeasureSet: Any = forms.formset_factory(MeasureForm, formset=_Figures, extra=EMPTY_ROWS, max_num=20)
