"""Pages of threads where they run: who takes part, what runs there, joining and terms; the way a topic took."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.remembered import remembered
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day
from itoguchi.network import actions, queries
from itoguchi.network.access import (
    can_enter,
    can_run,
    can_see_member,
    can_speak_for,
    can_write_as,
    speaks_for,
)
from itoguchi.network.forms import AdmitForm, JoinForm, StrandForm, TermForm, ThingForm, said_of
from itoguchi.network.models import Strand, ThreadItem, ThreadMember
from itoguchi.network.views import recommendations
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.recommendations import in_japanese

SHOWN, LISTED = 50, 20  # matters on the page of a thread, members on a page of theirs


def way_to_threads(*more: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way back from a page about threads."""
    return [(_("会合"), reverse("network:index")), (_("三つの糸"), reverse("network:threads")), *more]


def way_from(strand: Strand, title: str) -> list[tuple[Any, str]]:
    """The way back from a page of one thread."""
    return way_to_threads((in_japanese(str(strand)), strand.get_absolute_url()), (title, ""))


def strand_asked(key: str) -> Strand:
    """The thread of an address; else there is none (1 query)."""
    return get_object_or_404(queries.strands(), pk=key)


def strand_run(request: HttpRequest, key: str) -> Strand:
    """The thread of an address, if the user runs it."""
    found = strand_asked(key)
    if not can_run(request.user, found):
        raise PermissionDenied(actions.NOT_RUNNING)
    return found


def thread_form(
    request: HttpRequest, strand: Strand, form: Any, *, title: str, button: str, lead: str = "", danger: str = ""
) -> HttpResponse:
    """A form about a thread."""
    return render(
        request,
        "network/thread_form.html",
        {
            "strand": strand,
            "form": form,
            "title": title,
            "button": button,
            "lead": lead,
            "danger": danger,
            "breadcrumbs": way_from(strand, title),
        },
        status=422 if form.is_bound else 200,
    )


@public
@require_GET
def thread(request: HttpRequest, key: str) -> HttpResponse:
    """One thread: where it runs, its members and lists; of those that run in many places, what the document says of it."""
    found = queries.strand_at(key)
    return recommendations.thread(request, key) if found is None else strand(request, found)


@remembered(most=64, of=("accounts", "areas", "network"))
def drawn_members(key: str, today: date) -> str:
    """The first members of each kind, which all readers share."""
    return render_to_string("network/_members.html", {"sectors": queries.sectors_of(key, today)})


def strand(request: HttpRequest, shown: Strand) -> HttpResponse:
    """A thread where it runs, as of today, with what the reader may do."""
    today = timezone.localdate()
    sectors = queries.sectors_of(shown.pk, today)
    items = queries.items_of(shown.pk, today, SHOWN + 1)
    own, requests = queries.own_and_asked(request.user, shown)
    ways = queries.reaches_of(shown.pk)
    more: dict[str, Any] = {}
    if shown.body:
        more |= {
            "meetings": queries.last_meetings_of(shown.body, request.user),
            "papers": queries.last_papers_of(shown.body, request.user),
        }
    if shown.block:
        more["priorities"] = queries.priorities_of(shown, today)
    return render(
        request,
        "network/strand.html",
        {
            "shown": shown,
            "today": today,
            "sectors": sectors,
            "members": sum(each.number for each in sectors),
            "named": sum(len(each.first) for each in sectors),
            "drawn": drawn_members(shown.pk, today),
            "ways": ways,
            "reached": sum(each.number for each in ways if each.body),
            "everybody": sum(each.number for each in ways),
            "items": items[:SHOWN],
            "has_more_items": len(items) > SHOWN,
            "runs": can_run(request.user, shown),
            "keeps": can_enter(request.user),
            "requests": requests,
            "own": own,
            "speaking": [each for each in own if can_write_as(request.user, each, today)],
            "may_join": any(
                (each.area_id, each.organisation_id)
                not in {(part.area_id, part.organisation_id) for part in own if not part.is_over(today)}
                for each in speaks_for(request.user)
            ),
            "breadcrumbs": way_to_threads((in_japanese(str(shown)), "")),
            **more,
        },
    )


def _term(member: ThreadMember) -> str:
    first, last = day(member.valid_from), day(member.valid_to)
    said = _("%(first)sから%(last)sまで") if member.valid_to else _("%(first)sから")
    return said % {"first": first, "last": last}


MEMBERS = (
    Column(
        "who",
        gettext_lazy("構成員"),
        str,
        ("named",),
        link=ThreadMember.get_absolute_url,
        show=lambda row: in_japanese(str(row)) if row.organisation_id else str(row),
    ),
    Column(
        "prefecture",
        gettext_lazy("都道府県"),
        lambda row: str(row.area.prefecture or "") if row.area else "",
        ("area__prefecture__code", "named"),
        show=lambda row: str(row.area.prefecture or "—") if row.area else "—",
    ),
    Column("kind", gettext_lazy("種類"), lambda row: str(queries.SECTORS[row.kind]), ("kind", "named")),
    Column("role", gettext_lazy("役割"), lambda row: row.get_role_display(), ("role", "kind", "named")),
    Column("term", gettext_lazy("任期"), _term, ("valid_from", "named")),
    Column(
        "brings",
        gettext_lazy("取り組みたいこと・できること"),
        lambda row: row.brings,
        show=lambda row: in_japanese(row.brings) or "—",
    ),
)


def _named(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(
        Q(area__name__icontains=value)
        | Q(area__kana__icontains=value)
        | Q(area__name_en__icontains=value)
        | Q(organisation__name__icontains=value)
    )


@public
@require_GET
def thread_members(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody who takes part in a thread today, to sort, filter and take along."""
    shown, today = queries.strand_at(key), timezone.localdate()
    if shown is None:
        raise Http404
    table = Table(
        request=request,
        rows=queries.thread_members_on(shown, today),
        name=f"members-{shown.key}",
        title=gettext_lazy("構成員の一覧"),
        empty=_("構成員はまだいません。"),
        order="role",
        page_size=LISTED,
        columns=MEMBERS,
        filters=[
            Filter("name", gettext_lazy("名称"), _named),
            Filter(
                "kind",
                gettext_lazy("種類"),
                lambda rows, value: rows.filter(kind=value),
                list(queries.SECTORS.items()),
            ),
            Filter(
                "role",
                gettext_lazy("役割"),
                lambda rows, value: rows.filter(role=value),
                ThreadMember.Role.choices,
            ),
        ],
    )
    return table.download() or render(
        request,
        "network/thread_members.html",
        {
            "shown": shown,
            "table": table,
            "today": today,
            "breadcrumbs": way_from(shown, _("構成員の一覧")),
        },
    )


@require_http_methods(GET_AND_POST)
def keep_strand(request: HttpRequest, key: str) -> HttpResponse:
    """Say who runs a thread and which body meets for it: the secretariat."""
    shown = strand_asked(key)
    if not can_enter(request.user):
        raise PermissionDenied(actions.NOT_RUNNING)
    told = {"run_by": shown.run_by_id, "body": shown.body_id}
    form = StrandForm(request.POST if request.method == "POST" else None, initial=told)
    made = attempt(
        form,
        lambda: actions.open_strand(
            shown.thread, field=shown.field, block=shown.block, **form.cleaned_data, by=request.user
        ),
    )
    if made is not None:
        messages.success(request, _("運営する組織と会議体を記録しました。"))
        return redirect(shown)
    return thread_form(request, shown, form, title=_("運営する組織と会議体を決める"), button=_("記録する"))


@require_http_methods(GET_AND_POST)
def join(request: HttpRequest, key: str) -> HttpResponse:
    """Ask to take part for one of the bodies for which the user speaks."""
    shown, offices = strand_asked(key), queries.offices_of(request.user)
    if not offices:
        raise PermissionDenied(actions.NOT_SPEAKING)
    form = JoinForm(request.POST if request.method == "POST" else None, strand=shown, offices=offices)
    made = attempt(
        form,
        lambda: actions.ask_to_join(
            shown, form.facts(), by=request.user, today=timezone.localdate(), reason=form.cleaned_data["reason"]
        ),
    )
    if made is not None:
        messages.success(request, _("申し込みました。運営者が認めると、構成員の一覧に載ります。"))
        return redirect(shown)
    title = _("糸に加わる")
    lead = _("認めるのは、この糸を運営する組織です。任期は、認めるときに決まります。")
    return thread_form(request, shown, form, title=title, button=_("申し込む"), lead=lead)


@require_http_methods(GET_AND_POST)
def admit(request: HttpRequest, key: str) -> HttpResponse:
    """Let in whom those who run the thread invite."""
    shown = strand_run(request, key)
    today = timezone.localdate()
    form = AdmitForm(
        request.POST if request.method == "POST" else None, strand=shown, initial={"valid_from": today.isoformat()}
    )

    def deed() -> ThreadMember:
        said = form.cleaned_data
        term = {"valid_from": said["valid_from"], "valid_to": said["valid_to"]}
        return actions.admit(shown, form.facts(), **term, by=request.user)

    made = attempt(form, deed)
    if made is not None:
        messages.success(request, _("構成員に加えました。"))
        return redirect(shown)
    lead = _("相手の了解を得てから加えてください。すぐに構成員の一覧に載ります。")
    return thread_form(request, shown, form, title=_("構成員を加える"), button=_("加える"), lead=lead)


@public
@require_http_methods(GET_AND_POST)
def thread_member(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One member or request with its term and what can be done with it: decide, change the term, leave."""
    rows = ThreadMember.objects.select_related(
        "strand__thread", "strand__field", "strand__block", "area", "organisation"
    )
    member = get_object_or_404(rows, strand=key, pk=pk)
    if not can_see_member(request.user, member):
        raise Http404
    runs, speaks, today = (
        can_run(request.user, member.strand),
        can_speak_for(request.user, member),
        timezone.localdate(),
    )
    form = TermForm(request.POST if request.method == "POST" else None, member=member, today=today)
    if request.method == "POST":
        if not (runs or speaks):
            raise PermissionDenied(actions.NOT_RUNNING)
        if _deed(request, member, form):
            return redirect(member)
    is_over = member.state == member.State.APPROVED and member.valid_to is not None and member.valid_to < today
    return render(
        request,
        "network/thread_member.html",
        {
            "member": member,
            "form": form,
            "runs": runs,
            "speaks": speaks,
            "is_over": is_over,
            "approval": queries.request_of(member) if runs or speaks else None,
            "places": queries.places_of(member),
            "carries": queries.named_bodies().filter(organisation=member.organisation_id).first()
            if member.organisation_id
            else None,
            "history": history_of(member) if runs or speaks else [],
            "breadcrumbs": way_from(member.strand, str(member)),
        },
        status=422 if form.is_bound else 200,
    )


def _deed(request: HttpRequest, member: ThreadMember, form: TermForm) -> bool:
    """Do what the button says; whether it was done."""
    deed, today = request.POST.get("deed", ""), timezone.localdate()
    why = request.POST.get("why", "").replace("\x00", "").strip()[:300]
    if deed in {"approve", "keep_term"}:
        return _decide(request, member, form, deed)
    try:
        if deed == "leave":
            actions.leave(member, by=request.user, today=today, why=why)
            said = _("参加は今日で終わります。記録は残ります。")
        elif deed in {"refuse", "withdraw"}:
            actions.decide_on_member(member, deed=deed, by=request.user, today=today, remark=why)
            said = _("見送りました。申し込んだ方に伝わります。") if deed == "refuse" else _("申込みを取り下げました。")
        else:
            return False
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return False
    messages.success(request, said)
    return True


def _decide(request: HttpRequest, member: ThreadMember, form: TermForm, deed: str) -> bool:
    def done() -> ThreadMember:
        said, today = form.cleaned_data, timezone.localdate()
        if deed == "keep_term":
            return actions.keep_term(
                member, role=said["role"], valid_to=said["valid_to"], by=request.user, today=today, why=said["why"]
            )
        term = {"valid_from": said["valid_from"], "valid_to": said["valid_to"]}
        return actions.decide_on_member(
            member, deed=deed, role=said["role"], **term, remark=said["why"], by=request.user, today=today
        )

    if attempt(form, done) is None:
        return False
    said = _("参加を認めました。") if deed == "approve" else _("役割と任期を直しました。")
    messages.success(request, said)
    return True


@require_http_methods(GET_AND_POST)
def put(request: HttpRequest, key: str) -> HttpResponse:
    """Put something in a thread; what runs in another one already (`?like=`) is typed in."""
    shown = strand_run(request, key)
    like = request.GET.get("like", "")
    other = (
        ThreadItem.objects.filter(pk=int(like)).first()
        if like.isascii() and like.isdigit() and len(like) < 10
        else None
    )
    told = {"on": timezone.localdate().isoformat()} | (said_of(other) if other else {})
    form = ThingForm(request.POST if request.method == "POST" else None, initial=told)
    made = attempt(form, lambda: actions.put_in_thread(shown, form.facts(), by=request.user))
    if made is not None:
        messages.success(request, _("糸に載せました。フォローしている人に、一度だけ知らせます。"))
        return redirect(f"{shown.get_absolute_url()}#item-{made.pk}")
    lead = _("ここに書いたことは、すぐにだれでも読めます。")
    return thread_form(request, shown, form, title=_("糸で扱うものを載せる"), button=_("載せる"), lead=lead)


@require_POST
def take_out(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Take something off a thread that was put there by mistake."""
    shown = strand_run(request, key)
    item = get_object_or_404(ThreadItem.objects.select_related("strand"), strand=shown, pk=pk)
    try:
        actions.take_out_of_thread(item, by=request.user, why=request.POST.get("why", "").replace("\x00", "")[:300])
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("取り消しました。記録の履歴には残っています。"))
    return redirect(shown)
