"""The form of one section of a plan; what two people wrote at once stands side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.plans import actions, queries
from itoguchi.plans.content import Heading, content_from
from itoguchi.plans.forms.plans import SectionForm, YearSet, show_problems
from itoguchi.plans.models import PlanVersion
from itoguchi.plans.views.plans import form_page, plan_written


@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Write one section; for money with a row for each fiscal year."""
    plan = plan_written(request, pk)
    if key not in Heading.values:
        raise Http404
    latest = queries.latest_of(plan)
    said = content_from(latest.content)
    data = request.POST if request.method == "POST" else None
    form = SectionForm(data, initial={"text": said.text_of(key), "seen": latest.number})
    rows = None
    if key == Heading.MONEY:
        names = ("year", "cost", "own", "net")
        rows = YearSet(data, initial=[{name: getattr(each, name) for name in names} for each in said.money])
    theirs: dict[str, Any] = {}
    if form.is_valid() and (rows is None or rows.is_valid()):
        try:
            actions.save_section(
                plan, key, **form.cleaned_data, by=request.user, money=None if rows is None else rows.money()
            )
        except actions.SomebodySavedError as refused:
            form, theirs = _side_by_side(form, refused, key)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。"))
            return redirect(f"{plan.get_absolute_url()}#{key}")
    return form_page(
        request,
        plan,
        form,
        title=_("「%(section)s」を書く") % {"section": Heading(key).label},
        button=_("保存する"),
        lead=_("一行が一つの段落になります。「（記入してください…）」を、あなたの言葉に置き換えてください。"),
        rows=rows,
        **theirs,
    )


def _side_by_side(
    form: SectionForm, refused: actions.SomebodySavedError, key: str
) -> tuple[SectionForm, dict[str, Any]]:
    """The form with the writer's text, based on what was saved meanwhile, and that text to compare with."""
    version: PlanVersion = refused.version
    again = SectionForm({**form.cleaned_data, "seen": version.number})
    again.is_valid()
    again.add_error(None, refused)
    return again, {
        "theirs": "\n".join(queries.lines_of(content_from(version.content), Heading(key))),
        "theirs_version": version,
        "mine": form.cleaned_data["text"],
    }
