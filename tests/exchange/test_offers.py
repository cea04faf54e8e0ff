"""Standing offers and who suits whom: the region's small firms first, every reason named, many of both within few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account, Organisation
from itoguchi.areas.models import Area
from itoguchi.core.models import SearchEntry
from itoguchi.exchange import actions, queries
from itoguchi.exchange.models import Offer, Problem, Profile
from itoguchi.roadmap.models import Field
from itoguchi.support.models import Need
from tests.exchange.factories import DAY, a_choice, a_firm, a_problem, an_offer, facts, firm_of, let_time_pass
from tests.personas import account_of

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
KYOTO, TOKYO, HYOGO = "261009", "130001", "280003"


def names(found: list[queries.Suggestion]) -> list[str]:
    return [each.offer.organisation.name.removeprefix("試験 ") for each in found]


def test_small_firms_of_the_region_come_first_and_every_reason_is_named() -> None:
    problem = a_problem(need={"field": "primary-industry", "solutions": ["smart-primary-industry"]})
    for name, seat, size in (
        ("far", TOKYO, "venture"),
        ("large", "282219", "large"),
        ("block", KYOTO, "small"),
        ("near", "282235", "venture"),
    ):
        an_offer(
            a_firm(name, seat=seat, size=size)[0], fields=["primary-industry"], solutions=["smart-primary-industry"]
        )
    an_offer(a_firm("other", seat="282219")[0], "観光の案内", text="駅の案内", fields=["tourism"])
    found = queries.offers_for(problem.pk, TODAY)
    assert names(found) == ["near", "block", "large", "far"]
    near, block, large, far = found
    assert [(each.kind, each.worth) for each in near.reasons if each.kind != "words"] == [
        ("solution", 4),
        ("field", 3),
        ("prefecture", 2),
    ]
    assert (near.is_near, block.is_near, large.is_near, far.is_near) == (True, True, False, False)
    assert near.score == sum(each.worth for each in near.reasons)
    assert "スマート農業・林業・漁業モデル" in str(near.reasons[0].text)


def test_words_alone_may_suit_and_a_place_alone_does_not() -> None:
    problem = a_problem()
    an_offer(a_firm("words", seat=TOKYO)[0], "猿よけの貸出し", text="猿が来たら知らせる")
    an_offer(a_firm("place", seat="282219")[0], "書類の電子化", text="紙を電子にする", prefectures=[HYOGO])
    (found,) = queries.offers_for(problem.pk, TODAY)
    assert found.offer.title == "猿よけの貸出し"
    assert [each.kind for each in found.reasons] == ["words"]


def test_what_was_agreed_before_speaks_for_an_organisation(officer: Account, partner: Account) -> None:
    choice = a_choice()
    solution = next(each for each in Field.objects.get(key="primary-industry").solutions.all())
    said = actions.AgreementFacts(text="x", solution=solution, agreed_on=TODAY)
    actions.agree(choice, said, by=officer, today=TODAY)
    an_offer(firm_of(partner), fields=["primary-industry"])
    problem = a_problem(need={"field": "primary-industry", "text": "熊が来る"})
    (found,) = queries.offers_for(problem.pk, TODAY)
    assert "agreed" in {each.kind for each in found.reasons}


def test_organisations_are_shown_problems_that_take_proposals() -> None:
    organisation, account = a_firm("near", seat="282219")
    assert queries.problems_for(organisation.pk, TODAY) == []
    an_offer(organisation, fields=["primary-industry"])
    far = a_problem("131016", need={"field": "primary-industry", "text": "遠い"})
    near = a_problem(need={"field": "primary-industry"})
    let_time_pass(a_problem(need={"field": "primary-industry", "text": "終わった"}))
    found = queries.problems_for(organisation.pk, TODAY)
    assert [each.problem for each in found] == [near, far]
    assert [each.is_near for each in found] == [True, False]
    watched = [each for each in queries.watched(account, TODAY) if each.key.startswith("problem ")]
    assert [each.path for each in watched] == [near.address, far.address]
    assert "分野：" in watched[0].why


def test_offers_are_kept_and_ended_by_their_own_people(partner: Account, funder: Account) -> None:
    offer = an_offer(firm_of(partner))
    assert SearchEntry.objects.get(room="exchange").title == "罠の貸出し"
    said = actions.OfferFacts(kind=Offer.Kind.TEACH, title="直した", text="x")
    for deed in (
        lambda: actions.keep_offer(firm_of(partner), said, by=funder, today=TODAY, offer=offer),
        lambda: actions.end_offer(offer, by=funder, today=TODAY),
        lambda: actions.keep_profile(
            firm_of(partner), seat=Area.objects.get(code=HYOGO), size=Profile.Size.SMALL, by=funder
        ),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    actions.keep_offer(firm_of(partner), said, by=partner, today=TODAY, offer=offer)
    assert SearchEntry.objects.get(room="exchange").title == "直した"
    actions.end_offer(offer, by=partner, today=TODAY)
    assert not SearchEntry.objects.filter(room="exchange").exists()
    with pytest.raises(ValidationError, match="やめた提供"):
        actions.keep_offer(firm_of(partner), said, by=partner, today=TODAY, offer=offer)


@pytest.fixture
def many(db: None) -> Problem:
    """2,000 organisations with an offer each, and 5,000 problems; returns one of them."""
    fields, areas = list(Field.objects.all()), list(Area.objects.order_by("code"))
    now = timezone.now()
    organisations = Organisation.objects.bulk_create(
        [Organisation(name=f"試験の会社{number}", kind="company") for number in range(2_000)]
    )
    Profile.objects.bulk_create(
        [
            Profile(organisation=each, seat=areas[number % len(areas)], size=list(Profile.Size)[number % 4])
            for number, each in enumerate(organisations)
        ]
    )
    offers = Offer.objects.bulk_create(
        [
            Offer(organisation=each, kind="lend", title=f"罠の貸出し{number}", text="猿の罠を貸す", since=TODAY)
            for number, each in enumerate(organisations)
        ]
    )
    Offer.fields.through.objects.bulk_create(
        [
            Offer.fields.through(offer=each, field=fields[number % len(fields)])  # type: ignore[misc]
            for number, each in enumerate(offers)
        ]
    )
    needs = Need.objects.bulk_create(
        [
            Need(
                area=areas[number % len(areas)],
                title=f"猿が来る{number}",
                text="見回りの人手がない",
                field=fields[number % len(fields)],
                heard_on=TODAY,
                is_internal=False,
            )
            for number in range(5_000)
        ]
    )
    said = facts()
    problems = Problem.objects.bulk_create(
        [
            Problem(
                need=each,
                title=each.title,
                wanted=said.wanted,
                site=said.site,
                asks_until=now + 5 * DAY,
                closes_at=now + timedelta(days=10 + number % 50),
                state="published",
                published_at=now,
            )
            for number, each in enumerate(needs)
        ]
    )
    return problems[0]


def test_pages_stay_within_12_queries_with_2000_organisations_and_5000_problems(
    many: Problem, partner: Account, django_assert_max_num_queries: Any
) -> None:
    an_offer(firm_of(partner), fields=["primary-industry"])
    visitor, firm = Client(), Client()
    firm.force_login(account_of("partner"))
    for path in (
        f"/problems/{many.pk}",
        "/problems/",
        "/problems/?phase=open&field=primary-industry",
        "/offers/?for=280003",
    ):
        for client in (visitor, firm):
            with django_assert_max_num_queries(12):
                assert client.get(path).status_code == 200, path
    with django_assert_max_num_queries(14):  # nothing is remembered inside a test's transaction
        assert firm.get("/problems/suited").status_code == 200
    with django_assert_max_num_queries(14):
        found = visitor.get(f"/problems/{many.pk}/suggestions", headers={"HX-Request": "true"})
    assert "合う理由" in found.content.decode()
    with django_assert_max_num_queries(8):
        assert visitor.get("/api/v1/problems?limit=100").json()["count"] == 5_000
