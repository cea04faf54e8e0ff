"""Pages of revisions: editions side by side, a draft item by item, and states frozen as of a day."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.documents import Document, Grid, Paragraph, Row, Run, Section, words
from itoguchi.core.documents.pdf import write_pdf
from itoguchi.core.documents.word import write_word
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.roadmap import actions
from itoguchi.roadmap.access import can_revise, can_see_frozen
from itoguchi.roadmap.forms import ITEM_FORMS, EffectiveForm, FreezeForm, RevisionForm, show_problems
from itoguchi.roadmap.models import FrozenState, Noun, Revision, RevisionItem, Stage, State, shown_value
from itoguchi.roadmap.queries import revisions as queries
from itoguchi.roadmap.queries.aims import editions
from itoguchi.roadmap.views.aims import crumbs

KINDS = {
    "pdf": ("application/pdf", write_pdf),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", write_word),
}


@public
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """新旧対照表 of two editions, as a page, PDF or Word."""
    known = {each.key: each for each in editions()}
    if len(known) < 2:
        raise Http404
    keys = list(known)
    new = known.get(request.GET.get("new", ""), known[keys[-1]])
    before = queries.edition_before(new)
    old = known.get(request.GET.get("old", ""), before or known[keys[0]])
    found = queries.comparison(old, new)
    title = _("新旧対照表：%(old)s → %(new)s") % {"old": old, "new": new}
    if kind := KINDS.get(request.GET.get("format", "")):
        return _as_file(_document(title, found, str(old), str(new)), *kind, f"roadmap-{old.key}-{new.key}")
    return render(
        request,
        "roadmap/compare.html",
        {
            "title": title,
            "old": old,
            "new": new,
            "editions": known.values(),
            "groups": _groups(found),
            "number": len(found),
            "tells_kpis": "kpis" in new.content and before == old,
            "breadcrumbs": crumbs((_("新旧対照表"), "")),
        },
    )


def _groups(found: list[queries.Difference]) -> list[tuple[str, list[queries.Difference]]]:
    return [(str(noun.label), of) for noun in Noun if (of := [each for each in found if each.noun == noun])]


def _document(title: str, found: list[queries.Difference], old: str, new: str) -> Document:
    """The table for files: one section for each kind of thing."""
    in_japanese = get_language() != "ja"
    sections = [
        Section(
            f"part-{number}",
            label,
            (
                Grid(
                    label,
                    (
                        _("名称"),
                        _("どうする"),
                        _("旧（%(edition)s）") % {"edition": old},
                        _("新（%(edition)s）") % {"edition": new},
                        _("理由"),
                    ),
                    tuple(
                        Row(
                            (
                                words(Run(each.name, is_japanese=in_japanese)),
                                words(str(each.deed.label)),
                                words(Run(_lines(each.old), is_japanese=in_japanese)),
                                words(Run(_lines(each.new), is_japanese=in_japanese)),
                                words(Run(each.item.reason if each.item else "", is_japanese=in_japanese)),
                            )
                        )
                        for each in of
                    ),
                    (0.2, 0.1, 0.25, 0.25, 0.2),
                ),
            ),
        )
        for number, (label, of) in enumerate(_groups(found), start=1)
    ]
    if not sections:
        sections = [Section("part-1", _("違い"), (Paragraph(words(_("二つの版に違いはありません。"))),))]
    return Document(
        title=title,
        lead=_("分野・分野別モデル・KPI・工程のうち、違いのあるものだけを並べています。"),
        foot=_("糸口 %(title)s") % {"title": title},
        language=get_language() or "ja",
        contents=_("目次"),
        sections=tuple(sections),
    )


def _lines(said: list[tuple[str, str]]) -> str:
    return " / ".join(f"{label}：{text}" for label, text in said) or "—"


def _as_file(document: Document, content_type: str, write: Any, name: str) -> HttpResponse:
    ending = next(key for key, (kind, _write) in KINDS.items() if kind == content_type)
    response = HttpResponse(write(document), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def _must_revise(request: HttpRequest) -> None:
    if not can_revise(request.user):
        raise PermissionDenied(actions.NOT_YOURS)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return crumbs((_("改定案"), reverse("roadmap:revisions")), *more)


@require_GET
def revisions(request: HttpRequest) -> HttpResponse:
    """Drafts of the next edition and those that were published."""
    _must_revise(request)
    found = Revision.objects.select_related("edition")
    return render(request, "roadmap/revisions.html", {"revisions": found, "breadcrumbs": crumbs((_("改定案"), ""))})


@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """The form of a revision's title."""
    _must_revise(request)
    known = get_object_or_404(Revision, pk=pk) if pk else None
    start = {"title": known.title, "note": known.note} if known else {}
    form = RevisionForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_valid():
        try:
            made = actions.draft_revision(**form.cleaned_data, by=request.user, revision=known)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            return redirect(made)
    title = _("改定案の題名を直す") if known else _("改定案を作る")
    return _form(request, title, form, _("保存する"), _crumbs((title, "")))


def _form(request: HttpRequest, title: str, form: Any, button: str, trail: list[tuple[str, str]]) -> HttpResponse:
    shown = {"title": title, "form": form, "button": button, "breadcrumbs": trail}
    return render(request, "core/form.html", shown, status=422 if form.is_bound else 200)


@require_GET
def revision(request: HttpRequest, pk: int) -> HttpResponse:
    """One revision: what it changes with its reasons, what is contradictory, and its way through two people."""
    _must_revise(request)
    found = get_object_or_404(Revision.objects.select_related("edition"), pk=pk)
    return _page(request, found)


def _page(request: HttpRequest, found: Revision, form: EffectiveForm | None = None) -> HttpResponse:
    today = timezone.localdate()
    is_open = found.state == Revision.State.DRAFT
    in_force = queries.content_in_force(today)
    items = list(found.items.all())
    if found.edition:
        differences = queries.compare(found.before, found.edition.content, items)
    else:
        differences = queries.compare(in_force, queries.content_with(in_force, items), items)
    waiting = queries.waiting_approval(found.address)
    return render(
        request,
        "roadmap/revision.html",
        {
            "revision": found,
            "groups": _groups(differences),
            "problems": queries.contradictions(queries.content_with(in_force, items)) if is_open else [],
            "is_open": is_open and waiting is None,
            "waiting": waiting,
            "is_own_draft": waiting is not None and waiting.drafter_id == request.user.pk,
            "remark": queries.last_remark(found.address) if is_open else "",
            "form": form or EffectiveForm(),
            "choices": [
                (
                    noun.value,
                    noun.label,
                    [(key, facts.get("name") or facts["text"]) for key, facts in in_force[noun].items()],
                )
                for noun in Noun
            ],
            "history": history_of(found),
            "breadcrumbs": _crumbs((str(found), "")),
        },
        status=422 if form else 200,
    )


@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, pk: int, noun: str) -> HttpResponse:
    """The form of what a revision does with one thing: `?key=` one in force or said already, else a new one."""
    _must_revise(request)
    found = get_object_or_404(Revision, pk=pk)
    if noun not in Noun.values:
        raise Http404
    kind, key, today = Noun(noun), request.GET.get("key", "")[:60], timezone.localdate()
    said = RevisionItem.objects.filter(revision=found, noun=noun, key=key).first()
    now = queries.content_in_force(today)[noun].get(key)
    start: dict[str, Any] = (said.facts if said else None) or now or {}
    start = start | {"key": key} | ({"reason": said.reason, "grounds": said.grounds} if said else {})
    after = queries.content_with(queries.content_in_force(today), found.items.all())
    form = ITEM_FORMS[kind](
        request.POST if request.method == "POST" else None, initial=start, content=after, is_known=now is not None
    )
    if form.is_valid():
        try:
            actions.put_item(found, form.item(kind), by=request.user, today=today)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("改定案に入れました。"))
            return redirect(found)
    what = str(start.get("name") or start.get("text") or "")
    title = f"{kind.label}：{what}" if what else _("%(noun)sを追加する") % {"noun": kind.label}
    return _form(
        request, title, form, _("改定案に入れる"), _crumbs((str(found), found.get_absolute_url()), (title, ""))
    )


@require_POST
def revision_deed(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an item, ask for approval, decide."""
    _must_revise(request)
    found, today = get_object_or_404(Revision, pk=pk), timezone.localdate()
    deed = request.POST.get("deed", "")
    try:
        if deed == "remove":
            actions.remove_item(get_object_or_404(found.items, pk=request.POST.get("item") or 0), by=request.user)
            messages.success(request, _("改定案から外しました。"))
        elif deed == "ask":
            form = EffectiveForm(request.POST)
            if not form.is_valid():
                return _page(request, found, form)
            actions.ask_to_publish(found, effective_on=form.cleaned_data["effective_on"], by=request.user, today=today)
            messages.success(request, _("起案しました。別の担当者が承認すると、施行日に公表されます。"))
        elif (waiting := queries.waiting_approval(found.address)) and deed in {"approve", "send_back", "withdraw"}:
            actions.decide_on_revision(
                found, waiting, deed=deed, by=request.user, today=today, remark=request.POST.get("remark", "")[:1000]
            )
            messages.success(request, _("決裁しました。"))
        else:
            messages.error(request, _("できることが変わっています。ページを開き直してください。"))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect(found)


@public
@require_GET
def frozen_states(request: HttpRequest) -> HttpResponse:
    """The states that were frozen, the newest first."""
    return render(
        request,
        "roadmap/frozen_states.html",
        {
            "states": queries.states_seen_by(request.user),
            "may_freeze": can_revise(request.user),
            "breadcrumbs": crumbs((_("固定した時点"), "")),
        },
    )


@require_http_methods(["GET", "POST"])
def freeze(request: HttpRequest) -> HttpResponse:
    """The form that freezes the state of a day."""
    _must_revise(request)
    form = FreezeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = actions.freeze_state(**form.cleaned_data, by=request.user, today=timezone.localdate())
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("固定しました。別の担当者が承認すると公開されます。"))
            return redirect(made)
    title = _("時点を固定する")
    trail = crumbs((_("固定した時点"), reverse("roadmap:frozen_states")), (title, ""))
    return _form(request, title, form, _("固定して承認を求める"), trail)


def _state(request: HttpRequest, slug: str) -> FrozenState:
    found = get_object_or_404(
        FrozenState.objects.select_related("approval__drafter", "approval__approver", "counts"), slug=slug
    )
    if not can_see_frozen(request.user, found):
        raise Http404
    return found


@public
@require_GET
def frozen(request: HttpRequest, slug: str) -> HttpResponse:
    """A frozen state beside what the records say now about the same day."""
    found = _state(request, slug)
    kept = json.loads(bytes(found.counts.content))
    now = {each["key"]: each for each in queries.counts_to_freeze(found.as_of)["kpis"]}
    return render(
        request,
        "roadmap/frozen.html",
        {
            "state": found,
            "kpis": [_kpi_row(each, now.get(each["key"])) for each in kept["kpis"]],
            "stages": [*Stage],
            "solutions": [
                (each, [(stage.label, each["stages"].get(stage.value, 0)) for stage in Stage])
                for each in kept["solutions"]
            ],
            "may_revise": can_revise(request.user),
            "waiting": found.approval if found.approval.state == found.approval.State.DRAFTED else None,
            "is_own_draft": found.approval.drafter_id == request.user.pk,
            "breadcrumbs": crumbs((_("固定した時点"), reverse("roadmap:frozen_states")), (str(found), "")),
        },
    )


def _kpi_row(kept: dict[str, Any], now: dict[str, Any] | None) -> dict[str, Any]:
    """A frozen KPI in words, and what the records say now where that differs."""
    same = now is not None and (now["value"], now["state"]) == (kept["value"], kept["state"])
    return {
        "key": kept["key"],
        "name": kept["name"],
        "value": _shown(kept),
        "state": State(kept["state"]).label,
        "now": "" if same else _shown(now) if now else _("いまの版にありません"),
        "state_now": "" if same or not now else State(now["state"]).label,
    }


def _shown(kpi: dict[str, Any]) -> str:
    return shown_value(Decimal(kpi["value"]), kpi["unit"]) if kpi["value"] is not None else "—"


@public
@require_GET
def frozen_file(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The counts for everybody, the records for the secretariat: the same bytes for ever."""
    found = _state(request, slug)
    if name == "records.json":
        _must_revise(request)
    elif name != "counts.json":
        raise Http404
    file = found.records if name == "records.json" else found.counts
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["ETag"] = f'"{file.sha256}"'
    response["Content-Disposition"] = f'attachment; filename="roadmap-{slug}-{name}"'
    return response


@require_POST
def frozen_deed(request: HttpRequest, slug: str) -> HttpResponse:
    """Decide whether a frozen state is made public."""
    _must_revise(request)
    found, deed = _state(request, slug), request.POST.get("deed", "")
    try:
        if deed not in {"approve", "send_back", "withdraw"}:
            raise ValidationError(_("できることが変わっています。ページを開き直してください。"))
        remark = request.POST.get("remark", "")[:1000]
        actions.decide_on_state(found, deed=deed, by=request.user, today=timezone.localdate(), remark=remark)
        messages.success(request, _("決裁しました。"))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect(found)
