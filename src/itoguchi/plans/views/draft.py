"""The draft of a plan that nobody has saved: to read, to take along in Word or PDF, and to begin a plan with."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_POST

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, find_areas
from itoguchi.core.documents.html import write_sections
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.plans import actions, queries
from itoguchi.plans.access import can_plan_for
from itoguchi.plans.actions.plans import NOT_YOURS
from itoguchi.plans.content import blanks_of, draft_of, solutions_of, title_of
from itoguchi.plans.forms.first_step import costs_of
from itoguchi.support.models import Need
from itoguchi.support.models.needs import LONGEST
from itoguchi.support.queries import hour_of, needs_visible_to

UNSAVED = "案（保存されていません）"
WRITERS = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", queries.word_of),
    "pdf": ("application/pdf", queries.pdf_of),
}


def sheet_for(request: HttpRequest) -> queries.Sheet | None:
    """The first step sheet of `?area=` with `need=`, `solution=` or `words=`, in Japanese; None where no area is named."""
    asked = request.GET
    need = _need_of(request, asked.get("need", ""))
    area = _area_of(request, need)
    if area is None:
        return None
    key, day = asked.get("solution", ""), timezone.localdate()
    words = asked.get("words", "")[:LONGEST].replace("\x00", "").strip()
    with override("ja"):
        solution = queries.solutions_by_key(day).get(key)
        if key and solution is None:
            raise Http404
        return queries.sheet_of(
            area,
            user=request.user,
            day=day,
            need=need,
            solution=solution,
            words=words,
            costs=costs_of(asked)[0],
            hour=hour_of(day, timezone.now()),
        )


def _need_of(request: HttpRequest, written: str) -> Need | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 10):
        raise Http404
    rows = needs_visible_to(request.user).prefetch_related("solutions__field", "barriers")
    found: Need = get_object_or_404(rows, pk=int(written))
    return found


def _area_of(request: HttpRequest, need: Need | None) -> Area | None:
    """The area named by code or name, else the need's, else the user's own; None where several are meant."""
    written = fold(request.GET.get("area", "")[:100]).replace("\x00", "").strip()
    if not written:
        return need.area if need else next((each.area for each in memberships_of(request.user) if each.area), None)
    if found := area_of_code(written[:6]):
        return found
    meant = find_areas(written)
    meant = [each for each in meant if each.rank == 0] or meant
    return area_of_code(meant[0].key) if len(meant) == 1 else None


def as_file(kind: str, name: str, **paper: Any) -> HttpResponse:
    """A paper as Word or PDF file to take along."""
    if kind not in WRITERS:
        raise Http404
    content_type, write = WRITERS[kind]
    response = HttpResponse(write(paper.pop("content"), **paper), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


@public
@require_GET
def draft(request: HttpRequest) -> HttpResponse:
    """The draft, section by section; without an area the way to choose one."""
    sheet = sheet_for(request)
    trail = [(_("実装計画"), reverse("plans:plan_list")), (_("計画の案"), "")]
    if sheet is None:
        return render(request, "plans/draft.html", {"sheet": None, "breadcrumbs": trail})
    content = draft_of(sheet)
    paper = queries.document_of(content, title=title_of(sheet), area=sheet.area, day=sheet.day, state=UNSAVED)
    return render(
        request,
        "plans/draft.html",
        {
            "sheet": sheet,
            "paper": paper,
            "body": write_sections(paper.sections, lambda _to: ""),
            "blanks": sum(blanks_of(content).values()),
            "may_save": can_plan_for(request.user, sheet.area),
            "query": request.GET.urlencode(),
            "breadcrumbs": trail,
        },
    )


@public
@require_GET
def draft_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a file; nothing is saved."""
    sheet = sheet_for(request)
    if sheet is None:
        raise Http404
    name = f"plan-draft-{sheet.area.code}"
    return as_file(
        kind, name, content=draft_of(sheet), title=title_of(sheet), area=sheet.area, day=sheet.day, state=UNSAVED
    )


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Keep the draft of the same question as a plan of the area."""
    sheet = sheet_for(request)
    if sheet is None:
        raise Http404
    if not can_plan_for(request.user, sheet.area):
        raise PermissionDenied(NOT_YOURS)
    try:
        made = actions.begin_plan(
            sheet.area,
            draft_of(sheet),
            title=title_of(sheet),
            need=sheet.need,
            solutions=solutions_of(sheet),
            by=request.user,
            today=timezone.localdate(),
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(f"{reverse('plans:draft')}?{request.GET.urlencode()}")
    messages.success(request, _("計画として保存しました。庁内限りです。項目ごとに直せます。"))
    return redirect(made)
