"""Pages of what was said: statement by statement until each speaker has confirmed, then 議事要旨; 次第 and 議事要旨 as files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.documents import Document
from itoguchi.core.documents.html import within, write_sections
from itoguchi.core.documents.pdf import write_pdf
from itoguchi.core.documents.slides import write_slides
from itoguchi.core.documents.word import write_word
from itoguchi.core.doors import public
from itoguchi.core.uploads import KINDS
from itoguchi.network import actions, queries
from itoguchi.network.access import keeps_body, seats_of
from itoguchi.network.forms import ConfirmByForm, ConfirmForm, HowForm, PublishForm, StatementForm, typed_statement
from itoguchi.network.models import Meeting, Statement, Summary
from itoguchi.network.views.bodies import deed_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.meetings import do, meeting_kept, meeting_seen

WRITERS: dict[str, Callable[[Document], bytes]] = {"pdf": write_pdf, "docx": write_word, "pptx": write_slides}
SPEAKERS_ONLY = gettext_lazy("発言を確認できるのは、発言した構成員と事務局だけです。")


@require_http_methods(GET_AND_POST)
def statements(request: HttpRequest, slug: str) -> HttpResponse:
    """What was said: to the secretariat all of it with what is waited for, to a speaker the own statements alone."""
    shown = meeting_seen(request, slug)
    keeps = keeps_body(request.user, shown.body)
    seats = [] if keeps else list(seats_of(request.user).filter(body=shown.body).values_list("pk", flat=True))
    if not keeps and not seats:
        raise PermissionDenied(SPEAKERS_ONLY)
    summary = Summary.objects.select_related("meeting__body").filter(meeting=shown).first()
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not keeps:
        raise PermissionDenied(actions.NOT_KEEPING)
    begins = posted is not None and (summary is None or posted.get("deed") == "begin")
    told = {"confirm_by": summary.confirm_by.isoformat()} if summary else None
    beginning = ConfirmByForm(posted if begins else None, initial=told)
    today = timezone.localdate()
    members = queries.members_on(shown.body, shown.held_on) if keeps else []
    form = StatementForm(posted if not begins else None, members=members)
    if begins:
        made: Any = attempt(beginning, lambda: actions.begin_summary(shown, **beginning.cleaned_data, by=request.user))
    else:
        made = attempt(
            form,
            lambda: actions.write_statement(
                summary,
                form.cleaned_data["text"],
                member=form.cleaned_data["member"],
                speaker=form.cleaned_data["speaker"],
                by=request.user,
            ),
        )
    if made is not None:
        messages.success(request, _("記録しました。発言した人の「やること」に載ります。"))
        return redirect("network:statements", slug=shown.slug)
    rows = list(queries.statements_of(summary)) if summary else []
    own = rows if keeps else [each for each in rows if each.member_id in seats]
    failed = bool(form.errors or beginning.errors)
    return render(
        request,
        "network/statements.html",
        {
            "meeting": shown,
            "summary": summary,
            "rows": [(each, queries.standing_of(each, summary, today)) for each in own] if summary else [],
            "waiting": queries.blocking_statements(summary, today) if summary and keeps else [],
            "form": form,
            "beginning": beginning,
            "keeps": keeps,
            "is_late": summary is not None and summary.confirm_by < today,
            "breadcrumbs": _way(shown, _("発言の確認")),
        },
        status=422 if failed else 200,
    )


@require_http_methods(GET_AND_POST)
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """One statement: its speaker confirms or corrects it, the secretariat writes it anew."""
    found = Statement.objects.select_related("summary__meeting__body", "member").filter(pk=pk)
    shown = get_object_or_404(found)
    meeting = shown.summary.meeting
    keeps = keeps_body(request.user, meeting.body)
    is_own = shown.member_id is not None and seats_of(request.user).filter(pk=shown.member_id).exists()
    if not keeps and not is_own:
        raise Http404
    trail = [
        (str(meeting), meeting.get_absolute_url()),
        (_("発言の確認"), reverse("network:statements", args=[meeting.slug])),
    ]
    posted = request.POST or None
    if is_own:
        form: Any = ConfirmForm(posted, initial={"text": shown.text, "seen": shown.version})
        title, button = _("自分の発言を確認する"), _("確認する")

        def deed() -> Statement:
            return actions.confirm_statement(shown, **form.cleaned_data, by=request.user, today=timezone.localdate())
    else:
        members = queries.members_on(meeting.body, meeting.held_on)
        form = StatementForm(posted, members=members, initial=typed_statement(shown))
        title, button = _("発言を直す"), _("直して、確認を待つ")

        def deed() -> Statement:
            return actions.rewrite_statement(shown, **form.cleaned_data, by=request.user)

    if attempt(form, deed) is not None:
        messages.success(request, _("ありがとうございます。確認を記録しました。") if is_own else _("直しました。"))
        return redirect("network:statements", slug=meeting.slug)
    if is_own and form.errors:
        why = form.non_field_errors()
        form = ConfirmForm({**form.data.dict(), "seen": shown.version})
        form.is_valid()
        form.add_error(None, [*why, _("いまの文：%(text)s") % {"text": shown.text}])
    return deed_page(request, form, title=title, button=button, trail=trail, lead=shown.speaker)


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a confirmation that came by other ways, or take a statement out."""
    shown = get_object_or_404(Statement.objects.select_related("summary__meeting__body"), pk=pk)
    meeting = meeting_kept(request, shown.summary.meeting.slug)
    form, back = HowForm(request.POST), redirect("network:statements", slug=meeting.slug)
    if not form.is_valid():
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
        return back
    how, seen, by, today = form.cleaned_data["how"], form.cleaned_data["seen"], request.user, timezone.localdate()
    if request.POST.get("deed") == "drop":
        do(request, lambda: actions.drop_statement(shown, why=how, seen=seen, by=by), _("発言を取り消しました。"))
    elif not do(
        request,
        lambda: actions.note_confirmation(shown, how=how, seen=seen, by=by, today=today),
        _("確認を記録しました。"),
    ):
        messages.warning(request, _("記録しなかった確認の方法：%(how)s") % {"how": how})
    return back


@require_POST
def publish_summary(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring 議事要旨 out, or take it off the public pages again."""
    shown = meeting_kept(request, slug)
    summary = get_object_or_404(Summary.objects.select_related("meeting__body"), meeting=shown)
    form = PublishForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    if request.POST.get("deed") == "reopen":
        do(
            request,
            lambda: actions.reopen_summary(summary, by=request.user, why=reason),
            _("公開を取り消しました。"),
        )
        return redirect("network:statements", slug=shown.slug)
    is_out = do(
        request,
        lambda: actions.publish_summary(summary, by=request.user, today=timezone.localdate(), reason=reason),
        _("議事要旨を公開しました。"),
    )
    return redirect("network:summary" if is_out else "network:statements", slug=shown.slug)


@public
@require_GET
def summary(request: HttpRequest, slug: str) -> HttpResponse:
    """議事要旨 as everybody reads it; before it is out the secretariat alone sees how it will look."""
    shown = meeting_seen(request, slug)
    return _paper_page(request, shown, _summary_document(request, shown), "summary", _("議事要旨"))


@public
@require_GET
def agenda(request: HttpRequest, slug: str) -> HttpResponse:
    """次第 as it is laid on the table, with the papers that the reader may see."""
    shown = meeting_seen(request, slug)
    return _paper_page(request, shown, _agenda_document(request, shown), "agenda", _("次第"))


@public
@require_GET
def meeting_file(request: HttpRequest, slug: str, document: str, kind: str) -> HttpResponse:
    """次第 or 議事要旨 as PDF, Word or slides, saying what the page says."""
    documents = {"agenda": _agenda_document, "summary": _summary_document}
    if document not in documents or kind not in WRITERS:
        raise Http404
    shown = meeting_seen(request, slug)
    content = WRITERS[kind](documents[document](request, shown))
    response = HttpResponse(content, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{shown.slug}-{document}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _agenda_document(request: HttpRequest, shown: Meeting) -> Document:
    return queries.agenda_document(shown, queries.papers_of(shown, request.user))


def _summary_document(request: HttpRequest, shown: Meeting) -> Document:
    found = get_object_or_404(Summary, meeting=shown)
    if found.published_on is None and not keeps_body(request.user, shown.body):
        raise Http404
    found.meeting = shown
    return queries.summary_document(
        found,
        list(queries.statements_of(found)),
        queries.attendance_of(shown),
        [each.text for each in shown.decisions.all()],
        today=timezone.localdate(),
    )


def _paper_page(request: HttpRequest, shown: Meeting, paper: Document, name: str, title: str) -> HttpResponse:
    files = [
        (label, reverse("network:meeting_file", args=[shown.slug, name, kind]))
        for kind, label in (("pdf", "PDF"), ("docx", "Word"), ("pptx", "PowerPoint"))
    ]
    return render(
        request,
        "network/paper_page.html",
        {
            "meeting": shown,
            "paper": paper,
            "sections": write_sections(paper.sections, within(paper.sections)),
            "files": files,
            "breadcrumbs": _way(shown, title),
        },
    )


def _way(shown: Meeting, title: str) -> list[tuple[str, str]]:
    return [(_("会合"), reverse("network:index")), (str(shown), shown.get_absolute_url()), (title, "")]
