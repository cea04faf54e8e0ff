"""What happened that people follow: problems that were opened to proposals."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.followed import Happening, keys_at
from itoguchi.exchange.models import Problem


def happenings(addresses: Collection[str], first: date, last: date) -> Iterator[Happening]:
    """Problems about these fields, solutions and blocks that were published in these days (2 queries)."""
    fields, solutions, blocks = (keys_at(addresses, each) for each in ("/fields/", "/solutions/", "/areas/blocks/"))
    if not (fields or solutions or blocks):
        return
    wanted = Q(need__field__in=fields) | Q(need__solutions__in=solutions) | Q(need__area__block__in=blocks)
    rows = Problem.objects.filter(wanted, published_at__date__gte=first, published_at__date__lte=last)
    rows = rows.exclude(state=Problem.State.WITHDRAWN).select_related("need__area").prefetch_related("need__solutions")
    for each in rows.distinct().order_by("pk"):
        if each.published_at is not None:
            about = {f"/areas/blocks/{each.need.area.block_id}", f"/fields/{each.need.field_id}"}
            about |= {solution.address for solution in each.need.solutions.all()}
            yield Happening(
                key=f"problem {each.pk}",
                on=timezone.localdate(each.published_at),
                what=_("新しい課題の公募"),
                title=each.title,
                path=each.address,
                about=frozenset(about),
            )
