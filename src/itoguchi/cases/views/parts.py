"""The form of a part of a reference model, its file, and taking a part out."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.cases import actions
from itoguchi.cases.forms.reference_models import PartForm
from itoguchi.cases.forms.rows import show_problems
from itoguchi.cases.models import State
from itoguchi.cases.views.reference_models import model_seen, model_written, trail_of
from itoguchi.core.doors import public
from itoguchi.core.uploads import hand_out


@require_http_methods(["GET", "POST"])
def part(request: HttpRequest, key: str, pk: int | None = None) -> HttpResponse:
    """Add a part, write its next version, or take it out with a reason."""
    model, today = model_written(request, key), timezone.localdate()
    known = get_object_or_404(model.parts.select_related("file").defer("file__content"), pk=pk) if pk else None
    if known and request.POST.get("deed") == "remove":
        why = request.POST.get("why_ended", "")[:300].replace("\x00", "")
        try:
            actions.end_part(known, why=why, by=request.user, today=today)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            messages.success(request, _("部分を外しました。写した団体の計画に、そのことが示されます。"))
        return redirect(model)
    data = request.POST if request.method == "POST" else None
    form = PartForm(data, request.FILES or None, model=model, part=known)
    if form.is_valid():
        try:
            actions.keep_part(model, form.facts(), by=request.user, today=today, part=known)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。"))
            return redirect(model)
    title = _("部分を直す") if known else _("部分を加える")
    return render(
        request,
        "cases/part_form.html",
        {"model": model, "part": known, "title": title, "form": form, "breadcrumbs": trail_of(model, title)},
        status=200 if data is None else 422,
    )


@public
@require_GET
def part_file(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The file of a part that is offered, for who reads the model."""
    model = model_seen(request, key)
    found = get_object_or_404(model.parts.select_related("file"), pk=pk, ended_on=None)
    if found.file is None:
        raise Http404
    return hand_out(found.file, f"{key}-{pk}", is_private=model.state != State.PUBLISHED)
