"""The API of records: which area has come how far with which solution, how many have; and stages recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Status
from pydantic import Field as Asked
from pydantic import Strict

from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.api import Answer, Dataset, Day, Filters, Key, Quantity, column, no_key, offer, wrong
from itoguchi.core.calendar import DatedTo, NotADate
from itoguchi.core.wording import say
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import StageFacts
from itoguchi.roadmap.api.aims import ADDRESS, WHEN, Written, known, narrowed, plain, router
from itoguchi.roadmap.models import Implementation, Level, Solution, Stage, StageChange
from itoguchi.roadmap.queries import Tally

SOURCE = "団体の記録（調査への回答を含む） / Records of the areas, among them answers to surveys"
PAGE = "roadmap:follow_up"
Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
StageName = Literal[
    "interested", "considering", "planned", "trial", "running", "shared", "stopped", "not-applicable"
]  # fmt: skip
LevelName = Literal["nation", "block", "prefecture"]
KindName = Literal["prefecture", "designated_city", "special_ward", "city", "town", "village"]
STAGES = (
    "interested 関心、considering 検討、planned 計画、trial 実証、running 実装、shared 横展開、stopped 終了、not-applicable 対象外"
    " / interested, considering, planned, trial, running, shared; stopped; not-applicable"
)
PLACE = (
    "全国は空、地域ブロックは記号、都道府県は団体コード"
    " / Empty for the nation; key of a block; code of a prefecture, which is counted among its own areas"
)
UNANSWERED = "まだ記録のない団体 / Areas without a record so far"
NOT_APPLICABLE = "対象外とした団体 / Areas for which the solution is out of the question"


class ImplementationAnswer(Answer):
    """One stage of one area with one solution."""

    area: str = column("団体 / Area", "団体コード / Code of the area")
    solution: str = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    stage: StageName = column("段階 / Stage", STAGES)
    at: str = column("いつから / Since", WHEN)
    quantity: float | None = column("数量 / Quantity")
    cost_yen: int | None = column("費用（円） / Cost in yen")
    section: str = column("担当課 / Section")
    note: str = column("備考 / Note")
    evidence_link: str = column("根拠のリンク / Link to evidence")
    evidence_file: str | None = column("根拠のファイル / File of evidence", "ファイルの住所 / Address of the file")
    joint_use: str | None = column(
        "共同実装 / Joint use", "複数の団体で共有するときの名称 / Its name where several areas share it"
    )
    address: str = column("住所 / Address", ADDRESS)


class StageCountAnswer(Answer):
    """How many areas of one place stand at each stage of one solution."""

    level: LevelName = column("段 / Level", "全国、地域ブロック、都道府県 / The nation, a block or a prefecture")
    place: str | None = column("地域 / Place", PLACE)
    solution: str = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    as_of: date = column("時点 / As of")
    interested: int = column("関心 / Interested")
    considering: int = column("検討 / Considering")
    planned: int = column("計画 / Planned")
    trial: int = column("実証 / Trial")
    running: int = column("実装 / Running")
    shared: int = column("横展開 / Shared")
    stopped: int = column("終了 / Stopped")
    not_applicable: int = column("対象外 / Not applicable", NOT_APPLICABLE)
    unanswered: int = column("未回答 / Unanswered", UNANSWERED)
    areas: int = column("団体数 / Areas", "都道府県を含むすべての団体 / All areas, prefectures among them")
    denominator: int = column(
        "母数 / Denominator",
        "すべての団体から対象外を除いた数。未回答は含む / All areas but those not applicable; the unanswered are in it",
    )
    running_or_beyond: int = column("実装以上 / Running or beyond", "実装と横展開 / Running and shared")
    running_share: float | None = column(
        "実装以上の割合 / Share running or beyond", "母数に対する%。母数が0なら空 / Percent of the denominator"
    )


class AsOf(Filters):
    """As of which day."""

    as_of: Day | None = Asked(None, description="この日の時点。なければ今日 / As of this day; without it, today")


class ImplementationFilters(Filters):
    """Which stages."""

    area: Code | None = Asked(None, description="団体コード / Code of an area")
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")
    stage: StageName | None = Asked(None, description=f"段階：{STAGES}")
    prefecture: Code | None = Asked(
        None,
        description="都道府県の団体コード（都道府県とその市区町村） / Code of a prefecture: itself and its municipalities",
    )
    block: Key | None = Asked(None, description="地域ブロックの記号 / Key of a regional block")
    as_of: Day | None = Asked(
        None,
        description="この日の段階だけ。なければ変更のすべて / The stage of this day alone; without it, every change",
    )
    current: Literal["true", "false"] | None = Asked(
        None, description="今日の段階だけ（as_of があればその日） / The stage of today alone (of `as_of`, where given)"
    )


class PlaceFilters(AsOf):
    """Of which level and place, as of which day."""

    level: LevelName | None = Asked(None, description="段 / Level")
    place: Key | None = Asked(
        None, description="地域ブロックの記号か都道府県の団体コード / Key of a block, or code of a prefecture"
    )


class StageCountFilters(PlaceFilters):
    """Which counts."""

    block: Key | None = Asked(
        None,
        description="地域ブロックの記号：ブロックと、その都道府県 / Key of a block: itself and its prefectures",
    )
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")
    kind: KindName | None = Asked(None, description="数える団体の種類 / Count areas of this kind alone")


NO_AREA = _("この団体コードはありません（%(key)s）。")
NO_SOLUTION = _("この分野別モデルはありません（%(key)s）。")
NO_PREFECTURE = _("都道府県の団体コードではありません（%(key)s）。")


def implementations(filters: ImplementationFilters) -> QuerySet[StageChange]:
    """Stages of open records alone, whoever asks (1 query more for each of area, solution, prefecture and block)."""
    day = filters.as_of or (timezone.localdate() if filters.current == "true" else None)
    found = narrowed(
        queries.open_changes(day),
        stage=filters.stage,
        implementation__solution=known(Solution.objects.all(), "solution", filters.solution),
        implementation__area__block=known(Block.objects.all(), "block", filters.block),
    )
    if filters.area is not None:
        area = area_of_code(filters.area)
        if area is None:
            raise no_key("area", filters.area, NO_AREA)
        found = found.filter(implementation__area=area)
    if filters.prefecture is not None:
        prefecture = prefectures().filter(code=filters.prefecture).first()
        if prefecture is None:
            raise no_key("prefecture", filters.prefecture, NO_PREFECTURE)
        found = found.filter(Q(implementation__area=prefecture) | Q(implementation__area__prefecture=prefecture))
    return found


def implementation_item(change: StageChange) -> dict[str, Any]:
    use = change.implementation
    return plain(
        change,
        "stage",
        "quantity",
        "cost_yen",
        "note",
        "evidence_link",
        area=use.area.code,
        solution=use.solution_id,
        at=change.when.written,
        section=use.section,
        evidence_file=f"{use.address}/{change.pk}/evidence" if change.evidence_file_id else None,
        joint_use=use.joint_use.name if use.joint_use else None,
        address=use.address,
    )


@dataclass(frozen=True, slots=True)
class StageCounts:
    """A tally with its place and day; the nation comes first."""

    level: Level
    place: str
    solution: Solution
    day: date
    tally: Tally

    @property
    def rank(self) -> int:
        return list(Level).index(self.level)


def levels_asked(filters: PlaceFilters) -> list[Level]:
    """The levels asked for: all, one, or that of a place; raises Refusal for a place that is not on its level."""
    if filters.place is None:
        return [Level(filters.level)] if filters.level else list(Level)
    is_block = Block.objects.filter(pk=filters.place).exists()
    of_place = Level.BLOCK if is_block else Level.PREFECTURE
    is_there = is_block or prefectures().filter(code=filters.place).exists()
    if not is_there or filters.level not in (None, of_place.value):
        raise no_key("place", filters.place)
    return [of_place]


def stage_counts(filters: StageCountFilters) -> list[StageCounts]:
    """Counts of the solutions that are in force on the day (2 queries for each level)."""
    day = filters.as_of or timezone.localdate()
    key = known(Solution.objects.all(), "solution", filters.solution)
    solutions = {each.key: each for each in narrowed(Solution.objects.filter(queries.in_force(day)), key=key)}
    levels = levels_asked(filters)
    within = None
    if filters.block is not None:
        block = known(Block.objects.all(), "block", filters.block)
        within = {block, *prefectures().filter(block=block).values_list("code", flat=True)}
    kinds = [filters.kind] if filters.kind else []
    return [
        StageCounts(level, place, solutions[solution], day, tally)
        for level in levels
        for (place, solution), tally in queries.tallies(
            day, level=level, place=filters.place, kinds=kinds, solutions=list(solutions.values())
        ).items()
        if within is None or place in within
    ]


def stage_count_item(row: StageCounts) -> dict[str, Any]:
    by_stage = {stage.value.replace("-", "_"): row.tally.stages.get(stage, 0) for stage in Stage}
    return by_stage | {
        "level": row.level.value,
        "place": row.place or None,
        "solution": row.solution.key,
        "as_of": row.day,
        "unanswered": row.tally.unanswered,
        "areas": row.tally.areas,
        "denominator": row.tally.denominator,
        "running_or_beyond": row.tally.running,
        "running_share": row.tally.running_share,
    }


offer(
    router,
    Dataset(
        key="implementations",
        title="実装の記録 / Implementations",
        about=(
            "団体と分野別モデルごとの段階の変更。庁内限りの記録は入らない（数には stage-counts で入る）。"
            " / Stage changes of every area and solution. Internal records are not among them; stage-counts counts them."
        ),
        source=SOURCE,
        page=PAGE,
        answer=ImplementationAnswer,
        filters=ImplementationFilters,
        rows=implementations,
        item=implementation_item,
        order=("implementation_id", "at"),
        models=(StageChange, Implementation),
    ),
)
offer(
    router,
    Dataset(
        key="stage-counts",
        title="段階ごとの団体数 / Areas by stage",
        about=(
            "全国・地域ブロック・都道府県ごとに、その日の段階の団体数。庁内限りの記録も、数だけは入る。"
            " / How many areas of the nation, each block and each prefecture stand at each stage as of a day; internal"
            " records are in the numbers."
        ),
        source=SOURCE,
        page=PAGE,
        answer=StageCountAnswer,
        filters=StageCountFilters,
        rows=stage_counts,
        item=stage_count_item,
        order=("rank", "place", "solution__order"),
        models=(StageChange, Area),
    ),
)


class GivenStage(Answer):
    """From when on an area is at a stage of a solution."""

    area: Code = column("団体 / Area", "団体コード（旧いものでもよい） / Code of the area, a former one too")
    solution: Key = column("分野別モデル / Solution", "分野別モデルの記号 / Key of the solution")
    stage: StageName = column("段階 / Stage", STAGES)
    at: Written = column("いつから / Since", WHEN)
    quantity: Quantity | None = column("数量 / Quantity", default=None)
    cost_yen: Annotated[int, Asked(ge=0, lt=2**63)] | None = column("費用（円） / Cost in yen", default=None)
    note: Annotated[str, Asked(max_length=500)] = column("備考 / Note", default="")
    evidence_link: Annotated[str, Asked(max_length=500)] = column(
        "根拠のリンク / Link to evidence",
        "http:// か https:// で始まるもの / Beginning with http:// or https://",
        default="",
    )
    section: Annotated[str, Asked(max_length=100)] | None = column(
        "担当課 / Section", "なければ、いまのまま / Without it, as it is", default=None
    )
    is_internal: Annotated[bool, Strict()] | None = column(
        "庁内限り / Internal",
        "true なら、団体・都道府県・総合通信局等・事務局だけに見せる。なければ、いまのまま"
        " / True: shown to the area, its prefecture, its bureau and the secretariat alone; without it, as it is",
        default=None,
    )
    why: Annotated[str, Asked(max_length=500)] = column("理由 / Reason", default="")


@router.post(
    "/implementations", response={201: ImplementationAnswer}, url_name="implementations",
    operation_id="record_stage", summary="段階の登録 / Record a stage",
)  # fmt: skip
def record(request: HttpRequest, given: GivenStage) -> Status[Any]:
    """一つの日に一つの段階。団体か都道府県、または事務局の鍵が要る。 / One stage for each day; needs a key of the area, its prefecture or the secretariat."""
    area, solution = area_of_code(given.area), Solution.objects.filter(pk=given.solution).first()
    if area is None:
        raise wrong(("area", say(NO_AREA, key=given.area)))
    if solution is None:
        raise wrong(("solution", say(NO_SOLUTION, key=given.solution)))
    try:
        at = DatedTo.read(given.at)
    except NotADate as error:
        raise wrong(("at", error)) from error
    facts = StageFacts(
        stage=Stage(given.stage),
        at=at,
        quantity=given.quantity,
        cost_yen=given.cost_yen,
        note=given.note,
        evidence_link=given.evidence_link,
    )
    made = actions.record_stage(
        area,
        solution,
        facts,
        by=request.auth,  # type: ignore[attr-defined]
        today=timezone.localdate(),
        why=given.why,
        section=given.section,
        is_internal=given.is_internal,
    )
    return Status(201, implementation_item(made))
