"""The secretariat's entry: meetings, and what was done about clauses; correcting asks for a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.network import actions, queries
from itoguchi.network.access import bodies_kept_by, can_enter, keeps_body
from itoguchi.network.forms import ActionForm, AssignForm, MeetingForm, agenda_lines, typed
from itoguchi.network.models import Clause, Meeting
from itoguchi.network.views.recommendations import in_japanese

GET_AND_POST = ["GET", "POST"]


def _only_secretariat(request: HttpRequest) -> None:
    if not can_enter(request.user):
        raise PermissionDenied(_("会合と措置を記録できるのは、事務局の担当者だけです。"))


def attempt(form: forms.Form, deed: Callable[[], Any]) -> Any:
    """Do a deed with a form that holds, all or nothing; what the rules refuse stands beside its field."""
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return deed()
    except actions.SomebodyWroteError:
        raise  # the door shows both
    except ValidationError as refused:
        if hasattr(refused, "error_dict"):
            for name, problems in refused.error_dict.items():
                form.add_error(name if name in form.fields else None, problems)
        else:
            form.add_error(None, refused)
        return None


def _form(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    button: str,
    crumbs: list[tuple[Any, str]],
    template: str = "core/form.html",
    **more: Any,
) -> HttpResponse:
    return render(
        request,
        template,
        more
        | {
            "form": form,
            "title": title,
            "button": button,
            "breadcrumbs": [(_("会合"), reverse("network:index")), *crumbs, (title, "")],
        },
    )  # fmt: skip


@require_http_methods(GET_AND_POST)
def enter(request: HttpRequest) -> HttpResponse:
    """Put a meeting on record that took place."""
    form = _meeting_form(request, {})
    made = attempt(form, lambda: actions.enter_meeting(form.facts(), by=request.user, why=form.cleaned_data["why"]))
    if made is None:
        return _form(request, form, title=_("会合を記録する"), button=_("記録する"), crumbs=[])
    messages.success(request, _("会合を記録しました。状況報告にも、この日から入ります。"))
    return redirect(made)


@require_http_methods(GET_AND_POST)
def prepare(request: HttpRequest) -> HttpResponse:
    """Begin to prepare a meeting (`?body=` chooses its body)."""
    body = request.GET.get("body", "").replace("\x00", "")[:40]
    kept = bodies_kept_by(request.user)
    newest = Meeting.objects.filter(body=body, body__in=kept).order_by("-number").first()
    form = _meeting_form(request, {"body": body, "number": newest.number + 1 if newest else 1})
    made = attempt(form, lambda: actions.prepare_meeting(form.facts(), by=request.user, why=form.cleaned_data["why"]))
    if made is None:
        return _form(request, form, title=_("会合を準備する"), button=_("準備を始める"), crumbs=[])
    messages.success(request, _("準備を始めました。案内するまでは、構成員と事務局だけが見られます。"))
    return redirect(made)


@require_http_methods(GET_AND_POST)
def correct(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what is said of a meeting; what two people wrote at once stands side by side."""
    shown = get_object_or_404(queries.meetings(request.user), slug=slug)
    form = _meeting_form(request, typed(shown))
    if not keeps_body(request.user, shown.body):
        raise PermissionDenied(actions.NOT_KEEPING)
    said: dict[str, Any] = {}

    def deed() -> Meeting:
        given = form.cleaned_data
        return actions.correct_meeting(shown, form.facts(), by=request.user, why=given["why"], seen=given["seen"])

    try:
        made = attempt(form, deed)
    except actions.SomebodyWroteError as refused:
        made, said = None, {"theirs": refused.meeting, "mine": form.data["agenda"]}
        said["theirs_agenda"] = agenda_lines(refused.meeting)
        form = MeetingForm({**form.data.dict(), "seen": refused.meeting.version}, bodies=bodies_kept_by(request.user))
        form.add_error(None, refused)
    if made is None:
        is_prepared = shown.state == Meeting.State.PREPARING
        title = _("次第・日時を直す") if is_prepared else _("会合の記録を直す")
        crumbs = [(str(shown), shown.get_absolute_url())]
        return _form(
            request, form, title=title, button=_("直す"), crumbs=crumbs, template="network/meeting_form.html", **said
        )
    messages.success(request, _("直しました。前の記録は「変更の記録」に残っています。"))
    return redirect(made)


def _meeting_form(request: HttpRequest, initial: dict[str, Any]) -> MeetingForm:
    """The form of a meeting, for who keeps a body."""
    bodies = bodies_kept_by(request.user)
    if not bodies:
        raise PermissionDenied(_("会合と措置を記録できるのは、事務局の担当者だけです。"))
    return MeetingForm(request.POST or None, initial=initial, bodies=bodies)


@require_http_methods(GET_AND_POST)
def record(request: HttpRequest, slug: str) -> HttpResponse:
    """Put on record what was done about a clause."""
    _only_secretariat(request)
    clause = get_object_or_404(Clause, slug=slug)
    form = ActionForm(request.POST or None)
    made = attempt(
        form, lambda: actions.record_action(clause, form.facts(), by=request.user, why=form.cleaned_data["why"])
    )
    if made is None:
        crumbs = [(in_japanese(str(clause)), clause.get_absolute_url())]
        return _form(request, form, title=_("措置を記録する"), button=_("記録する"), crumbs=crumbs)
    messages.success(request, _("措置を記録しました。その日から、項目の状態が変わります。"))
    return redirect(clause)


@require_http_methods(GET_AND_POST)
def correct_action(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Correct an action on record, or take it back."""
    _only_secretariat(request)
    clause = get_object_or_404(Clause, slug=slug)
    action = get_object_or_404(clause.actions, pk=number)
    told = {"day": action.day.isoformat(), "text": action.text, "state": action.state, "owner": action.owner}
    told |= {"due_on": action.due_on.isoformat() if action.due_on else "", "evidence": action.evidence}
    form = ActionForm(request.POST or None, initial=told | {"source": action.source})
    if request.POST.get("deed") == "take_back":
        why = request.POST.get("why", "")[:300]
        try:
            actions.take_back_action(action, by=request.user, why=why)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
            return redirect("network:correct_action", slug=slug, number=number)
        messages.success(request, _("取り消しました。記録の履歴には残っています。"))
        return redirect(clause)
    made = attempt(
        form, lambda: actions.correct_action(action, form.facts(), by=request.user, why=form.cleaned_data["why"])
    )
    if made is None:
        return render(
            request,
            "network/action_form.html",
            {
                "form": form,
                "title": _("措置の記録を直す"),
                "button": _("直す"),
                "breadcrumbs": [
                    (_("会合"), reverse("network:index")),
                    (in_japanese(str(clause)), clause.get_absolute_url()),
                    (_("措置の記録を直す"), ""),
                ],
            },
        )
    messages.success(request, _("直しました。前の記録は「変更の記録」に残っています。"))
    return redirect(clause)


@require_http_methods(GET_AND_POST)
def assign(request: HttpRequest, slug: str) -> HttpResponse:
    """Say whose a clause is and by when it is due."""
    _only_secretariat(request)
    clause = get_object_or_404(Clause, slug=slug)
    told = {"owner": clause.owner, "due_on": clause.due_on.isoformat() if clause.due_on else ""}
    form = AssignForm(request.POST or None, initial=told)
    made = attempt(form, lambda: actions.assign_clause(clause, **form.cleaned_data, by=request.user))
    if made is None:
        crumbs = [(in_japanese(str(clause)), clause.get_absolute_url())]
        return _form(request, form, title=_("担当と期限を決める"), button=_("決める"), crumbs=crumbs)
    messages.success(request, _("担当と期限を記録しました。"))
    return redirect(clause)
