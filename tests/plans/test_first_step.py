"""The first step sheet: what it says of one area, what it doesn't make up, how it is asked for, and how often it asks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from itoguchi.areas import sample
from itoguchi.areas.models import Area, Statistic
from itoguchi.areas.queries import WEIGHTS, area_of_code, peers_of
from itoguchi.exchange.models import Offer
from itoguchi.plans.queries import Sheet, first_step, sheet_of, solutions_by_key
from itoguchi.plans.queries.first_step import _cost_of
from itoguchi.roadmap.models import Field, StageChange
from itoguchi.support.models import Need
from itoguchi.support.queries import Cost, proposals
from tests.network.factories import an_organisation
from tests.roadmap.factories import put
from tests.support.factories import TAMBA, WORRY, a_need, an_open_scheme

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
SOLUTION, FIELD = "smart-primary-industry", "primary-industry"
PAGE = f"/first-step?area={TAMBA}&words={WORRY}"
NOBODY = AnonymousUser()


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), timezone.localdate())


def sheet(**more: Any) -> Sheet:
    area: Any = area_of_code(more.pop("area", TAMBA))
    return sheet_of(area, **{"user": NOBODY, "day": timezone.localdate(), "words": WORRY} | more)


def put_with_cost(code: str, stage: str, at: date, yen: int | None) -> StageChange:
    change = put(code, SOLUTION, stage, at)
    change.cost_yen = yen
    change.save()
    return change


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (WORRY, FIELD),
        ("鹿が田んぼを食い荒らす", FIELD),
        ("イノシシにやられて農家がやめていく", FIELD),
        ("台風のとき放送が聞こえない", "disaster"),
        ("子どもの預け先の手続きが面倒", "child-rearing"),
        ("商店街に客が来ない", "local-business"),
        ("空き家ばかりになった", "workstyle"),
        ("バスに誰も乗らない", "smart-city"),
    ],
)
def test_everyday_words_lead_to_their_field(words: str, field: str) -> None:
    assert proposals(words, timezone.localdate())[0][0].thing.pk == field


def test_peers_come_by_likeness_with_stage_day_and_record(figures: None) -> None:
    near = [each.code for each in peers_of(TAMBA, tuple(sorted(WEIGHTS.items()))).peers]
    put_with_cost(near[7], "running", date(2021, 4, 1), 9_000_000)
    put_with_cost(near[2], "shared", date(2022, 4, 1), 5_000_000)
    put_with_cost(near[0], "trial", date(2023, 4, 1), None)
    put_with_cost(near[1], "considering", date(2023, 4, 1), None)
    put(near[3], SOLUTION, "running", date(2020, 4, 1), is_internal=True)
    put(TAMBA, SOLUTION, "interested", date(2024, 4, 1))
    found = sheet()
    assert found.solution == solutions_by_key(found.day)[SOLUTION]
    assert [(each.area.code, each.stage) for each in found.peers] == [
        (near[2], "shared"),
        (near[7], "running"),
        (near[0], "trial"),
    ]
    assert found.peers[0].href == f"/areas/{near[2]}/implementations/{SOLUTION}"
    assert found.stage == "interested"
    assert (found.cost.low, found.cost.high, found.cost.records, found.cost.is_middle) == (
        5_000_000,
        9_000_000,
        2,
        False,
    )
    assert sheet(day=date(2021, 1, 1)).peers == ()
    page = Client().get(PAGE).content.decode()
    assert f"/money?area={TAMBA}&amp;solution={SOLUTION}&amp;kind=equipment" in page
    assert "yen=5000000-9000000" in page


def test_no_cost_is_made_up(figures: None) -> None:
    found = sheet()
    assert found.peers == ()
    assert (found.cost.low, found.cost.high, found.cost.records) == (None, None, 0)
    assert found.cost.why
    page = Client().get(PAGE).content.decode()
    assert "費用が書かれたものがまだありません" in page
    assert 'href="#cost-form"' in page


def test_too_few_among_the_likest_widen_to_a_hundred(figures: None) -> None:
    weights = tuple(sorted(WEIGHTS.items()))
    near = [each.code for each in peers_of(TAMBA, weights).peers]
    far = [each.code for each in peers_of(TAMBA, weights, 101).peers]
    assert far[:20] == near
    put_with_cost(near[19], "trial", date(2021, 4, 1), 3_000_000)
    alone = sheet()
    assert (alone.cost.low, alone.cost.high, alone.cost.is_wider) == (3_000_000, 3_000_000, False)
    put_with_cost(far[99], "running", date(2021, 4, 1), 8_000_000)
    put_with_cost(far[100], "running", date(2021, 4, 1), 90_000_000)
    found = sheet()
    assert [each.area.code for each in found.peers] == [near[19], far[99]]
    assert (found.cost.low, found.cost.high, found.cost.records, found.cost.is_wider) == (3_000_000, 8_000_000, 2, True)
    assert "似た100団体のうち費用を記録した2件" in Client().get(PAGE).content.decode()
    for code in near[:5]:
        put_with_cost(code, "running", date(2021, 4, 1), 5_000_000)
    assert [each.area.code for each in sheet().peers] == near[:5]
    assert not sheet().cost.is_wider


def test_four_records_tell_the_middle_half() -> None:
    assert (_cost_of([1, 2, 3, 4, 5]).low, _cost_of([1, 2, 3, 4, 5]).high) == (2, 4)
    assert _cost_of([1, 2, 9]).high == 9


def test_schemes_say_yes_no_and_why_and_unknown(figures: None) -> None:
    strength = Statistic.objects.filter(area__code=TAMBA, measure=Statistic.Measure.FISCAL_STRENGTH)
    strength.update(value="0.84")
    an_open_scheme("for-areas", FIELD, rule={"applicant": ["area"]})
    an_open_scheme("for-poorer", FIELD, rule={"fiscal_strength": {"at_most": 0.8}})
    an_open_scheme("for-large", FIELD, rule={"size": {"at_least": 1_000_000}})
    an_open_scheme("for-others", FIELD, rule={"prefecture": ["010006"]})
    an_open_scheme("over", FIELD, rule={"applicant": ["area"]}, days=-3)
    an_open_scheme("elsewhere", "tourism", rule={"applicant": ["area"]})
    found = sheet()
    assert [each.scheme for each in found.may] == ["for-areas"]
    assert [each.scheme for each in found.may_not] == ["for-poorer"]
    assert [each.scheme for each in found.unknown if each.has_rule] == ["for-large"]
    page = Client().get(PAGE).content.decode()
    assert "財政力指数は0.84（条件：0.80以下）" in page
    assert "事業費を書くと判定できます" in page
    with_cost = Client().get(f"{PAGE}&cost_kind=equipment&cost_year=2027&cost_yen=5,000,000")
    assert {each.scheme for each in with_cost.context["sheet"].may} == {"for-areas", "for-large"}
    assert 'value="5000000"' in with_cost.content.decode()


def test_three_actions_have_days_and_addresses(figures: None) -> None:
    an_open_scheme("for-areas", FIELD, rule={"applicant": ["area"]}, days=12)
    found = sheet()
    assert len(found.actions) == 3
    days = [each.by for each in found.actions]
    assert days == sorted(days)
    assert days[0] >= found.day
    applying = next(each for each in found.actions if "for-areas" in each.href)
    assert applying.by == found.day + timedelta(days=12)
    assert found.helpers[0].href == "/areas/blocks/kinki"


def test_who_offers_something_and_the_threads_help(figures: None) -> None:
    field = Field.objects.get(key=FIELD)
    lender, far, other = (an_organisation(name) for name in ("試験の貸し手", "試験の遠方", "試験の別分野"))
    for who, fields, places in ((lender, [field], []), (far, [field], ["010006"]), (other, [], [])):
        offer = Offer.objects.create(
            organisation=who, kind="lend", title=f"{who}の提供", text="x", since=date(2020, 4, 1)
        )
        offer.fields.set(fields)
        offer.prefectures.set(Area.objects.filter(code__in=places))
    helpers = sheet().helpers
    labels = [each.label for each in helpers]
    assert "試験の貸し手の提供" in labels
    assert not {"試験の遠方の提供", "試験の別分野の提供"} & set(labels)
    assert {"/threads/diagonal-kinki", f"/threads/vertical-{FIELD}"} <= {each.href for each in helpers}
    Offer.objects.update(ended_on=timezone.localdate())
    assert "試験の貸し手の提供" not in [each.label for each in sheet().helpers]


def test_money_and_calendar_are_asked(figures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    today, asked = timezone.localdate(), []
    step = SimpleNamespace(
        key="council",
        label="3月議会",
        begins=today,
        ends=today + timedelta(days=9),
        why="予算",
        is_late=False,
        when="3月",
    )

    def combine(costs: tuple[Cost, ...], *_more: Any, **_asked: Any) -> Any:
        asked.append(costs)
        best = SimpleNamespace(schemes=["見本の補助金"])
        return SimpleNamespace(best=best, own=(1_000, 2_000), over_budget=None, binds=["上限"], unknown=["率"])

    def back_plan(_area: Any, window: Any, start: date, _day: date, **_scheme: Any) -> Any:
        is_late = start.month == 4
        return SimpleNamespace(
            steps=[step],
            too_late=is_late,
            fits=window,
            earliest=date(start.year, 7, 1),
            session=SimpleNamespace(name="3月定例会"),
            window=window,
        )

    monkeypatch.setattr(first_step, "combine", combine)
    monkeypatch.setattr(first_step, "back_plan", back_plan)
    near = [each.code for each in peers_of(TAMBA, tuple(sorted(WEIGHTS.items()))).peers]
    put_with_cost(near[0], "running", date(2021, 4, 1), 3_000_000)
    scheme = an_open_scheme("for-areas", FIELD, rule={"applicant": ["area"]})
    page = Client().get(PAGE)
    found = page.context["sheet"]
    assert found.dates.window.year.scheme == scheme
    assert asked[0][0].yen == (3_000_000, 3_000_000)
    assert "1,000円から2,000円" in page.content.decode()
    assert "見本の補助金" in page.content.decode()
    assert not found.dates.too_late  # nobody asked for April: the first start that can be met is taken
    assert "3月定例会" in page.content.decode()
    assert any(each.what == "3月議会" and each.href == "#dates" for each in found.actions)
    Client().get(f"{PAGE}&cost_kind=labour&cost_year=2027&cost_yen=700")
    assert asked[1] == (Cost(kind="labour", year=2027, yen=700),)
    wanted = a_need(is_internal=False, wanted_year=today.year + 1)
    late = Client().get(f"/first-step?need={wanted.pk}")
    assert late.context["sheet"].dates.too_late
    assert "間に合いません" in late.content.decode()


def test_the_box_asks_for_what_is_missing(client_of: ClientOf) -> None:
    client = client_of("visitor")
    assert client.get("/first-step").status_code == 200
    assert client.get(f"/first-step?area={TAMBA}").status_code == 200
    assert "テレワーク" in client.get("/first-step?solution=telework").content.decode()
    assert client.get(f"/first-step?area={TAMBA}&words=").status_code == 422
    assert client.get("/first-step?area=どこにもない&words=x").status_code in {409, 422}
    assert client.get(f"/first-step?area={TAMBA}&words=x&as_of=2999-01-01").status_code == 422
    assert client.get(f"/first-step?area={TAMBA}&words={'あ' * 4001}").status_code == 422
    for odd in ("solution=nothing", "need=x", "need=99999999", "need=%00", "solution=%00"):
        assert client.get(f"/first-step?area={TAMBA}&{odd}").status_code == 404
    for odd in ("area=%00&words=x", f"area={TAMBA}&words=%00"):
        assert client.get(f"/first-step?{odd}").status_code == 422
    chosen = client.get("/first-step?area=丹波篠山市&words=猿")
    assert chosen.context["sheet"].area.code == TAMBA
    several = client.get("/first-step?area=那珂川町&words=猿").content.decode()
    assert "area=402311&amp;words=" in several
    box = client_of("officer").get("/").content.decode()
    assert f'value="{TAMBA} 丹波篠山市"' in box
    assert client.get(f"/first-step?area={TAMBA} 丹波篠山市&words=猿").context["sheet"].area.code == TAMBA


@pytest.mark.parametrize(
    "row",
    [
        "cost_kind=x&cost_year=2027&cost_yen=5",
        "cost_kind=labour&cost_year=1&cost_yen=5",
        "cost_kind=labour&cost_year=2027&cost_yen=-5",
    ],
)
def test_a_cost_that_is_none_is_named(client_of: ClientOf, row: str) -> None:
    answer = client_of("visitor").get(f"{PAGE}&{row}")
    assert answer.status_code == 422
    assert "費用の1行目" in answer.content.decode()


def test_words_become_a_need_with_one_button(client_of: ClientOf) -> None:
    client = client_of("officer")
    assert "ニーズとして保存する" in client.get(PAGE).content.decode()
    for persona in ("visitor", "neighbour", "partner"):
        assert "ニーズとして保存する" not in client_of(persona).get(PAGE).content.decode()
    said = {"text": WORRY, "urgency": "next", "is_internal": "on", "solutions": SOLUTION, "field": FIELD}
    assert client.post(f"/areas/{TAMBA}/needs/new", said).status_code == 302
    need = Need.objects.get(text=WORRY)
    assert need.is_internal
    sheet_of_need = client.get(f"/first-step?need={need.pk}").context["sheet"]
    assert (sheet_of_need.need, sheet_of_need.area.code, sheet_of_need.solution.key) == (need, TAMBA, SOLUTION)
    assert client_of("neighbour").get(f"/first-step?need={need.pk}").status_code == 404


def test_no_solution_and_no_figures_leave_a_page_that_leads_on(client_of: ClientOf) -> None:
    page = client_of("visitor").get(f"/first-step?area={TAMBA}&words=ぺぬぽむ")
    assert page.context["sheet"].solution is None
    assert f"area={TAMBA}&amp;words=" in page.content.decode()
    assert "&amp;solution=telework" in page.content.decode()
    of_prefecture = client_of("visitor").get("/first-step?area=280003&solution=telework")
    assert of_prefecture.context["sheet"].peers == ()
    assert client_of("visitor").get("/en/first-step?area=280003&solution=telework").status_code == 200


def test_other_pages_lead_to_it(client_of: ClientOf) -> None:
    need = a_need(is_internal=False)
    for page in (f"/areas/{TAMBA}", f"/needs/{need.pk}", "/solutions/telework"):
        client = client_of("visitor")
        assert f'href="{page}/first-step"' in client.get(page).content.decode()
        in_place = client.get(f"{page}/first-step", headers={"HX-Request": "true"})
        assert 'action="/first-step"' in in_place.content.decode()
    internal = a_need()
    for gone in (f"/needs/{internal.pk}", "/solutions/nothing", "/areas/000000", "/needs/x"):
        assert client.get(f"{gone}/first-step", headers={"HX-Request": "true"}).status_code == 404


def test_programs_get_the_same(figures: None) -> None:
    an_open_scheme("for-areas", FIELD, rule={"applicant": ["area"]})
    client = Client()
    said = client.get(f"/api/v1/first-step?area={TAMBA}&words={WORRY}").json()
    assert (said["solution"], [each["scheme"] for each in said["may"]]) == (SOLUTION, ["for-areas"])
    assert len(said["actions"]) == 3
    assert (said["cost"]["low"], said["own_burden"]) == (None, None)
    assert said["dates"]
    assert all(each["begins"] <= each["ends"] and each["why"] for each in said["dates"])
    open_need, internal = a_need(is_internal=False), a_need()
    assert client.get(f"/api/v1/first-step?area={TAMBA}&need={open_need.pk}").status_code == 200
    for odd, status in (
        ("", 409),
        ("&words=x&as_of=2999-01-01", 409),
        ("&solution=nothing", 404),
        (f"&need={internal.pk}", 404),
    ):
        assert client.get(f"/api/v1/first-step?area={TAMBA}{odd}").status_code == status, odd
    assert client.get("/api/v1/first-step?area=000000&words=x").status_code == 404
    assert client.get("/api/v1/first-step?area=x&words=x").status_code == 422
