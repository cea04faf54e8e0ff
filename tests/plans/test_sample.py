"""The sample world has plans in every state, each labelled 見本, and loads once."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from itoguchi.accounts import sample as accounts
from itoguchi.core.journal import history_of
from itoguchi.plans import sample
from itoguchi.plans.models import Comment, Plan

pytestmark = pytest.mark.django_db


def test_the_sample_shows_every_state_and_who_did_it() -> None:
    today = timezone.localdate()
    accounts.load_sample(random.Random(1), today)
    for _time in range(2):
        sample.load_sample(random.Random(1), today)
    plans = list(Plan.objects.order_by("pk"))
    states = ["draft", "asked", "returned", "approved", "draft"]
    assert [each.state for each in plans] == states
    assert [each.is_internal for each in plans] == [True, True, True, False, True]
    assert all(each.title.startswith("見本") for each in plans)
    assert set(Comment.objects.values_list("state", flat=True)) == {"open", "answered"}
    assert "見本 花子" in {each.who for each in history_of(plans[0])}
