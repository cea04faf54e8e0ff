"""Names and codes have days; the database lets no two stand on one day."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from itoguchi.areas import queries
from itoguchi.areas.models import Area, AreaName, check_digit

pytestmark = pytest.mark.django_db


def test_an_area_is_called_as_on_the_day() -> None:
    nakagawa = Area.objects.get(code="402311")
    assert str(queries.name_on(nakagawa, date(2018, 9, 30))) == "那珂川町"
    assert str(queries.name_on(nakagawa, date(2018, 10, 1))) == "那珂川市"


def test_the_names_and_numbers_add_up() -> None:
    count = queries.nation_count()
    assert (count.municipalities, count.prefectures, count.blocks, count.areas) == (1741, 47, 11, 1788)
    assert AreaName.objects.filter(period__contains=date(2026, 1, 1)).count() == 1788


def test_no_two_names_on_one_day() -> None:
    area = Area.objects.get(code="282219")
    second = AreaName(
        area=area,
        code="282219",
        name="篠山",
        kana="ささやま",
        name_en="S",
        kind="city",
        source="x",
        period=DateRange(date(2020, 1, 1), None),
    )
    with pytest.raises(ValidationError, match="同じ日に"):
        second.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.parametrize("code", ["282218", "28221", "28221a", "２８２２１９"])
def test_a_wrong_check_digit_is_refused_by_the_database(code: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(code="282219").update(code=code)


def test_every_code_has_its_check_digit() -> None:
    for code in AreaName.objects.values_list("code", flat=True):
        assert code[5] == check_digit(code[:5])
