"""Following: what one follows, the shared boxes of one's offices; panel and feed of what can be followed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itoguchi.accounts.access import memberships_of
from itoguchi.core.doors import public
from itoguchi.core.feeds import News, atom, begin_of
from itoguchi.core.followed import happenings, titles_of
from itoguchi.core.templatetags.core import address
from itoguchi.network import actions, queries
from itoguchi.network.forms import BoxForm
from itoguchi.network.models import SharedBox
from itoguchi.network.views.entry import GET_AND_POST, attempt

IN_FEED, FED_FOR = 50, timedelta(days=365)


@require_GET
def follows(request: HttpRequest) -> HttpResponse:
    """What one follows oneself and through shared boxes, and where one's bodies take part; `?subject=` asks for one more."""
    subject = request.GET.get("subject", "").replace("\x00", "")[:300]
    today = timezone.localdate()
    title = titles_of([subject]).get(subject) if subject else None
    return render(
        request,
        "network/follows.html",
        {
            "own": queries.named(queries.follows_of(request.user)),
            "boxes": [(box, queries.named(box.follows.all())) for box in queries.boxes_of(request.user)],
            "parts": queries.strands_of(request.user, today),
            "subject": subject if title else "",
            "asked": title,
            "following": queries.follower_of(request.user, subject) if title else None,
            "may_keep_boxes": bool(memberships_of(request.user)),
            "sends_mail": settings.SMTP is not None,
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("フォロー"), "")],
        },
    )


@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow something or no more, oneself or for a shared box; back to its page."""
    subject = request.POST.get("subject", "").replace("\x00", "")[:300]
    key = request.POST.get("box", "")
    box = (
        get_object_or_404(SharedBox, pk=key if key.isascii() and key.isdigit() and len(key) < 10 else 0)
        if key
        else None
    )
    try:
        if request.POST.get("deed") == "unfollow":
            actions.unfollow(subject, by=request.user, box=box)
            messages.success(request, _("フォローをやめました。"))
        else:
            actions.follow(subject, by=request.user, today=timezone.localdate(), box=box)
            messages.success(request, _("フォローしました。動きがあれば、週に一度のお知らせで一度だけ伝えます。"))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("network:follows")
    is_there = subject in titles_of([subject]) and request.POST.get("back") == "page"
    return redirect(address(subject)) if is_there else redirect("network:follows")


@require_http_methods(GET_AND_POST)
def keep_box(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """A new shared box of one's own office, or one that is changed or used no more."""
    known = get_object_or_404(SharedBox, pk=pk) if pk else None
    own = queries.memberships_with_bodies(request.user)
    if known:
        own = [each for each in own if each.office == known.office][:1]
    if not own:
        raise PermissionDenied(actions.NOT_YOUR_BOX)
    told: dict[str, Any] = {name: getattr(known, name) for name in ("section", "email", "language")} if known else {}
    form = BoxForm(request.POST if request.method == "POST" else None, offices=own, initial=told)

    def deed() -> SharedBox:
        said = form.cleaned_data
        box = known or SharedBox(**actions.office_of(said["office"], request.user))
        box.section, box.email, box.language = said["section"], said["email"], said["language"]
        box.is_active = request.POST.get("deed") != "stop"
        return actions.keep_box(box, by=request.user)

    made = attempt(form, deed)
    if made is not None:
        messages.success(
            request,
            _("共有の宛先を記録しました。")
            if made.is_confirmed or not made.is_active
            else _("共有の宛先を記録しました。届いたメールのリンクを開くまで、お知らせは送りません。"),
        )
        return redirect("network:follows")
    title = _("共有の宛先を直す") if known else _("課の共有の宛先を加える")
    return render(
        request,
        "network/box_form.html",
        {
            "form": form,
            "box": known,
            "title": title,
            "breadcrumbs": [
                (_("自分のアカウント"), reverse("accounts:me")),
                (_("フォロー"), reverse("network:follows")),
                (title, ""),
            ],
        },
        status=422 if form.is_bound else 200,
    )


@require_POST
def ask_box_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link once more to a shared address that waits to be confirmed."""
    box = get_object_or_404(SharedBox, pk=pk)
    try:
        actions.ask_box_again(box, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("確認のメールを送りました。前のリンクは使えなくなりました。"))
    return redirect("network:follows")


@public
@require_http_methods(GET_AND_POST)
def confirm_box(request: HttpRequest, link: str) -> HttpResponse:
    """Where the link of a mail leads: who reads mail there says, with a button, that notices may come."""
    try:
        box = actions.box_of(link)
        if box and request.method == "POST":
            box = actions.confirm_box(link)
    except signing.BadSignature:
        raise Http404 from None
    except ValidationError:  # the address was changed between reading and pressing
        box = None
    title = _("お知らせの宛先の確認")
    return render(
        request,
        "network/confirm_box.html",
        {"box": box, "title": title, "over": actions.LINK_OVER, "breadcrumbs": [(title, "")]},
        status=200 if box else 410,
    )


@public
@require_GET
def panel_follow(request: HttpRequest, prefix: str, key: str) -> HttpResponse:
    """Follow what the page is about; without scripts the page of what one follows."""
    subject = f"{prefix}{key}"
    if not request.htmx:
        return redirect(f"{reverse('network:follows')}?subject={subject}")
    return render(
        request,
        "network/_follow.html",
        {"subject": subject, "following": queries.follower_of(request.user, subject), "is_panel": True},
    )


@public
@require_GET
def followed_feed(request: HttpRequest, prefix: str, key: str | int) -> HttpResponse:
    """What happened within a year to something that can be followed, as far as everybody may know (Atom)."""
    subject, today = f"{prefix}{key}", timezone.localdate()
    found = titles_of([subject]).get(subject)
    if found is None:
        raise Http404
    news = [
        News(
            title=each.title,
            path=each.path,
            text=f"{each.what}：{each.title}",
            at=begin_of(each.on),
            key=f"{subject}#{each.key.replace(' ', '-')}",
        )
        for each in happenings([subject], today - FED_FOR, today)[:IN_FEED]
    ]
    return atom(request, found[1], news, page=subject, at=f"{subject}.atom")
