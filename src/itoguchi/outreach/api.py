"""The API of briefings: lists, calendar and feed to read, coverage as of a day; and briefings planned, changed, held."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import prefectures
from itoguchi.core.api import (
    Answer,
    Dataset,
    Day,
    Filters,
    Key,
    Refusal,
    Text,
    answers_with,
    column,
    no_key,
    not_there,
    offer,
    sent,
    wrong,
)
from itoguchi.core.events import calendar_response
from itoguchi.core.journal import last_changes
from itoguchi.core.wording import say
from itoguchi.outreach import actions, queries
from itoguchi.outreach.event_list import event_of
from itoguchi.outreach.models import Briefing

router = Router(tags=["briefings"])
State = Briefing.State
StateName = Literal["planned", "held", "cancelled"]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
SOURCE = "総務省資料（2017年3月24日）、および糸口に登録された記録 / Document of the ministry of 24 March 2017, and records entered in Itoguchi"


class BriefingAnswer(Answer):
    """A briefing that is public."""

    slug: str = column(
        "記号 / Slug", "変わらない記号。例：2017-02-24-ishikawa / Stays the same, e.g. 2017-02-24-ishikawa"
    )
    day: date = column("開催日 / Day")
    place: str = column("開催箇所 / Place")
    prefecture: str | None = column(
        "開催した都道府県 / Prefecture", "団体コード / Code of the prefecture it is held in"
    )
    title: str = column("開催概要 / Title")
    notes: str = column("参加者・説明者 / Notes")
    state: StateName = column("状態 / State", "planned 予定、held 開催済、cancelled 中止 / planned, held or cancelled")
    is_nationwide: bool = column("全国を対象 / Nationwide", "全国に数えるか / Whether it counts for the nation")
    prefectures: list[str] = column(
        "数える都道府県 / Counts for prefectures", "団体コード / Codes of the prefectures it counts for"
    )
    blocks: list[str] = column("数える地域ブロック / Counts for blocks", "記号 / Keys of the blocks it counts for")
    rule: str = column("数え方の規則 / Rule", "状況報告の説明にある規則の記号 / Key of the rule by which it counts")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class BriefingDetail(BriefingAnswer):
    """A briefing, and the version that a change of it has to name."""

    version: str = column("版 / Version", "変えるときに添える / To be sent along with a change")


class BriefingFilters(Filters):
    """Which briefings."""

    state: StateName | None = Field(None, description="状態 / State")
    prefecture: Code | None = Field(None, description="数える都道府県の団体コード / Code of a prefecture it counts for")
    block: Key | None = Field(
        None,
        description="地域ブロックの記号：ブロックか、その都道府県に数えるもの / Key of a block: counting for it or a prefecture in it",
    )
    first_day: Day | None = Field(None, description="この日から / From this day on")
    last_day: Day | None = Field(None, description="この日まで / Up to this day")


def rows(filters: BriefingFilters) -> Any:
    """Public briefings as asked for (3 queries, 1 more for each place)."""
    found = queries.briefings()
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.prefecture is not None:
        if not prefectures().filter(code=filters.prefecture).exists():
            raise no_key("prefecture", filters.prefecture, _("都道府県の団体コードではありません（%(key)s）。"))
        found = found.filter(counted_prefectures__area__code=filters.prefecture)
    if filters.block is not None:
        if not Block.objects.filter(key=filters.block).exists():
            raise no_key("block", filters.block)
        found = found.filter(pk__in=queries.of_block(filters.block).values("pk"))
    if filters.first_day:
        found = found.filter(day__gte=filters.first_day)
    if filters.last_day:
        found = found.filter(day__lte=filters.last_day)
    return found


def item(briefing: Briefing) -> dict[str, Any]:
    return {
        "slug": briefing.slug,
        "day": briefing.day,
        "place": briefing.place,
        "prefecture": briefing.prefecture.code if briefing.prefecture else None,
        "title": briefing.title,
        "notes": briefing.notes,
        "state": briefing.state,
        "is_nationwide": briefing.is_nationwide,
        "prefectures": [each.area.code for each in briefing.for_prefectures],
        "blocks": [each.block_id for each in briefing.for_blocks],
        "rule": briefing.rule,
        "source": briefing.source,
        "address": briefing.address,
    }


BRIEFINGS = Dataset(
    key="briefings",
    title="説明会 / Briefings",
    about="公開されている説明会：予定、開催済、中止。起案中のものは入らない。 / Public briefings: planned, held, cancelled; never drafts.",
    source=SOURCE,
    page="outreach:briefing_list",
    answer=BriefingAnswer,
    filters=BriefingFilters,
    rows=rows,
    item=item,
    order=("day", "order", "pk"),
    models=(Briefing,),
    also=("ics", "atom"),
)
offer(router, BRIEFINGS)


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


@router.get(
    "/briefings.ics",
    auth=None,
    url_name="briefings_ics",
    operation_id="calendar_of_briefings",
    summary="説明会のカレンダー（iCalendar） / Briefings as a calendar",
    openapi_extra=answers_with("text/calendar"),
)
def calendar(request: HttpRequest, filters: Query[BriefingFilters]) -> HttpResponse:
    """自分のカレンダーで購読できる。中止も残り、カレンダーで消し込まれる。 / To subscribe to; cancelled ones stay, so that calendars strike them out."""
    changed, site = last_changes(Briefing), _site(request)
    events = [event_of(each, changed[each.pk], site) for each in rows(filters).order_by(*BRIEFINGS.order)]
    return calendar_response(str(_("説明会（糸口）")), events, filename="briefings")


@router.get(
    "/briefings.atom",
    auth=None,
    url_name="briefings_atom",
    operation_id="feed_of_briefings",
    summary="説明会の更新（Atom） / Changes of briefings as a feed",
    openapi_extra=answers_with("application/atom+xml"),
)
def feed(request: HttpRequest, filters: Query[BriefingFilters]) -> HttpResponse:
    """変わった順に50件。 / The fifty that changed last."""
    changed, site = last_changes(Briefing), _site(request)
    newest = sorted(rows(filters), key=lambda each: (changed[each.pk][0], each.pk), reverse=True)[:50]
    atom = Atom1Feed(
        title="説明会（糸口） / Briefings (Itoguchi)",
        link=f"{site}/briefings/list",
        description="",
        language="ja",
        feed_url=request.build_absolute_uri(),
    )
    for each in newest:
        atom.add_item(
            title=f"{each.day.isoformat()} {each.title}",
            link=site + each.address,
            description=f"{each.get_state_display()}　{each.place}",
            unique_id=f"tag:itoguchi,2017:{each.address}",
            updateddate=changed[each.pk][0],
        )
    return HttpResponse(atom.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


class GapAnswer(Answer):
    """A prefecture that no briefing has counted for yet."""

    prefecture: str = column("都道府県 / Prefecture", "団体コード / Code of the prefecture")
    name: str = column("名称 / Name")
    next: str | None = column("次の説明会 / Next", "予定されている説明会の記号 / Slug of the next briefing planned")


class CoverageAnswer(Answer):
    """How far the briefings have come as of a day."""

    as_of: date = column("時点 / As of")
    definition: str = column("定義 / Definition", "何を数えたか / What is counted")
    briefings: int = column("説明会の回数 / Briefings")
    prefectures: int = column("都道府県の数 / Prefectures reached")
    blocks: int = column("地域ブロックの数 / Blocks reached")
    nationwide: int = column("全国対象の回数 / Nationwide briefings")
    prefecture_codes: list[str] = column("都道府県 / Codes of prefectures reached")
    block_keys: list[str] = column("地域ブロック / Keys of blocks reached")
    gaps: list[GapAnswer] = column("まだの都道府県 / Prefectures not reached yet")
    records: list[str] = column("もとの記録 / Records", "数えた説明会の住所 / Addresses of the briefings counted")


DEFINITION = (
    "時点までに開催済の説明会。予定・中止・起案中は数えない。どこに数えるかは、各説明会の prefectures と blocks による。"
    " / Briefings held up to the day; planned, cancelled and drafted ones never count. Each says itself what it counts for."
)


class AsOf(Filters):
    """Of which day."""

    as_of: Day | None = Field(None, description="時点（なければ今日） / As of this day, else today")


@router.get(
    "/coverage",
    auth=None,
    response=CoverageAnswer,
    url_name="coverage",
    operation_id="get_coverage",
    summary="説明会の実施状況 / Coverage by briefings",
)
def coverage(request: HttpRequest, filters: Query[AsOf]) -> HttpResponse:
    """ある日の時点で、説明会がどこまで届いたか。 / How far the briefings had come as of a day."""
    done = queries.coverage(filters.as_of or timezone.localdate())
    found = {
        "as_of": done.as_of,
        "definition": DEFINITION,
        "briefings": done.briefings,
        "prefectures": done.prefectures,
        "blocks": done.blocks,
        "nationwide": done.nationwide,
        "prefecture_codes": done.prefecture_codes,
        "block_keys": done.block_keys,
        "gaps": [
            {
                "prefecture": gap.prefecture.code,
                "name": gap.prefecture.name,
                "next": gap.next.slug if gap.next else None,
            }
            for gap in done.gaps
        ],
        "records": [each.address for each in done.held],
    }
    return sent(found)


@router.get(
    "/briefings/{slug}",
    auth=None,
    response=BriefingDetail,
    url_name="briefing",
    operation_id="get_briefing",
    summary="一つの説明会 / One briefing",
)
def briefing(request: HttpRequest, slug: Key) -> HttpResponse:
    """記録と、変えるときに添える版。 / The record, and the version to send along with a change."""
    return sent(_detail(_found(slug)))


def _found(slug: str) -> Briefing:
    found = queries.briefings().filter(slug=slug[:100]).first()
    if found is None:
        raise not_there(slug)
    return found


def _detail(found: Briefing) -> dict[str, Any]:
    return item(found) | {"version": queries.version_of(found)}


class GivenBriefing(Answer):
    """What is said of a briefing."""

    day: Day = column("開催日 / Day")
    place: Annotated[str, Field(min_length=1, max_length=100)] = column("開催箇所 / Place")
    title: Text = column("開催概要 / Title")
    prefecture: Code | None = column(
        "開催した都道府県 / Prefecture", "団体コード / Code of the prefecture it is held in", default=None
    )
    notes: Annotated[str, Field(max_length=2000)] = column("参加者・説明者 / Notes", default="")
    is_nationwide: bool = column(
        "全国を対象 / Nationwide", "全国に数えるか / Whether it counts for the nation", default=False
    )
    prefectures: Annotated[list[Code], Field(max_length=47)] = column(
        "数える都道府県 / Counts for prefectures", "団体コード / Codes", default=[]
    )
    blocks: Annotated[list[Key], Field(max_length=11)] = column(
        "数える地域ブロック / Counts for blocks", "記号 / Keys", default=[]
    )
    why: Annotated[str, Field(max_length=500)] = column(
        "理由 / Reason", "変更の記録に残る / Stays in the journal", default=""
    )


class NewBriefing(GivenBriefing):
    """A briefing to put on the calendar, or one that took place."""

    state: Literal["planned", "held"] = column(
        "状態 / State", "予定か、すでに開かれたか / Planned, or held already", default="planned"
    )


class ChangedBriefing(GivenBriefing):
    """Everything that is said of the briefing from now on."""

    version: Annotated[str, Field(pattern=r"^[0-9-]+$", max_length=80)] = column(
        "版 / Version", "読んだときの版。ほかの人が先に変えていれば断る / As read; refused when somebody was quicker"
    )


class Held(Answer):
    """That a planned briefing took place."""

    day: Day | None = column(
        "開催日 / Day", "予定と違う日に開いたとき / When it was another day than planned", default=None
    )
    why: Annotated[str, Field(max_length=500)] = column("理由 / Reason", default="")


class Cancelled(Answer):
    """That a planned briefing is called off."""

    why: Annotated[str, Field(min_length=1, max_length=500)] = column("理由 / Reason", "公開される / Is public")


def _facts(given: GivenBriefing, known: actions.Facts | None = None) -> actions.Facts:
    """The facts by area and block; raises Refusal naming each that is not there."""
    codes = {*given.prefectures, *([given.prefecture] if given.prefecture else [])}
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)}
    blocks = {block.key: block for block in Block.objects.filter(key__in=given.blocks)}
    problems = [
        (f"prefectures.{place}", say(_("この団体コードはありません（%(key)s）。"), key=code))
        for place, code in enumerate(given.prefectures)
        if code not in areas
    ]
    if given.prefecture and given.prefecture not in areas:
        problems.append(("prefecture", say(_("この団体コードはありません（%(key)s）。"), key=given.prefecture)))
    problems += [
        (f"blocks.{place}", say(_("この地域ブロックはありません（%(key)s）。"), key=key))
        for place, key in enumerate(given.blocks)
        if key not in blocks
    ]
    if problems:
        raise wrong(*problems)
    return actions.facts_as_said(
        known,
        day=given.day,
        place=given.place,
        title=given.title,
        notes=given.notes,
        prefecture=areas[given.prefecture] if given.prefecture else None,
        prefectures=frozenset(areas[code] for code in given.prefectures),
        blocks=frozenset(blocks[key] for key in given.blocks),
        is_nationwide=given.is_nationwide,
    )


@router.post(
    "/briefings",
    response={201: BriefingDetail},
    url_name="briefings",
    operation_id="plan_briefing",
    summary="説明会の計画 / Plan a briefing",
)
def plan(request: HttpRequest, given: NewBriefing) -> Status[Any]:
    """予定として公開するか、開かれたものを記録する。事務局か、その地域ブロックの総合通信局等の鍵が要る。 / Put on the calendar, or record one that took place; needs a key of the secretariat or of the block's bureau."""
    made = actions.plan_briefing(
        _facts(given),
        by=request.auth,  # type: ignore[attr-defined]
        why=given.why,
        today=timezone.localdate(),
        state=State(given.state),
    )
    return Status(201, _detail(_found(made.slug)))


@router.put(
    "/briefings/{slug}",
    response=BriefingDetail,
    url_name="briefing",
    operation_id="change_briefing",
    summary="説明会の変更 / Change a briefing",
)
def change(request: HttpRequest, slug: Key, given: ChangedBriefing) -> HttpResponse:
    """住所は変わらない。 / Its address stays the same."""
    found = _found(slug)
    try:
        actions.change_briefing(
            found,
            _facts(given, actions.facts_of(found)),
            by=request.auth,  # type: ignore[attr-defined]
            why=given.why,
            today=timezone.localdate(),
            version=given.version,
        )
    except actions.ChangedMeanwhile as error:
        raise Refusal(
            409, "changed_meanwhile", _("ほかの人が先に変えました。読み直して、もう一度送ってください。")
        ) from error
    return sent(_detail(_found(slug)))


@router.post(
    "/briefings/{slug}/hold",
    response=BriefingDetail,
    url_name="hold_briefing",
    operation_id="hold_briefing",
    summary="説明会を開催済に / Say that a briefing was held",
)
def hold(request: HttpRequest, slug: Key, given: Held) -> HttpResponse:
    """開催した日から実施状況に数える。 / From that day on it counts."""
    actions.hold_briefing(
        _found(slug),
        today=timezone.localdate(),
        by=request.auth,  # type: ignore[attr-defined]
        why=given.why,
        day=given.day,
    )
    return sent(_detail(_found(slug)))


@router.post(
    "/briefings/{slug}/cancel",
    response=BriefingDetail,
    url_name="cancel_briefing",
    operation_id="cancel_briefing",
    summary="説明会の中止 / Call a briefing off",
)
def cancel(request: HttpRequest, slug: Key, given: Cancelled) -> HttpResponse:
    """記録は理由とともに残る。 / The record stays, with the reason."""
    actions.cancel_briefing(_found(slug), by=request.auth, why=given.why)  # type: ignore[attr-defined]
    return sent(_detail(_found(slug)))
