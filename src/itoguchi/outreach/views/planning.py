"""Pages on which briefings are planned, changed, held, called off and decided upon."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import needs_second_person
from itoguchi.areas.models import Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.folding import fold
from itoguchi.core.journal import history_of
from itoguchi.core.models import Approval
from itoguchi.core.templatetags.core import day as written
from itoguchi.outreach import actions, queries
from itoguchi.outreach.access import can_change, can_plan, can_plan_for, can_plan_in, can_see
from itoguchi.outreach.forms import BriefingForm, CancelForm, DecisionForm, HoldForm, show_problems
from itoguchi.outreach.models import Briefing

View = Callable[..., HttpResponse]
State = Briefing.State
ASKED = gettext_lazy("承認を求めました。別の担当者が承認すると、そのとおりに行われます。")


def only_planners(view: View) -> View:
    """Only those come in who may plan somewhere."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not can_plan(request.user):
            raise PermissionDenied(actions.NOT_YOURS)
        return view(request, *args, **kwargs)

    return guarded


def briefing_for(request: HttpRequest, slug: str) -> Briefing:
    """A briefing that the user may change; of a draft others are not even told that it exists."""
    found = get_object_or_404(queries.with_drafts(), slug=slug)
    if not can_see(request.user, found):
        raise Http404
    if not can_change(request.user, found):
        raise PermissionDenied(actions.NOT_YOURS)
    return found


def _crumbs(briefing: Briefing | None, last: str) -> list[tuple[str, str]]:
    trail = [(_("説明会"), reverse("outreach:coverage"))]
    if briefing:
        trail.append((written(briefing.day), briefing.get_absolute_url()))
    return [*trail, (last, "")]


@require_http_methods(["GET", "POST"])
@only_planners
def plan(request: HttpRequest) -> HttpResponse:
    """A new briefing: put it on the calendar, ask a second person first, or record one that took place."""
    if request.method == "GET":
        return _form_page(request, BriefingForm(initial=_asked_for(request)))
    form = BriefingForm(request.POST)
    deed = request.POST.get("deed", "")
    states = {"ask": State.DRAFT, "ask_record": State.DRAFT, "record": State.HELD}
    state = states.get(deed, State.PLANNED)
    made = _try(
        form,
        lambda: actions.plan_briefing(
            form.for_action(),
            by=request.user,
            why=form.cleaned_data["why"],
            today=timezone.localdate(),
            state=state,
            then=State.HELD if deed == "ask_record" else State.PLANNED,
        ),
    )
    if made is None:
        return _form_page(request, form, status=422)
    said = {
        State.PLANNED: _("予定として公開しました。開催したら、開催済にしてください。"),
        State.DRAFT: _("承認を求めました。別の担当者が承認すると、公開されます。"),
        State.HELD: _("開催済として記録しました。"),
    }
    messages.success(request, said[state])
    return redirect(made)


def _asked_for(request: HttpRequest) -> dict[str, Any]:
    """What the address already says: `?prefecture=260002` or `?block=kinki`."""
    area = area_of_code(fold(request.GET.get("prefecture", "")[:20].replace("\x00", "")))
    if area and area.is_prefecture:
        if not can_plan_for(request.user, [area], is_nationwide=False):
            raise PermissionDenied(actions.NOT_YOURS)
        title = "地方自治体向け説明会"
        return {"prefecture": area.code, "place": area.name, "prefectures": [area.code], "title": title}
    block = next((each for each in _blocks(request) if each.pk == request.GET.get("block")), None)
    if block is None:
        return {}
    return {"blocks": [block.pk], "title": f"{block.name}地域ICT利活用セミナー"}


def _blocks(request: HttpRequest) -> list[Block]:
    """Blocks for which the user may plan."""
    return [block for block in Block.objects.all() if can_plan_in(request.user, block)]


def _try(form: Form, deed: Callable[[], Briefing]) -> Briefing | None:
    """The deed, or None with its problems beside the fields; what somebody else changed is for the caller."""
    if not form.is_valid():
        return None
    try:
        return deed()
    except actions.ChangedMeanwhile:
        raise
    except ValidationError as refused:
        show_problems(form, refused)
        return None


def _form_page(
    request: HttpRequest, form: BriefingForm, briefing: Briefing | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    title = _("説明会の記録を直す") if briefing else _("説明会を計画する")
    approvals = queries.approvals_of(briefing) if briefing and briefing.state == State.DRAFT else []
    return render(
        request,
        "outreach/briefing_form.html",
        {
            "title": title,
            "form": form,
            "briefing": briefing,
            "places": form.places(_blocks(request), list(prefectures())),
            "may_nationwide": can_plan_for(request.user, [], is_nationwide=True),
            "is_draft": bool(briefing and briefing.state == State.DRAFT),
            "needs_second_person": needs_second_person(request.user),
            "returned": next((each for each in approvals[:1] if each.state == Approval.State.RETURNED), None),
            "changed": [],
            "breadcrumbs": _crumbs(briefing, title),
            **more,
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Correct or move a briefing; when somebody was quicker, both versions stand side by side."""
    briefing = briefing_for(request, slug)
    if briefing.state == State.CANCELLED or queries.waiting_approval(briefing):
        messages.warning(
            request,
            _("中止した説明会は変えられません。新しい説明会として計画してください。")
            if briefing.state == State.CANCELLED
            else _("承認を待つ間は変えられません。起案者が取り下げるか、承認者が差し戻すと、直せるようになります。"),
        )
        return redirect(briefing)
    facts = actions.facts_with(briefing, briefing.for_prefectures, briefing.for_blocks)
    is_held = briefing.state == State.HELD
    if request.method == "GET":
        version = queries.version_of(briefing)
        return _form_page(
            request, BriefingForm(facts=facts, is_why_needed=is_held, initial={"version": version}), briefing
        )
    form = BriefingForm(request.POST, facts=facts, is_why_needed=is_held)
    try:
        made = _try(
            form,
            lambda: actions.change_briefing(
                briefing,
                form.for_action(),
                by=request.user,
                why=form.cleaned_data["why"],
                today=timezone.localdate(),
                version=form.cleaned_data["version"] or None,
                asks=_asks(request),
            ),
        )
    except actions.ChangedMeanwhile as changed:
        form.add_error(None, changed)
        typed = request.POST.copy()
        typed["version"] = queries.version_of(briefing)
        form.data = typed
        now = queries.with_drafts().get(pk=briefing.pk)
        return _form_page(
            request,
            form,
            now,
            status=409,
            changed=_differences(actions.facts_of(now), form.for_action()),
            last_change=next(iter(history_of(now, limit=1)), None),
        )
    if made is None:
        return _form_page(request, form, briefing, status=422)
    is_asked = made.state == State.DRAFT or _asks(request)
    messages.success(request, ASKED if is_asked else _("記録を直しました。住所は変わりません。"))
    return redirect(made)


def _asks(request: HttpRequest) -> bool:
    """Whether a second person is to decide first."""
    return request.POST.get("deed") == "ask"


def asked_for(briefing: Briefing, waiting: Approval | None) -> list[tuple[str, str, str]]:
    """(field, what the record says now, what it is to say) of the change that waits, for whoever decides."""
    if waiting is None:
        return []
    if waiting.deed == queries.HOLD:
        return [(_("開催した日"), written(briefing.day), written(date.fromisoformat(waiting.payload["day"])))]
    if waiting.deed != queries.CHANGE:
        return []
    known = actions.facts_with(briefing, briefing.for_prefectures, briefing.for_blocks)
    return _differences(known, actions.facts_asked_for(waiting))


def _differences(now: actions.Facts, typed: actions.Facts) -> list[tuple[str, str, str]]:
    """(field, what the record says now, what was typed) of every field that differs."""

    def places(facts: actions.Facts) -> str:
        if facts.is_nationwide:
            return _("全国")
        blocks = [
            _("%(block)sブロック") % {"block": each} for each in sorted(facts.blocks, key=lambda each: each.order)
        ]
        return _("、").join([*blocks, *map(str, sorted(facts.prefectures, key=lambda area: area.code))])

    def rows(facts: actions.Facts) -> Iterable[tuple[str, str]]:
        yield _("開催日"), written(facts.day)
        yield _("開催する都道府県"), str(facts.prefecture or "—")
        yield _("開催箇所"), facts.place
        yield _("開催概要"), facts.title
        yield _("参加者・説明者"), facts.notes or "—"
        yield _("どこに数えるか"), places(facts)

    return [(label, a, b) for (label, a), (_label, b) in zip(rows(now), rows(typed), strict=True) if a != b]


@require_http_methods(["GET", "POST"])
def hold(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that a planned briefing took place, and on which day."""
    briefing = briefing_for(request, slug)
    initial = {"day": briefing.day.isoformat(), "version": queries.version_of(briefing)}
    form = HoldForm(request.POST if request.method == "POST" else None, initial=initial)
    return _deed_page(
        request,
        briefing,
        form,
        lambda given: actions.hold_briefing(
            briefing,
            today=timezone.localdate(),
            by=request.user,
            why=given["why"],
            day=given["day"],
            version=given["version"] or None,
            asks=_asks(request),
        ),
        title=_("開催済にする"),
        lead=_("開かれた説明会は、開催した日から実施状況に数えます。"),
        done=_("開催済にしました。実施状況に数えます。"),
    )


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """Call a planned briefing off, with the reason."""
    briefing = briefing_for(request, slug)
    return _deed_page(
        request,
        briefing,
        CancelForm(request.POST if request.method == "POST" else None),
        lambda given: actions.cancel_briefing(briefing, by=request.user, why=given["why"], asks=_asks(request)),
        title=_("説明会を中止する"),
        lead=_("中止した説明会も、理由とともに記録に残ります。元には戻せません。"),
        done=_("中止しました。理由は説明会のページに残ります。"),
    )


def _deed_page(
    request: HttpRequest,
    briefing: Briefing,
    form: Form,
    deed: Callable[[dict[str, Any]], Briefing],
    *,
    title: str,
    lead: str,
    done: str,
) -> HttpResponse:
    if request.method == "GET" and briefing.state != State.PLANNED:
        messages.warning(request, _("これは予定の説明会にだけできます。"))
        return redirect(briefing)
    status = 200
    if request.method == "POST":
        try:
            if _try(form, lambda: deed(form.cleaned_data)):
                messages.success(request, ASKED if _asks(request) else done)
                return redirect(briefing)
            status = 422
        except actions.ChangedMeanwhile:
            messages.warning(
                request,
                _("この説明会は、ページを開いたあとに別の人が変えました。いまの記録を確かめてから、もう一度どうぞ。"),
            )
            return redirect(briefing)
    return render(
        request,
        "outreach/deed.html",
        {
            "title": title,
            "lead": lead,
            "briefing": briefing,
            "form": form,
            "is_danger": isinstance(form, CancelForm),
            "needs_second_person": needs_second_person(request.user),
            "breadcrumbs": _crumbs(briefing, title),
        },
        status=status,
    )


@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Approve, return or withdraw a draft; one's own is refused in words, not with an error page."""
    briefing, form = briefing_for(request, slug), DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("承認・差戻し・取下げのどれかを選んでください。"))
        return redirect(briefing)
    given = form.cleaned_data
    approval = get_object_or_404(Approval, pk=given["approval"])
    said = {
        "approve": _("承認しました。予定として公開されました。")
        if approval.deed == queries.PLAN
        else _("承認しました。起案のとおりに行いました。"),
        "send_back": _("差し戻しました。起案者が直せます。"),
        "withdraw": _("取り下げました。直してから、もう一度承認を求められます。"),
    }
    try:
        actions.decide_on_draft(
            briefing,
            approval,
            deed=given["deed"],
            by=request.user,
            today=timezone.localdate(),
            remark=given["remark"],
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said[given["deed"]])
    return redirect(briefing)


@require_GET
@only_planners
def drafts(request: HttpRequest) -> HttpResponse:
    """What waits for a second person: deeds with public briefings, and drafts, those sent back or withdrawn too."""
    waiting, found = queries.waiting_deeds(request.user), queries.drafts_for(request.user)
    asked = queries.newest_approvals(found)
    return render(
        request,
        "outreach/drafts.html",
        {
            "waiting": [(each, approval, queries.DEEDS[approval.deed]) for each, approval in waiting],
            "drafts": [(each, asked.get(each.address)) for each in found],
            "breadcrumbs": _crumbs(None, _("起案中・決裁待ち")),
        },
    )
