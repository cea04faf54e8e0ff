"""Every change has who, when, why, before, after, whatever the door."""

from __future__ import annotations

import pytest
from django.db import connection

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.core.journal import history_of, journal

pytestmark = pytest.mark.django_db


def test_a_change_says_who_why_before_and_after(coordinator: Account) -> None:
    block = Block.objects.get(key="kinki")
    before = block.office
    with journal(by=coordinator, why="名称の変更", door="page"):
        block.office = "近畿総合通信局（新）"
        block.save()
    change = history_of(block)[0]
    assert (change.who, change.why, change.door) == (str(coordinator), "名称の変更", "page")
    (field,) = change.fields
    assert (field.label, field.before, field.after) == ("総合通信局等", before, "近畿総合通信局（新）")


def test_raw_sql_is_caught_too() -> None:
    area = Area.objects.get(code="282219")
    count = len(history_of(area))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE areas_area SET kana = 'たんばささやまし２' WHERE code = '282219'")
    assert len(history_of(area)) == count + 1
    assert history_of(area)[0].who == "システム"


def test_saving_without_change_leaves_no_entry() -> None:
    area = Area.objects.get(code="282219")
    count = len(history_of(area))
    area.save()
    assert len(history_of(area)) == count


def test_history_is_read_in_two_queries(django_assert_max_num_queries: object, coordinator: Account) -> None:
    block = Block.objects.get(key="kinki")
    for number in range(5):
        with journal(by=coordinator):
            block.office = f"局 {number}"
            block.save()
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert len(history_of(block)) >= 5
