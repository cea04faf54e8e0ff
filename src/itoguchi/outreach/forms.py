"""Reading what people type about briefings and visits; what can't be is refused beside its field."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import prefectures
from itoguchi.core.as_of import DayField
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.core.wording import say
from itoguchi.outreach.actions import Facts, facts_as_said
from itoguchi.outreach.files import LARGEST_FILE
from itoguchi.outreach.models import Visit
from itoguchi.roadmap.models import Field

DAY_REQUIRED = {"required": _("日を入れてください（例：2027-04-01、令和9年4月1日）。")}


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


class KnownField(forms.ModelChoiceField):
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


class BriefingForm(forms.Form):
    """A briefing, new or known; `blocks` are those whose places may be ticked."""

    day = DayField(label=_("開催日"), error_messages=DAY_REQUIRED, help_text=_("例：2027-04-01、令和9年4月1日"))
    prefecture = KnownField(
        label=_("開催する都道府県"),
        queryset=prefectures(),
        to_field_name="code",
        required=False,
        empty_label=_("決めていない・オンライン"),
    )
    place = forms.CharField(label=_("開催箇所"), max_length=100, help_text=_("例：京都府、京都府（京都市）"))
    title = forms.CharField(label=_("開催概要"), max_length=200, help_text=_("会の題名"))
    notes = forms.CharField(
        label=_("参加者・説明者"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("注記を、一行に一つ"),
    )
    counts = forms.CharField(label=_("どこに数えるか"), required=False, widget=forms.HiddenInput)
    is_nationwide = forms.BooleanField(label=_("全国を対象とする（地域には数えない）"), required=False)
    blocks = KnownRowsField(Block.objects.all(), required=False)
    prefectures = KnownRowsField(prefectures(), required=False, to_field_name="code")
    why = forms.CharField(label=_("理由"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, facts: Facts | None = None, is_why_needed: bool = False, **more: Any) -> None:
        super().__init__(*args, initial=(_initial_of(facts) if facts else {}) | more.pop("initial", {}), **more)
        self.facts = facts
        self.fields["why"].required = is_why_needed
        self.fields["why"].help_text = (
            _("なぜ直すのか。記録に残ります。") if is_why_needed else _("なくてもかまいません。記録に残ります。")
        )

    def plain_fields(self) -> list[BoundField]:
        """Fields above the places."""
        return [self[name] for name in ("day", "prefecture", "place", "title", "notes")]

    def places(
        self, blocks: list[Block], all_prefectures: list[Area]
    ) -> list[tuple[Block, bool, list[tuple[Area, bool]]]]:
        """Blocks and prefectures that may be ticked, and whether each is."""
        ticked_blocks = {str(getattr(each, "pk", each)) for each in self["blocks"].value() or ()}
        ticked = {str(getattr(each, "code", each)) for each in self["prefectures"].value() or ()}
        return [
            (
                block,
                block.pk in ticked_blocks,
                [(area, area.code in ticked) for area in all_prefectures if area.block_id == block.pk],
            )
            for block in blocks
        ]

    def for_action(self) -> Facts:
        """What was typed, with what is known already."""
        given = self.cleaned_data
        return facts_as_said(
            self.facts,
            prefectures=frozenset(given["prefectures"]),
            blocks=frozenset(given["blocks"]),
            **{name: given[name] for name in ("day", "prefecture", "place", "title", "notes", "is_nationwide")},
        )


def _initial_of(facts: Facts) -> dict[str, Any]:
    return {
        "day": facts.day.isoformat(),
        "prefecture": facts.prefecture.code if facts.prefecture else "",
        "place": facts.place,
        "title": facts.title,
        "notes": facts.notes,
        "is_nationwide": facts.is_nationwide,
        "blocks": [block.pk for block in facts.blocks],
        "prefectures": [area.code for area in facts.prefectures],
    }


class HoldForm(forms.Form):
    """The day on which a briefing really took place."""

    day = DayField(
        label=_("開催した日"), error_messages=DAY_REQUIRED, help_text=_("予定の日とちがうときは、直してください。")
    )
    why = forms.CharField(
        label=_("ひとこと"), max_length=1000, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)


class CancelForm(forms.Form):
    """Why a briefing is called off."""

    why = forms.CharField(
        label=_("中止の理由"),
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("中止の理由を書いてください。")},
        help_text=_("説明会のページに残ります。例：会場が使えなくなったため"),
    )


class DecisionForm(forms.Form):
    """What is done with a draft."""

    DEEDS = (("approve", _("承認して公開する")), ("send_back", _("差し戻す")), ("withdraw", _("取り下げる")))

    deed = forms.ChoiceField(label=_("決裁"), choices=DEEDS)
    approval = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    remark = forms.CharField(label=_("意見"), max_length=1000, required=False)


class VisitForm(forms.Form):
    """A visit, new or known; `blocks` are those for which the user writes."""

    day = DayField(label=_("訪問日"), error_messages=DAY_REQUIRED, help_text=_("例：2027-04-01、令和9年4月1日"))
    block = KnownField(label=_("地域ブロック"), queryset=Block.objects.none(), empty_label=None)
    areas = forms.CharField(
        label=_("相手の団体"),
        max_length=4000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("団体名か団体コードを、「、」か改行で区切って。例：丹波篠山市、兵庫県、282235"),
    )
    spoke_with = forms.CharField(label=_("話した相手"), max_length=200, help_text=_("例：企画課長ほか2名"))
    about = forms.CharField(label=_("話したこと"), max_length=4000, widget=forms.Textarea({"rows": 5}))
    next_step = forms.CharField(
        label=_("次の一歩"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    is_shared_with_area = forms.BooleanField(label=_("相手の団体の担当者にも見せる"), required=False)
    why = forms.CharField(
        label=_("直した理由"), max_length=1000, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, blocks: QuerySet[Block], visit: Visit | None = None, **more: Any) -> None:
        initial = more.pop("initial", {})
        if visit:
            initial = {name: getattr(visit, name) for name in ("spoke_with", "about", "next_step")} | {
                "day": visit.day.isoformat(),
                "block": visit.block_id,
                "areas": "、".join(f"{area.name}（{area.code}）" for area in visit.of_areas),
                "is_shared_with_area": visit.is_shared_with_area,
            }
        super().__init__(*args, initial=initial, **more)
        self.fields["block"].queryset = blocks
        if visit is None:
            del self.fields["why"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "areas" in cleaned and cleaned.get("block"):
            try:
                cleaned["areas"] = areas_named(cleaned["areas"], cleaned["block"])
            except ValidationError as problems:
                self.add_error("areas", problems)
        return cleaned

    def for_action(self, visit: Visit) -> tuple[Visit, list[Area]]:
        """The visit with what was typed, and its areas."""
        for name in ("day", "block", "spoke_with", "about", "next_step", "is_shared_with_area"):
            setattr(visit, name, self.cleaned_data[name])
        return visit, self.cleaned_data["areas"]


class HeardNeedForm(forms.Form):
    """A need that was heard at a briefing or on a visit; `areas` are those it was about."""

    area = forms.CharField(
        label=_("困っている団体"), max_length=100, help_text=_("団体名か団体コード。例：丹波篠山市、282219")
    )
    text = forms.CharField(
        label=_("困りごと"),
        widget=forms.Textarea({"rows": 5}),
        help_text=_("聞いたままの言葉で。例：猿が畑を荒らす、見回りの人手がない"),
    )
    field = forms.ModelChoiceField(
        label=_("分野"),
        queryset=Field.objects.filter(until=None, kind=Field.Kind.FIELD),
        required=False,
        empty_label=_("言葉から選ぶ"),
        help_text=_("選ばなければ、困りごとの言葉から選びます。あとで直せます。"),
    )
    is_internal = forms.BooleanField(
        label=_("庁内限り（団体・都道府県・総合通信局等・事務局だけに見せる）"), required=False, initial=True
    )

    def __init__(self, *args: Any, block: Block | None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.block = block

    def clean_area(self) -> Area:
        found = areas_named(self.cleaned_data["area"], self.block)
        if len(found) != 1:
            raise ValidationError(_("団体を一つだけ書いてください。"))
        return found[0]


def areas_named(text: str, block: Block | None) -> list[Area]:
    """Areas by code or name (a code in brackets wins), those of the block first; raises with every one not found."""
    asked = [part for part in re.split(r"[\n,、，;；]+", text) if part.strip()]
    words = {part: _code_or_name(part) for part in asked}
    known: dict[str, list[Area]] = {}
    sought = set(words.values())
    for area in Area.objects.select_related("prefecture").filter(
        Q(code__in=sought) | Q(name__in=sought) | Q(name_en__in=sought)
    ):
        for word in (area.code, area.name, area.name_en):
            known.setdefault(word, []).append(area)
    found: list[Area] = []
    problems: list[Any] = []
    for part, word in words.items():
        every = list(dict.fromkeys(known.get(word, [])))
        here = [area for area in every if block and area.block_id == block.pk] or every
        if len(here) == 1:
            found.append(here[0])
        elif here:
            codes = "、".join(f"{area.prefecture or ''}{area} {area.code}" for area in here)
            problems.append(
                say(
                    _("「%(name)s」は一つに決まりません。団体コードで書いてください：%(codes)s"), name=part, codes=codes
                )
            )
        else:
            problems.append(
                say(
                    _("「%(name)s」という団体はありません。今の名称か6桁の団体コードで書いてください。"),
                    name=part.strip(),
                )
            )
    if problems:
        raise ValidationError(problems)
    return list(dict.fromkeys(found))


def _code_or_name(part: str) -> str:
    """`丹波市（282235）` → `282235`, `２８２２３５` → `282235`, `丹波市` stays."""
    plain = unicodedata.normalize("NFKC", part).strip()
    code = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", plain)
    return code.group() if code else plain


class FileForm(forms.Form):
    """A file of briefings."""

    file = forms.FileField(
        validators=[refuse_infected],
        label=_("ファイル"),
        max_length=200,
        help_text=_(
            "イベント一覧のCSV・Excel、またはカレンダー（.ics）。書き出したファイルを直して、そのまま取り込めます。"
        ),
    )
    why = forms.CharField(label=_("理由・出典"), max_length=300, help_text=_("例：4月の予定の追加。記録に残ります。"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(_("大きすぎます（1 MBまで）。年度や地域ごとに分けてください。"))
        return file
