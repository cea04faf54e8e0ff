"""The desk of those who tend opinions: what waits, looking through, sorting, merging, answering; and writing down what was heard."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import memberships_of
from itoguchi.core.imports import ImportRefused
from itoguchi.network import actions, queries
from itoguchi.network.access import can_tend_opinions, can_write_opinions
from itoguchi.network.forms import AnswerForm, OpinionFileForm, OpinionForm, SortForm, sorted_so_far
from itoguchi.network.models import Opinion
from itoguchi.network.opinion_files import bring_in_file
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.opinions import opinion_seen, way_to
from itoguchi.network.views.recommendations import in_japanese

ON_DESK = 50
LINK = re.compile(r"https?://|www\.", re.I)
MARKUP = re.compile(r"</?[a-z][^>]{0,200}>|\[/?url", re.I)
AGAIN = re.compile(r"(.{2,20}?)\1{5,}", re.S)


def only_tending(request: HttpRequest) -> None:
    """Turn everybody else away."""
    if not can_tend_opinions(request.user):
        raise PermissionDenied(actions.NOT_TENDING)


def doubts_about(text: str) -> list[str]:
    """What in a comment looks like an advertisement or a machine's work; people decide."""
    found = []
    if len(LINK.findall(text)) > 1:
        found.append(_("リンクが二つ以上"))
    if MARKUP.search(text):
        found.append(_("タグのような記号"))
    if AGAIN.search(text[:2000]):
        found.append(_("同じ言葉の繰り返し"))
    return found


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the secretariat, the oldest first: to be looked through, sorted, answered."""
    only_tending(request)
    day = timezone.localdate()
    labels = {state: label for state, label, _next in queries.WAITS}
    counts = {state: queries.number_waiting(day).get(state, 0) for state in labels}
    asked = request.GET.get("state", "")
    state = asked if asked in labels else next((each for each in labels if counts[each]), "held")
    rows = list(queries.waiting(day, state)[:ON_DESK])
    return render(
        request,
        "network/desk.html",
        {
            "state": state,
            "label": labels[state],
            "queues": [(each, labels[each], counts[each]) for each in labels],
            "number": counts[state],
            "rows": [(each, doubts_about(each.text) if state == "held" else []) for each in rows],
            "as_of": day,
            "breadcrumbs": way_to((_("意見の机"), "")),
        },
    )


@require_POST
def moderate(request: HttpRequest) -> HttpResponse:
    """Let the comments ticked pass, or refuse them with a reason."""
    only_tending(request)
    keys = [each for each in request.POST.getlist("opinions") if each.isascii() and each.isdigit() and len(each) < 10]
    chosen = list(Opinion.objects.filter(pk__in=keys[:ON_DESK]))
    passes = request.POST.get("deed") == "pass"
    reason = request.POST.get("reason", "").replace("\x00", "")
    try:
        if not chosen:
            raise ValidationError(_("意見を選んでください。"))
        actions.moderate_opinions(chosen, passes=passes, by=request.user, today=timezone.localdate(), reason=reason)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        said = _("%(number)s件を掲載しました。") if passes else _("%(number)s件を掲載しないことにしました。")
        messages.success(request, said % {"number": len(chosen)})
    return redirect(f"{reverse('network:desk')}?state=held")


@require_http_methods(GET_AND_POST)
def sort(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that says what an opinion is about, beside those that may say the same."""
    only_tending(request)
    shown = opinion_seen(request, pk)
    form = SortForm(request.POST if request.method == "POST" else None, initial=sorted_so_far(shown))
    today = timezone.localdate()
    made = attempt(form, lambda: actions.sort_opinion(shown, form.facts(shown), by=request.user, today=today))
    if made is not None:
        messages.success(request, _("整理しました。続けて、同じ意見をまとめるか、回答を書けます。"))
        return redirect(made)
    return _sorting(request, shown, form, status=422 if form.is_bound else 200)


def _sorting(request: HttpRequest, shown: Opinion, form: SortForm, *, status: int) -> HttpResponse:
    title = _("意見を整理する")
    return render(
        request,
        "network/sort.html",
        {
            "opinion": shown,
            "form": form,
            "title": title,
            "doubles": queries.doubles_of(shown) if shown.merged_into_id is None else [],
            "is_held": shown.moderation != Opinion.Moderation.PASSED,
            "breadcrumbs": way_to((in_japanese(shown.title), shown.get_absolute_url()), (title, "")),
        },
        status=status,
    )


@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge an opinion into another (`into`), take another into it (`take`), or part it again."""
    only_tending(request)
    shown, today = opinion_seen(request, pk), timezone.localdate()
    why = request.POST.get("why", "").replace("\x00", "")[:300]
    into, take = (request.POST.get(name, "") for name in ("into", "take"))
    other = into or take
    try:
        if request.POST.get("deed") == "part":
            actions.part_opinion(shown, by=request.user, why=why)
            messages.success(request, _("統合を取り消しました。"))
            return redirect(shown)
        found = get_object_or_404(Opinion, pk=other if other.isascii() and other.isdigit() and len(other) < 10 else 0)
        kept, merged = (found, shown) if into else (shown, found)
        actions.merge_opinions(kept, [merged], by=request.user, today=today, why=why)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("network:sort", pk=pk)
    messages.success(request, _("統合しました。まちがいなら、統合された意見のページで取り消せます。"))
    return redirect(kept)


@require_http_methods(GET_AND_POST)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The form in which an opinion is answered, with all that was merged into it."""
    only_tending(request)
    shown = opinion_seen(request, pk)
    known = {"verdict": shown.verdict, "answer": shown.answer}
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=known)
    made = attempt(
        form,
        lambda: actions.answer_opinion(
            shown,
            Opinion.Verdict(form.cleaned_data["verdict"]),
            form.cleaned_data["answer"],
            by=request.user,
            today=timezone.localdate(),
        ),
    )
    if made is not None:
        messages.success(request, _("回答しました。統合された意見のページにも、この回答が出ます。"))
        return redirect(made)
    voices = queries.voices_shown_to(request.user, [shown])[shown.pk]
    return deed_page(
        request, shown, form, title=_("意見に回答する"), button=_("回答する"), voices=voices, also=shown.answer
    )


def deed_page(
    request: HttpRequest, shown: Opinion, form: Any, *, title: str, button: str, voices: queries.Voices, also: str = ""
) -> HttpResponse:
    """A form about one opinion under its words."""
    return render(
        request,
        "network/opinion_deed.html",
        {
            "opinion": shown,
            "form": form,
            "title": title,
            "button": button,
            "voices": voices,
            "is_again": bool(also),
            "breadcrumbs": way_to((in_japanese(shown.title), shown.get_absolute_url()), (title, "")),
        },
        status=422 if form.is_bound else 200,
    )


def _own_place(request: HttpRequest) -> dict[str, Any]:
    """The area or block for which somebody writes, if it is one alone, as the form takes it."""
    own = {
        ("area_code", each.area.code) if each.area else ("block", each.block_id)
        for each in memberships_of(request.user)
        if each.area or each.block_id
    }
    return dict(own) if len(own) == 1 else {}


@require_http_methods(GET_AND_POST)
def new_opinion(request: HttpRequest) -> HttpResponse:
    """The form of an opinion that was heard; `?heard_at=&origin=&subject=&said_on=&area_code=&block=` say what is known."""
    if not can_write_opinions(request.user):
        raise PermissionDenied(actions.NOT_WRITING)
    names = ("heard_at", "origin", "subject", "said_on", "area_code", "block")
    told = {name: value for name in names if (value := request.GET.get(name, "")[:300].replace("\x00", ""))}
    # A visit is read by few: who writes says whether all may read this.
    start = {"may_be_public": told.get("origin") != Opinion.Origin.VISIT} | _own_place(request) | told
    form = OpinionForm(request.POST if request.method == "POST" else None, initial=start)
    made = attempt(
        form, lambda: actions.record_opinion(form.facts_heard(), by=request.user, today=timezone.localdate())
    )
    if made is not None:
        messages.success(request, _("意見を記録しました。"))
        return redirect(made)
    title = _("聞いた意見を記録する")
    return render(
        request,
        "core/form.html",
        {"title": title, "form": form, "button": _("記録する"), "breadcrumbs": way_to((title, ""))},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(GET_AND_POST)
def import_opinions(request: HttpRequest) -> HttpResponse:
    """Bring in a file of opinions, all or none of it."""
    only_tending(request)
    form = OpinionFileForm(*([request.POST, request.FILES] if request.method == "POST" else []))
    refused = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            number = bring_in_file(
                file.read(),
                file.name[:200],
                source=form.cleaned_data["source"],
                by=request.user,
                today=timezone.localdate(),
            )
        except ImportRefused as problems:
            refused = problems
        else:
            messages.success(request, _("%(number)s件の意見を取り込みました。") % {"number": number})
            return redirect(f"{reverse('network:desk')}?state=received")
    title = _("意見のファイルの取り込み")
    return render(
        request,
        "network/import.html",
        {"title": title, "form": form, "refused": refused, "breadcrumbs": way_to((title, ""))},
        status=422 if form.is_bound else 200,
    )
