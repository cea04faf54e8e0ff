"""Reading what people type about schemes and their years; what can't be is refused beside its field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.core.wording import say
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support.actions import RateFacts, SchemeFacts, WindowFacts, YearFacts
from itoguchi.support.actions.schemes import LAST_MINUTE, TOKYO
from itoguchi.support.forms.rules import ConditionForm, condition_said, row_of
from itoguchi.support.models import Cost, Scheme

STEP = re.compile(r"(?P<text>.+?)\s*[（(]\s*(?P<month>1[0-2]|[1-9])月\s*[）)]")
MOST_ROWS = 12
DAY_HINT = _("例：2027-04-01、令和9年4月1日")
WHY = {"required": _("なぜ直すのかを書いてください。")}


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a field that say anything."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def json_said(written: str) -> dict[str, Any]:
    """A rule as JSON; raises ValidationError for what is none."""
    try:
        said = json.loads(written)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ValidationError(_('JSONとして読めません。{ } で囲んで書いてください（例：{"disadvantaged": true}）。'))
    return said


def json_of(rule: Mapping[str, Any]) -> str:
    """A rule as people read JSON."""
    return json.dumps(rule, ensure_ascii=False, indent=1)


class JsonField(forms.CharField):
    """A rule written as JSON; nothing written is no rule."""

    widget = forms.Textarea({"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> dict[str, Any]:
        written = super().clean(value)
        return json_said(written) if written else {}


class SchemesField(forms.CharField):
    """Schemes by key, one a line."""

    widget = forms.Textarea({"rows": 2, "spellcheck": "false"})

    def clean(self, value: Any) -> frozenset[Scheme]:
        keys = set(lines_of((super().clean(value) or "").replace("\x00", "")))
        found = frozenset(Scheme.objects.filter(pk__in=keys)) if keys else frozenset()
        if lacking := sorted(keys - {each.pk for each in found}):
            raise ValidationError(
                say(_("「%(keys)s」という記号の支援メニューはありません。"), keys="、".join(lacking)[:200])
            )
        return found


class SchemeForm(forms.Form):
    """The facts of a scheme; its rule stands in rows beside."""

    key = forms.CharField(label=_("記号"), max_length=60, help_text=_("住所に使う。変わらない。例：regional-iot"))
    name = forms.CharField(label=_("名称"), max_length=200)
    name_en = forms.CharField(label=_("英語名"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("種類"), choices=Scheme.Kind)
    level = forms.ChoiceField(label=_("だれの支援か"), choices=Scheme.Level)
    provider = forms.CharField(label=_("実施主体"), max_length=100)
    summary = forms.CharField(label=_("概要"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))
    detail = forms.CharField(label=_("内容"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 6}))
    who = forms.CharField(
        label=_("対象者（公募の言葉）"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    group = forms.SlugField(
        label=_("施策のまとまり"),
        max_length=20,
        required=False,
        help_text=_("「過去に使っていない」を、まとめて数えるもの。例：ict"),
    )
    fields_ = forms.ModelMultipleChoiceField(
        label=_("分野"), queryset=Field.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    solutions = forms.ModelMultipleChoiceField(
        label=_("分野別モデル"), queryset=Solution.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    costs = forms.MultipleChoiceField(
        label=_("対象経費"), choices=Cost, required=False, widget=forms.CheckboxSelectMultiple
    )
    unit_yen = forms.IntegerField(
        label=_("金額の単位（円）"),
        required=False,
        min_value=1,
        max_value=10**9,
        help_text=_("千円未満を切り捨てるなら1000"),
    )
    least_own_percent = forms.IntegerField(
        label=_("自己負担の下限（%）"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("補助金などを合わせても、対象経費のうち自ら負担する割合"),
    )
    excludes = SchemesField(
        label=_("併用できない支援メニュー"), max_length=5000, required=False, help_text=_("記号を、一行に一つ")
    )
    after = SchemesField(
        label=_("先に充てる支援メニュー"),
        max_length=5000,
        required=False,
        help_text=_("上乗せ補助など、ほかの支援が払った残りに充てるとき、その支援の記号。一行に一つ"),
    )
    papers = forms.CharField(
        label=_("提出書類"),
        max_length=5000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("一行に一つ"),
    )
    steps = forms.CharField(
        label=_("手続き"),
        max_length=5000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("一行に一つ。例年の月は、かっこで。例：交付決定（6月）"),
    )
    contact = forms.CharField(
        label=_("問い合わせ先"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    link = forms.URLField(label=_("公募のページ"), max_length=500, required=False, assume_scheme="https")
    source = forms.CharField(label=_("出典"), max_length=300, help_text=_("公募要領など、確かめた資料"))
    checked_on = DayField(label=_("最後に確かめた日"), required=False, help_text=DAY_HINT)
    rule = JsonField(
        label=_("条件のJSON"),
        required=False,
        max_length=60_000,
        help_text=_("上の行で表せない条件だけ。docs/engines/matching.md §1"),
    )
    joined = forms.ChoiceField(
        label=_("条件のつなぎ方"), choices=[("all", _("すべて満たす")), ("any", _("どれか一つを満たす"))]
    )
    has_more = forms.BooleanField(
        label=_("ここに登録した条件のほかにも、条件がある"),
        required=False,
        help_text=_(
            "選んでいるあいだは、登録した条件を満たす団体にも「わからない」と答えます。すべて登録したら外します。"
        ),
    )
    why = forms.CharField(
        label=_("理由"), max_length=300, required=False, help_text=_("なぜ直すのか。変更の記録に残ります。")
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, scheme: Scheme | None = None, facts: SchemeFacts | None = None, **more: Any) -> None:
        self.scheme = scheme
        known = _initial(scheme, facts) if scheme and facts else {}
        more["initial"] = known | more.get("initial", {})
        super().__init__(*args, **more)
        if scheme:
            del self.fields["key"]
            self.fields["why"].required = True
            self.fields["why"].error_messages |= WHY

    def plain_fields(self) -> list[forms.BoundField]:
        """Fields apart from the rule and what follows it."""
        apart = {"rule", "joined", "has_more", "why", "version"}
        return [field for field in self if field.name not in apart]

    def facts(self, rule: Mapping[str, Any]) -> SchemeFacts:
        """What the action is told."""
        said = self.cleaned_data
        plain = (
            "name",
            "name_en",
            "provider",
            "summary",
            "detail",
            "who",
            "group",
            "contact",
            "link",
            "source",
            "checked_on",
        )
        return SchemeFacts(
            **{name: _one_way(said[name]) for name in plain},
            kind=Scheme.Kind(said["kind"]),
            level=Scheme.Level(said["level"]),
            organisation=self.scheme.organisation if self.scheme else None,
            rule=rule,
            fields=frozenset(said["fields_"]),
            solutions=frozenset(said["solutions"]),
            costs=tuple(said["costs"]),
            unit_yen=said["unit_yen"] or 1,
            least_own_percent=said["least_own_percent"],
            excludes=said["excludes"],
            after=said["after"],
            papers=lines_of(said["papers"]),
            steps=tuple(_step(line) for line in lines_of(said["steps"])),
        )


def _one_way(value: Any) -> Any:
    """Text with line ends of one kind: browsers send \\r\\n."""
    return "\n".join(value.splitlines()) if isinstance(value, str) else value


def _step(line: str) -> tuple[str, int | None]:
    found = STEP.fullmatch(line)
    return (found["text"], int(found["month"])) if found else (line[:200], None)


def _initial(scheme: Scheme, facts: SchemeFacts) -> dict[str, Any]:
    plain = (
        "name",
        "name_en",
        "kind",
        "level",
        "provider",
        "summary",
        "detail",
        "who",
        "group",
        "contact",
        "link",
        "source",
        "costs",
        "unit_yen",
        "least_own_percent",
    )
    return {name: getattr(facts, name) for name in plain} | {
        "excludes": "\n".join(sorted(each.pk for each in facts.excludes)),
        "after": "\n".join(sorted(each.pk for each in facts.after)),
        "key": scheme.key,
        "fields_": [each.pk for each in facts.fields],
        "solutions": [each.pk for each in facts.solutions],
        "papers": "\n".join(facts.papers),
        "steps": "\n".join(f"{text}（{month}月）" if month else text for text, month in facts.steps),
        "checked_on": facts.checked_on.isoformat() if facts.checked_on else "",
    }


class EndForm(forms.Form):
    """When and why a scheme is over."""

    day = DayField(
        label=_("終わった日"),
        error_messages={"required": _("日を入れてください（例：2027-04-01、令和9年4月1日）。")},
        help_text=DAY_HINT,
    )
    why = forms.CharField(
        label=_("終わった理由"),
        max_length=300,
        error_messages={"required": _("終わった理由を書いてください。")},
        help_text=_("例：令和8年度で事業が終わったため"),
    )


class YearForm(forms.Form):
    """What holds of a scheme in a fiscal year, apart from its rates and windows."""

    min_yen = forms.IntegerField(label=_("事業費の下限（円）"), required=False, min_value=0, max_value=10**15)
    max_yen = forms.IntegerField(
        label=_("一つの事業への支援の上限（円）"),
        required=False,
        min_value=0,
        max_value=10**15,
        help_text=_("補助率ごとの上限は、補助率の行に書きます。"),
    )
    asked = forms.IntegerField(label=_("申請"), required=False, min_value=0, max_value=10**6)
    chosen = forms.IntegerField(label=_("採択"), required=False, min_value=0, max_value=10**6)
    note = forms.CharField(label=_("備考"), max_length=500, required=False, widget=forms.Textarea({"rows": 2}))
    source = forms.CharField(label=_("出典"), max_length=300)
    why = forms.CharField(
        label=_("理由"), max_length=300, required=False, help_text=_("なぜ直すのか。変更の記録に残ります。")
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_known: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if is_known:
            self.fields["why"].required = True
            self.fields["why"].error_messages |= WHY

    def facts(self, year: int, rates: Any, windows: Any) -> YearFacts:
        """What the action is told, with the rows of rates and windows that say anything."""
        said = self.cleaned_data
        return YearFacts(
            fiscal_year=year,
            **{name: _one_way(said[name]) for name in ("min_yen", "max_yen", "asked", "chosen", "note", "source")},
            rates=tuple(each.cleaned_data["facts"] for each in rates if each.cleaned_data.get("facts")),
            windows=tuple(each.cleaned_data["facts"] for each in windows if each.cleaned_data.get("facts")),
        )


class RateForm(forms.Form):
    """A rate and for whom it is: one condition, or a rule as JSON."""

    rate = forms.CharField(label=_("補助率"), max_length=20, required=False, help_text=_("例：1/2、定額"))
    max_yen = forms.IntegerField(label=_("上限（円）"), required=False, min_value=0, max_value=10**15)
    returned_percent = forms.IntegerField(label=_("交付税措置率（%）"), required=False, min_value=0, max_value=100)
    fact = ConditionForm.base_fields["fact"]
    relation = ConditionForm.base_fields["relation"]
    value = ConditionForm.base_fields["value"]
    rule = JsonField(label=_("だれに（JSON）"), required=False, max_length=20_000)
    note = forms.CharField(label=_("公募の言葉"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("rate"):
            if any(said.get(name) for name in ("max_yen", "returned_percent", "fact", "rule", "note")):
                self.add_error("rate", _("補助率を書いてください（例：1/2、定額）。"))
            return said
        whole = said["rate"].strip() == "定額"
        try:
            rate = Fraction(1) if whole else Fraction(said["rate"].replace("／", "/").replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            self.add_error("rate", _("1/2 や 2/3 のように書いてください。定額は「定額」と書きます。"))
            return said
        if not 0 <= rate <= 1 or rate.denominator > 1000:
            self.add_error("rate", _("補助率は0から1（100 %）までです。"))
            return said
        rule = said.get("rule") or {}
        if said.get("fact"):
            try:
                rule = condition_said(said["fact"], said.get("relation", ""), said.get("value", ""))
            except ValidationError as error:
                self.add_error("value", error)
        said["facts"] = RateFacts(
            rate=rate,
            rule=rule,
            is_whole=whole,
            **{name: said.get(name) for name in ("max_yen", "returned_percent")},
            note=said.get("note", ""),
        )
        return said


def rate_row(facts: RateFacts) -> dict[str, Any]:
    """A rate as its row."""
    row = row_of(facts.rule) if facts.rule and not {"all", "any"} & set(facts.rule) else None
    said: dict[str, Any] = {name: getattr(facts, name) for name in ("max_yen", "returned_percent", "note")}
    said["rate"] = "定額" if facts.is_whole else str(facts.rate)
    if row and not row["is_not"]:
        return said | row
    return said | ({"rule": json_of(facts.rule)} if facts.rule else {})


class TimeField(forms.CharField):
    """A time of day: 17:00, 17時, 17時30分."""

    def clean(self, value: Any) -> time | None:
        written = super().clean(value)
        if not written:
            return None
        found = re.fullmatch(r"([01]?[0-9]|2[0-3])(?:[:：時]([0-5][0-9])?分?)", written.strip())
        if found is None:
            raise ValidationError(_("17:00 や 17時 のように書いてください。"))
        return time(int(found[1]), int(found[2] or 0))


class WindowForm(forms.Form):
    """When one may ask: days, with times of day where they are published."""

    opens_on = DayField(label=_("受付開始の日"), required=False)
    opens_time = TimeField(label=_("開始の時刻"), required=False, max_length=10)
    closes_on = DayField(label=_("受付終了の日"), required=False)
    closes_time = TimeField(label=_("終了の時刻"), required=False, max_length=10, help_text=_("例：17時"))
    chosen = forms.IntegerField(label=_("採択"), required=False, min_value=0, max_value=10**6)
    note = forms.CharField(label=_("備考"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        opens, closes = said.get("opens_on"), said.get("closes_on")
        if not opens and not closes:
            if any(said.get(name) for name in ("opens_time", "closes_time", "chosen", "note")):
                self.add_error("closes_on", _("受付開始か受付終了の、どちらかを書いてください。"))
            return said
        said["facts"] = WindowFacts(
            opens_at=_at(opens, said.get("opens_time"), time()),
            closes_at=_at(closes, said.get("closes_time"), LAST_MINUTE),
            has_time=bool(said.get("opens_time") or said.get("closes_time")),
            chosen=said.get("chosen"),
            note=said.get("note", ""),
        )
        return said


def _at(day: date | None, at: time | None, usual: time) -> datetime | None:
    return datetime.combine(day, at or usual, TOKYO) if day else None


def window_row(facts: WindowFacts) -> dict[str, Any]:
    """A window as its row; a time stands there only where one was published."""
    row: dict[str, Any] = {"chosen": facts.chosen, "note": facts.note}
    for name, at, usual in (("opens", facts.opens_at, time()), ("closes", facts.closes_at, LAST_MINUTE)):
        if at:
            here = timezone.localtime(at, TOKYO)
            row[f"{name}_on"] = here.date().isoformat()
            if facts.has_time and here.time() != usual:
                row[f"{name}_time"] = f"{here:%H:%M}"
    return row


RateRows = forms.formset_factory(RateForm, extra=2, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
WindowRows = forms.formset_factory(WindowForm, extra=2, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class SchemeFileForm(forms.Form):
    """A file of schemes."""

    LARGEST = 4 * 1024 * 1024  # bytes

    file = forms.FileField(
        validators=[refuse_infected],
        label=_("ファイル"),
        max_length=200,
        help_text=_(
            "支援制度情報一覧のCSV・Excel、またはJグランツのJSON。書き出したファイルを直して、そのまま取り込めます。"
        ),
    )
    source = forms.CharField(
        label=_("出典"),
        max_length=300,
        help_text=_("例：丹波篠山市 支援制度情報一覧（2027年4月公開）。新しい支援メニューに付きます。"),
    )
    why = forms.CharField(label=_("理由"), max_length=300, help_text=_("例：4月の更新。変更の記録に残ります。"))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.LARGEST:
            raise ValidationError(
                say(_("大きすぎます（%(most)s MBまで）。実施主体ごとに分けてください。"), most=self.LARGEST // 1024**2)
            )
        return file
