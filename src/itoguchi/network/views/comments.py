"""Pages of comment periods: what is asked, the form in which everybody may answer, and the secretariat's own form of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.core import throttle
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.templatetags.core import address
from itoguchi.network import actions, queries
from itoguchi.network.access import can_tend_opinions
from itoguchi.network.forms import CommentForm, PeriodForm
from itoguchi.network.models import CommentPeriod
from itoguchi.network.models.opinions import LONGEST
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.opinions import way_to
from itoguchi.network.views.recommendations import in_japanese

OF_ADDRESS, HOUR = 20, 60 * 60  # so many comments from one address


@public
@require_GET
def periods(request: HttpRequest) -> HttpResponse:
    """The comment periods, the newest first."""
    now = timezone.now()
    return render(
        request,
        "network/periods.html",
        {
            "periods": [(each, each.is_open_at(now), now < each.opens_at) for each in CommentPeriod.objects.all()],
            "tends": can_tend_opinions(request.user),
            "breadcrumbs": way_to((_("意見募集"), "")),
        },
    )


@public
@require_http_methods(GET_AND_POST)
def period(request: HttpRequest, slug: str) -> HttpResponse:
    """One comment period: what is asked, the form while it is open, and what came of it."""
    shown, now = get_object_or_404(CommentPeriod, slug=slug), timezone.now()
    if request.method == "GET" or not shown.is_open_at(now):
        return _page(request, shown, CommentForm(), status=200 if request.method == "GET" else 422)
    form = CommentForm(request.POST)
    wait = throttle.take(f"comment {request.META.get('REMOTE_ADDR', '')}", limit=OF_ADDRESS, seconds=HOUR)
    if wait:
        form.add_error(
            None,
            _("同じ場所からの意見が続いています。%(minutes)s分ほど待ってから送ってください。書いた文は残っています。")
            % {"minutes": -(-wait // 60)},
        )
        response = _page(request, shown, form, status=429)
        response["Retry-After"] = str(wait)
        return response
    if form.is_valid() and form.cleaned_data["website"]:  # a machine filled in what people do not see
        messages.success(request, _("受け付けました。ありがとうございました。"))
        return redirect(shown)
    sent = attempt(form, lambda: actions.send_comment(shown, form.facts(), now=now))
    if sent is None:
        return _page(request, shown, form, status=422)
    where = request.build_absolute_uri(address(sent.address))
    thanks = (
        _("受け付けました（番号 %(number)s）。事務局が読んだあと、%(where)s で公開し、回答もそこに載せます。")
        if sent.may_be_public
        else _("受け付けました（番号 %(number)s）。公開はせず、事務局が読みます。")
    )
    messages.success(request, thanks % {"number": sent.pk, "where": where})
    return redirect(shown)


def _page(request: HttpRequest, shown: CommentPeriod, form: CommentForm, *, status: int) -> HttpResponse:
    now, tends = timezone.now(), can_tend_opinions(request.user)
    return render(
        request,
        "network/period.html",
        {
            "period": shown,
            "form": form,
            "is_open": shown.is_open_at(now),
            "is_ahead": now < shown.opens_at,
            "longest": LONGEST,
            "sums": queries.sums(timezone.localdate(), shown.pk),
            "as_of": timezone.localdate(),
            "tends": tends,
            "history": history_of(shown) if tends else [],
            "breadcrumbs": way_to((_("意見募集"), reverse("network:periods")), (in_japanese(str(shown)), "")),
        },
        status=status,
    )


@require_http_methods(GET_AND_POST)
def keep_period(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The form of a comment period, new or known."""
    if not can_tend_opinions(request.user):
        raise PermissionDenied(actions.NOT_TENDING)
    known = get_object_or_404(CommentPeriod, slug=slug) if slug else None
    form = PeriodForm(request.POST if request.method == "POST" else None, period=known)
    made = attempt(
        form,
        lambda: actions.keep_period(
            form.cleaned_data.get("slug", slug),
            form.facts(),
            by=request.user,
            period=known,
            why=form.cleaned_data.get("why", ""),
        ),
    )
    if made is not None:
        messages.success(request, _("意見募集を保存しました。"))
        return redirect(made)
    title = _("意見募集を直す") if known else _("意見を募集する")
    trail = way_to((_("意見募集"), reverse("network:periods")), (title, ""))
    return render(
        request,
        "core/form.html",
        {"title": title, "form": form, "button": _("保存する"), "breadcrumbs": trail},
        status=422 if form.is_bound else 200,
    )
