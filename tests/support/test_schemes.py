"""Schemes: what the reference data holds, entering and correcting, windows and rates that cannot be."""

from __future__ import annotations

import random
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from itoguchi.accounts.models import Account
from itoguchi.areas import sample
from itoguchi.areas.models import Area
from itoguchi.core.journal import history_of
from itoguchi.support.actions import (
    RateFacts,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    end_scheme,
    keep_scheme,
    keep_year,
    load_schemes,
)
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Scheme, Use, Window
from itoguchi.support.queries import Asked, Part, State, explain, match_schemes, open_schemes, reason_of, who_may

pytestmark = pytest.mark.django_db

DAY, LATER = date(2018, 5, 1), date(2027, 5, 1)


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))


def facts(**more: Any) -> SchemeFacts:
    return SchemeFacts(**({"name": "試験", "kind": Scheme.Kind.GRANT, "provider": "試験省", "source": "試験"} | more))


def year(**more: Any) -> YearFacts:
    return YearFacts(**({"fiscal_year": 2026, "source": "試験"} | more))


def test_the_reference_schemes_are_there_with_what_their_sources_give() -> None:
    wifi = Scheme.objects.get(key="public-wifi")
    first = wifi.years.get(fiscal_year=2017)
    assert [str(rate) for rate in first.rates.all()] == ["2/3", "1/2"]
    assert first.min_yen == 1_000_000
    assert first.max_yen is None
    shared = Scheme.objects.get(key="regional-iot-shared-use").years.get().windows.get()
    assert shared.closes_at == datetime(2020, 5, 20, 17, tzinfo=TOKYO)
    assert shared.has_time
    iot = Scheme.objects.get(key="regional-iot")
    assert iot.years.get(fiscal_year=2018).windows.count() == 3
    assert iot.years.get(fiscal_year=2017).choice_rate == pytest.approx(17 / 39)
    assert Scheme.objects.get(key="furusato-telework").years.get(fiscal_year=2017).rates.get().is_whole


def test_loading_again_keeps_what_somebody_put_right(coordinator: Account, settings: Any) -> None:
    keep_scheme("public-wifi", facts(name="直した名前"), by=coordinator)
    load_schemes(settings.REFERENCE_DATA / "support")
    assert Scheme.objects.get(key="public-wifi").name == "直した名前"


def test_who_gives_a_scheme_or_keeps_all_may_change_it(officer: Account, coordinator: Account) -> None:
    with pytest.raises(PermissionDenied):
        keep_scheme("new-one", facts(), by=officer)
    scheme = keep_scheme("new-one", facts(), by=coordinator, why="新しい公募")
    with pytest.raises(PermissionDenied):
        keep_year(scheme, year(), by=officer)
    assert history_of(scheme)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"fiscal_strength": {"at_most": "x"}}, "数ではありません"),
        ({"moon": True}, "という条件はありません"),
        ({"all": [{"population": {"at_most": 5000}}, {"population": {"at_least": 10000}}]}, "両立しない"),
        ({"prefecture": ["999999"]}, "ありません"),
        ([], "形ではありません"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: Any, says: str, coordinator: Account) -> None:
    with pytest.raises(ValidationError) as refused:
        keep_scheme("new-one", facts(rule=rule), by=coordinator)
    assert says in refused.value.message_dict["rule"][0]
    assert not Scheme.objects.filter(key="new-one").exists()


def test_windows_rates_and_sizes_that_cannot_be_are_refused(coordinator: Account) -> None:
    scheme = keep_scheme("new-one", facts(), by=coordinator)
    noon, later = datetime(2026, 5, 1, 12, tzinfo=TOKYO), datetime(2026, 6, 1, 17, tzinfo=TOKYO)
    for wrong, says in (
        (year(windows=(WindowFacts(opens_at=later, closes_at=noon),)), "受付開始より後"),
        (year(windows=(WindowFacts(),)), "どちらか"),
        (year(rates=(RateFacts(rate=Fraction(6, 5)),)), "100 %"),
        (year(asked=1, chosen=2), "申請の数以下"),
        (year(fiscal_year=26), "西暦"),
        (year(rates=(RateFacts(rate=Fraction(1, 2), rule={"x": 1}),)), "という条件はありません"),
    ):
        with pytest.raises(ValidationError, match=says):
            keep_year(scheme, wrong, by=coordinator)
        assert not scheme.years.exists()
    made = keep_year(scheme, year(windows=(WindowFacts(opens_at=noon, closes_at=later),)), by=coordinator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Window.objects.filter(year=made).update(closes_at=noon)


def test_a_year_written_again_the_same_leaves_no_trace_in_the_journal(coordinator: Account) -> None:
    scheme = keep_scheme("new-one", facts(), by=coordinator)
    said = year(
        rates=(RateFacts(rate=Fraction(1, 2)),), windows=(WindowFacts(closes_at=datetime(2026, 5, 1, tzinfo=TOKYO)),)
    )
    kept = [keep_year(scheme, said, by=coordinator).rates.get().pk for _time in range(2)]
    assert kept[0] == kept[1]


def test_an_open_window_is_open_to_its_hour_and_an_ended_scheme_is_not(coordinator: Account) -> None:
    scheme = keep_scheme("new-one", facts(), by=coordinator)
    closes = datetime(2026, 5, 1, 17, tzinfo=TOKYO)
    keep_year(scheme, year(windows=(WindowFacts(closes_at=closes, has_time=True),)), by=coordinator)
    assert scheme in open_schemes(closes)
    assert scheme not in open_schemes(closes.replace(minute=1))
    end_scheme(scheme, date(2026, 4, 1), by=coordinator, why="打切り")
    assert scheme not in open_schemes(closes)


def test_what_a_person_corrects_in_a_scheme_of_a_file_is_noted(coordinator: Account) -> None:
    keep_scheme("from-file", facts(), by=None, origin=Scheme.Origin.JGRANTS, origin_key="S-1")
    scheme = keep_scheme("from-file", facts(summary="直した"), by=coordinator)
    assert scheme.corrected == ["summary"]


def test_answers_say_yes_no_with_the_gap_and_unknown_with_what_to_enter(figures: None) -> None:
    tamba = Area.objects.get(code="282219")
    scheme = keep_scheme("new-one", facts(rule={"fiscal_strength": {"at_most": 0.1}}), by=None)
    reason = explain(scheme, tamba, LATER)
    assert reason
    assert reason_of(reason).startswith("財政力指数は0.")  # type: ignore[arg-type]
    assert "（条件：0.10以下）" in reason_of(reason)  # type: ignore[arg-type]
    keep_scheme("new-one", facts(rule={"applicant": ["consortium"]}), by=None)
    scheme.refresh_from_db()
    unknown = explain(scheme, tamba, DAY)
    assert unknown
    assert unknown.state == State.UNKNOWN
    assert reason_of(unknown) == "申請者を書くと判定できます。"  # type: ignore[arg-type]
    met = explain(scheme, tamba, DAY, Asked(applicant="consortium"))
    assert met
    assert met.state == State.YES


def test_the_reverse_match_equals_the_answer_for_each_area(figures: None) -> None:
    scheme = Scheme.objects.get(key="public-wifi")
    asked = Asked(applicant="area")
    states = who_may(scheme, LATER, asked)
    assert len(states) == 1788
    for area in Area.objects.order_by("code")[::97]:
        found = explain(scheme, area, LATER, asked)
        assert found
        assert found.state == states[area.code]


def test_who_used_it_within_years_may_not_use_it_again() -> None:
    scheme, tamba = Scheme.objects.get(key="planning-support"), Area.objects.get(code="282219")
    assert who_may(scheme, DAY)["282219"] == State.UNKNOWN  # nobody is on record to have used anything
    other = Area.objects.get(code="010006")
    Use.objects.create(scheme_id="regional-iot", area=tamba, fiscal_year=2015, source="試験")
    Use.objects.create(scheme_id="regional-iot", area=other, fiscal_year=2010, source="試験")
    states = who_may(scheme, DAY)
    # That others are on record says nothing of who is not, nor of the years since: tests/support/test_uses.py.
    assert (states["282219"], states["010006"], states["282014"]) == (State.NO, State.UNKNOWN, State.UNKNOWN)


def test_the_most_that_is_paid_is_no_size_of_a_project() -> None:
    scheme = keep_scheme("ceiling", facts(rule={"all": []}), by=None)
    keep_year(scheme, year(min_yen=1_000_000, max_yen=5_000_000), by=None)

    def size_of(yen: int) -> Part:
        found = match_schemes(Area.objects.get(code="282219"), Asked(size_yen=yen), date(2026, 5, 1), top=500)
        return next(part for each in found if each.scheme == "ceiling" for part in each.parts if part.key == "size")

    assert (size_of(50_000_000).value, size_of(50_000_000).about) == (1, (50_000_000, 1_000_000))
    assert size_of(500_000).value == 0.5


def test_a_need_finds_its_schemes_with_reasons(figures: None) -> None:
    found = match_schemes(
        Area.objects.get(code="282219"),
        Asked(
            text="ふるさとテレワークの拠点をつくりたい",
            solutions=frozenset({"telework"}),
            applicant="consortium",
            members=frozenset({"area", "company"}),
        ),
        DAY,
    )
    assert found[0].scheme == "furusato-telework"
    assert found[0].eligible == State.YES
    assert found[0].timing.state == "open"


def test_a_scheme_may_pay_less_than_the_least_cost_of_a_project(coordinator: Account) -> None:
    scheme = keep_scheme("new-one", facts(), by=coordinator)
    keep_year(scheme, year(min_yen=10_000_000, max_yen=5_000_000), by=coordinator)
    assert scheme.years.get().min_yen == 10_000_000
