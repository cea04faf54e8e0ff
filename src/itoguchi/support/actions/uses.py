"""What people do with the record of who used a scheme: write it down, take it back, and say whether it is whole."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import fiscal_year
from itoguchi.core.journal import journal
from itoguchi.support.access import can_change_scheme, can_record_use
from itoguchi.support.models import Scheme, Use, UseList

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area

FIRST = 1950  # fiscal year
NOT_YOUR_USE = _("使った団体を書けるのは、その団体の担当者と、その支援メニューの実施主体、事務局だけです。")
NOT_YOUR_LIST = _("一覧がそろったかどうかを書けるのは、その支援メニューの実施主体と事務局だけです。")


@transaction.atomic
def record_use(
    scheme: Scheme,
    areas: Collection[Area],
    year: int,
    *,
    source: str,
    today: date,
    by: Account | None,
    is_whole: bool = False,
    why: str = "",
) -> int:
    """Write down which areas were chosen in a fiscal year, and how many of them were not on record yet.

    `is_whole`: with these all of that year are on record, so that of the others it is known that they did not use it.
    Raises PermissionDenied without the right, ValidationError for a year to come, or for nobody where not all are told.
    """
    if by and not all(can_record_use(by, scheme, each) for each in areas):
        raise PermissionDenied(NOT_YOUR_USE)
    if by and is_whole and not can_change_scheme(by, scheme):
        raise PermissionDenied(NOT_YOUR_LIST)
    if not FIRST <= year <= fiscal_year(today):
        raise ValidationError({"fiscal_year": _("年度は西暦で、今年度までです（例：2025）。")})
    if not source.strip():
        raise ValidationError({"source": _("どこで確かめたかを書いてください。")})
    if not areas and not is_whole:
        raise ValidationError({"areas": _("団体を一つ以上書いてください。")})
    Scheme.objects.select_for_update(no_key=True).get(pk=scheme.pk)  # two who write the same list: one after the other
    known = set(scheme.uses.filter(fiscal_year=year).values_list("area", flat=True))
    new = [each for each in areas if each.pk not in known]
    with journal(by=by, why=why):
        Use.objects.bulk_create(
            [Use(scheme=scheme, area=each, fiscal_year=year, source=source.strip()) for each in new]
        )
        if is_whole:
            UseList.objects.update_or_create(scheme=scheme, fiscal_year=year, defaults={"source": source.strip()})
    return len(new)


@transaction.atomic
def take_use_back(use: Use, *, by: Account | None, why: str) -> None:
    """Say that an area did not use a scheme after all. Raises PermissionDenied, ValidationError without a reason."""
    if by and not can_record_use(by, use.scheme, use.area):
        raise PermissionDenied(NOT_YOUR_USE)
    if not why.strip():
        raise ValidationError({"why": _("取り消す理由を書いてください。")})
    with journal(by=by, why=why):
        use.delete()


@transaction.atomic
def reopen_use_list(scheme: Scheme, year: int, *, by: Account | None) -> None:
    """Say that not all who used a scheme in a fiscal year are on record after all. Raises PermissionDenied."""
    if by and not can_change_scheme(by, scheme):
        raise PermissionDenied(NOT_YOUR_LIST)
    with journal(by=by, why=str(_("利用団体の一覧は、まだそろっていない"))):
        UseList.objects.filter(scheme=scheme, fiscal_year=year).delete()
