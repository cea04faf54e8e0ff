"""What the council of a block keeps through pages: its state, the solutions it pushes, issues with countermeasures, and the card
for its head."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.doors import public
from itoguchi.core.remembered import remembered
from itoguchi.network import actions, queries
from itoguchi.network.access import can_run
from itoguchi.network.forms import MeasureForm, PriorityForm
from itoguchi.network.models import Countermeasure, Priority, Strand
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.threads import strand_run, thread_form, way_from

ON_CARD = 5  # lines of each list: the card is one page
Reader = Literal["anybody", "who runs it"]
FIRST, ON_PAGE = 10, 20  # issues on the page of the thread, and on a page of their own


def council_asked(key: str) -> Strand:
    """The thread of a block, by its address; others have no council (1 query)."""
    return get_object_or_404(queries.strands().filter(thread="diagonal"), pk=key)


@public
@require_GET
def state(request: HttpRequest, key: str) -> HttpResponse:
    """How far the areas of a block have come, field by field; for the page of its thread, else a page."""
    shown, today = council_asked(key), timezone.localdate()
    said = {"shown": shown, "today": today, "state": queries.state_of_block(shown.block_id, today)}
    if request.htmx:
        return render(request, "network/_state.html", said)
    return render(request, "network/state.html", said | {"breadcrumbs": way_from(shown, _("取組の状況"))})


@public
@require_GET
def issues(request: HttpRequest, key: str) -> HttpResponse:
    """The issues of a block and what is done about them; the first for the page of its thread, else a page of all."""
    shown, today = council_asked(key), timezone.localdate()
    if request.htmx:
        return HttpResponse(drawn_issues(shown, today, 0, "anybody")[0])
    asked = request.GET.get("page", "")
    page = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    reader: Reader = "who runs it" if can_run(request.user, shown) else "anybody"
    drawn, has_more = drawn_issues(shown, today, page, reader)
    return render(
        request,
        "network/issues.html",
        {
            "shown": shown,
            "today": today,
            "issues": drawn,
            "has_more": has_more,
            "page": page,
            "breadcrumbs": way_from(shown, _("課題と対応策")),
        },
    )


@remembered(most=64, of=("accounts", "areas", "network", "roadmap"))
def drawn_issues(shown: Strand, day: date, page: int, reader: Reader) -> tuple[str, bool]:
    """A page of issues as these readers see it, and whether there are more; page 0: the first few."""
    size, first = (ON_PAGE, ON_PAGE * (page - 1)) if page else (FIRST, 0)
    found = queries.issues_with_measures(shown, day, size + 1, first=first)
    said = {"shown": shown, "today": day, "issues": found[:size], "runs": reader == "who runs it", "is_panel": not page}
    return render_to_string("network/_issues.html", said), len(found) > size


@require_http_methods(GET_AND_POST)
def prioritise(request: HttpRequest, key: str) -> HttpResponse:
    """Choose a solution that the block pushes, with the reason."""
    shown = strand_run(request, key)
    told = {"since": timezone.localdate().isoformat(), "solution": request.GET.get("solution", "")[:40]}
    form = PriorityForm(request.POST if request.method == "POST" else None, initial=told)
    made = attempt(form, lambda: actions.choose_priority(shown, **form.cleaned_data, by=request.user))
    if made is not None:
        messages.success(request, _("重点モデルに選びました。"))
        return redirect(f"{shown.get_absolute_url()}#priorities")
    lead = _("地域の特性のどこに合うのか、どの記録から分かるのかを書くと、ほかの地域にも役立ちます。")
    return thread_form(request, shown, form, title=_("重点モデルを選ぶ"), button=_("選ぶ"), lead=lead)


@require_POST
def end_priority(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Push a solution no more."""
    shown = strand_run(request, key)
    priority = get_object_or_404(Priority.objects.select_related("strand"), strand=shown, pk=pk)
    why = request.POST.get("why", "").replace("\x00", "")[:300]
    try:
        actions.end_priority(priority, until=timezone.localdate(), by=request.user, why=why)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("重点から外しました。選んでいた記録は残ります。"))
    return redirect(f"{shown.get_absolute_url()}#priorities")


@require_http_methods(GET_AND_POST)
def measure(request: HttpRequest, key: str, pk: int = 0) -> HttpResponse:
    """Write down what is done about an issue of the block (`?issue=`), or say anew how it stands."""
    shown, today = strand_run(request, key), timezone.localdate()
    known = get_object_or_404(Countermeasure.objects.select_related("issue"), strand=shown, pk=pk) if pk else None
    if known:
        told = {"text": known.text, "taken_by": known.taken_by_id, "due_on": known.due_on, "done_on": known.done_on}
    else:
        told = {"issue": request.GET.get("issue", "")[:10]}
    form = MeasureForm(
        request.POST if request.method == "POST" else None,
        issues=queries.issues_of(shown, today),
        members=shown.members.filter(state="approved").select_related("area", "organisation"),
        is_new=known is None,
        initial=told,
    )
    made = attempt(
        form,
        lambda: actions.take_countermeasure(
            shown,
            known.issue if known else form.cleaned_data["issue"],
            form.facts(),
            by=request.user,
            today=today,
            measure=known,
            why=form.cleaned_data.get("why", ""),
        ),
    )
    if made is not None:
        messages.success(request, _("対応策を記録しました。"))
        return redirect(f"{shown.get_absolute_url()}#issues")
    lead = known.issue.title if known else ""
    title = _("対応策を直す") if known else _("対応策を書く")
    return thread_form(request, shown, form, title=title, button=_("記録する"), lead=lead)


@public
@require_GET
def block_card(request: HttpRequest, key: str) -> HttpResponse:
    """One page to print about a block, for the head of its council."""
    shown = queries.strand_at(f"diagonal-{key}")
    if shown is None or shown.block is None:
        raise Http404
    card = drawn_card(
        shown, timezone.localdate(), request.build_absolute_uri(reverse("network:thread", args=[shown.pk]))
    )
    said = {"shown": shown, "place": shown.block, "card": card, "breadcrumbs": way_from(shown, _("一枚の紙"))}
    return render(request, "network/block_card.html", said)


@remembered(most=32, of=("accounts", "areas", "network", "roadmap"))
def drawn_card(shown: Strand, day: date, page: str) -> str:
    """What is printed, which all readers share."""
    block = shown.block_id or ""
    sectors, issues = queries.sectors_of(shown.pk, day), queries.issues_with_measures(shown, day, ON_CARD + 1)
    priorities, state = queries.priorities_of(shown, day), queries.state_of_block(block, day)
    said = {
        "place": shown.block,
        "today": day,
        "areas": max((each.areas for each in state), default=0),
        "sectors": sectors,
        "chairs": [each for sector in sectors for each in sector.first if each.role == each.Role.CHAIR],
        "state": state,
        "priorities": priorities[:ON_CARD],
        "more_priorities": len(priorities[ON_CARD:]),
        "issues": issues[:ON_CARD],
        "has_more_issues": len(issues) > ON_CARD,
        "gaps": queries.gaps_of(block, tuple(each.field for each in state), day),
        "page": page,
    }
    return render_to_string("network/_block_card.html", said)
