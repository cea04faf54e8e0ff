"""Pages of decisions: what a meeting decided about opinions, what that changed, and 新旧対照表 with the opinions behind it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core import exports
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.uploads import KINDS
from itoguchi.network import actions, queries
from itoguchi.network.access import can_tend_opinions, opinions_open_to
from itoguchi.network.forms import ClauseChangeForm, DecisionForm, DraftChangeForm
from itoguchi.network.models import Change, Clause, Decision
from itoguchi.network.views.desk import deed_page, only_tending
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.opinions import opinion_seen, way_to
from itoguchi.network.views.statements import WRITERS


@require_http_methods(GET_AND_POST)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that says what a meeting decided about an opinion."""
    only_tending(request)
    shown = opinion_seen(request, pk)
    form = DecisionForm(request.POST if request.method == "POST" else None, initial={"decision": shown.decision_id})

    def deed() -> Decision:
        said = form.cleaned_data
        known: Decision | None = said["decision"]
        meeting, text = (known.meeting, known.text) if known else (said["meeting"], said["text"])
        return actions.decide(meeting, text, [shown], by=request.user, decision=known)

    made = attempt(form, deed)
    if made is not None:
        messages.success(request, _("対応を記録しました。変えたことがあれば、続けて書けます。"))
        return redirect(made)
    return deed_page(
        request, shown, form, title=_("会合での対応を記録する"), button=_("記録する"), voices=queries.Voices()
    )


@require_POST
def undecide(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an opinion out of the decision that was written down for it by mistake."""
    only_tending(request)
    shown = opinion_seen(request, pk)
    try:
        actions.undecide(shown, by=request.user, why=request.POST.get("why", "").replace("\x00", "")[:300])
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("対応から外しました。記録の履歴には残っています。"))
    return redirect(shown)


@public
@require_GET
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """What a meeting decided, the opinions behind it, and what it changed."""
    shown = get_object_or_404(Decision.objects.select_related("meeting__body"), pk=pk)
    behind = list(shown.opinions.filter(opinions_open_to(request.user)).order_by("said_on", "pk"))
    voices = queries.voices_shown_to(request.user, behind)
    changes = list(queries.changes_open_to(request.user).filter(decision=shown))
    tends = can_tend_opinions(request.user)
    return render(
        request,
        "network/decision.html",
        {
            "decision": shown,
            "opinions": [(each, voices[each.pk]) for each in behind],
            "hidden": shown.opinions.count() - len(behind),
            "rows": queries.rows_of(changes, request.user, timezone.localdate()),
            "tends": tends,
            "history": history_of(shown) if tends else [],
            "breadcrumbs": way_to((_("対応"), "")),
        },
    )


@require_http_methods(GET_AND_POST)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """The forms that say what a decision changed: a clause (`?clause=`), or an item of a draft edition."""
    only_tending(request)
    shown = get_object_or_404(Decision.objects.select_related("meeting__body"), pk=pk)
    clause = Clause.objects.filter(slug=request.GET.get("clause", "").replace("\x00", "")[:40]).first()
    is_post = request.method == "POST"
    words = {"after": queries.words_of(clause)} if clause else {}
    of_clause = ClauseChangeForm(request.POST if is_post and clause else None, initial=words)
    of_draft = DraftChangeForm(request.POST if is_post and not clause else None)
    form: Any = of_clause if clause else of_draft
    made = attempt(
        form,
        lambda: actions.record_change(
            shown,
            of_clause.facts(clause) if clause else of_draft.facts(),
            by=request.user,
            today=timezone.localdate(),
        ),
    )
    if made is not None:
        messages.success(request, _("新旧対照表に入れました。"))
        return redirect(shown)
    title = _("変えたことを書く")
    return render(
        request,
        "network/change.html",
        {
            "decision": shown,
            "clause": clause,
            "clauses": Clause.objects.select_related("recommendation"),
            "of_clause": of_clause,
            "of_draft": of_draft,
            "title": title,
            "breadcrumbs": way_to((_("対応"), shown.get_absolute_url()), (title, "")),
        },
        status=422 if is_post else 200,
    )


@require_POST
def take_back_change(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    """Take a change off the record that was entered by mistake."""
    only_tending(request)
    found = get_object_or_404(Change.objects.select_related("decision"), decision=pk, pk=change)
    try:
        why = request.POST.get("why", "").replace("\x00", "")[:300]
        actions.take_back_change(found, by=request.user, why=why)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("取り消しました。記録の履歴には残っています。"))
    return redirect(found.decision)


@public
@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """新旧対照表 of one document that opinions changed (`?of=`), each row with the opinions behind it; as a page or a table."""
    documents, shown, rows = _asked(request)
    if shown and request.GET.get("format") in exports.CONTENT_TYPES:
        return _as_file(request, shown.name, rows)
    return render(
        request,
        "network/changes.html",
        {
            "documents": documents,
            "document": shown,
            "rows": rows,
            "as_of": timezone.localdate(),
            "breadcrumbs": way_to((_("意見で変わったこと"), "")),
        },
    )


@public
@require_GET
def changes_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as PDF, Word or slides, in the reader's language."""
    _documents, shown, rows = _asked(request)
    if shown is None or kind not in WRITERS:
        raise Http404
    paper = queries.changes_document(shown, rows, today=timezone.localdate())
    response = HttpResponse(WRITERS[kind](paper), content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="opinions-changes-{shown.key}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _asked(
    request: HttpRequest,
) -> tuple[list[queries.ChangedDocument], queries.ChangedDocument | None, list[queries.ChangedRow]]:
    """All documents that opinions changed, that of `?of=` or the first, and its rows, as the reader may see them."""
    documents = queries.changed_documents(request.user)
    asked = request.GET.get("of", "")
    shown = next((each for each in documents if each.key == asked), documents[0] if documents else None)
    rows = queries.rows_of(shown.changes, request.user, timezone.localdate()) if shown else []
    return documents, shown, rows


def _as_file(request: HttpRequest, name: str, rows: list[queries.ChangedRow]) -> HttpResponse:
    """A row for each change, with the addresses of the opinions behind it."""
    table = exports.Table(
        columns=[
            ("name", _("項目")),
            ("old", _("旧")),
            ("new", _("新")),
            ("reason", _("理由")),
            ("decision", _("対応")),
            ("decided_on", _("決まった日")),
            ("opinions", _("もとの意見")),
            ("hidden", _("公開していない意見の数")),
            ("address", _("住所")),
        ],
        rows=[
            [
                row.name,
                row.old_text,
                row.new_text,
                row.change.reason,
                row.change.decision.address,
                row.change.decision.meeting.held_on,
                "\n".join(
                    each for opinion, voices in row.opinions for each in (opinion.address, *voices.addresses(opinion))
                ),
                row.hidden + sum(voices.hidden for _opinion, voices in row.opinions),
                row.address,
            ]
            for row in rows
        ],
        title=_("新旧対照表：%(name)s") % {"name": name},
    )
    encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
    return exports.download(table, format=request.GET["format"], encoding=encoding, filename="opinions-changes")
