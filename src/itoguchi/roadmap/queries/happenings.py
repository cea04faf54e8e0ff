"""What happened that people follow: solutions that came to be used; and the names of fields, solutions and blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Block
from itoguchi.core.followed import Happening, keys_at
from itoguchi.roadmap.models import Field, Solution, Stage, StageChange, at_or_beyond

FIELDS, SOLUTIONS, BLOCKS = "/fields/", "/solutions/", "/areas/blocks/"


def names_of_fields(keys: Collection[str]) -> dict[str, str]:
    """Key → name (1 query)."""
    return dict(Field.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def names_of_solutions(keys: Collection[str]) -> dict[str, str]:
    """Key → name (1 query)."""
    return dict(Solution.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def names_of_blocks(keys: Collection[str]) -> dict[str, str]:
    """Key → name (1 query)."""
    return {each.pk: str(each) for each in Block.objects.filter(pk__in=list(keys))}


def happenings(addresses: Collection[str], first: date, last: date) -> Iterator[Happening]:
    """Solutions that areas of a block came to use on a day, as far as everybody may know: one thing (2 queries)."""
    fields, solutions, blocks = (keys_at(addresses, prefix) for prefix in (FIELDS, SOLUTIONS, BLOCKS))
    wanted = (
        Q(implementation__solution__in=solutions)
        | Q(implementation__solution__field__in=fields)
        | Q(implementation__area__block__in=blocks)
    )
    if not (fields or solutions or blocks):
        return
    rows = StageChange.objects.filter(
        wanted, stage__in=at_or_beyond(Stage.RUNNING), at__gte=first, at__lte=last, implementation__is_internal=False
    )
    named = {each.pk: str(each) for each in Block.objects.all()}
    counted = rows.order_by().values_list(
        "at",
        "implementation__area__block",
        "implementation__solution",
        "implementation__solution__name",
        "implementation__solution__field",
    )
    for at, block, solution, name, field, number in counted.annotate(Count("implementation__area", distinct=True)):
        yield Happening(
            key=f"running {solution} {block} {at}",
            on=at,
            what=_("新しい実装"),
            title=gettext("%(solution)s：%(block)sの%(number)s団体で実装")
            % {
                "solution": name,
                "block": named[block],
                "number": number,
            },
            path=f"{SOLUTIONS}{solution}",
            about=frozenset({f"{SOLUTIONS}{solution}", f"{FIELDS}{field}", f"{BLOCKS}{block}"}),
        )
