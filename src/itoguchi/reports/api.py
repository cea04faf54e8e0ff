"""The API of reports: those published, with their files and figures, and the figures of any day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import override
from ninja import Query, Router
from pydantic import Field

from itoguchi.core.api import Answer, Dataset, Day, Filters, Key, answers_with, column, not_there, offer, sent
from itoguchi.core.remembered import remembered
from itoguchi.network.models import Action, Meeting
from itoguchi.outreach.models import Briefing
from itoguchi.reports.models import PublishedReport
from itoguchi.reports.queries import Sources, published, report_from

router = Router(tags=["reports"])
SOURCE = "糸口の記録から / From the records of Itoguchi"
ADDRESS = "この記録のページ / Page of this record on the site"


class ReportAnswer(Answer):
    """A status report that was published."""

    slug: str = column("記号 / Slug")
    as_of: date = column("時点 / As of")
    published_at: datetime = column("公表日時 / Published at")
    version: str = column("糸口の版 / Version of Itoguchi")
    previous: str | None = column("前回の報告 / Previous", "記号 / Slug of the report before")
    corrections: int = column("正誤表の数 / Corrections", "公表された正誤表 / Correction notes published")
    address: str = column("住所 / Address", ADDRESS)


class FigureAnswer(Answer):
    """A figure that says what it is, as of when, and from which records."""

    id: str = column("記号 / Key")
    label: str = column("名称 / Label")
    label_en: str = column("名称（英語） / Label in English")
    value: int | str | None = column(
        "値 / Value", "数、または日。なければ記録なし / A number or a day; none: nothing on record"
    )
    unit: str = column("単位 / Unit")
    as_of: date = column("時点 / As of")
    definition: str = column("定義 / Definition")
    definition_en: str = column("定義（英語） / Definition in English")
    records: list[str] = column("もとの記録 / Records", "記録のページ / Pages of the records behind it")


class FileAnswer(Answer):
    """A file of a published report, the same bytes for ever."""

    name: str = column("ファイル名 / Name")
    language: str = column("言語 / Language")
    sha256: str = column("指紋（SHA-256） / SHA-256")
    address: str = column("住所 / Address", "ファイルそのもの / The file itself")


class ReportDetail(ReportAnswer):
    """A published report with its files and the figures it gave."""

    files: list[FileAnswer] = column("ファイル / Files")
    figures: list[FigureAnswer] = column("数値 / Figures")


class AsOf(Filters):
    """Of which day."""

    as_of: Day | None = Field(None, description="時点（なければ今日） / As of this day, else today")


def reports(_filters: Filters) -> QuerySet[PublishedReport]:
    return published.published().prefetch_related("corrections__approval")


def report_item(row: PublishedReport) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "as_of": row.as_of,
        "published_at": row.published_at,
        "version": row.version,
        "previous": row.previous.slug if row.previous else None,
        "corrections": sum(each.is_public for each in row.corrections.all()),
        "address": row.address,
    }


@remembered(most=16)
def figures_of(as_of: date) -> list[dict[str, Any]]:
    """The figures of a day in both languages."""
    sources = Sources(as_of)
    with override("ja"):
        japanese = report_from(sources).figures
    with override("en"):
        english = report_from(sources).figures
        in_english = {key: (str(each.label), str(each.definition)) for key, each in english.items()}
    return [
        each.as_data() | {"label": each.label, "label_en": in_english[key][0], "definition_en": in_english[key][1]}
        for key, each in japanese.items()
    ]


class _Row:
    """A figure in its place in the report, as lists order rows."""

    def __init__(self, number: int, said: dict[str, Any]) -> None:
        self.number, self.said = number, said


def figures(filters: AsOf) -> list[_Row]:
    return [_Row(number, said) for number, said in enumerate(figures_of(filters.as_of or timezone.localdate()))]


offer(
    router,
    Dataset(
        key="reports",
        title="公開した状況報告 / Published status reports",
        about="二人の手を経て公開され、変わらない報告。 / Published through two people; they never change.",
        source=SOURCE,
        page="reports:index",
        answer=ReportAnswer,
        filters=Filters,
        rows=reports,
        item=report_item,
        order=("as_of", "pk"),
        models=(PublishedReport,),
        also=("atom",),
    ),
)
offer(
    router,
    Dataset(
        key="figures",
        title="状況報告の数値 / Figures of the status report",
        about="ある日の時点の数値を、定義ともとの記録とともに。 / Figures as of a day, each with its definition and records.",
        source=SOURCE,
        page="reports:index",
        answer=FigureAnswer,
        filters=AsOf,
        rows=figures,
        item=lambda row: row.said,
        order=("number",),
        models=(Briefing, Meeting, Action),
    ),
)


@router.get(
    "/reports.atom", auth=None, url_name="reports_atom", operation_id="feed_of_reports",
    summary="状況報告の公開（Atom） / Published reports as a feed", openapi_extra=answers_with("application/atom+xml"),
)  # fmt: skip
def feed(request: HttpRequest) -> HttpResponse:
    """公開された順に。 / In the order of publication."""
    site = request.build_absolute_uri("/").rstrip("/")
    atom = Atom1Feed(
        title="状況報告（糸口） / Status reports (Itoguchi)",
        link=f"{site}/reports/",
        description="",
        language="ja",
        feed_url=request.build_absolute_uri(),
    )
    for each in published.published()[:50]:
        atom.add_item(
            title=f"状況報告（{each.as_of.isoformat()}時点）",
            link=site + each.address,
            description="",
            unique_id=f"tag:itoguchi,2017:{each.address}",
            updateddate=each.published_at,
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@router.get(
    "/reports/{slug}", auth=None, response=ReportDetail, url_name="report", operation_id="get_report",
    summary="一つの状況報告 / One status report",
)  # fmt: skip
def report(request: HttpRequest, slug: Key) -> HttpResponse:
    """ファイルと、報告が示した数値とともに。 / With its files and the figures it gave."""
    found = reports(Filters()).defer(None).select_related("approval", "previous").filter(slug=slug[:100]).first()
    if found is None:
        raise not_there(slug)
    names = ("id", "label", "label_en", "value", "unit", "as_of", "definition", "definition_en", "records")
    files = found.files.order_by("language", "name").values("name", "language", "sha256")
    return sent(
        report_item(found)
        | {
            "files": [{**each, "address": f"{found.address}/{each['language']}/{each['name']}"} for each in files],
            "figures": [{name: each[name] for name in names} for each in found.figures],
        }
    )


@router.get(
    "/figures/{key}", auth=None, response=FigureAnswer, url_name="figure", operation_id="get_figure",
    summary="一つの数値 / One figure",
)  # fmt: skip
def figure(request: HttpRequest, key: Key, filters: Query[AsOf]) -> HttpResponse:
    """定義と、もとの記録とともに。 / With its definition and the records behind it."""
    for each in figures_of(filters.as_of or timezone.localdate()):
        if each["id"] == key:
            return sent(each)
    raise not_there(key)
