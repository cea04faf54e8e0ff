"""Doors of papers: file and feed as the reader may see them; laying in, publishing, lifting an embargo, taking back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.actions import freeze_file
from itoguchi.core.doors import public
from itoguchi.core.feeds import News, atom, begin_of
from itoguchi.core.uploads import hand_out, kind_of
from itoguchi.network import actions, queries
from itoguchi.network.access import keeps_body, papers_visible_to
from itoguchi.network.forms import DropForm, LiftForm, NoteForm, PaperChangeForm, PaperForm, typed_paper
from itoguchi.network.models import Paper
from itoguchi.network.views.bodies import deed_page, drop_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.meetings import do, meeting_kept


def _kept_file(form: PaperForm) -> Any:
    given = form.cleaned_data["file"]
    return freeze_file(given.name[-100:], given.read(), content_type=kind_of(given.name)) if given else None


def _paper_kept(request: HttpRequest, slug: str) -> Paper:
    """The paper, for the secretariat of its body alone; to who may not see it, it is not there."""
    shown = get_object_or_404(papers_visible_to(request.user).select_related("meeting__body"), slug=slug)
    if not keeps_body(request.user, shown.meeting.body):
        raise PermissionDenied(actions.NOT_KEEPING)
    return shown


def _trail(paper: Paper) -> list[tuple[Any, str]]:
    return [(str(paper.meeting), paper.meeting.get_absolute_url())]


@require_http_methods(GET_AND_POST)
def add_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that lays a paper in."""
    shown = meeting_kept(request, slug)
    form = PaperForm(request.POST or None, request.FILES or None, initial={"number": queries.next_number(shown)})
    today = timezone.localdate()
    made = attempt(form, lambda: actions.add_paper(shown, form.facts(_kept_file(form)), by=request.user, today=today))
    if made is not None:
        messages.success(request, _("資料を入れました。配付するまでは、事務局だけが見られます。"))
        return redirect(made)
    return deed_page(
        request,
        form,
        title=_("資料を入れる"),
        button=_("入れる"),
        trail=[(str(shown), shown.get_absolute_url())],
        has_file=True,
    )


@require_http_methods(GET_AND_POST)
def correct_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that changes a paper; with a note (正誤) where others have seen it."""
    shown = _paper_kept(request, slug)
    form = PaperChangeForm(request.POST or None, request.FILES or None, initial=typed_paper(shown))
    made = attempt(
        form,
        lambda: actions.correct_paper(
            shown, form.facts(_kept_file(form)), by=request.user, now=timezone.now(), note=form.cleaned_data["note"]
        ),
    )
    if made is not None:
        messages.success(request, _("資料を直しました。"))
        return redirect(made)
    return deed_page(
        request, form, title=_("資料を直す"), button=_("直す"), trail=_trail(shown), has_file=True, lead=shown.name
    )


@require_http_methods(GET_AND_POST)
def publish_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Who will see the paper from when; then it is handed out."""
    shown = _paper_kept(request, slug)
    form = NoteForm(request.POST if request.method == "POST" else None)
    made = attempt(
        form,
        lambda: actions.publish_paper(shown, by=request.user, now=timezone.now(), note=form.cleaned_data["note"]),
    )
    if made is not None:
        is_out = made.is_out_at(timezone.now())
        messages.success(
            request,
            _("配付しました。まちがえたときは「取り消す」で戻せます。")
            if is_out
            else _("配付しました。解禁の時まで、事務局だけが見られます。"),
        )
        return redirect(made)
    if shown.came_out_at is None:
        del form.fields["note"]
    return deed_page(
        request,
        form,
        title=_("資料を配付する"),
        button=_("配付する"),
        trail=_trail(shown),
        lead=shown.name,
        paper=shown,
    )


@require_http_methods(GET_AND_POST)
def lift_embargo(request: HttpRequest, slug: str) -> HttpResponse:
    """Showing a paper before its time takes a tick and a reason."""
    shown = _paper_kept(request, slug)
    form = LiftForm(request.POST or None)
    made = attempt(
        form,
        lambda: actions.lift_embargo(shown, by=request.user, now=timezone.now(), why=form.cleaned_data["why"]),
    )
    if made is not None:
        messages.warning(request, _("解禁の時を待たずに見られるようにしました。「取り消す」で戻せます。"))
        return redirect(made)
    return deed_page(
        request,
        form,
        title=_("解禁を早める"),
        button=_("いま見られるようにする"),
        trail=_trail(shown),
        lead=shown.name,
        paper=shown,
        is_danger=True,
    )


@require_POST
def take_back_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Undo: nobody but the secretariat sees it any more."""
    shown = _paper_kept(request, slug)
    why = request.POST.get("why", "").replace("\x00", "")[:300]
    do(
        request,
        lambda: actions.take_back_paper(shown, by=request.user, now=timezone.now(), why=why),
        _("取り消しました。いまは事務局だけが見られます。もう一度配付するときに、正誤を添えます。"),
    )
    return redirect(shown)


@require_http_methods(GET_AND_POST)
def drop_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Asked once more: a draft that was laid in by mistake goes for good."""
    shown = _paper_kept(request, slug)
    if queries.was_handed_out(shown):
        messages.error(request, _("一度配付した資料は消せません。配付を取り消すと、事務局だけが見られます。"))
        return redirect(shown)
    form = DropForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: actions.drop_paper(shown, **form.cleaned_data, by=request.user) or True):
        messages.success(request, _("準備中の資料を消しました。消した記録は残ります。"))
        return redirect(f"{shown.meeting.get_absolute_url()}#papers")
    hint = _(
        "まだ配付していない資料です。消すと、ファイルも戻せません。書かれていたことと消した理由は、記録に残ります。"
    )
    return drop_page(
        request,
        form,
        title=_("準備中の資料を消す"),
        trail=_trail(shown),
        lead=shown.name,
        hint=hint,
        mentions=queries.mentions_of_paper(shown),
    )


@public
@require_GET
def paper_file(request: HttpRequest, slug: str) -> HttpResponse:
    """The file of a paper, to keep: never run by a browser, whatever it says it is."""
    shown = get_object_or_404(papers_visible_to(request.user).select_related("file"), slug=slug)
    if shown.file is None:
        raise Http404
    return hand_out(shown.file, shown.slug, is_private=True)


@public
@require_GET
def papers_feed(request: HttpRequest) -> HttpResponse:
    """The newest papers that the reader may see, with what was corrected, to follow (Atom)."""
    news = [_news_of(each) for each in queries.newest_papers(request.user)]
    response = atom(request, _("会合の資料"), news, page="/meetings/", at="/papers.atom")
    response["Cache-Control"] = "private, no-store"
    return response


def _news_of(paper: Paper) -> News:
    notes = list(paper.corrections.all())
    since = paper.came_out_at or begin_of(paper.since)
    return News(
        title=f"{queries.name_of(paper.meeting)} {paper.name}",
        path=paper.address,
        text="\n\n".join([paper.text, *(f"正誤（{note.day}）：{note.text}" for note in notes)]),
        at=since,
        changed=max([since, *(begin_of(note.day) for note in notes[-1:])]),
    )
