"""Pages of the information link of a thread: all posts, one post with its answers and file, telling, answering, correcting, taking back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.core.doors import public
from itoguchi.core.uploads import hand_out
from itoguchi.network import actions, queries
from itoguchi.network.access import can_post, can_take_back_post, can_write_as, posts_visible_to
from itoguchi.network.forms import AnswerPostForm, CorrectPostForm, PostForm
from itoguchi.network.models import Post, ThreadMember
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.recommendations import in_japanese
from itoguchi.network.views.threads import strand_asked, way_from, way_to_threads

NEWEST, ON_PAGE = 10, 50  # posts on the page of the thread, and on a page of their own


def post_seen(request: HttpRequest, key: str, pk: int) -> Post:
    """A post or answer of a thread that the reader may read; another one is not there (1 query)."""
    rows = posts_visible_to(request.user).filter(strand=key).defer("file__content", "to__text")
    rows = rows.select_related(
        *("strand__thread", "strand__field", "strand__block", "to", "file"), *("member__area", "member__organisation")
    )
    return get_object_or_404(rows, pk=pk)


@public
@require_GET
def posts(request: HttpRequest, key: str) -> HttpResponse:
    """What was told in a thread, as far as the reader may see it; the newest for its page, else a page of all."""
    strand, today, user = strand_asked(key), timezone.localdate(), request.user
    found = Paginator(queries.posts_of(strand, user), NEWEST if request.htmx else ON_PAGE)
    shown = found.get_page(request.GET.get("page") or 1)
    said = {
        "shown": strand,
        "posts": shown,
        "is_panel": bool(request.htmx),
        "may_post": any(can_post(user, each, today) for each in queries.parts_to_write_as(user, strand, today)),
    }
    if request.htmx:
        return render(request, "network/_posts.html", said)
    return render(request, "network/posts.html", said | {"breadcrumbs": way_from(strand, _("情報リンク"))})


@public
@require_GET
def post(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What a member told or asked, with the answers, and what the reader may do."""
    shown, today, user = post_seen(request, key, pk), timezone.localdate(), request.user
    if shown.to_id:
        return redirect(shown)
    answers = queries.answers_to(shown, user)
    for each in (shown, *answers):
        each.may_correct = each.taken_back_on is None and can_write_as(user, each.member, today)
        each.may_take_back = each.taken_back_on is None and can_take_back_post(user, each)
    parts = queries.parts_to_write_as(user, shown.strand, today) if shown.taken_back_on is None else []
    return render(
        request,
        "network/post.html",
        {
            "post": shown,
            "answers": answers,
            "may_answer": bool(parts),
            "breadcrumbs": way_to_threads(
                (in_japanese(str(shown.strand)), shown.strand.get_absolute_url()), (in_japanese(shown.title), "")
            ),
        },
    )


@public
@require_GET
def post_file(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The file of a post, to keep: never run by a browser, whatever it says it is."""
    rows = posts_visible_to(request.user).filter(strand=key).select_related("file")
    shown = get_object_or_404(rows, pk=pk)
    if shown.file is None:
        raise Http404
    return hand_out(shown.file, f"post-{shown.pk}", is_private=True)


def _part(request: HttpRequest, parts: list[ThreadMember], refused: Any) -> ThreadMember:
    """The part of one's own body that `?member=` chooses, else the first."""
    asked = request.GET.get("member", "")
    found = next((each for each in parts if asked in {"", str(each.pk)}), None)
    if found is None:
        raise PermissionDenied(refused)
    return found


def _typed(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


@require_http_methods(GET_AND_POST)
def new_post(request: HttpRequest, key: str) -> HttpResponse:
    """The form in which an area tells or asks the others of its thread."""
    strand, today = strand_asked(key), timezone.localdate()
    parts = [
        each for each in queries.parts_to_write_as(request.user, strand, today) if can_post(request.user, each, today)
    ]
    part = _part(request, parts, actions.NOT_POSTING)
    form = PostForm(*_typed(request))
    made = attempt(form, lambda: actions.post_in_thread(part, form.facts(), by=request.user, today=today))
    if made is not None:
        messages.success(request, _("情報リンクに載せました。構成員に、一度だけ知らせます。"))
        return redirect(made)
    title = _("情報リンクに載せる")
    return _form(request, form, title=title, back=strand.get_absolute_url(), trail=way_from(strand, title))


@require_http_methods(GET_AND_POST)
def answer_post(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The form in which a member of the thread answers."""
    shown, today = post_seen(request, key, pk), timezone.localdate()
    part = _part(request, queries.parts_to_write_as(request.user, shown.strand, today), actions.NOT_ANSWERING)
    form = AnswerPostForm(*_typed(request))
    made = attempt(form, lambda: actions.answer_post(shown, part, form.facts(), by=request.user, today=today))
    if made is not None:
        messages.success(request, _("回答しました。"))
        return redirect(made)
    return _about(request, shown, form, _("回答する"))


@require_http_methods(GET_AND_POST)
def correct_post(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The form that puts right what one's own body wrote."""
    shown, today = post_seen(request, key, pk), timezone.localdate()
    if not can_write_as(request.user, shown.member, today):
        raise PermissionDenied(actions.NOT_YOUR_POST)
    form = CorrectPostForm(*_typed(request), post=shown)
    made = attempt(
        form,
        lambda: actions.correct_post(
            shown, form.facts(), correction=form.cleaned_data["correction"], by=request.user, today=today
        ),
    )
    if made is not None:
        messages.success(request, _("訂正しました。"))
        return redirect(made)
    return _about(request, shown, form, _("訂正する"))


@require_POST
def take_back_post(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Take a post or answer back."""
    shown, today = post_seen(request, key, pk), timezone.localdate()
    why = request.POST.get("why", "").replace("\x00", "")[:300]
    try:
        actions.take_back_post(shown, by=request.user, today=today, why=why)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("取り下げました。ほかの方には、もう見えません。"))
    return redirect(shown)


def _about(request: HttpRequest, shown: Post, form: Any, title: str) -> HttpResponse:
    return _form(
        request,
        form,
        title=title,
        lead=str(shown),
        back=shown.get_absolute_url(),
        trail=way_to_threads(
            (in_japanese(str(shown.strand)), shown.strand.get_absolute_url()),
            (in_japanese(str(shown.to or shown)), shown.get_absolute_url()),
            (title, ""),
        ),
    )


def _form(
    request: HttpRequest, form: Any, *, title: str, back: str, trail: list[tuple[Any, str]], lead: str = ""
) -> HttpResponse:
    return render(
        request,
        "network/deed.html",
        {
            "title": title,
            "lead": lead,
            "form": form,
            "button": title,
            "has_file": True,
            "back": back,
            "breadcrumbs": trail,
        },
        status=422 if form.is_bound else 200,
    )
