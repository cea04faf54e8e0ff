"""Reading what people type about records, surveys, remedies and revisions; what can't be is refused beside its field."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Block, Kind
from itoguchi.core.actions import freeze_file
from itoguchi.core.as_of import DatedField, DayField
from itoguchi.core.calendar import DatedTo, NotADate
from itoguchi.core.models import FrozenFile
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.core.wording import say
from itoguchi.roadmap.actions import Item, RemedyFacts, StageFacts, SurveyFacts
from itoguchi.roadmap.models import (
    LADDER,
    Field,
    Implementation,
    Kpi,
    Noun,
    Solution,
    Stage,
    StageChange,
    Survey,
    Topic,
    Unit,
    Watching,
)
from itoguchi.roadmap.queries import Line
from itoguchi.roadmap.queries.revisions import Content

LARGEST_EVIDENCE = 10 * 1024 * 1024  # bytes
# What is handed out again as evidence: documents and pictures, never a page that a browser would run.
EVIDENCE_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


class StageForm(forms.Form):
    """One stage of one area; `change` is the one that is corrected."""

    stage = forms.ChoiceField(label=_("段階"), choices=Stage)
    at = DatedField(
        label=_("いつから"),
        error_messages={"required": _("いつからかを書いてください（例：2026-04-01、2026年4月、2025年度）。")},
        help_text=_("わかる細かさで（例：2026-04-01、2026年4月、2025年度）"),
    )
    section = forms.CharField(label=_("担当課"), max_length=100, required=False)
    quantity = forms.DecimalField(
        label=_("数量"),
        required=False,
        max_digits=14,
        decimal_places=3,
        help_text=_("KPIが数を求めるとき（か所、校など）"),
    )
    cost_yen = forms.IntegerField(label=_("費用（円）"), required=False, max_value=10**15)
    note = forms.CharField(label=_("備考"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))
    evidence_link = forms.URLField(
        label=_("根拠のリンク"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("公表資料などの住所"),
    )
    evidence_file = forms.FileField(
        label=_("根拠のファイル"),
        required=False,
        validators=[refuse_infected],
        help_text=_("PDF、Word、Excel、PowerPoint、画像、テキスト。10 MBまで。"),
    )
    is_internal = forms.BooleanField(label=_("庁内限りにする（集計には入ります）"), required=False)
    why = forms.CharField(
        label=_("変更の理由"),
        max_length=300,
        required=False,
        help_text=_("直すとき・段階が戻るときは、理由を書いてください"),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, use: Implementation | None = None, change: StageChange | None = None, **more: Any
    ) -> None:
        self.change = change
        more.setdefault("initial", _initial(use, change))
        super().__init__(*args, **more)

    def clean_evidence_file(self) -> Any:
        given = self.cleaned_data["evidence_file"]
        if given and given.size > LARGEST_EVIDENCE:
            raise ValidationError(_("ファイルが大きすぎます。10 MBまでにしてください。"))
        ending = given.name.rpartition(".")[2].lower() if given else "pdf"
        if ending not in EVIDENCE_KINDS:
            raise ValidationError(
                say(_("「%(ending)s」のファイルは受け取れません。PDFなどにしてください。"), ending=ending[:20])
            )
        return given

    def facts(self) -> StageFacts:
        """What the action is told; a file that was there stays unless another is given."""
        said = self.cleaned_data
        return StageFacts(
            stage=Stage(said["stage"]),
            at=said["at"],
            quantity=said["quantity"],
            cost_yen=said["cost_yen"],
            note=said["note"],
            evidence_link=said["evidence_link"],
            evidence_file=self._kept_file(),
        )

    def _kept_file(self) -> FrozenFile | None:
        given = self.cleaned_data["evidence_file"]
        if not given:
            return self.change.evidence_file if self.change else None
        kind = EVIDENCE_KINDS[given.name.rpartition(".")[2].lower()]
        return freeze_file(given.name[-100:], given.read(), content_type=kind)


def _initial(use: Implementation | None, change: StageChange | None) -> dict[str, Any]:
    of_use: dict[str, Any] = {"section": use.section, "is_internal": use.is_internal} if use else {}
    if change is None:
        newest = max(use.changes.all(), key=lambda each: each.at, default=None) if use else None
        return of_use | ({"stage": newest.stage} if newest else {})
    names = ("stage", "quantity", "cost_yen", "note", "evidence_link")
    return of_use | {name: getattr(change, name) for name in names} | {"at": change.when.written}


class ReasonForm(forms.Form):
    """Why something is undone."""

    why = forms.CharField(label=_("理由"), max_length=300, error_messages={"required": _("直す理由を書いてください。")})
    version = forms.CharField(required=False, widget=forms.HiddenInput)


class SurveyForm(forms.Form):
    """A survey or an inquiry; questions are lines of text."""

    key = forms.CharField(label=_("記号"), max_length=40, help_text=_("住所に使います。例：2026、2026-wifi"))
    kind = forms.ChoiceField(label=_("種類"), choices=Survey.Kind)
    title = forms.CharField(label=_("題名"), max_length=200)
    note = forms.CharField(label=_("回答する方へ"), max_length=5000, required=False, widget=forms.Textarea({"rows": 3}))
    as_of = DayField(label=_("調査時点"), help_text=_("例：2026-10-01、令和8年10月1日"))
    due_on = DayField(label=_("締切日"))
    block = forms.ModelChoiceField(
        label=_("対象の地域ブロック"), queryset=Block.objects.all(), required=False, empty_label=_("全国")
    )
    solutions = forms.ModelMultipleChoiceField(
        label=_("たずねる分野別モデル"),
        queryset=Solution.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    questions = forms.CharField(
        label=_("設問"), max_length=5000, required=False, widget=forms.Textarea({"rows": 4}), help_text=_("一行に一つ")
    )

    def __init__(self, *args: Any, survey: Survey | None = None, **more: Any) -> None:
        if survey is not None:
            more["initial"] = {name: getattr(survey, name) for name in ("key", "kind", "title", "note", "block")} | {
                "as_of": survey.as_of.isoformat(),
                "due_on": survey.due_on.isoformat(),
                "solutions": [each.solution_id for each in survey.asked.all()],
                "questions": "\n".join(each.text for each in survey.questions.all()),
            }
        super().__init__(*args, **more)
        if survey is not None:
            self.fields["key"].disabled = True

    def facts(self) -> SurveyFacts:
        """What the action is told."""
        said = self.cleaned_data
        return SurveyFacts(
            key=said["key"],
            kind=Survey.Kind(said["kind"]),
            title=said["title"],
            note=said["note"],
            as_of=said["as_of"],
            due_on=said["due_on"],
            block=said["block"],
            solutions=tuple(said["solutions"]),
            questions=tuple(text.strip()[:300] for text in said["questions"].splitlines() if text.strip()),
        )


class WorkbookForm(forms.Form):
    """A workbook that comes back."""

    file = forms.FileField(
        label=_("書き込んだブック（.xlsx）"),
        validators=[refuse_infected],
        allow_empty_file=True,
        help_text=_("この調査のページから書き出したもの。20 MBまで。"),
    )


def lines_said(data: Any, solutions: list[Solution]) -> dict[str, Line]:
    """What the fields of a page say of each solution; days as people write them, numbers without commas."""
    said = {}
    for solution in solutions:
        texts = {
            name: data.get(f"{solution.key}:{name}", "").strip()[:2000].replace("\x00", "")
            for name in ("stage", "at", "quantity", "cost_yen", "section", "note")
        }
        with suppress(NotADate):
            texts["at"] = DatedTo.parse(texts["at"]).written if texts["at"] else ""
        texts["note"] = "\n".join(texts["note"].splitlines())
        for name in ("quantity", "cost_yen"):
            texts[name] = texts[name].replace(",", "")
        said[solution.key] = Line.of(texts)
    return said


class RemedyForm(forms.Form):
    """What is done about a KPI that is late."""

    text = forms.CharField(label=_("改善策"), max_length=300, help_text=_("例：ひな形を配り、12町を訪ねる"))
    by_whom = forms.CharField(label=_("だれが"), max_length=100)
    due_on = DayField(label=_("いつまでに"), help_text=_("例：2027-03-31、令和9年3月31日"))
    expected = forms.DecimalField(label=_("見込む値"), required=False, max_digits=14, decimal_places=3)
    expected_on = DayField(
        label=_("見込む時点"),
        required=False,
        help_text=_("この日より後の実績値が出たら、見込む値と並べて示します（例：2027-03-31）"),
    )
    bears_on = forms.CharField(
        label=_("もとになる提言・工程・プログラム"),
        max_length=300,
        required=False,
        help_text=_("このサイトの住所（例：/recommendations/first-1）"),
    )
    meeting = forms.CharField(
        label=_("話し合った会合"),
        max_length=300,
        required=False,
        help_text=_("このサイトの住所（例：/meetings/2017-03-24）"),
    )

    def __init__(self, *args: Any, unit: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["expected"].help_text = _("数だけを書いてください。単位：%(unit)s") % {"unit": unit}

    def facts(self) -> RemedyFacts:
        """What the action is told."""
        return RemedyFacts(**self.cleaned_data)


class WatchForm(forms.Form):
    """Of what one wants to be told, and how often."""

    topics = forms.MultipleChoiceField(
        label=_("知りたいこと"), choices=Topic, required=False, widget=forms.CheckboxSelectMultiple
    )
    every = forms.ChoiceField(label=_("メールの間隔"), choices=Watching.Every)


class RevisionForm(forms.Form):
    """What a revision is called."""

    title = forms.CharField(label=_("題名"), max_length=200, help_text=_("例：2027年度改定"))
    note = forms.CharField(label=_("何が変わるか"), max_length=300, help_text=_("版のページに載る一文"))


class EffectiveForm(forms.Form):
    """From which day a revision holds."""

    effective_on = DayField(label=_("施行日"), help_text=_("例：2027-04-01、令和9年4月1日"))


class FreezeForm(forms.Form):
    """Which day's state is kept."""

    as_of = DayField(label=_("時点"), help_text=_("例：2027-03-31、令和9年3月31日"))
    title = forms.CharField(label=_("題名"), max_length=200, help_text=_("例：2026年度末の状況"))


class ItemForm(forms.Form):
    """What a revision does with one thing; each kind of thing adds its facts."""

    FACTS: tuple[str, ...] = ()

    key = forms.CharField(label=_("記号"), max_length=40, help_text=_("住所に使います。例：open-data"))
    drop = forms.BooleanField(label=_("この版で削除する"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea({"rows": 2}))
    grounds = forms.CharField(
        label=_("もとになる意見・結果"),
        max_length=300,
        required=False,
        help_text=_("このサイトの住所（例：/kpis/open-data）"),
    )

    def __init__(self, *args: Any, content: Content, is_known: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.order_fields(["key", *self.FACTS, "reason", "grounds", "drop"])
        if is_known:
            self.fields["key"].disabled = True
        else:
            del self.fields["drop"]
        for name, noun in {"field": Noun.FIELD, "solution": Noun.SOLUTION, "kpi": Noun.KPI}.items():
            choices = self.fields.get(name)
            if isinstance(choices, forms.ChoiceField):
                blank = [] if choices.required else [("", _("ロードマップ全体"))]
                choices.choices = blank + [(key, facts["name"]) for key, facts in content[noun].items()]

    def item(self, noun: Noun) -> Item:
        """What the action is told."""
        said = self.cleaned_data
        facts = None if said.get("drop") else {name: _plain(said[name]) for name in self.FACTS}
        return Item(noun=noun, key=said["key"], facts=facts, reason=said["reason"], grounds=said["grounds"])


def _plain(value: Any) -> Any:
    """A fact as the edition keeps it."""
    if isinstance(value, DatedTo):
        return value.written
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, str):
        return "\n".join(value.splitlines())  # browsers send \r\n
    return "" if value is None else value


class FieldItemForm(ItemForm):
    """A field or foundation."""

    FACTS = ("name", "kind")

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("種類"), choices=Field.Kind)


class SolutionItemForm(ItemForm):
    """A solution."""

    FACTS = ("name", "field")

    name = forms.CharField(label=_("名称"), max_length=60)
    field = forms.ChoiceField(label=_("分野"))


class KpiItemForm(ItemForm):
    """A KPI with its target."""

    FACTS = ("name", "solution", "unit", "definition", "counting", "from_stage", "kinds", "target", "by")

    name = forms.CharField(label=_("KPI"), max_length=100)
    solution = forms.ChoiceField(label=_("分野別モデル"), required=False)
    unit = forms.ChoiceField(label=_("単位"), choices=Unit)
    definition = forms.CharField(label=_("定義"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    counting = forms.ChoiceField(label=_("数え方"), choices=Kpi.Counting)
    from_stage = forms.ChoiceField(
        label=_("数える段階（以上）"),
        choices=[("", "—"), *[(stage.value, stage.label) for stage in LADDER]],
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        label=_("数える団体の種類"),
        choices=Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("選ばなければ、すべての団体"),
    )
    target = forms.DecimalField(label=_("目標値"), required=False, max_digits=14, decimal_places=3)
    by = DatedField(label=_("期限"), required=False, help_text=_("例：2027-03-31、2026年度"))


class MilestoneItemForm(ItemForm):
    """A step towards a KPI; it is not changed but dropped, and another added."""

    FACTS = ("kpi", "text", "by")

    kpi = forms.ChoiceField(label=_("KPI"))
    text = forms.CharField(label=_("工程"), max_length=300)
    by = DatedField(label=_("期限"), help_text=_("例：2027-03-31、2026年度"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["key"].widget = forms.HiddenInput()
        if not more["is_known"]:
            self.fields["key"].required = False

    def clean_key(self) -> str:
        """A new one needs a key that no milestone has."""
        return str(self.cleaned_data["key"] or f"new-{uuid4().hex[:8]}")


ITEM_FORMS = {
    Noun.FIELD: FieldItemForm,
    Noun.SOLUTION: SolutionItemForm,
    Noun.KPI: KpiItemForm,
    Noun.MILESTONE: MilestoneItemForm,
}
