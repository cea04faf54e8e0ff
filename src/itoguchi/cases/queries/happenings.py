"""What happened that people follow: cases and reference models that everybody can read, and cases looked at again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itoguchi.cases.models import Case, ReferenceModel, State
from itoguchi.core.followed import Happening, keys_at

CASES = "/cases/"


def names_of_cases(keys: Collection[str]) -> dict[str, str]:
    """Key → title of those that everybody can read (1 query)."""
    rows = Case.objects.filter(state=State.PUBLISHED, pk__in=_numbers(keys))
    return {str(pk): title for pk, title in rows.values_list("pk", "title")}


def _numbers(keys: Collection[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 10]


def happenings(addresses: Collection[str], first: date, last: date) -> Iterator[Happening]:
    """Cases and models about these solutions, fields and blocks, and what came of these cases (2 queries)."""
    fields, solutions, blocks = (keys_at(addresses, each) for each in ("/fields/", "/solutions/", "/areas/blocks/"))
    cases = _numbers(keys_at(addresses, CASES))
    about = Q(solution__in=solutions) | Q(solution__field__in=fields) | Q(area__block__in=blocks)
    if fields or solutions or blocks or cases:
        yield from _cases(about | Q(pk__in=cases), first, last)
        yield from _models(about | Q(cases__in=cases), first, last)


def _cases(about: Q, first: date, last: date) -> Iterator[Happening]:
    moved = Q(published_on__gte=first, published_on__lte=last) | Q(checked_on__gte=first, checked_on__lte=last)
    for each in Case.objects.filter(about, moved, state=State.PUBLISHED).select_related("solution", "area"):
        is_check = each.checked_on is not None and first <= each.checked_on <= last
        on = each.checked_on if is_check else each.published_on
        if on is not None:
            yield Happening(
                key=f"case {each.pk} checked {on}" if is_check else f"case {each.pk}",
                on=on,
                what=_("確かめられた事例") if is_check else _("新しい事例"),
                title=each.title,
                path=each.address,
                about=_about(each) | {each.address},
            )


def _models(about: Q, first: date, last: date) -> Iterator[Happening]:
    rows = ReferenceModel.objects.filter(about, state=State.PUBLISHED, published_on__gte=first, published_on__lte=last)
    for each in rows.select_related("solution", "area").prefetch_related("cases").distinct():
        if each.published_on is not None:
            yield Happening(
                key=f"model {each.pk}",
                on=each.published_on,
                what=_("新しい参照モデル"),
                title=each.title,
                path=each.address,
                about=_about(each) | {case.address for case in each.cases.all()},
            )


def _about(record: Case | ReferenceModel) -> frozenset[str]:
    places = [f"/areas/blocks/{record.area.block_id}"] if record.area else []
    return frozenset([f"/solutions/{record.solution_id}", f"/fields/{record.solution.field_id}", *places])
