"""What people ask of the information link of a thread: what was told and asked, one of them with its answers, what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from itoguchi.core.followed import Happening
from itoguchi.core.wording import say
from itoguchi.network.access import posts_visible_to
from itoguchi.network.models import Post, ThreadMember

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.network.models import Strand


def posts_of(strand: Strand, user: User) -> QuerySet[Any]:
    """What members told and asked in a thread, as far as the user may read it, each with its `number` of answers (1 query)."""
    rows = posts_visible_to(user).filter(strand=strand, to=None)
    rows = rows.annotate(number=Count("answers", filter=Q(answers__taken_back_on=None)))
    return rows.select_related("member__area", "member__organisation").order_by("-posted_on", "-pk")


def answers_to(post: Post, user: User) -> list[Post]:
    """The answers that the user may read, in their order (1 query)."""
    rows = posts_visible_to(user).filter(to=post).defer("file__content")
    return list(rows.select_related("member__area", "member__organisation", "file").order_by("posted_on", "pk"))


def told(posts: QuerySet[Post], about: dict[str, frozenset[str]], first: date, last: date) -> Iterator[Happening]:
    """What these posts are as news of their threads, `about` the addresses of each thread (1 query)."""
    rows = posts.filter(strand__in=about, posted_on__gte=first, posted_on__lte=last, taken_back_on=None)
    for each in rows.select_related("to").order_by("pk"):
        yield Happening(
            key=f"post {each.pk}",
            on=each.posted_on,
            what=say(_("情報リンク（%(kind)s）"), kind=each.get_kind_display()),
            title=str(each.to or each),
            path=each.address,
            about=about[each.strand_id],
        )


def told_to_members(parts: Iterable[ThreadMember], first: date, last: date) -> list[Happening]:
    """What is for members alone in the threads where they take part (1 query, 0 without any)."""
    about = {each.strand_id: frozenset([each.strand.address]) for each in parts}
    if not about:
        return []
    return list(told(Post.objects.filter(Q(to=None) | Q(to__taken_back_on=None), is_open=False), about, first, last))
