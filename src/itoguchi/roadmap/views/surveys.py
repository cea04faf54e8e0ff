"""Pages of surveys: the list, one survey with its rates, an area's answer, the workbook out and back."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import needs_second_person
from itoguchi.areas.models import Area
from itoguchi.areas.queries import prefectures
from itoguchi.core.exports import CONTENT_TYPES
from itoguchi.core.folding import fold
from itoguchi.core.imports import ImportRefused
from itoguchi.core.models import Approval
from itoguchi.core.panels import panels_of
from itoguchi.roadmap import actions, queries, workbooks
from itoguchi.roadmap.access import can_check, can_compose, can_record_for
from itoguchi.roadmap.forms import SurveyForm, WorkbookForm, lines_said, show_problems
from itoguchi.roadmap.models import Answer, Solution, Stage, Survey
from itoguchi.roadmap.queries.surveys import NOTHING
from itoguchi.roadmap.views.aims import crumbs
from itoguchi.roadmap.views.records import NOT_YOURS

SALT = "roadmap.surveys"
AN_HOUR = 60 * 60
NOT_COMPOSED = gettext_lazy("調査・照会を作り、締め切れるのは事務局だけです。")


def _survey(request: HttpRequest, key: str) -> Survey:
    found: Survey = get_object_or_404(queries.surveys_seen_by(request.user), key=key)
    return found


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs((_("調査・照会"), reverse("roadmap:surveys")), *more)


@require_GET
def surveys(request: HttpRequest) -> HttpResponse:
    """The surveys that concern the user, those still open first."""
    order = list(Survey.State)
    found = sorted(queries.surveys_seen_by(request.user), key=lambda each: order.index(Survey.State(each.state)) or 9)
    return render(
        request,
        "roadmap/surveys.html",
        {
            "surveys": found,
            "may_compose": can_compose(request.user),
            "today": timezone.localdate(),
            "breadcrumbs": crumbs((_("調査・照会"), "")),
        },
    )


@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, key: str = "") -> HttpResponse:
    """The form of a new survey, or of one that is not open yet."""
    if not can_compose(request.user):
        raise PermissionDenied(NOT_COMPOSED)
    known = _survey(request, key) if key else None
    form = SurveyForm(request.POST if request.method == "POST" else None, survey=known)
    if form.is_valid():
        try:
            made = actions.compose_survey(form.facts(), by=request.user, survey=known)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。受付を始めるまで、ほかの方には見えません。"))
            return redirect(made)
    title = _("調査・照会を直す") if known else _("調査・照会を作る")
    return render(
        request,
        "core/form.html",
        {"title": title, "form": form, "button": _("保存する"), "breadcrumbs": _crumbs((title, ""))},
        status=422 if form.is_bound else 200,
    )


@require_GET
def survey(request: HttpRequest, key: str) -> HttpResponse:
    """One survey: what it asks, who has answered, and what the user does next."""
    found = _survey(request, key)
    rates = queries.rates(found)
    own = list(queries.areas_of(request.user, found)[:200]) if not can_compose(request.user) else []
    answers = {each.area_id: each for each in Answer.objects.filter(survey=found, area__in=own)}
    listed = [each for each in prefectures() if each.code in rates]
    return render(
        request,
        "roadmap/survey.html",
        {
            "survey": found,
            "solutions": queries.solutions_asked(found),
            "questions": found.questions.all(),
            "rate": rates[""],
            "rates": [(each, rates[each.code]) for each in listed],
            "own": [(each, answers.get(each.pk)) for each in own],
            "may_compose": can_compose(request.user),
            "may_send": found.state == Survey.State.OPEN and (bool(own) or can_compose(request.user)),
            "today": timezone.localdate(),
            "breadcrumbs": _crumbs((str(found), "")),
        },
    )


@require_POST
def survey_deed(request: HttpRequest, key: str) -> HttpResponse:
    """Open, remind, close."""
    if not can_compose(request.user):
        raise PermissionDenied(NOT_COMPOSED)
    found, today = _survey(request, key), timezone.localdate()
    try:
        match request.POST.get("deed"):
            case "open":
                actions.open_survey(found, by=request.user, today=today)
                messages.success(request, _("受付を始めました。"))
            case "remind":
                number = actions.remind(found, by=request.user, today=today)
                messages.success(
                    request, _("未回答の%(number)s団体の担当者に、お願いを送りました。") % {"number": number}
                )
            case "close":
                actions.close_survey(found, by=request.user)
                messages.success(request, _("締め切りました。"))
            case _other:
                raise Http404
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect(found)


def _area_asked(survey: Survey, code: str) -> Area:
    area: Area = get_object_or_404(queries.areas_asked(survey), code=fold(code))
    return area


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, key: str, code: str) -> HttpResponse:
    """An area's answer: filled with what is known, drafted, said, decided, checked."""
    found = _survey(request, key)
    area = _area_asked(found, code)
    if not can_record_for(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    solutions, questions = queries.solutions_asked(found), list(found.questions.all())
    known = queries.lines_of([area], solutions)
    given = queries.answer_of(found, area)
    waiting = queries.waiting_answer(given)
    lines = {each.key: known.get((area.code, each.key), NOTHING) for each in solutions}
    drafted = (given.draft or (waiting.payload if waiting else {})) if given else {}
    shown = lines | {key: queries.Line.of(line) for key, line in drafted.get("lines", {}).items() if key in lines}
    replies = (given.replies if given else {}) | drafted.get("replies", {})
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        shown = lines_said(request.POST, solutions) if "deed" in request.POST else shown
        replies = {
            str(each.pk): request.POST.get(f"q{each.pk}", "").strip()[:1000].replace("\x00", "") for each in questions
        }
        try:
            return _do(
                request, found, area, given, waiting, shown, {int(number): text for number, text in replies.items()}
            )
        except ValidationError as refused:
            problems = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
    labels = _stages()
    return render(
        request,
        "roadmap/answer.html",
        {
            "survey": found,
            "area": area,
            "answer": given,
            "waiting": waiting,
            "is_own_draft": waiting is not None and waiting.drafter_id == request.user.pk,
            "asks": needs_second_person(request.user),
            "rows": [
                (
                    each,
                    lines[each.key],
                    labels.get(lines[each.key].stage),
                    shown[each.key],
                    _problems_of(problems, each),
                )
                for each in solutions
            ],
            "problems": problems,
            "questions": [(each, replies.get(str(each.pk), "")) for each in questions],
            "stages": labels.items(),
            "may_check": can_check(request.user, area),
            "is_open": found.state == Survey.State.OPEN,
            "today": timezone.localdate(),
            "panels": panels_of("answer", str(given.pk), user=request.user, record=given)
            if given and given.is_in and questions
            else [],
            "breadcrumbs": _crumbs((str(found), found.get_absolute_url()), (str(area), "")),
        },
        status=422 if problems else 200,
    )


def _stages() -> dict[str, str]:
    """What each stage is called, in the language of the moment."""
    return {stage.value: str(stage.label) for stage in Stage}


def _problems_of(problems: dict[str, list[str]], solution: Solution) -> dict[str, str]:
    """Attribute → what is wrong with it, for one solution."""
    return {
        place.partition(":")[2]: " ".join(texts)
        for place, texts in problems.items()
        if place.partition(":")[0] == solution.key
    }


def _do(
    request: HttpRequest,
    survey: Survey,
    area: Area,
    answer: Answer | None,
    waiting: Approval | None,
    lines: dict[str, queries.Line],
    replies: dict[int, str],
) -> HttpResponse:
    """The deed that was chosen; raises ValidationError for what can't be."""
    today, remark = timezone.localdate(), request.POST.get("remark", "")
    said = {key: line for key, line in lines.items() if line.data}
    here = redirect("roadmap:answer", survey.key, area.code)
    match request.POST.get("deed"):
        case "draft":
            actions.save_draft(survey, area, lines=said, replies=replies, by=request.user)
            messages.success(request, _("下書きを保存しました。まだ回答していません。"))
        case "answer":
            asks = needs_second_person(request.user)
            actions.answer_survey(survey, area, lines=said, replies=replies, by=request.user, today=today, asks=asks)
            if not asks:
                messages.success(request, _("回答しました。ありがとうございました。"))
                return redirect("roadmap:uses" if area.is_prefecture else "roadmap:peers", area.code)
            messages.success(request, _("承認する方に回しました。承認されると、回答になります。"))
        case "approve" | "send_back" | "withdraw" as deed if answer and waiting:
            actions.decide_on_answer(answer, waiting, deed=deed, by=request.user, today=today, remark=remark)
            messages.success(request, _("決裁しました。") if deed != "withdraw" else _("取り下げました。"))
        case "check" if answer:
            actions.check_answer(answer, by=request.user)
            messages.success(request, _("確認済にしました。"))
        case "return" if answer:
            actions.return_answer(answer, remark=remark, by=request.user)
            messages.success(request, _("差し戻しました。"))
        case _other:
            raise Http404
    return here


@require_GET
def survey_file(request: HttpRequest, key: str) -> HttpResponse:
    """The workbook of one area, one prefecture or all: those for which the user may answer."""
    found = _survey(request, key)
    areas = queries.areas_of(request.user, found)
    name = found.key
    if code := fold(request.GET.get("area", "")[:20]):
        areas = areas.filter(code=code)
        name += f"-{code}"
    elif code := fold(request.GET.get("prefecture", "")[:20]):
        areas = areas.filter(prefecture__code=code) | areas.filter(code=code)
        name += f"-{code}"
    chosen = list(areas)
    if not chosen:
        raise PermissionDenied(NOT_YOURS)
    solutions = queries.solutions_asked(found)
    answers = list(Answer.objects.filter(survey=found, area__in=chosen).select_related("area"))
    content = workbooks.write_workbook(
        found,
        chosen,
        solutions,
        lines=queries.lines_of(chosen, solutions),
        questions=list(found.questions.all()),
        replies={each.area.code: each.replies for each in answers},
        answered=[each.area.code for each in answers if each.is_in],
    )
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="survey-{name}.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
def survey_import(request: HttpRequest, key: str) -> HttpResponse:
    """A workbook that came back: what it changes is shown first, conflicts side by side; then it is recorded whole."""
    found = _survey(request, key)
    areas = list(queries.areas_of(request.user, found))
    if not areas:
        raise PermissionDenied(NOT_YOURS)
    form = WorkbookForm()
    shown: dict[str, Any] = {}
    if request.method == "POST" and "packed" in request.POST:
        if (answer := _record(request, found, areas)) is not None:
            return answer
        shown["stale"] = True
    elif request.method == "POST":
        form = WorkbookForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                shown = _preview(found, areas, file.read(), file.name)
            except ImportRefused as refused:
                shown = {"refused": refused}
    return render(
        request,
        "roadmap/survey_import.html",
        {
            "survey": found,
            "form": form,
            "given": None,
            "conflicts": [],
            "plain": [],
            "refused": None,
            "stale": False,
            "packed": "",
            "stages": _stages().items(),
            "breadcrumbs": _crumbs((str(found), found.get_absolute_url()), (_("ブックの取り込み"), "")),
        }
        | shown,
        status=422 if form.errors or shown.get("refused") or shown.get("stale") else 200,
    )


def _preview(survey: Survey, areas: list[Area], data: bytes, name: str) -> dict[str, Any]:
    given = _read(survey, areas, data, name)
    workbooks.refuse(actions.problems_of(given.differences, survey, timezone.localdate()), data, name)
    return {
        "given": given,
        "conflicts": [each for each in given.differences if each.is_conflict],
        "plain": [each for each in given.differences if not each.is_conflict],
        "name": name,
        "packed": signing.dumps([name, base64.b64encode(data).decode()], salt=SALT + survey.key, compress=True),
    }


def _read(survey: Survey, areas: list[Area], data: bytes, name: str) -> workbooks.Given:
    answers = list(Answer.objects.filter(survey=survey, area__in=areas).select_related("area"))
    return workbooks.read_answers(
        data,
        name,
        survey=survey,
        areas=areas,
        solutions=queries.solutions_asked(survey),
        today=timezone.localdate(),
        questions=list(survey.questions.all()),
        replies={each.area.code: each.replies for each in answers},
        answered=[each.area.code for each in answers if each.is_in],
    )


def _record(request: HttpRequest, survey: Survey, areas: list[Area]) -> HttpResponse | None:
    """Record what was shown, as it was decided; None where it has to be shown anew."""
    try:
        name, packed = signing.loads(request.POST["packed"], salt=SALT + survey.key, max_age=AN_HOUR)
        given = _read(survey, areas, base64.b64decode(packed), name)
        number = actions.bring_in(
            survey,
            given.differences,
            replies=given.replies,
            answered=given.answered,
            take={each.where for each in given.differences if request.POST.get(":".join(each.where)) == "take"},
            by=request.user,
            today=timezone.localdate(),
        )
    except (signing.BadSignature, ImportRefused, ValidationError):
        return None
    messages.success(request, _("%(number)s件を記録しました。") % {"number": number})
    return redirect(survey)
