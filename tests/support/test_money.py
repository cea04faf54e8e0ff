"""Who pays: rates by who asks, ceilings, units, exclusions, bonds; and a range wherever something is not known."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from itoguchi.areas import sample
from itoguchi.areas.models import Area, Statistic
from itoguchi.support.actions import RateFacts, SchemeFacts, WindowFacts, YearFacts, keep_scheme, keep_year
from itoguchi.support.actions.schemes import TOKYO
from itoguchi.support.models import Scheme
from itoguchi.support.queries import Asked, Combination, Cost, combine
from tests.support.factories import TAMBA

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 27)
AREA_ONLY = {"applicant": ["area"]}
MANY = 10_000_000
COSTS = (Cost(kind="equipment", year=2027, yen=MANY),)


@pytest.fixture
def tamba() -> Area:
    return Area.objects.get(code=TAMBA)


def a_grant(
    key: str,
    rate: str | None = "1/2",
    *,
    kind: Scheme.Kind = Scheme.Kind.GRANT,
    years: tuple[int, ...] = (2027,),
    most: int | None = 100_000_000,
    least: int | None = None,
    rates: tuple[RateFacts, ...] = (),
    returned: int | None = None,
    opens: date | None = None,
    **facts: Any,
) -> Scheme:
    """A scheme with the same terms in some fiscal years; nothing is left open unless said so."""
    said = SchemeFacts(
        **{
            "name": f"試験の支援 {key}", "kind": kind, "provider": "試験省", "source": "試験",
            "rule": AREA_ONLY, "costs": ("equipment", "operation"),
        } | facts
    )  # fmt: skip
    scheme = keep_scheme(key, said, by=None)
    given = rates or ((RateFacts(rate=Fraction(rate), returned_percent=returned),) if rate else ())
    begins = datetime(*(opens or date(2027, 4, 1)).timetuple()[:3], tzinfo=TOKYO)
    for year in years:
        window = WindowFacts(opens_at=begins, closes_at=datetime(2027, 5, 31, 17, tzinfo=TOKYO))
        keep_year(
            scheme,
            YearFacts(
                fiscal_year=year, source="試験", min_yen=least, max_yen=most, rates=given,
                windows=(window,) if year == years[-1] else (),
            ),
            by=None,
        )  # fmt: skip
    return scheme


def of(area: Area, *schemes: Scheme, costs: tuple[Cost, ...] = COSTS, **more: Any) -> Combination:
    return combine(costs, area, schemes, DAY, **more)


def paid(found: Combination) -> dict[str, int]:
    assert found.best is not None
    return {scheme.pk: total for scheme, _years, total in found.best.sources}


def test_all_known_is_one_figure_and_says_what_binds(tamba: Area) -> None:
    found = of(tamba, a_grant("half", most=4_000_000))
    assert found.best is not None
    assert (found.own, found.by_year) == ((6_000_000, 6_000_000), [(2027, 6_000_000, 6_000_000)])
    assert found.binds == ["試験の支援 halfの2027年度の上限。これがなければ、自己負担は1,000,000円減ります。"]
    assert found.unknown == []


def test_a_bond_follows_the_grant_and_now_is_not_the_end(tamba: Area) -> None:
    grant = a_grant("half")
    bond = a_grant("bond", "9/10", kind=Scheme.Kind.BOND, returned=70, most=None)
    found = of(tamba, grant, bond)
    assert paid(found) == {"half": 5_000_000, "bond": 4_500_000}
    assert found.by_year == [(2027, 500_000, 500_000 + 1_350_000)]


def test_a_top_up_sees_what_the_national_grant_left_and_pays_in_thousands(tamba: Area) -> None:
    grant = a_grant("half", rate="1/3", unit_yen=1000)
    top = a_grant("top", level=Scheme.Level.PREFECTURAL, after=frozenset({grant}))
    assert paid(of(tamba, grant, top)) == {"half": 3_333_000, "top": 3_333_500}


def test_what_excludes_each_other_is_never_together(tamba: Area) -> None:
    one = a_grant("one")
    two = a_grant("two", rate="2/3", excludes=frozenset({one}))
    found = of(tamba, one, two)
    assert found.best is not None
    assert found.best.schemes == (two,)
    assert found.alternatives[0].schemes == (one,)
    assert any("併用できない" in each for each in found.binds)


def test_the_rate_is_that_of_who_asks_and_open_rates_give_a_range(tamba: Area) -> None:
    weak = RateFacts(rate=Fraction(2, 3), rule={"fiscal_strength": {"at_most": 0.4}})
    grant = a_grant("by-strength", rates=(weak, RateFacts(rate=Fraction(1, 2))))
    assert of(tamba, grant).own == (3_333_334, 5_000_000)
    assert "2/3・1/2" in of(tamba, grant).unknown[0]
    sample.load_sample(random.Random(1), DAY)
    strength = Statistic.objects.filter(area=tamba, measure=Statistic.Measure.FISCAL_STRENGTH)
    strength.update(value=Decimal("0.5"))
    found = of(tamba, grant)
    assert (found.own, found.unknown) == ((5_000_000, 5_000_000), [])


def test_terms_that_are_not_published_yet_give_a_range(tamba: Area) -> None:
    found = of(tamba, a_grant("yearly", years=(2026,)))
    assert found.own == (5_000_000, 10_000_000)
    assert "2027年度の条件は未公表" in found.unknown[0]


def test_who_perhaps_may_use_it_sees_a_range_and_who_may_not_is_told(tamba: Area) -> None:
    perhaps = a_grant("perhaps", rule={"disadvantaged": True})
    never = a_grant("never", rule={"kind": ["village"]})
    found = of(tamba, perhaps, never)
    assert found.own == (5_000_000, 10_000_000)
    assert "まだ分かりません（条件不利地域" in found.unknown[0]
    assert any("never：使えません" in each for each in found.why)
    together = of(tamba, a_grant("together", rule={"applicant": ["consortium"]}))
    assert together.own == (5_000_000, 10_000_000)
    assert "コンソーシアムで申請するときだけ" in together.unknown[0]


def test_what_is_unknown_of_several_is_said_once(tamba: Area) -> None:
    found = of(tamba, a_grant("one", years=(2026,)), a_grant("two", years=(2026,)))
    assert found.unknown[:1] == [
        "試験の支援 one、試験の支援 two：2027年度の条件は未公表です。2026年度の条件が続くものとして計算しました。"
    ]


def test_two_grants_of_the_nation_on_one_cost_are_doubtful(tamba: Area) -> None:
    one, two = a_grant("one"), a_grant("two", "1/3")
    found = of(tamba, one, two)
    assert found.best is not None
    assert (found.best.net, found.own) == (1_666_667, (1_666_667, 5_000_000))
    assert found.unknown[-1].startswith("試験の支援 one、試験の支援 two：国の補助金を同じ経費に重ねることは")


def test_no_ceiling_kinds_or_share_on_record_is_no_single_figure(tamba: Area) -> None:
    assert of(tamba, a_grant("open", most=None)).own == (5_000_000, 10_000_000)
    assert of(tamba, a_grant("kinds", costs=())).own == (5_000_000, 10_000_000)
    bond = a_grant("bond", "1", kind=Scheme.Kind.BOND, most=None)
    assert of(tamba, bond).own == (0, 10_000_000)
    no_rate = of(tamba, a_grant("no-rate", rate=None))
    assert no_rate.own[1] == 10_000_000
    assert no_rate.own[0] == 0


def test_costs_between_two_sums_and_costs_nobody_knows(tamba: Area) -> None:
    grant = a_grant("half")
    between = (Cost(kind="equipment", year=2027, yen=(8_000_000, 12_000_000)),)
    assert of(tamba, grant, costs=between).own == (4_000_000, 6_000_000)
    open_ended = (*COSTS, Cost(kind="operation", year=2027, yen=None))
    found = of(tamba, grant, costs=open_ended)
    assert found.own == (5_000_000, None)
    assert "費用が分かりません" in found.unknown[0]
    assert of(tamba, grant, costs=()).best is None


def test_costs_no_combination_carries_name_the_limit(tamba: Area) -> None:
    found = of(tamba, a_grant("half", most=4_000_000), most_own=5_000_000)
    assert found.over_budget is not None
    assert "1,000,000円足りません" in found.over_budget
    assert "試験の支援 halfの2027年度の上限" in found.over_budget
    assert found.best is not None
    assert found.best.now == 6_000_000
    assert of(tamba, a_grant("half"), most_own=5_000_000).over_budget is None


def test_a_size_below_the_least_closes_a_scheme(tamba: Area) -> None:
    found = of(tamba, a_grant("large", least=12_000_000))
    assert found.own == (MANY, MANY)
    assert any("下限に2,000,000円足りない" in each for each in found.binds)


def test_without_a_list_those_that_are_open_or_will_open_and_fit(tamba: Area) -> None:
    a_grant("fits")
    a_grant("never", rule={"kind": ["village"]})
    a_grant("people", rate=None, kind=Scheme.Kind.PEOPLE, costs=())
    a_grant("no-rate", rate=None)
    found = combine(COSTS, tamba, None, DAY)
    assert [each.pk for each in found.offers] == ["fits"]
    assert combine(COSTS, tamba, None, date(2027, 6, 1)).offers == []
    asked = Asked(solutions=frozenset({"telework"}))
    assert [each.pk for each in combine(COSTS, tamba, None, DAY, asked=asked).offers] == ["fits"]  # for every field


def test_an_order_that_goes_round_is_told(tamba: Area) -> None:
    one = a_grant("one")
    two = a_grant("two", after=frozenset({one}))
    one.after.add(two)
    found = of(tamba, one, two)
    assert found.best is None
    assert "計算できません" in found.why[0]
