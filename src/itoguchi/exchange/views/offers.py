"""Pages of standing offers, and of who suits whom: offers for a problem, problems for an organisation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_change_offer, organisations_of
from itoguchi.exchange.actions.offers import NOT_OFFERING
from itoguchi.exchange.forms.offers import OfferForm, ProfileForm
from itoguchi.exchange.models import Offer, Profile
from itoguchi.exchange.views.problems import POSTS, attempt, in_japanese, posted, problem_seen, tell
from itoguchi.roadmap.models import Field

SMALL = (Profile.Size.SMALL, Profile.Size.VENTURE)


def _profile(row: Offer) -> Profile | None:
    return getattr(row.organisation, "profile", None)


def _seat(row: Offer) -> str:
    profile = _profile(row)
    return str(profile.seat) if profile else ""


def _size(row: Offer) -> str:
    profile = _profile(row)
    return str(profile.get_size_display()) if profile else ""


COLUMNS = (
    Column(
        "title",
        gettext_lazy("題名"),
        lambda row: row.title,
        ("title",),
        link=Offer.get_absolute_url,
        show=lambda row: in_japanese(row.title),
    ),
    Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind",)),
    Column(
        "organisation",
        gettext_lazy("参加組織"),
        lambda row: row.organisation.name,
        ("organisation__name",),
        show=lambda row: str(row.organisation),
    ),
    Column("seat", gettext_lazy("所在地"), _seat, ("organisation__profile__seat__code",)),
    Column("size", gettext_lazy("規模"), _size, ("organisation__profile__size",)),
    Column(
        "since",
        gettext_lazy("いつから"),
        lambda row: row.since,
        ("is_near", "is_own", "since"),
        show=lambda row: day_marked(row.since),
    ),
)


def near_first(rows: QuerySet[Any], area: Area | None) -> QuerySet[Any]:
    """Small and venture firms of an area's prefecture come first (2), then those of its block (1)."""
    if area is None:
        return rows.annotate(is_near=Value(0))
    small, prefecture = Q(organisation__profile__size__in=SMALL), area.prefecture_id or area.pk
    seat = "organisation__profile__seat"
    here = Q(**{f"{seat}__prefecture": prefecture}) | Q(**{seat: prefecture})
    block = Q(**{f"{seat}__block": area.block_id})
    return rows.annotate(
        is_near=Case(When(small & here, then=Value(2)), When(small & block, then=Value(1)), default=Value(0))
    )


@public
@require_GET
def offer_list(request: HttpRequest) -> HttpResponse:
    """All standing offers; for one's own area, or that of `?for=`, small and venture firms of the region first."""
    asked = area_of_code(fold(request.GET.get("for", "")[:20])) if request.GET.get("for") else None
    own = next((each.area for each in getattr(request.user, "terms", ()) if each.area), None)
    area = asked or own
    table = Table(
        request,
        near_first(queries.offers_seen(request.user), area),
        COLUMNS,
        title=_("提供の一覧"),
        name="offers",
        order="-since",
        empty=_("提供は、まだありません。"),
        filters=[
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Offer.Kind.choices),
            Filter(
                "field",
                gettext_lazy("分野"),
                lambda rows, value: rows.filter(fields=value),
                [(each.key, each) for each in Field.objects.all()],
                is_japanese=True,
            ),
            Filter(
                "for",
                gettext_lazy("どこのため"),
                lambda rows, _value: rows,
                [(each.code, each) for each in prefectures()],
            ),
            Filter(
                "size",
                gettext_lazy("規模"),
                lambda rows, value: rows.filter(organisation__profile__size=value),
                Profile.Size.choices,
            ),
            Filter(
                "q",
                gettext_lazy("言葉"),
                lambda rows, value: rows.filter(
                    Q(title__icontains=value) | Q(text__icontains=value) | Q(organisation__name__icontains=value)
                ),
            ),
        ],
    )
    return table.download() or render(
        request,
        "exchange/offer_list.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "area": area,
            "firms": organisations_of(request.user),
            "breadcrumbs": [(_("課題と提案"), reverse("exchange:problem_list")), (_("提供"), "")],
        },
    )


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    start = [(_("課題と提案"), reverse("exchange:problem_list")), (_("提供"), reverse("exchange:offer_list"))]
    return [*start, *more]


@public
@require_GET
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """One offer, and who to turn to; one that ended says so."""
    rows = Offer.objects.select_related("organisation__profile__seat__prefecture")
    found = get_object_or_404(rows.prefetch_related("fields", "solutions", "prefectures"), pk=pk)
    return render(
        request,
        "exchange/offer.html",
        {
            "offer": found,
            "profile": _profile(found),
            "may_change": can_change_offer(request.user, found) and not found.ended_on,
            "breadcrumbs": _trail((str(found), "")),
        },
    )


def _form(request: HttpRequest, form: Any, title: str, back: str) -> HttpResponse:
    shown = {"form": form, "title": title, "button": _("保存する"), "lead": "", "problem": None, "back_url": back}
    shown |= {"back": None, "breadcrumbs": _trail((title, ""))}
    return render(request, "exchange/problem_form.html", shown, status=422 if form.is_bound else 200)


def _organisations(request: HttpRequest) -> list[int]:
    """Those for which the user may offer; who has none is told so."""
    keys = organisations_of(request.user)
    if not keys:
        raise PermissionDenied(NOT_OFFERING)
    return keys


@require_http_methods(POSTS)
def new_offer(request: HttpRequest) -> HttpResponse:
    """The form for a new offer."""
    form = OfferForm(posted(request), organisations=_organisations(request))
    return _keep(request, form, None)


@require_http_methods(POSTS)
def change_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that puts an offer right."""
    known = get_object_or_404(Offer, pk=pk)
    if not can_change_offer(request.user, known):
        raise PermissionDenied(NOT_OFFERING)
    return _keep(request, OfferForm(posted(request), organisations=[known.organisation_id], offer=known), known)


def _keep(request: HttpRequest, form: OfferForm, known: Offer | None) -> HttpResponse:
    made: list[Offer] = []

    def deed() -> None:
        organisation, today = form.cleaned_data["organisation"], timezone.localdate()
        made.append(actions.keep_offer(organisation, form.facts(), by=request.user, today=today, offer=known))

    if form.is_valid() and attempt(form, deed):
        messages.success(request, _("提供を保存しました。だれでも読めます。"))
        return redirect(made[0])
    title = _("提供を直す") if known else _("提供を書く")
    return _form(request, form, title, known.get_absolute_url() if known else reverse("exchange:offer_list"))


@require_POST
def end_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer something no more."""
    known = get_object_or_404(Offer, pk=pk)
    today = timezone.localdate()
    tell(request, lambda: actions.end_offer(known, by=request.user, today=today), _("提供をやめました。"))
    return redirect(known)


@require_http_methods(POSTS)
def profile(request: HttpRequest) -> HttpResponse:
    """The form for where an organisation is and how large."""
    keys = _organisations(request)
    known = Profile.objects.filter(organisation__in=keys).select_related("seat").first()
    form = ProfileForm(posted(request), organisations=keys, profile=known)

    def deed() -> None:
        said = form.cleaned_data
        size = Profile.Size(said["size"])
        actions.keep_profile(said["organisation"], seat=said["seat"], size=size, by=request.user)

    if form.is_valid() and attempt(form, deed):
        messages.success(request, _("組織の紹介を保存しました。"))
        return redirect("exchange:suited")
    return _form(request, form, _("組織の所在地と規模"), reverse("exchange:offer_list"))


@require_GET
def suited(request: HttpRequest) -> HttpResponse:
    """Problems that suit what one's organisation offers, each with why."""
    keys, today = _organisations(request), timezone.localdate()
    found = [each for key in keys for each in queries.problems_for(key, today)]
    has_offer = bool(found) or Offer.objects.filter(organisation__in=keys, ended_on=None).exists()
    return render(
        request,
        "exchange/suited.html",
        {
            "found": found,
            "has_offer": has_offer,
            "today": today,
            "breadcrumbs": [
                (_("課題と提案"), reverse("exchange:problem_list")),
                (_("自分の組織に合う課題"), ""),
            ],
        },
    )


@public
@require_GET
def panel_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """Offers that suit a problem, each with why, for its page; without scripts the list of offers for its prefecture."""
    seen = problem_seen(request, pk)
    area = seen.need.area
    more = f"{reverse('exchange:offer_list')}?for={(area.prefecture or area).code}"
    if not request.htmx:
        return redirect(more)
    found = queries.offers_for(pk, timezone.localdate())
    return render(request, "exchange/_suggestions.html", {"found": found, "more": more, "problem": seen})
