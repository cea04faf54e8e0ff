"""What a plan says, section by section, as values: a version keeps them, documents are written from them.

A plan is an official paper and stays Japanese, whatever the language of the page around it. What nobody knows yet is a
blank that says what belongs there; no figure is ever made up. Rules: docs/plans.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.core.calendar import format_date
from itoguchi.roadmap.models import Solution
from itoguchi.support.models import Scheme

BLANK = "（記入してください"
LONGEST = 20_000
FEW = 5
Span = tuple[int, int | None] | None  # yen from … to …; no end where the most is not known, None where nothing is


class Heading(models.TextChoices):
    """The sections of a plan, in their order."""

    STATE = "state", _("現状")
    ISSUE = "issue", _("課題")
    AIM = "aim", _("目的・KPI")
    MEASURES = "measures", _("取組")
    ORGANISATION = "organisation", _("体制")
    MONEY = "money", _("費用と財源")
    SCHEDULE = "schedule", _("工程")
    EFFECTS = "effects", _("効果検証")
    RISKS = "risks", _("リスク")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The text of one section: paragraphs, one a line."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfMoney:
    """Yen of one fiscal year: what it costs, what the area pays, and what is left of that after tax allocations."""

    year: int
    cost: Span = None
    own: Span = None
    net: Span = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A KPI of the roadmap, by key and name, with the area's target and its day once they are known."""

    kpi: str
    name: str
    unit: str = ""
    target: Decimal | None = None
    by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do by a day."""

    what: str
    by: date
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A part of a reference model that stands in a section, with all that says where it comes from.

    `model` is the key of the model, `file` the name of the file that came with it; `ended` why and since when its giver no longer offers the part, or "".
    """

    key: int
    section: str
    title: str
    text: str
    model: str
    model_title: str
    giver: str
    version: int
    source: str
    terms: str
    copied_on: date
    file: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a plan says; `parts` has each section once, in the order of `Heading`."""

    parts: tuple[Part, ...]
    money: tuple[YearOfMoney, ...] = ()
    aims: tuple[Aim, ...] = ()
    steps: tuple[Step, ...] = ()
    copies: tuple[Copied, ...] = ()

    def text_of(self, key: str) -> str:
        """The text of a section."""
        return next((each.text for each in self.parts if each.key == key), "")

    def with_text(self, key: str, text: str) -> Content:
        """The same with another text in one section."""
        return replace(self, parts=tuple(replace(each, text=text) if each.key == key else each for each in self.parts))

    def as_json(self) -> dict[str, Any]:
        """What a version keeps."""
        return {
            "sections": {each.key: each.text for each in self.parts},
            "money": [{"year": each.year, "cost": each.cost, "own": each.own, "net": each.net} for each in self.money],
            "kpis": [
                {
                    "key": each.kpi,
                    "name": each.name,
                    "unit": each.unit,
                    "target": None if each.target is None else str(each.target),
                    "by": each.by and each.by.isoformat(),
                }
                for each in self.aims
            ],
            "actions": [{"what": each.what, "by": each.by.isoformat(), "is_done": each.is_done} for each in self.steps],
            "copies": [asdict(each) | {"copied_on": each.copied_on.isoformat()} for each in self.copies],
        }


def content_from(kept: Mapping[str, Any]) -> Content:
    """What a version kept, as values.

    >>> kept = {"sections": {"state": "x"}, "money": [{"year": 2027, "cost": [1, 2], "own": None, "net": None}]}
    >>> read = content_from(kept)
    >>> read.text_of("state"), read.money[0].cost, len(read.parts)
    ('x', (1, 2), 9)
    """
    texts = kept["sections"]
    return Content(
        parts=tuple(Part(key=key, text=texts.get(key, "")) for key in Heading.values),
        money=tuple(
            YearOfMoney(year=each["year"], **{name: _span(each[name]) for name in ("cost", "own", "net")})
            for each in kept.get("money", ())
        ),
        aims=tuple(
            Aim(
                kpi=each["key"],
                name=each["name"],
                unit=each["unit"],
                target=None if each["target"] is None else Decimal(each["target"]),
                by=date.fromisoformat(each["by"]) if each["by"] else None,
            )
            for each in kept.get("kpis", ())
        ),
        steps=tuple(
            Step(what=each["what"], by=date.fromisoformat(each["by"]), is_done=each["is_done"])
            for each in kept.get("actions", ())
        ),
        copies=tuple(
            Copied(**(each | {"copied_on": date.fromisoformat(each["copied_on"])})) for each in kept.get("copies", ())
        ),
    )


def blank(hint: str) -> str:
    """A place to fill in, that says with what.

    >>> blank("担当課")
    '（記入してください：担当課）'
    """
    return f"{BLANK}：{hint}）"


def blanks_of(content: Content) -> dict[str, int]:
    """How many places of each section are to be filled in; sections without any are left out."""
    found = {each.key: each.text.count(BLANK) + (not each.text.strip()) for each in content.parts}
    found[Heading.MONEY.value] += sum(each.cost is None for each in content.money)
    found[Heading.AIM.value] += sum(each.target is None for each in content.aims)
    return {key: number for key, number in found.items() if number}


def yen_in_words(span: Span) -> str:
    """A sum as the paper says it.

    >>> yen_in_words((1000, 2000)), yen_in_words((5, 5)), yen_in_words((5, None)), yen_in_words(None)
    ('1,000円から2,000円', '5円', '5円以上', '（記入してください）')
    """
    if span is None:
        return f"{BLANK}）"
    low, high = span
    if high is None:
        return f"{low:,}円以上"
    return f"{low:,}円" if low == high else f"{low:,}円から{high:,}円"


def draft_of(sheet: Any) -> Content:
    """A draft plan out of what a first step sheet knows; what it does not know is blank (up to 3 queries).

    `sheet` has what `Sheet` of `queries.first_step` has; what is missing on it counts as not known.
    """
    with override("ja"):
        solutions = solutions_of(sheet)
        texts = {
            Heading.STATE: _state(sheet),
            Heading.ISSUE: _issue(sheet),
            Heading.AIM: _aim(solutions),
            Heading.MEASURES: _measures(sheet, solutions),
            Heading.ORGANISATION: _organisation(sheet),
            Heading.MONEY: _money(sheet),
            Heading.SCHEDULE: _schedule(sheet),
            Heading.EFFECTS: _effects(solutions),
            Heading.RISKS: _risks(sheet),
        }
        return Content(
            parts=tuple(Part(key=key.value, text="\n".join(filter(None, texts[key]))) for key in Heading),
            money=_years(sheet),
            aims=tuple(
                Aim(kpi=kpi.pk, name=str(kpi), unit=kpi.unit)
                for solution in solutions
                for kpi in solution.kpis.all()
                if kpi.until is None and kpi.name
            ),
            steps=_steps(sheet),
        )


def title_of(sheet: Any) -> str:
    """What a plan made of the sheet is called at first."""
    about = "・".join(map(str, solutions_of(sheet))) or str(_known(sheet, "need") or _known(sheet, "words") or "")
    return f"{sheet.area} 地域IoT実装計画" + (f"（{about[:60]}）" if about else "")


def solutions_of(sheet: Any) -> list[Solution]:
    """The solution that the sheet is about, else those that its need has in mind."""
    solution, need = _known(sheet, "solution"), _known(sheet, "need")
    return [solution] if solution else list(need.solutions.all()) if need else []


def _known(sheet: Any, name: str) -> Any:
    return getattr(sheet, name, None)


def _day(day: date) -> str:
    return format_date(day, "ja")


def _state(sheet: Any) -> list[str]:
    area = sheet.area
    place = f"{area.prefecture}の{area}" if area.prefecture else str(area)
    peers = [
        f"{each.area}（{_label(each.stage)}、{_since(each.since)}から）"
        for each in (_known(sheet, "peers") or ())[:FEW]
    ]
    return [
        f"{place}の計画である（{_day(sheet.day)}時点の記録による）。",
        f"人口規模や産業構造の似た団体では、{'、'.join(peers)}が取り組んでいる。" if peers else "",
        blank("この分野で今していること、使っている仕組み、分かっている数字とその出典"),
    ]


def _label(stage: Any) -> str:
    return str(getattr(stage, "label", stage))


def _since(since: Any) -> str:
    return _day(since) if isinstance(since, date) else str(since)


def _issue(sheet: Any) -> list[str]:
    need, words = _known(sheet, "need"), _known(sheet, "words")
    said = str(need.text if need else words or "").strip()
    barriers = "、".join(map(str, need.barriers.all())) if need else ""
    return [
        said or blank("困っていること。だれが、どのくらい困っているか"),
        f"はばむものは、{barriers}である。" if barriers else "",
    ]


def _aim(solutions: Sequence[Solution]) -> list[str]:
    names = "・".join(map(str, solutions))
    return [
        f"{names}の実装により、課題を解決する。" if names else "",
        blank("いつまでに、何が、どうなっていればよいか"),
    ]


def _measures(sheet: Any, solutions: Sequence[Solution]) -> list[str]:
    ways = _names(each for each in _schemes(sheet, "may") if not _gives_money(each))
    return [
        *(f"・{each}（{each.field}）を導入する。" for each in solutions),
        blank("どこで、だれのために、何を、どれだけ導入するか"),
        f"計画づくりと人材には、{ways}の活用を検討する。" if ways else "",
    ]


def _organisation(sheet: Any) -> list[str]:
    helpers = [f"・{each.label}：{each.what}" for each in _known(sheet, "helpers") or ()]
    return [
        f"所管：{blank('担当課と責任者')}",
        f"連携：{blank('企業・大学・住民など、いっしょに進める相手と役割')}",
        *(["相談先：", *helpers[:FEW]] if helpers else []),
    ]


def _money(sheet: Any) -> list[str]:
    cost, money = _known(sheet, "cost"), _known(sheet, "money")
    lines = []
    if cost and _known(cost, "low") is not None:
        among = "まん中の半分の範囲" if _known(cost, "is_middle") else "範囲"
        span = yen_in_words((cost.low, cost.high))
        whose = "似た100団体" if _known(cost, "is_wider") else "似た20団体"
        lines.append(f"{whose}の記録では、費用は{span}である（費用を書いた{cost.records}件の記録の{among}）。")
    elif not _years(sheet):
        lines.append(f"費用：{blank('見積りによる、年度ごとの費用')}")
    may = _names(filter(_gives_money, _schemes(sheet, "may")))
    unknown = _names(filter(_gives_money, _schemes(sheet, "unknown")))
    lines.append(f"登録された条件を満たす支援メニュー：{may}" if may else "")
    lines.append(f"条件を確かめる支援メニュー：{unknown}" if unknown else "")
    if own := _known(money, "own"):
        basis = "" if _known(sheet, "costs") else "似た団体の費用で試算すると、"
        lines.append(f"{basis}支援を組み合わせたときの自己負担は、{yen_in_words(own)}と見込む。")
    return [*lines, f"財源：{blank('使う支援メニューと、残りの財源')}"]


def _years(sheet: Any) -> tuple[YearOfMoney, ...]:
    """Each year of the costs that the area said, all kinds together, with its burden where that is one figure (§2)."""
    costs: dict[int, list[Span]] = {}
    for each in _known(sheet, "costs") or ():
        costs.setdefault(each.year, []).append(_span(each.yen))
    money, burdens = _known(sheet, "money"), {}
    if costs and money and money.own[0] == money.own[1]:
        burdens = {year: (_span(now), _span(net)) for year, now, net in money.by_year}
    return tuple(
        YearOfMoney(year=year, cost=_sum(costs.get(year, [])), own=own, net=net)
        for year in sorted(costs.keys() | burdens.keys())
        for own, net in [burdens.get(year, (None, None))]
    )


def _sum(spans: Iterable[Span]) -> Span:
    """All costs together, not known when one of them is not."""
    low, high = 0, 0
    for span in spans:
        if span is None or span[1] is None:
            return None
        low, high = low + span[0], high + span[1]
    return low, high


def _span(given: Any) -> Span:
    """A sum or a range of whole yen, however it was written."""
    if given is None:
        return None
    if isinstance(given, tuple | list):
        low, high = given
        return int(low), None if high is None else int(high)
    return int(given), int(given)


def _schedule(sheet: Any) -> list[str]:
    dates = _known(sheet, "dates")
    lines = [f"・{_days(each)}：{each.label}" for each in _known(dates, "steps") or ()]
    if _known(dates, "too_late"):
        closes = _known(_known(dates, "fits"), "closes_at")
        aims_at = f"{_day(timezone.localtime(closes).date())}締切の受付を目ざす。" if closes else ""
        lines.append(f"次の受付には間に合わない。{aims_at}")
    return [*lines, "" if lines else blank("いつ、何をするか。予算、議会、申請、導入、運用開始")]


def _days(step: Any) -> str:
    return _day(step.begins) if step.begins == step.ends else f"{_day(step.begins)}から{_day(step.ends)}まで"


def _steps(sheet: Any) -> tuple[Step, ...]:
    return tuple(Step(what=str(each.what)[:200], by=each.by) for each in _known(sheet, "actions") or ())


def _effects(solutions: Sequence[Solution]) -> list[str]:
    return [
        "KPIの実績値を年度ごとに記録し、目標とくらべる。" if solutions else "",
        blank("だれが、いつ、何で効果を測り、どう見直すか"),
    ]


def _risks(sheet: Any) -> list[str]:
    money, dates = _known(sheet, "money"), _known(sheet, "dates")
    lines = []
    if _known(sheet, "may"):
        lines.append("・支援メニューに採択されないことがある。そのときの財源と進め方を決めておく。")
    if over := _known(money, "over_budget"):
        lines.append(f"・{over}")
    lines += [f"・確かめること：{each}" for each in _known(money, "unknown") or ()]
    if _known(dates, "too_late"):
        lines.append("・日程に余裕がない。")
    return [*lines, blank("うまくいかないことと、その備え。人の異動、費用の増加、個人情報、災害など")]


def _schemes(sheet: Any, name: str) -> list[Any]:
    """The schemes of one answer of the sheet: records, or keys where it knows no more."""
    records = _known(sheet, "schemes") or {}
    return [records.get(each.scheme, each.scheme) for each in _known(sheet, name) or ()]


def _names(schemes: Iterable[Any]) -> str:
    return "、".join(f"「{each}」" for each in list(schemes)[:FEW])


def _gives_money(scheme: Any) -> bool:
    return _known(scheme, "kind") not in {Scheme.Kind.PEOPLE, Scheme.Kind.KNOW_HOW}
