"""Reading what somebody asks the first step sheet for: an area by code or name, the worry in own words, and costs."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, find_areas
from itoguchi.core.as_of import DayField
from itoguchi.core.folding import fold
from itoguchi.support.models import Cost as Kind
from itoguchi.support.models.needs import LONGEST
from itoguchi.support.queries import Cost

CODE = re.compile(r"[0-9]{6}(?![0-9])")  # what the name after it says is not asked
MOST_COSTS = 24  # rows: four years of six kinds
DEAREST = 10**15
YEARS = range(2000, 2101)


class AskForm(forms.Form):
    """Who asks and about what; `area` becomes the areas that are meant, as entries of the finder or the area itself."""

    words = forms.CharField(
        label=_("困りごと"),
        widget=forms.Textarea({"rows": 2}),
        required=False,
        max_length=LONGEST,
        help_text=_("ふだんの言葉で。例：猿が畑を荒らす、見回りの人手がない"),
    )
    area = forms.CharField(
        label=_("団体"),
        max_length=100,
        error_messages={"required": _("団体を選んでください。")},
        help_text=_("名前・よみ・コード。例：たんば、282219"),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    as_of = DayField(label=_("時点"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, own: Area | None = None, about: dict[str, str] | None = None, **more: Any) -> None:
        self.about = about or {}
        super().__init__(*args, initial={"area": f"{own.code} {own}" if own else ""}, **more)
        if self.about and not self.data.get("words"):  # what it is about is known already
            del self.fields["words"]

    def clean_area(self) -> Area | list[Any]:
        """The area of a code or of a name that only one has; else those among which to choose."""
        written = fold(self.cleaned_data["area"]).strip()
        code = CODE.match(written)
        if code and (known := area_of_code(code[0])):
            return known
        found = find_areas(written)
        exact = [each for each in found if each.rank == 0]  # a whole name, present or former, before parts of names
        meant = exact if any(fold(each.title) == written for each in exact) else found
        if not meant:
            raise ValidationError(
                _("「%(name)s」にあてはまる団体がありません。よみがなの一部や、6桁の団体コードでもさがせます。"),
                params={"name": self.cleaned_data["area"]},
            )
        return (area_of_code(meant[0].key) if len(meant) == 1 else None) or meant

    def clean_as_of(self) -> Any:
        """Of days to come nothing is known."""
        day = self.cleaned_data["as_of"]
        if day and day > timezone.localdate():
            raise ValidationError(_("まだ来ていない日です。"))
        return day


def costs_of(asked: QueryDict) -> tuple[list[Cost], str]:
    """The costs of `cost_kind`, `cost_year`, `cost_yen`, row by row, and what is wrong with them; empty rows are none."""
    columns = [asked.getlist(name)[:MOST_COSTS] for name in ("cost_kind", "cost_year", "cost_yen")]
    costs: list[Cost] = []
    for number, (kind, year, yen) in enumerate(zip(*columns, strict=False), start=1):
        written = normalize("NFKC", yen).replace(",", "").strip()
        if not written:
            continue
        fits = written.isdecimal() and int(written[:20]) <= DEAREST
        if kind not in Kind.values or not year.isdecimal() or int(year[:9]) not in YEARS or not fits:
            problem = _("費用の%(row)s行目：種類、西暦の年度、円の数字を書いてください（例：5000000）。")
            return costs, str(problem) % {"row": number}
        costs.append(Cost(kind=kind, year=int(year), yen=int(written)))
    return costs, ""
