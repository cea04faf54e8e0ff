"""The API of the human resources plan, whole and as a table of its measures."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from itoguchi.core.api import Answer, Dataset, Day, Filters, column, not_there, offer, sent
from itoguchi.learning import queries
from itoguchi.learning.models import Group, Line, Measure, Programme

router = Router(tags=["plan"])
ADDRESS = "この記録のページ / Page of this record on the site"


class MeasureAnswer(Answer):
    """One measure of the plan, with where it stands."""

    programme: str = column("プログラム / Programme", "記号 / Key of the programme")
    programme_name: str = column("プログラム名 / Name of the programme")
    group: str = column("まとまり / Group")
    targets: list[str] = column("主要ターゲット / Main targets")
    line: str = column("施策の柱 / Line")
    measure: str = column("施策 / Measure")
    address: str = column("住所 / Address", ADDRESS)


class LineAnswer(Answer):
    """A line of measures."""

    name: str = column("施策の柱 / Line")
    measures: list[str] = column("施策 / Measures")
    and_more: bool = column("等で終わる / And more", "資料が「等」で終える / The source ends it with an etc.")


class GroupAnswer(Answer):
    """A group of a programme."""

    name: str = column("名称 / Name")
    targets: list[str] = column("主要ターゲット / Main targets")
    lines: list[LineAnswer] = column("施策の柱 / Lines")


class ProgrammeAnswer(Answer):
    """A programme of the plan."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    axis: str = column("軸 / Axis")
    audiences: list[str] = column("対象となる人 / Audiences")
    groups: list[GroupAnswer] = column("まとまり / Groups")
    address: str = column("住所 / Address", ADDRESS)


class PlanAnswer(Answer):
    """The human resources plan in force on a day."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    as_of: date = column("時点 / As of")
    since: date = column("資料の日 / Since")
    aim: list[str] = column("目的 / Aim")
    issues: list[str] = column("課題 / Issues")
    programmes: list[ProgrammeAnswer] = column("プログラム / Programmes")
    not_published: list[str] = column(
        "公表値なし / Not published", "資料が値を示さないもの / What the source gives no figures for"
    )
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class AsOf(Filters):
    """Of which day."""

    as_of: Day | None = Field(None, description="時点（なければ今日） / As of this day, else today")


def rows(filters: AsOf) -> Any:
    """Measures of the plan in force (4 queries)."""
    found = queries.plan_in_force(filters.as_of or timezone.localdate())
    return queries.measures_of(found) if found else Measure.objects.none()


def item(row: Measure) -> dict[str, Any]:
    group = row.line.group
    return {
        "programme": group.programme_id,
        "programme_name": group.programme.name,
        "group": group.name,
        "targets": group.targets,
        "line": row.line.name,
        "measure": row.text,
        "address": row.address,
    }


offer(
    router,
    Dataset(
        key="measures",
        title="人材プランの施策 / Measures of the human resources plan",
        about="その日に有効な人材プランの施策を、一行に一つ。 / Measures of the plan in force on the day, one a row.",
        source="総務省資料（2017年3月24日） / Document of the ministry of 24 March 2017",
        page="learning:plan",
        answer=MeasureAnswer,
        filters=AsOf,
        rows=rows,
        item=item,
        order=("line__group__programme__order", "line__group__order", "line__order", "order"),
        models=(Programme, Group, Line, Measure),
    ),
)


@router.get(
    "/plan", auth=None, response=PlanAnswer, url_name="plan", operation_id="get_plan",
    summary="人材プラン / The human resources plan",
)  # fmt: skip
def plan(request: HttpRequest, filters: Query[AsOf]) -> HttpResponse:
    """その日に有効なプランの全部。まだなければ404。 / All of the plan in force on the day; 404 before the first."""
    as_of = filters.as_of or timezone.localdate()
    found = queries.plan_as_of(as_of)
    if found is None:
        raise not_there(as_of.isoformat())
    return sent(
        {
            "key": found.key,
            "name": found.name,
            "as_of": as_of,
            "since": found.since,
            "aim": found.aim_lines,
            "issues": [each.text for each in found.issues.all()],
            "programmes": [programme_item(each) for each in found.programmes.all()],
            "not_published": found.not_published,
            "source": found.source,
            "address": found.address,
        }
    )


def programme_item(row: Programme) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "axis": row.axis,
        "audiences": row.audiences,
        "groups": [
            {
                "name": group.name,
                "targets": group.targets,
                "lines": [
                    {
                        "name": line.name,
                        "measures": [each.text for each in line.measures.all()],
                        "and_more": line.and_more,
                    }
                    for line in group.lines.all()
                ],
            }
            for group in row.groups.all()
        ],
        "address": row.address,
    }
