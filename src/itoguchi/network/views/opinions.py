"""Pages of opinions: all of them with sums that add up, one with its whole way, its panel on other pages, a feed."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itoguchi.areas.models import Block
from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.feeds import News, atom, begin_of
from itoguchi.core.journal import history_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.network import queries
from itoguchi.network.access import can_tend_opinions, can_write_opinions, opinions_open_to, seats_of
from itoguchi.network.models import CommentPeriod, Decision, Meeting, Member, Opinion, ThreadMember
from itoguchi.network.views.recommendations import in_japanese
from itoguchi.roadmap.models import Field

State = Opinion.State
LOOKS: dict[str, str] = {State.ANSWERED: "ok", State.SORTED: "key", State.HELD: "late", State.REFUSED: "late"}
IN_PANEL = 10
NOUNS = frozenset({"briefings", "briefings/visits", "meetings", "clauses", "kpis", "solutions", "threads"})
# What an opinion written down from a page says already: heard there, or about it. The page of a visit says more itself.
WRITTEN_FROM = {
    "briefings": "heard_at=/briefings/{}&origin=briefing",
    "meetings": "heard_at=/meetings/{}&origin=meeting",
    "clauses": "subject=/clauses/{}&origin=area",
    "kpis": "subject=/kpis/{}&origin=area",
    "solutions": "subject=/solutions/{}&origin=area",
}


def way_to(*more: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way back from a page about opinions."""
    return [(_("会合"), reverse("network:index")), (_("意見"), reverse("network:opinions")), *more]


def _state(opinion: Any) -> str:
    return format_html('<span class="tag {}">{}</span>', LOOKS.get(opinion.state, ""), State(opinion.state).label)


def _verdict(opinion: Any) -> str:
    """Adopted or not, as far as it was answered by the day asked for."""
    return str(opinion.get_verdict_display()) if opinion.state == State.ANSWERED else ""


COLUMNS = (
    Column("number", gettext_lazy("番号"), lambda row: row.pk, ("pk",), is_number=True),
    Column(
        "title",
        gettext_lazy("ひとことで"),
        lambda row: row.title,
        ("title",),
        link=Opinion.get_absolute_url,
        show=lambda row: in_japanese(row.title),
    ),
    Column(
        "said_on",
        gettext_lazy("述べられた日"),
        lambda row: row.said_on,
        ("said_on", "id"),
        show=lambda row: day_marked(row.said_on),
    ),
    Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind",)),
    Column("origin", gettext_lazy("どこから"), lambda row: row.get_origin_display(), ("origin",)),
    Column(
        "field",
        gettext_lazy("分野"),
        lambda row: row.field.name if row.field else "",
        ("field__order",),
        show=lambda row: in_japanese(row.field) if row.field else "—",
    ),
    Column("state", gettext_lazy("状態"), lambda row: State(row.state).label, ("state",), show=_state),
    Column("verdict", gettext_lazy("採否"), _verdict, ("verdict",), show=lambda row: _verdict(row) or "—"),
)
IN_FILES = (
    Column("text", gettext_lazy("意見の文"), lambda row: row.text),
    Column("author", gettext_lazy("述べた人"), lambda row: row.get_author_display()),
    Column("block", gettext_lazy("地域ブロック"), lambda row: row.block.name if row.block else ""),
    Column("heard_at", gettext_lazy("聞いた場所（住所）"), lambda row: row.heard_at),
    Column("subject", gettext_lazy("何についてか（住所）"), lambda row: row.subject),
    Column("answer", gettext_lazy("回答と理由"), lambda row: row.answer if row.state == State.ANSWERED else ""),
    Column(
        "answered_on", gettext_lazy("回答した日"), lambda row: row.answered_on if row.state == State.ANSWERED else None
    ),
    Column(
        "merged_into",
        gettext_lazy("統合先"),
        lambda row: f"/opinions/{row.merged_into_id}" if row.state == State.MERGED else "",
    ),
    Column("decision", gettext_lazy("対応"), lambda row: f"/decisions/{row.decision_id}" if row.decision_id else ""),
    Column("address", gettext_lazy("住所"), lambda row: row.address),
)
STATES = [
    ("open", gettext_lazy("回答を待つ")),
    (State.MERGED.value, State.MERGED.label),
    (State.ANSWERED.value, State.ANSWERED.label),
]
HIDDEN = [
    (State.HELD.value, gettext_lazy("掲載の確認待ち")),
    (State.REFUSED.value, State.REFUSED.label),
    ("not-wished", gettext_lazy("公開を望まない")),
]


def _of_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    if value == "not-wished":
        return rows.filter(moderation=Opinion.Moderation.PASSED, may_be_public=False)
    if value in {State.HELD, State.REFUSED}:
        return rows.filter(state=value)
    states = queries.OPEN if value == "open" else (value,)
    return rows.filter(state__in=states, may_be_public=True)


def _of_verdict(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(verdict=value, state=State.ANSWERED, may_be_public=True)


def _with_words(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(Q(title__icontains=value) | Q(text__icontains=value))


def _leading_to(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    """Opinions merged into the one of this number, over however many steps."""
    root = Opinion.objects.filter(pk=int(value)) if value.isdecimal() and len(value) < 10 else ()
    return rows.filter(pk__in=[key for below in queries.voices_of(root).values() for key, _may in below])


def _filters(request: HttpRequest) -> list[Filter]:
    tends = can_tend_opinions(request.user)
    fields = [(each.key, each) for each in Field.objects.all()]
    periods = [(each.slug, each.title) for each in CommentPeriod.objects.all()]
    of_period = [
        Filter(
            "period",
            gettext_lazy("意見募集"),
            lambda rows, value: rows.filter(period__slug=value),
            periods,
            is_japanese=True,
        )
    ]
    return [
        Filter("state", gettext_lazy("状態"), _of_state, [*STATES, *(HIDDEN if tends else ())]),
        Filter("verdict", gettext_lazy("採否"), _of_verdict, Opinion.Verdict.choices),
        Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Opinion.Kind.choices),
        Filter(
            "origin", gettext_lazy("どこから"), lambda rows, value: rows.filter(origin=value), Opinion.Origin.choices
        ),
        Filter("field", gettext_lazy("分野"), lambda rows, value: rows.filter(field=value), fields, is_japanese=True),
        Filter(
            "block",
            gettext_lazy("地域ブロック"),
            lambda rows, value: rows.filter(block=value),
            [(each.key, each) for each in Block.objects.all()],
        ),
        *(of_period if periods else ()),
        Filter("q", gettext_lazy("言葉"), _with_words),
        Filter(
            "at", gettext_lazy("どこで・何について（住所）"), lambda rows, value: rows.filter(queries.said_at(value))
        ),
        Filter("into", gettext_lazy("統合先の意見の番号"), _leading_to),
        # The day goes with every link of the table.
        Filter("as_of", gettext_lazy("時点"), lambda rows, _value: rows),
    ]


@public
@require_GET
def opinions(request: HttpRequest) -> HttpResponse:
    """All opinions that the user may read, as of a day, with sums that add up and lead to the records behind them."""
    form, as_of = asked_day(request)
    is_file = "format" in request.GET
    rows = queries.opinions_visible_to(request.user, as_of)
    table = Table(
        request=request,
        rows=rows if is_file else rows.defer("text", "answer"),
        name="opinions",
        title=gettext_lazy("意見の一覧"),
        order="-said_on",
        columns=(*COLUMNS, *IN_FILES) if is_file else COLUMNS,
        filters=_filters(request),
        empty=_("この日までに受け付けた意見はありません。"),
    )
    tends = can_tend_opinions(request.user)
    return table.download() or render(
        request,
        "network/opinions.html",
        {
            "form": form,
            "as_of": as_of,
            "on_day": f"&as_of={as_of.isoformat()}" if "as_of" in request.GET and not form.errors else "",
            "table": table,
            "sums": queries.sums(as_of),
            "tends": tends,
            "may_write": can_write_opinions(request.user),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("意見"), "")],
        },
        status=400 if form.errors else 200,
    )


@cache
def _in_full() -> QuerySet[Opinion]:
    """Opinions with what their pages show, built once; joined in one query the tables took longer to plan than to read."""
    decided = Decision.objects.select_related("meeting__body")
    spoken = ThreadMember.objects.select_related("area", "organisation")
    return Opinion.objects.select_related("field", "block", "area", "period", "merged_into", "seat").prefetch_related(
        Prefetch("decision", decided), Prefetch("member", spoken)
    )


def opinion_seen(request: HttpRequest, pk: int) -> Opinion:
    """The opinion that the user asks for and may read; else there is none."""
    return get_object_or_404(_in_full().filter(opinions_open_to(request.user)), pk=pk)


@public
@require_GET
def opinion(request: HttpRequest, pk: int) -> HttpResponse:
    """One opinion with its whole way: where it was said, what it was merged with, its answer, decision and what changed."""
    shown, today = opinion_seen(request, pk), timezone.localdate()
    chain = queries.chain_of(shown)
    above = [each.pk for each in chain[1:]]
    readable = Opinion.objects.filter(opinions_open_to(request.user), pk__in=above)
    may = {shown.pk, *(readable.values_list("pk", flat=True) if above else ())}
    last = chain[-1] if chain[-1].pk in may else None
    decision = last.decision if last else None
    changes = list(queries.changes_open_to(request.user).filter(decision=decision)) if decision else []
    rows = queries.rows_of(changes, request.user, today) if changes else []
    # What leads to an opinion behind a change is known with the change already.
    known = {each.pk: voices for row in rows for each, voices in row.opinions}
    tends = can_tend_opinions(request.user)
    return render(
        request,
        "network/opinion.html",
        {
            "opinion": shown,
            "state": shown.state_on(today),
            "look": LOOKS.get(shown.state_on(today), ""),
            "leads_to": [each for each in chain[1:] if each.pk in may],
            "last": last,
            "voices": known.get(shown.pk) or queries.voices_shown_to(request.user, [shown])[shown.pk],
            "decision": decision,
            "rows": rows,
            "tends": tends,
            "history": history_of(shown) if tends else [],
            "breadcrumbs": way_to((in_japanese(Truncator(shown.title).chars(30)), "")),
        },
    )


def _seat_at(request: HttpRequest, slug: str) -> Member | None:
    """The reader's seat in the body of a meeting about which its members may say something (1 query, 0 for visitors)."""
    about = Meeting.objects.filter(slug=slug, state__in=Meeting.TAKES_OPINIONS)
    return seats_of(request.user).filter(body__in=about.values("body")).first()


@public
@require_GET
def panel_opinions(request: HttpRequest, noun: str, key: str | int) -> HttpResponse:
    """The opinions said at, about, or that changed one thing, for its page; without scripts the list of all of them."""
    if noun not in NOUNS:
        raise Http404
    list_url, day = f"{reverse('network:opinions')}?at=/{noun}/{key}", timezone.localdate()
    if not request.htmx:
        return redirect(list_url)
    found = queries.opinions_visible_to(request.user, day).filter(queries.said_at(f"/{noun}/{key}"))
    found = found.order_by("-said_on", "-pk")
    rows = list(found[: IN_PANEL + 1])
    for each in rows:
        each.look, each.word = LOOKS.get(each.state, ""), State(each.state).label
    return render(
        request,
        "network/_opinions.html",
        {
            "opinions": rows[:IN_PANEL],
            "has_more": len(rows) > IN_PANEL,
            "list_url": list_url,
            "noun": noun,
            "key": key,
            "seat": _seat_at(request, str(key)) if noun == "meetings" else None,
            "as_of": day,
            "write": (
                f"{reverse('network:new_opinion')}?{WRITTEN_FROM[noun].format(key)}"
                if noun in WRITTEN_FROM and can_write_opinions(request.user)
                else ""
            ),
        },
    )


@public
@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """The newest public opinions with their answers, to follow (Atom)."""
    news = [
        News(
            title=each.title,
            path=each.address,
            text=each.text if not each.answer else f"{each.text}\n\n{each.get_verdict_display()}：{each.answer}",
            at=begin_of(each.said_on),
            changed=begin_of(each.answered_on or each.said_on),
        )
        for each in queries.newest_public(timezone.localdate())
    ]
    return atom(request, _("意見"), news, page="/opinions/", at="/opinions.atom")
