"""Pages of bodies: all of them; who sits in one, its meetings and decisions over the whole series; setting it up and seating its members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.areas.models import Block
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.network import actions, queries
from itoguchi.network.access import can_enter, keeps_body, sits_in
from itoguchi.network.forms import BodyForm, MemberForm, ReleaseForm, typed_member
from itoguchi.network.models import Body, Member
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.recommendations import in_japanese

LISTED = 20  # bodies on a page


def body_kept(request: HttpRequest, key: str) -> Body:
    """The body, for its secretariat alone."""
    shown = get_object_or_404(Body, key=key)
    if not keeps_body(request.user, shown):
        raise PermissionDenied(actions.NOT_KEEPING)
    return shown


def deed_page(
    request: HttpRequest,
    form: Form,
    *,
    title: str,
    button: str,
    trail: list[tuple[Any, str]],
    **more: Any,
) -> HttpResponse:
    """The page of one form of the secretariat, with the way back."""
    crumbs = [(_("会合"), reverse("network:index")), *trail, (title, "")]
    more.setdefault("back", trail[-1][1] if trail else reverse("network:index"))
    said = {"form": form, "title": title, "button": button, "breadcrumbs": crumbs}
    return render(request, "network/deed.html", more | said, status=422 if form.errors else 200)


def drop_page(
    request: HttpRequest, form: Form, *, title: str, mentions: list[queries.Mention], **more: Any
) -> HttpResponse:
    """The page that asks once more before something goes that was entered by mistake, or says what refers to it."""
    return deed_page(request, form, title=title, button=_("消す"), is_danger=True, mentions=mentions, **more)


COLUMNS = (
    Column(
        "name",
        gettext_lazy("会議体"),
        lambda row: row.name,
        ("order",),
        link=Body.get_absolute_url,
        show=lambda row: in_japanese(row.name),
    ),
    Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind", "order")),
    Column(
        "block",
        gettext_lazy("地域ブロック"),
        lambda row: str(row.block) if row.block else _("全国"),
        ("block__order", "order"),
    ),
    Column("met", gettext_lazy("開かれた会合"), lambda row: row.met, ("met",), is_number=True),
)


@public
@require_GET
def bodies(request: HttpRequest) -> HttpResponse:
    """All bodies in their order, with how often each has met."""
    blocks = [("nation", gettext_lazy("全国")), *((each.pk, each) for each in Block.objects.all())]
    table = Table(
        request=request,
        rows=queries.bodies_until(timezone.localdate()),
        name="bodies",
        title=gettext_lazy("会議体"),
        order="name",
        page_size=LISTED,
        columns=COLUMNS,
        filters=[
            Filter("name", gettext_lazy("名称"), lambda rows, value: rows.filter(name__icontains=value)),
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Body.Kind.choices),
            Filter("block", gettext_lazy("地域ブロック"), _of_block, blocks),
        ],
    )
    return table.download() or render(
        request,
        "network/bodies.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("会議体"), "")],
        },
    )


def _of_block(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(block=None if value == "nation" else value)


@public
@require_GET
def body(request: HttpRequest, key: str) -> HttpResponse:
    """One body: what for, who sits in it in 五十音順, its meetings with what they decided."""
    shown = get_object_or_404(Body.objects.select_related("block"), key=key)
    keeps = keeps_body(request.user, shown)
    today = timezone.localdate()
    gone = shown.members.filter(until__lt=today).order_by("until") if keeps else []
    return render(
        request,
        "network/body.html",
        {
            "body": shown,
            "members": queries.members_on(shown, today),
            "gone": gone,
            "meetings": queries.series_of(shown, request.user),
            "keeps": keeps,
            "sits": keeps or sits_in(request.user, shown),
            "today": today,
            "history": history_of(shown) if keeps else [],
            "breadcrumbs": [(_("会合"), reverse("network:index")), (in_japanese(shown.name), "")],
        },
    )


@require_http_methods(GET_AND_POST)
def keep_body(request: HttpRequest, key: str = "") -> HttpResponse:
    """The form that sets a body up, or changes it."""
    known = body_kept(request, key) if key else None
    if known is None and not can_enter(request.user):
        raise PermissionDenied(actions.NOT_FOUNDING)
    names = ("key", "kind", "name", "purpose", "questions")
    told = {name: getattr(known, name) for name in names} | {"block": known.block_id} if known else None
    form = BodyForm(request.POST or None, initial=told)
    if known is not None:
        form.fields["key"].disabled = True

    def deed() -> Body:
        given = form.cleaned_data
        return actions.keep_body(given["key"], form.facts(), by=request.user, why=given["why"], is_new=known is None)

    made = attempt(form, deed)
    if made is not None:
        messages.success(request, _("会議体を記録しました。"))
        return redirect(made)
    title = _("会議体を直す") if known else _("会議体を作る")
    trail = [(in_japanese(known.name), known.get_absolute_url())] if known else []
    return deed_page(request, form, title=title, button=_("記録する"), trail=trail)


@require_http_methods(GET_AND_POST)
def keep_member(request: HttpRequest, key: str, slug: str = "") -> HttpResponse:
    """The form that seats a member, or changes what is said of one; an account opens the members' pages."""
    seat = body_kept(request, key)
    known = get_object_or_404(seat.members.select_related("account"), slug=slug) if slug else None
    form = MemberForm(request.POST or None, initial=typed_member(known) if known else None)
    by = request.user

    def deed() -> Member:
        if known is None:
            return actions.seat_member(seat, form.facts(), by=by)
        return actions.correct_member(known, form.facts(), by=by, why=form.cleaned_data["why"])

    if attempt(form, deed) is not None:
        messages.success(request, _("構成員を記録しました。"))
        return redirect(seat)
    title = _("構成員を直す") if known else _("構成員を加える")
    return deed_page(
        request, form, title=title, button=_("記録する"), trail=[(in_japanese(seat.name), seat.get_absolute_url())]
    )


@require_http_methods(GET_AND_POST)
def release(request: HttpRequest, key: str, slug: str) -> HttpResponse:
    """The form that lets a member go; what is open with them is named."""
    seat = body_kept(request, key)
    member = get_object_or_404(seat.members, slug=slug)
    form = ReleaseForm(request.POST or None)
    made = attempt(form, lambda: actions.release_member(member, **form.cleaned_data, by=request.user))
    if made is not None:
        messages.success(request, _("構成員から外しました。確認待ちの発言は、公開を止めません。"))
        return redirect(seat)
    waiting = member.statements.filter(state="open", summary__published_on=None).count()
    hint = _("この人の確認を待つ発言が%(number)s件あります。外すと、確認なしとして示します。") % {"number": waiting}
    return deed_page(
        request,
        form,
        title=_("構成員から外す"),
        button=_("外す"),
        trail=[(in_japanese(seat.name), seat.get_absolute_url())],
        lead=member.name,
        hint=hint if waiting else "",
    )
