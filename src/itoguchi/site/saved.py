"""Pages of saved searches: save a question, see what is new to each, call it otherwise, let it be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itoguchi.accounts.models import Account
from itoguchi.core import actions, queries
from itoguchi.core.models import SavedSearch
from itoguchi.core.saving import news_of, page_of
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.roadmap.models import Topic


def news_of_search(saved: SavedSearch, _day: date) -> Iterator[Watched]:
    """Records that came or were changed since, among those that answer best (2 queries, or 5)."""
    question = saved.question
    for entry in queries.entries_since(question.get("q", ""), saved.seen_at, room=question.get("room", "")):
        is_new = entry.made_at > saved.seen_at
        at = written(timezone.localdate(entry.changed_at))
        said = _("%(day)sに加わりました。") if is_new else _("%(day)sに変わりました。")
        why = said % {"day": at} + _("保存した検索「%(search)s」に合います。") % {"search": saved.name}
        key = f"entry {entry.room}/{entry.key} {entry.changed_at.isoformat()}"
        yield Watched(Topic.SEARCHES, key[-120:], entry.title, why, entry.path)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the question of a page that finds; leads to all saved ones."""
    account = cast(Account, request.user)
    given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        saved_one = actions.save_search(
            given.get("of", ""), given, name=given.get("name", ""), by=account, now=timezone.now()
        )
    except ValidationError as refused:
        return _page(request, refused.messages)
    messages.success(request, _("検索「%(search)s」を保存しました。") % {"search": saved_one.name})
    return redirect("saved_searches")


@require_GET
def saved(request: HttpRequest) -> HttpResponse:
    """All saved searches of the account, each with what is new to it."""
    return _page(request)


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Call one's own saved search otherwise, take note of its news, or forget it."""
    account = cast(Account, request.user)
    one = get_object_or_404(SavedSearch, pk=pk, account=account)
    try:
        match request.POST.get("deed"):
            case "drop":
                actions.drop_search(one, by=account)
                messages.success(request, _("検索「%(search)s」を消しました。") % {"search": one.name})
            case "seen":
                actions.mark_search_as_seen(one, by=account, now=timezone.now())
                messages.success(request, _("ここまでを見たことにしました。"))
            case _other:
                name = request.POST.get("name", "").replace("\x00", "")
                actions.tune_search(one, name=name, tells="tells" in request.POST, by=account)
                messages.success(request, _("保存した検索を直しました。"))
    except ValidationError as refused:
        return _page(request, refused.messages)
    return redirect("saved_searches")


def _page(request: HttpRequest, problems: list[str] | None = None) -> HttpResponse:
    account, today = cast(Account, request.user), timezone.localdate()
    return render(
        request,
        "site/saved.html",
        {
            "saved": [_shown(each, today) for each in account.saved_searches.all()],
            "problems": problems or [],
            "today": today,
            "breadcrumbs": [(_("保存した検索"), "")],
        },
        status=422 if problems else 200,
    )


def _shown(one: SavedSearch, today: date) -> dict[str, Any]:
    page = page_of(one.page)
    return {"search": one, "page": page.label if page else one.page, "news": news_of(one, today)}
