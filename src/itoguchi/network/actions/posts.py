"""What people do with the information link of a thread: tell, ask and answer, correct it, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import can_post, can_take_back_post, can_write_as, posts_visible_to
from itoguchi.network.actions.entries import index_posts
from itoguchi.network.models import Post, ThreadMember

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.models import FrozenFile

NOT_POSTING = _("情報リンクに載せられるのは、この糸に加わっている団体の担当者だけです。")
NOT_ANSWERING = _("回答できるのは、この糸に加わっている団体・組織の担当者だけです。")
NOT_YOUR_POST = _("直せるのは、書いた団体・組織の担当者だけです。取り下げるのは、糸を運営する組織もできます。")
IS_GONE = _("取り下げられています。ページを開き直してください。")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFacts:
    """What is told, asked or answered."""

    text: str
    kind: Post.Kind = Post.Kind.ANSWER
    title: str = ""
    link: str = ""
    file: FrozenFile | None = None
    is_open: bool = False


@transaction.atomic
def post_in_thread(member: ThreadMember, facts: PostFacts, *, by: Account, today: date) -> Post:
    """Put a notice, question or material of an area into its thread. Raises PermissionDenied, ValidationError."""
    if not can_post(by, member, today):
        raise PermissionDenied(NOT_POSTING)
    post = Post(strand=member.strand, member=member, is_open=facts.is_open, posted_on=today, by=by, kind=facts.kind)
    return _save(post, facts, by=by, why=str(_("情報リンク")))


@transaction.atomic
def answer_post(post: Post, member: ThreadMember, facts: PostFacts, *, by: Account, today: date) -> Post:
    """Answer as a member of the same thread; whoever reads the post reads the answer.

    Raises PermissionDenied for another's part, ValidationError for what was taken back or is an answer itself.
    """
    asked = _locked(post, by)
    if member.strand_id != asked.strand_id or not can_write_as(by, member, today):
        raise PermissionDenied(NOT_ANSWERING)
    if asked.taken_back_on or asked.to_id:
        raise ValidationError(IS_GONE)
    answer = Post(
        strand=asked.strand,
        member=member,
        to=asked,
        is_open=asked.is_open,
        posted_on=today,
        by=by,
        kind=Post.Kind.ANSWER,
    )
    return _save(answer, facts, by=by, why=str(_("情報リンクの回答")))


@transaction.atomic
def correct_post(post: Post, facts: PostFacts, *, correction: str, by: Account, today: date) -> Post:
    """Put right what one's own body wrote, with what was put right, which stands beside it. Raises as the others."""
    locked = _locked(post, by)
    if not can_write_as(by, locked.member, today):
        raise PermissionDenied(NOT_YOUR_POST)
    if locked.taken_back_on:
        raise ValidationError(IS_GONE)
    if not correction.strip():
        raise ValidationError({"correction": _("訂正したことを書いてください。")})
    locked.corrected_on, locked.correction = today, correction.strip()
    return _save(locked, facts, by=by, why=correction)


@transaction.atomic
def take_back_post(post: Post, *, by: Account, today: date, why: str) -> Post:
    """Take it back, with a reason: who wrote it, or who runs the thread; from then on nobody else finds it at any door."""
    locked = _locked(post, by)
    if not can_take_back_post(by, locked):
        raise PermissionDenied(NOT_YOUR_POST)
    if locked.taken_back_on:
        raise ValidationError(IS_GONE)
    if not why.strip():
        raise ValidationError({"why": _("取り下げるわけを書いてください。")})
    locked.taken_back_on, locked.why_taken_back = today, why.strip()[:300]
    locked.full_clean()
    with journal(by=by, why=why):
        locked.save()
    index_posts([locked])
    return locked


def _locked(post: Post, by: Account) -> Post:
    """The row; raises PermissionDenied to who may not even read it."""
    rows = posts_visible_to(by).select_for_update(of=("self",)).select_related("strand__thread", "member")
    locked = rows.filter(pk=post.pk).first()
    if locked is None:
        raise PermissionDenied(NOT_YOUR_POST)
    return locked


def _save(post: Post, facts: PostFacts, *, by: Account, why: str) -> Post:
    post.title, post.text, post.link = facts.title.strip(), facts.text.strip(), facts.link
    post.file = facts.file or post.file
    post.full_clean()
    with journal(by=by, why=why):
        post.save()
    index_posts([post])
    return post
