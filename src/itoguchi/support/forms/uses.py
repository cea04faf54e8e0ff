"""Reading what people write down about who used a scheme; an area that is not found is named with its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.folding import fold
from itoguchi.core.wording import say
from itoguchi.support.forms.schemes import lines_of

SHOWN = 5  # lines that can't be read


class AreasField(forms.CharField):
    """Areas, one a line: code, name, or name of the prefecture and name; the rest of a line after the code is not read."""

    widget = forms.Textarea({"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> list[Area]:
        lines = lines_of((super().clean(value) or "").replace("\x00", ""))
        if not lines:
            return []
        named = _areas_by_name()
        found = {line: _meant(line, named) for line in lines}
        unknown = [line for line, areas in found.items() if not areas]
        doubtful = [line for line, areas in found.items() if len(areas) > 1]
        if unknown:
            raise ValidationError(
                say(
                    _("この団体はありません：%(lines)s。団体コードでも書けます。"),
                    lines="、".join(unknown[:SHOWN])[:300],
                )
            )
        if doubtful:
            raise ValidationError(
                say(
                    _("同じ名前の団体があります：%(lines)s。都道府県名を付けるか、団体コードで書いてください。"),
                    lines="、".join(doubtful[:SHOWN])[:300],
                )
            )
        return list(dict.fromkeys(areas[0] for areas in found.values()))


def _areas_by_name() -> Mapping[str, list[Area]]:
    """Areas by their code, their name, and that behind the name of their prefecture, all folded (1 query)."""
    found: dict[str, list[Area]] = {}
    for area in Area.objects.select_related("prefecture"):
        names = {area.code, area.name, f"{area.prefecture.name if area.prefecture else ''}{area.name}"}
        for name in {fold(each) for each in names}:
            found.setdefault(name, []).append(area)
    return found


def _meant(line: str, named: Mapping[str, Sequence[Area]]) -> Sequence[Area]:
    """The areas that a line may mean."""
    words = line.replace(",", " ").replace("、", " ").split()
    return named.get(fold("".join(words)), ()) or named.get(fold(words[0] if words else ""), ())


class UseForm(forms.Form):
    """Which areas were chosen in a fiscal year; who works for one area alone says it of that one."""

    fiscal_year = forms.IntegerField(label=_("年度"), min_value=1950, max_value=2100, help_text=_("西暦で。例：2025"))
    areas = AreasField(
        label=_("使った団体"),
        required=False,
        max_length=60_000,
        help_text=_("一行に一つ。団体コード、名前、または都道府県名を付けた名前。"),
    )
    source = forms.CharField(label=_("出典"), max_length=300, help_text=_("例：採択団体一覧（2025年7月公表）"))
    is_whole = forms.BooleanField(
        label=_("この年度に使った団体は、これで全部"),
        required=False,
        help_text=_("選ぶと、一覧にない団体は「使っていない」と答えます。選ばないあいだは「わからない」です。"),
    )
    why = forms.CharField(
        label=_("理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, own: Area | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.own = own
        if own:
            del self.fields["areas"], self.fields["is_whole"]


class TakeBackForm(forms.Form):
    """Why a use is taken back."""

    why = forms.CharField(
        label=_("取り消す理由"), max_length=300, error_messages={"required": _("取り消す理由を書いてください。")}
    )
