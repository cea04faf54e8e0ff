"""Pages of problems: the list, one of them as each reader sees it, opening a need, and what its area does until the deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.actions import freeze_file
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.core.uploads import hand_out, kind_of
from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_open_problems_of, organisations_of
from itoguchi.exchange.actions.problems import NOT_YOURS
from itoguchi.exchange.forms.problems import FileForm, ProblemForm, PutOffForm, WhyForm, show_problems
from itoguchi.exchange.models import Agreement, Problem, Rater
from itoguchi.roadmap.models import Field
from itoguchi.support.models import Need
from itoguchi.support.queries import needs_visible_to

IN_PANEL = 5
S = Problem.State
POSTS = ["GET", "POST"]


def in_japanese(text: object) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return str(text) if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


def moment(at: Any) -> str:
    """A day with its time, as `<time>`."""
    here = timezone.localtime(at)
    return format_html('<time datetime="{}">{} {}</time>', here.isoformat(), day_marked(here.date()), f"{here:%H:%M}")


def problem_seen(request: HttpRequest, pk: int) -> Problem:
    """A problem that the user may read, with the moment of the database; another one is not there."""
    found: Problem = get_object_or_404(queries.problems_seen_by(request.user), pk=pk)
    return found


def problem_owned(request: HttpRequest, pk: int) -> Problem:
    """A problem of an area that is the user's; others who may read it are told that it is not theirs."""
    found = problem_seen(request, pk)
    if not can_open_problems_of(request.user, found.need.area):
        raise PermissionDenied(NOT_YOURS)
    return found


def trail_of(problem: Problem, *more: str) -> list[tuple[str, str]]:
    """The way from all problems to a page of one."""
    found = [
        (_("課題と提案"), reverse("exchange:problem_list")),
        (str(problem), problem.get_absolute_url() if more else ""),
    ]
    return found + [(each, "") for each in more]


def attempt(form: Any, deed: Callable[[], Any]) -> bool:
    """Do it, all or nothing; what is refused stands in the form."""
    try:
        with transaction.atomic():
            deed()
    except ValidationError as refused:
        show_problems(form, refused)
        return False
    return True


def tell(request: HttpRequest, deed: Callable[[], Any], done: str) -> None:
    """Do what a button asks for and say so, or say why not."""
    try:
        deed()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, done)


def form_page(
    request: HttpRequest, problem: Problem, form: Any, *, title: str, button: str, **more: Any
) -> HttpResponse:
    """A form about a problem on a page of its own."""
    shown = {"problem": problem, "form": form, "title": title, "button": button, "lead": "", "back": problem} | more
    shown["breadcrumbs"] = trail_of(problem, title)
    return render(request, "exchange/problem_form.html", shown, status=422 if form.is_bound else 200)


def posted(request: HttpRequest) -> Any:
    """What was typed, or nothing yet."""
    return request.POST if request.method == "POST" else None


def _phase(row: Problem) -> str:
    return str(queries.phase_of(row, row.now).label)


COLUMNS = (
    Column(
        "title",
        gettext_lazy("題名"),
        lambda row: row.title,
        ("title",),
        link=Problem.get_absolute_url,
        show=lambda row: in_japanese(row.title),
    ),
    Column(
        "area",
        gettext_lazy("団体"),
        lambda row: row.need.area.name,
        ("need__area__code",),
        show=lambda row: str(row.need.area),
    ),
    Column("code", gettext_lazy("団体コード"), lambda row: row.need.area.code, ("need__area__code",)),
    Column(
        "field",
        gettext_lazy("分野"),
        lambda row: row.need.field.name if row.need.field else "",
        ("need__field__order",),
        show=lambda row: in_japanese(row.need.field) if row.need.field else "—",
    ),
    Column("phase", gettext_lazy("状態"), _phase, ("state",)),
    Column(
        "asks_until",
        gettext_lazy("質問の締切"),
        lambda row: timezone.localtime(row.asks_until),
        ("asks_until",),
        show=lambda row: moment(row.asks_until),
    ),
    Column(
        "closes_at",
        gettext_lazy("提案の締切"),
        lambda row: timezone.localtime(row.closes_at),
        ("is_own", "closes_at"),
        show=lambda row: moment(row.closes_at),
    ),
)
OPEN = Q(state=S.PUBLISHED, closes_at__gt=Now())
PHASES: dict[str, tuple[Any, Q]] = {
    "asking": (gettext_lazy("質問・提案を受付中"), OPEN & Q(asks_until__gt=Now())),
    "open": (gettext_lazy("提案を受付中"), OPEN),
    "closed": (gettext_lazy("締切・開封待ち"), Q(state=S.PUBLISHED, closes_at__lte=Now())),
    **{state.value: (queries.problems.OF_STATE[state][0], Q(state=state)) for state in queries.problems.OF_STATE},
}


def _of_prefecture(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(Q(need__area__prefecture__code=value) | Q(need__area__code=value))


def _with_words(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(Q(title__icontains=value) | Q(wanted__icontains=value) | Q(conditions__icontains=value))


@public
@require_GET
def problem_list(request: HttpRequest) -> HttpResponse:
    """All problems that the user may read, those of own areas and with the latest deadline first."""
    table = Table(
        request,
        queries.problems_seen_by(request.user),
        COLUMNS,
        title=_("課題の一覧"),
        name="problems",
        order="-closes_at",
        empty=_("公開された課題は、まだありません。"),
        filters=[
            Filter(
                "phase",
                gettext_lazy("状態"),
                lambda rows, value: rows.filter(PHASES[value][1]),
                [(key, label) for key, (label, _rows) in PHASES.items()],
            ),
            Filter(
                "field",
                gettext_lazy("分野"),
                lambda rows, value: rows.filter(need__field=value),
                [(each.key, each) for each in Field.objects.all()],
                is_japanese=True,
            ),
            Filter(
                "block",
                gettext_lazy("地域ブロック"),
                lambda rows, value: rows.filter(need__area__block=value),
                [(each.key, each) for each in Block.objects.all()],
            ),
            Filter(
                "prefecture", gettext_lazy("都道府県"), _of_prefecture, [(each.code, each) for each in prefectures()]
            ),
            Filter("area", gettext_lazy("団体コード"), lambda rows, value: rows.filter(need__area__code=fold(value))),
            Filter("q", gettext_lazy("言葉"), _with_words),
        ],
    )
    return table.download() or render(
        request,
        "exchange/problem_list.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "has_areas": any(each.area_id for each in memberships_of(request.user)),
            "has_firm": bool(organisations_of(request.user)),
            "breadcrumbs": [(_("課題と提案"), "")],
        },
    )


@public
@require_GET
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    """One problem: what is asked for, questions with answers, and what the reader can do next."""
    shown, user = problem_seen(request, pk), request.user
    phase = queries.phase_of(shown, shown.now)
    is_owner = can_open_problems_of(user, shown.need.area)
    rater = queries.rater_of(shown, user)
    firms = [] if is_owner else organisations_of(user)
    choice = shown.choices.filter(ended_on=None).select_related("proposal__organisation").first()
    unread = (
        user.is_authenticated
        and not is_owner
        and queries.answers_out().filter(question__problem=shown).exclude(readings__account=user.pk).exists()
    )
    return render(
        request,
        "exchange/problem.html",
        {
            "problem": shown,
            "phase": phase,
            "criteria": shown.criteria.all(),
            "files": shown.files.defer("file__content").select_related("file"),
            "asked": queries.questions_of(shown, user),
            "is_owner": is_owner,
            "rater": rater,
            "steps_back": rater is not None and rater.declares == Rater.Declares.CONFLICT,
            "firms": firms,
            "own": queries.own_proposals(shown, user),
            "unread": unread,
            "proposals": shown.proposals.filter(is_withdrawn=False).count() if shown.opened_at else None,
            "choice": choice,
            "may_talk": choice and (is_owner or choice.proposal.organisation_id in firms),
            "talks": choice.talks.all() if choice and (is_owner or choice.proposal.organisation_id in firms) else [],
            "agreement": Agreement.objects.filter(choice=choice)
            .select_related("implementation__solution", "implementation__area")
            .first()
            if choice and shown.state == S.AGREED
            else None,
            "panels": panels_of("problem", str(shown.pk), user=user, record=shown) if shown.state == S.AGREED else [],
            "breadcrumbs": trail_of(shown),
        },
    )


def _need(request: HttpRequest, key: int) -> Need:
    found: Need = get_object_or_404(needs_visible_to(request.user), pk=key)
    return found


@require_http_methods(POSTS)
def new_problem(request: HttpRequest, key: int) -> HttpResponse:
    """The form that opens a need as a problem, filled with what the need says."""
    need = _need(request, key)
    if not can_open_problems_of(request.user, need.area):
        raise PermissionDenied(NOT_YOURS)
    form = ProblemForm(posted(request), problem=Problem(need=need, title=need.title, wanted=need.text))
    made: list[Problem] = []
    if form.is_valid() and attempt(form, lambda: made.append(actions.open_need(need, form.facts(), by=request.user))):
        messages.success(request, _("課題の下書きを保存しました。確かめてから公開してください。"))
        return redirect(made[0])
    title = _("ニーズを課題として開く")
    return render(
        request,
        "exchange/problem_form.html",
        {
            "form": form,
            "title": title,
            "button": _("下書きを保存する"),
            "lead": _(
                "公開すると、企業などが質問し、提案できます。提案は、締切のあとに開けるまで、だれにも見えません。"
            ),
            "problem": None,
            "back": need,
            "breadcrumbs": [(_("課題と提案"), reverse("exchange:problem_list")), (title, "")],
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(POSTS)
def change_problem(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that puts a draft right."""
    owned = problem_owned(request, pk)
    form = ProblemForm(posted(request), problem=owned)
    if form.is_valid() and attempt(form, lambda: actions.change_problem(owned, form.facts(), by=request.user)):
        messages.success(request, _("下書きを保存しました。"))
        return redirect(owned)
    return form_page(request, owned, form, title=_("課題を直す"), button=_("下書きを保存する"))


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    owned = problem_owned(request, pk)
    tell(request, lambda: actions.publish_problem(owned, by=request.user), _("課題を公開しました。だれでも読めます。"))
    return redirect(owned)


@require_http_methods(POSTS)
def put_off(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that gives everybody more time."""
    owned = problem_owned(request, pk)
    form = PutOffForm(posted(request), initial={"asks_until": owned.asks_until, "closes_at": owned.closes_at})
    if form.is_valid() and attempt(form, lambda: actions.put_off(owned, **form.cleaned_data, by=request.user)):
        messages.success(request, _("締切を延ばしました。"))
        return redirect(owned)
    lead = _("締切は、早めることも、過ぎてから延ばすこともできません。")
    return form_page(request, owned, form, title=_("締切を延ばす"), button=_("締切を延ばす"), lead=lead)


@require_http_methods(POSTS)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that takes a problem back."""
    owned = problem_owned(request, pk)
    form = WhyForm(posted(request))
    if form.is_valid() and attempt(
        form, lambda: actions.withdraw_problem(owned, by=request.user, why=form.cleaned_data["why"])
    ):
        messages.success(request, _("課題を取り下げました。"))
        return redirect(owned)
    lead = _("届いている提案は、開けられないまま残ります。理由は、だれでも読めます。")
    return form_page(request, owned, form, title=_("課題を取り下げる"), button=_("取り下げる"), lead=lead)


@require_http_methods(POSTS)
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that adds a paper."""
    owned = problem_owned(request, pk)
    form = FileForm(posted(request), request.FILES or None)

    def deed() -> None:
        given = form.cleaned_data["file"]
        kept = freeze_file(given.name[-100:], given.read(), content_type=kind_of(given.name))
        actions.attach_file(owned, kept, by=request.user)

    if form.is_valid() and attempt(form, deed):
        messages.success(request, _("資料を加えました。"))
        return redirect(owned)
    lead = _("公開した課題の資料は、加えた時から、だれでも読めます。")
    return form_page(request, owned, form, title=_("資料を加える"), button=_("加える"), lead=lead, has_file=True)


@public
@require_GET
def problem_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A paper of a problem."""
    kept = get_object_or_404(problem_seen(request, pk).files.select_related("file"), pk=file)
    return hand_out(kept.file, f"problem-{pk}-{kept.pk}")


@public
@require_GET
def panel_need(request: HttpRequest, key: int) -> HttpResponse:
    """The problem that a need became, for the need's page; without scripts its page, or the form that opens it."""
    need = _need(request, key)
    found = queries.problems_seen_by(request.user).filter(need=need).order_by(F("published_at").desc(nulls_first=True))
    problems, may_open = list(found[:IN_PANEL]), can_open_problems_of(request.user, need.area)
    if not request.htmx:
        return redirect(problems[0] if problems else "exchange:problem_list")
    is_over = need.state in {Need.State.CLOSED, Need.State.MERGED}
    has_open = any(each.state not in {S.ENDED, S.WITHDRAWN} for each in problems)
    shown = {
        "title": _("提案を求める"),
        "need": need if may_open and not is_over and not has_open else None,
        "rows": [(each, queries.phase_of(each, each.now)) for each in problems],
        "empty": _("このニーズは、まだ課題として開かれていません。"),
        "more": "",
    }
    return render(request, "exchange/_problems.html", shown)


@public
@require_GET
def panel_area(request: HttpRequest, key: str) -> HttpResponse:
    """The newest problems of an area, for its page; without scripts the list of all of them."""
    area = area_of_code(fold(key))
    if area is None:
        raise Http404
    more = f"{reverse('exchange:problem_list')}?area={area.code}"
    if not request.htmx:
        return redirect(more)
    found = queries.problems_seen_by(request.user).filter(need__area=area).order_by("-closes_at", "-pk")[:IN_PANEL]
    shown = {
        "title": _("この団体の課題"),
        "need": None,
        "rows": [(each, queries.phase_of(each, each.now)) for each in found],
        "empty": _("公開された課題は、まだありません。"),
        "more": more,
    }
    return render(request, "exchange/_problems.html", shown)
