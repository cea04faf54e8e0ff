"""The API of what the roadmap aims at: editions, fields, solutions, KPIs with targets and readings; and readings recorded."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import Field as Asked

from itoguchi.core.api import (
    Answer,
    Dataset,
    Day,
    Filters,
    Key,
    Quantity,
    Text,
    column,
    no_key,
    not_there,
    offer,
    sent,
    wrong,
)
from itoguchi.core.calendar import DatedTo, NotADate
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.models import (
    Barrier,
    Edition,
    ExpectedEffect,
    Field,
    Kpi,
    Milestone,
    Reading,
    Solution,
    Target,
)

router = Router(tags=["roadmap"])
SOURCE = "記録ごとに記載 / Named with each record"
PAGE = "roadmap:index"
WHEN = "分かっている細かさで：2017-10-24、2017-10、2017、FY2017（年度） / As precisely as known: a day, month, year or fiscal year"
Written = Annotated[str, Asked(pattern=r"^(FY[0-9]{4}|[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)$")]
ADDRESS = "この記録のページ / Page of this record on the site"


class EditionAnswer(Answer):
    """A published state of the roadmap."""

    key: str = column("記号 / Key")
    published: str = column("公表 / Published", WHEN)
    agreed_on: date | None = column("取りまとめた日 / Agreed on")
    note: str = column("何が変わったか / What changed")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class FieldAnswer(Answer):
    """A field of the roadmap, or a foundation under all fields."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    kind: Literal["field", "foundation"] = column(
        "種類 / Kind", "分野か基盤か / A field, or a foundation, which is no field"
    )
    since: str = column("最初の版 / Since", "版の記号 / Key of the first edition that has it")
    address: str = column("住所 / Address", ADDRESS)


class SolutionAnswer(Answer):
    """An implementation model of the roadmap."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    field: str = column("分野 / Field", "分野の記号 / Key of its field")
    field_is_derived: bool = column(
        "分野は読み取り / Field is derived", "資料に書かれず、読み取ったもの / Our reading, not the source's"
    )
    since: str = column("最初の版 / Since", "版の記号 / Key of the first edition that has it")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class KpiAnswer(Answer):
    """An indicator of a solution, or of the whole roadmap."""

    key: str = column("記号 / Key")
    solution: str | None = column(
        "分野別モデル / Solution", "なければロードマップ全体のKPI / None: of the whole roadmap"
    )
    name: str = column("名称 / Name", "空なら公表されていない / Empty where no source publishes it")
    definition: str = column("定義 / Definition")
    unit: str = column("単位 / Unit", "percent など / e.g. percent, places, areas")
    denominator: int | None = column("母数 / Denominator")
    stated_on: date | None = column("目標を述べた資料の日 / Stated on")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class TargetAnswer(Answer):
    """What a KPI should reach by when."""

    kpi: str = column("KPI / KPI", "KPIの記号 / Key of the KPI")
    order: int = column("並び / Order", "大きいほど後に述べられた / The largest is the one in force")
    value: float = column("目標値 / Value")
    unit: str = column("単位 / Unit")
    by: str = column("期限 / By", WHEN)


class ReadingAnswer(Answer):
    """A dated value of a KPI."""

    kpi: str = column("KPI / KPI", "KPIの記号 / Key of the KPI")
    at: str = column("時点 / At", WHEN)
    value: float = column("実績値 / Value")
    count: int | None = column("実数 / Count", "割合のもとの数 / Number behind a share")
    is_derived: bool = column("計算した値 / Derived", "公表された実数から計算した / Worked out from a published count")
    is_baseline: bool = column("基準値 / Baseline")
    note: str = column("内訳・注記 / Note")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class KpiDetail(KpiAnswer):
    """A KPI with its targets, and its readings up to a day."""

    targets: list[TargetAnswer] = column("目標 / Targets")
    readings: list[ReadingAnswer] = column("実績値 / Readings")


class MilestoneAnswer(Answer):
    """A dated step towards a KPI."""

    kpi: str = column("KPI / KPI", "KPIの記号 / Key of the KPI")
    text: str = column("工程 / Milestone")
    by: str = column("期限 / By", WHEN)
    source: str = column("出典 / Source")


class BarrierAnswer(Answer):
    """What local governments named in the way of acting."""

    key: str = column("記号 / Key")
    name: str = column("実装をはばむ課題 / Barrier")
    source: str = column("出典 / Source")


class EffectAnswer(Answer):
    """What the roadmap is expected to bring in a fiscal year."""

    field: str | None = column("分野 / Field", "なければロードマップ全体 / None: the whole roadmap")
    fiscal_year: int = column("年度 / Fiscal year")
    output_yen: int | None = column("経済波及効果（円） / Output in yen")
    jobs: int | None = column("雇用（人） / Jobs")
    ict_investment_yen: int | None = column("ICT投資（円） / ICT investment in yen")
    ict_jobs: int | None = column("ICT雇用（人） / ICT jobs")
    source: str = column("出典 / Source")


class FieldFilters(Filters):
    """Which fields."""

    kind: Literal["field", "foundation"] | None = Asked(None, description="分野か基盤か / Fields or foundations")


class SolutionFilters(Filters):
    """Which solutions."""

    field: Key | None = Asked(None, description="分野の記号 / Key of a field")


class KpiFilters(Filters):
    """Which KPIs."""

    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")
    published: Literal["true", "false"] | None = Asked(
        None, description="公表されたものだけ、または、そうでないものだけ / Only those published, or only the others"
    )


class OfKpi(Filters):
    """Of which KPI."""

    kpi: Key | None = Asked(None, description="KPIの記号 / Key of a KPI")


class ReadingFilters(OfKpi):
    """Which readings."""

    as_of: Day | None = Asked(None, description="この日までの時点 / Readings up to this day")


def known(rows: QuerySet[Any], name: str, key: str | None) -> str | None:
    """The key, when a row has it; raises Refusal for one that none has."""
    if key is None or rows.filter(pk=key).exists():
        return key
    raise no_key(name, key)


def narrowed(rows: QuerySet[Any], **wanted: Any) -> QuerySet[Any]:
    """The rows that have what is wanted, where anything is."""
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def plain(row: Any, *names: str, **more: Any) -> dict[str, Any]:
    """What a row says under these names, and more."""
    return {name: getattr(row, name) for name in names} | more


def edition_item(row: Edition) -> dict[str, Any]:
    return plain(row, "key", "agreed_on", "note", "source", "address", published=row.when.written)


def field_item(row: Field) -> dict[str, Any]:
    return plain(row, "key", "name", "kind", "address", since=row.since_id)


def solution_item(row: Solution) -> dict[str, Any]:
    return plain(row, "key", "name", "field_is_derived", "source", "address", field=row.field_id, since=row.since_id)


def kpi_item(row: Kpi) -> dict[str, Any]:
    return plain(
        row,
        "key",
        "name",
        "definition",
        "unit",
        "denominator",
        "stated_on",
        "source",
        "address",
        solution=row.solution_id,
    )


def target_item(row: Target) -> dict[str, Any]:
    return plain(row, "order", "value", "unit", kpi=row.kpi_id, by=row.when.written)


def reading_item(row: Reading) -> dict[str, Any]:
    facts = plain(row, "value", "count", "is_derived", "is_baseline", "note", "source", "address")
    return facts | {"kpi": row.kpi_id, "at": row.when.written}


def milestone_item(row: Milestone) -> dict[str, Any]:
    return plain(row, "text", "source", kpi=row.kpi_id, by=row.when.written)


def barrier_item(row: Barrier) -> dict[str, Any]:
    return plain(row, "key", "name", "source")


def effect_item(row: ExpectedEffect) -> dict[str, Any]:
    names = ("fiscal_year", "output_yen", "jobs", "ict_investment_yen", "ict_jobs", "source")
    return plain(row, *names, field=row.field_id)


def fields(filters: FieldFilters) -> QuerySet[Field]:
    return narrowed(Field.objects.all(), kind=filters.kind)


def solutions(filters: SolutionFilters) -> QuerySet[Solution]:
    return narrowed(Solution.objects.all(), field=known(Field.objects.all(), "field", filters.field))


def kpis(filters: KpiFilters) -> QuerySet[Kpi]:
    found = narrowed(queries.all_kpis(), solution=known(Solution.objects.all(), "solution", filters.solution))
    if filters.published == "true":
        return found.exclude(name="")
    return found.filter(name="") if filters.published else found


def targets(filters: OfKpi) -> QuerySet[Target]:
    return narrowed(Target.objects.all(), kpi=known(Kpi.objects.all(), "kpi", filters.kpi))


def readings(filters: ReadingFilters) -> QuerySet[Reading]:
    kpi = known(Kpi.objects.all(), "kpi", filters.kpi)
    return narrowed(Reading.objects.select_related("kpi"), kpi=kpi, at__lte=filters.as_of)


def milestones(filters: OfKpi) -> QuerySet[Milestone]:
    return narrowed(Milestone.objects.all(), kpi=known(Kpi.objects.all(), "kpi", filters.kpi))


def _offer(
    key: str, title: str, about: str, answer: type[Answer], rows: Any, item: Any, order: tuple[str, ...],
    model: type[Any], filters: type[Filters] = Filters,
) -> None:  # fmt: skip
    offer(
        router,
        Dataset(
            key=key, title=title, about=about, source=SOURCE, page=PAGE, answer=answer, filters=filters,
            rows=rows, item=item, order=order, models=(model,),
        ),
    )  # fmt: skip


_offer(
    "editions", "ロードマップの版 / Editions of the roadmap", "公表された版。 / Published states of the roadmap.",
    EditionAnswer, lambda _filters: Edition.objects.all(), edition_item, ("published",), Edition,
)  # fmt: skip
_offer(
    "fields", "分野と基盤 / Fields and foundations", "ロードマップの分野と、その下の基盤。 / Fields of the roadmap, and the foundations under them.",
    FieldAnswer, fields, field_item, ("order",), Field, FieldFilters,
)  # fmt: skip
_offer(
    "solutions", "分野別モデル / Solutions", "分野ごとの実装のモデル。 / Implementation models of the roadmap, by field.",
    SolutionAnswer, solutions, solution_item, ("order",), Solution, SolutionFilters,
)  # fmt: skip
_offer(
    "kpis", "KPI / KPIs", "分野別モデルとロードマップ全体のKPI。名称の空いたものは公表値なし。 / Indicators of solutions and of the whole; without a name, none was published.",
    KpiAnswer, kpis, kpi_item, ("key",), Kpi, KpiFilters,
)  # fmt: skip
_offer(
    "targets", "目標 / Targets", "KPIがいつまでにどこへ届くべきか。 / What each KPI should reach by when.",
    TargetAnswer, targets, target_item, ("kpi_id", "order"), Target, OfKpi,
)  # fmt: skip
_offer(
    "readings", "実績値 / Readings", "KPIの、時点のある値。 / Dated values of the KPIs.",
    ReadingAnswer, readings, reading_item, ("at", "pk"), Reading, ReadingFilters,
)  # fmt: skip
_offer(
    "milestones", "工程 / Milestones", "KPIへの、期限のある一歩。公表されたものだけ。 / Dated steps towards the KPIs, as far as published.",
    MilestoneAnswer, milestones, milestone_item, ("by", "pk"), Milestone, OfKpi,
)  # fmt: skip
_offer(
    "barriers", "実装をはばむ課題 / Barriers", "団体が挙げた課題。 / What local governments named in the way of acting.",
    BarrierAnswer, lambda _filters: Barrier.objects.all(), barrier_item, ("order",), Barrier,
)  # fmt: skip
_offer(
    "expected-effects", "期待される効果 / Expected effects", "ロードマップ全体と分野ごとに。 / Of the whole roadmap and by field.",
    EffectAnswer, lambda _filters: ExpectedEffect.objects.all(), effect_item, ("fiscal_year", "pk"), ExpectedEffect,
)  # fmt: skip


def _one(rows: QuerySet[Any], key: str) -> Any:
    found = rows.filter(pk=key[:100]).first()
    if found is None:
        raise not_there(key)
    return found


@router.get(
    "/solutions/{key}", auth=None, response=SolutionAnswer, url_name="solution", operation_id="get_solution",
    summary="一つの分野別モデル / One solution",
)  # fmt: skip
def solution(request: HttpRequest, key: Key) -> HttpResponse:
    """記号で一つ。 / By key."""
    return sent(solution_item(_one(Solution.objects.all(), key)))


@router.get(
    "/kpis/{key}", auth=None, response=KpiDetail, url_name="kpi", operation_id="get_kpi",
    summary="一つのKPI / One KPI",
)  # fmt: skip
def kpi(request: HttpRequest, key: Key, filters: Query[ReadingFilters]) -> HttpResponse:
    """目標と、その日までの実績値とともに。 / With its targets, and its readings up to the day."""
    found = _one(queries.all_kpis(), key)
    of_kpi = {
        "targets": [target_item(each) for each in targets(OfKpi(kpi=key)).order_by("order")],
        "readings": [
            reading_item(each) for each in readings(ReadingFilters(kpi=key, as_of=filters.as_of)).order_by("at", "pk")
        ],
    }
    return sent(kpi_item(found) | of_kpi)


class GivenReading(Answer):
    """How far a KPI had come."""

    at: Written = column("時点 / At", WHEN)
    value: Quantity = column("実績値 / Value")
    count: Annotated[int, Asked(ge=0, lt=2**63)] | None = column(
        "実数 / Count", "割合のもとの数 / Number behind a share", default=None
    )
    note: Annotated[str, Asked(max_length=300)] = column("内訳・注記 / Note", default="")
    source: Text = column("出典 / Source", "どの資料の、いつの値か / Which document gives it")


@router.post(
    "/kpis/{key}/readings", response={201: ReadingAnswer}, url_name="kpi_readings", operation_id="record_reading",
    summary="実績値の登録 / Record a reading",
)  # fmt: skip
def record(request: HttpRequest, key: Key, given: GivenReading) -> Status[Any]:
    """一つの時点に一つの値。事務局の鍵が要る。 / One value for each time; needs a key of the secretariat."""
    found = _one(queries.all_kpis(), key)
    try:
        at = DatedTo.read(given.at)
    except NotADate as error:
        raise wrong(("at", error)) from error
    made = actions.record_reading(
        found,
        at=at,
        value=given.value,
        count=given.count,
        note=given.note,
        source=given.source,
        today=timezone.localdate(),
        by=request.auth,  # type: ignore[attr-defined]
    )
    return Status(201, reading_item(made))
