"""Pages of cases and models: written, looked at, checked, side by side, reported, in both languages, within their budget."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Organisation
from itoguchi.areas import sample as areas
from itoguchi.areas.models import Area
from itoguchi.cases import actions, queries
from itoguchi.cases.models import Case, ReferenceModel, State
from tests.cases.factories import MEASURE, TAMBA, a_case, a_figure, a_model, a_reuse, cost, reported

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
NO_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
EMPTY = {f"{name}-{key}": value for name in ("figures", "costs", "measures") for key, value in NO_ROWS.items()}
CASE = {"title": "題", "solution": "telework", "worry": "困", "measures": "した", "evidence": "議会"} | EMPTY
FIGURE = {
    "figures-TOTAL_FORMS": "1",
    "figures-0-name": MEASURE,
    "figures-0-unit": "%",
    "figures-0-before": "40",
    "figures-0-before_on": "令和7年4月1日",
    "figures-0-after": "90.5",
    "figures-0-after_on": "2026-04-01",
}
COST = {"costs-TOTAL_FORMS": "1", "costs-0-year": "2026", "costs-0-kind": "equipment", "costs-0-yen": "５００万"}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_an_officer_writes_a_case_and_the_bureau_publishes_it(client_of: ClientOf) -> None:
    Organisation.objects.create(name="試験の会社", kind="company")
    officer, bureau = client_of("officer"), client_of("bureau")
    assert officer.get(f"/areas/{TAMBA}/cases/new").status_code == 200
    answer = officer.post(f"/areas/{TAMBA}/cases/new", CASE | FIGURE | COST | {"partners": "試験の会社、ほかの店"})
    case = Case.objects.get()
    assert answer.headers["Location"] == case.address
    assert [str(each) for each in case.partners.all()] == ["試験の会社"]
    assert case.other_partners == "ほかの店"
    assert [(each.year, each.yen) for each in case.costs.all()] == [(2026, 5_000_000)]
    assert str(case.figures.get().after) == "90.500"
    assert client_of("visitor").get(case.address).status_code == 404
    officer.post(f"{case.address}/deed", {"deed": "ask", "remark": "お願いします"})
    page = text_of(bureau.get(case.address))
    assert "お願いします" in page
    assert "確かめたので公開する" in page
    assert "確かめたので公開する" not in text_of(officer.get(case.address))
    bureau.post(f"{case.address}/deed", {"deed": "approve"})
    page = text_of(client_of("visitor").get(case.address))
    for said in ("5,000,000", "90.5", "試験の会社、ほかの店", "ほかの事例と並べてくらべる"):
        assert said in page
    assert 'lang="ja"' in text_of(client_of("visitor").get(f"/en{case.address}"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"solution": "nowhere"},
        {"solution": "\x00"},
        {"schemes": ["\x00"]},
        {"worry": "x" * 4001},
        FIGURE | {"figures-0-after_on": ""},
        FIGURE | {"figures-0-unit": ""},
        FIGURE | {"figures-0-name": ""},
        FIGURE | {"figures-0-after_on": "2020-01-01"},
        COST | {"costs-0-year": ""},
        COST | {"costs-0-yen": "たくさん"},
        COST | {"costs-0-yen": "-5"},
        COST | {"costs-0-yen": "9" * 40},
        {"evidence_link": "javascript:alert(1)"},
    ],
)
def test_the_form_refuses_in_words(client_of: ClientOf, wrong: dict[str, Any]) -> None:
    answer = client_of("officer").post(f"/areas/{TAMBA}/cases/new", CASE | wrong)
    assert answer.status_code == 422
    assert "errorlist" in text_of(answer)
    assert not Case.objects.exists()


def test_markup_stays_text(client_of: ClientOf) -> None:
    case = a_case(worry="<script>alert(1)</script>")
    page = text_of(client_of("visitor").get(case.address))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_year_later_the_officer_says_what_it_cost_and_changed(client_of: ClientOf) -> None:
    case = a_case(on=date(2025, 4, 1))
    officer = client_of("officer")
    assert "に1年になりました" in text_of(officer.get(case.address))
    answer = officer.post(f"{case.address}/check", EMPTY | {"holds": "no"})
    assert answer.status_code == 422
    answer = officer.post(f"{case.address}/check", EMPTY | FIGURE | COST | {"holds": "yes", "note": "続いている"})
    assert answer.status_code == 302
    page = text_of(client_of("visitor").get(case.address))
    assert "続いている" in page
    assert "5,000,000" in page
    assert client_of("neighbour").get(f"{case.address}/check").status_code == 403


def test_the_list_puts_areas_like_ones_own_first_and_narrows(client_of: ClientOf) -> None:
    areas.load_sample(random.Random(1), timezone.localdate())
    a_case("011002", title="遠い")
    code = next(code for code, place in queries.places_of(TAMBA).items() if place == 5)
    a_case(code, title="近い")
    a_case(title="下書き", is_published=False)
    page = text_of(client_of("officer").get("/cases/"))
    assert page.index("下書き</a>") < page.index("近い</a>") < page.index("遠い</a>")
    assert "5番目に近い" in page
    visitor = client_of("visitor")
    page = text_of(visitor.get(f"/cases/?like={TAMBA}"))
    assert page.index("近い</a>") < page.index("遠い</a>")
    assert "下書き" not in page
    assert "5番目に近い" in text_of(visitor.get("/cases/?like=丹波篠山市"))
    assert "一つの市区町村に決まりません" in text_of(visitor.get("/cases/?like=清水町"))
    for narrow in ("q=遠い", "solution=telework&block=hokkaido", "area=011002", "holds=unknown&prefecture=010006"):
        page = text_of(visitor.get(f"/cases/?{narrow}"))
        assert "遠い</a>" in page, narrow
    assert "あてはまるものがありません" in text_of(visitor.get("/cases/?q=どこにもない"))
    for odd in ("like=%00", "like=999999", "area=x", "sort=nothing", "page=999999"):
        assert visitor.get(f"/cases/?{odd}").status_code == 200
    assert "遠い" in visitor.get("/cases/?format=csv").content.decode("utf-8-sig")


def test_up_to_four_stand_side_by_side(client_of: ClientOf) -> None:
    made = [a_case(title=f"事例{number}", figures=(a_figure(),), costs=(cost(2026, 100),)) for number in range(5)]
    visitor = client_of("visitor")
    assert "下から選んでください" in text_of(visitor.get("/cases/side-by-side"))
    asked = "&".join(f"case={each.pk}" for each in made)
    page = text_of(visitor.get(f"/cases/side-by-side?{asked}"))
    assert "はじめの4件だけ" in page
    assert page.count("合計：100円") == 4
    assert "事例4" not in page
    page = text_of(visitor.get(f"/cases/side-by-side?case={made[0].pk}&case=x&case=99999999"))
    assert page.count("合計：100円") == 1
    assert "40 → 90 %" in page


def test_an_officer_makes_a_model_with_parts(client_of: ClientOf) -> None:
    case = a_case()
    officer, bureau = client_of("officer"), client_of("bureau")
    said = {
        "key": "mail",
        "title": "型",
        "solution": "telework",
        "about": "町",
        "licence": "cc-by-4.0",
        "cases": case.pk,
    }
    rows = {
        "measures-TOTAL_FORMS": "1",
        "measures-0-name": MEASURE,
        "measures-0-unit": "%",
        "measures-0-is_more_better": "on",
    }
    url = f"/areas/{TAMBA}/reference-models/new"
    assert officer.post(url, EMPTY | said | {"key": "new"}).status_code == 422
    assert officer.post(url, EMPTY | said | rows).headers["Location"] == "/reference-models/mail"
    assert officer.post(url, EMPTY | said | rows).status_code == 422
    part = {"kind": "specification", "title": "仕様書", "text": "一　目的", "source": "試験市 2026年", "case": case.pk}
    assert officer.post("/reference-models/mail/parts/new", part | {"source": ""}).status_code == 422
    assert officer.post("/reference-models/mail/parts/new", part).status_code == 302
    officer.post("/reference-models/mail/deed", {"deed": "ask"})
    bureau.post("/reference-models/mail/deed", {"deed": "approve"})
    model = ReferenceModel.objects.get()
    assert model.state == State.PUBLISHED
    page = text_of(client_of("visitor").get("/reference-models/mail"))
    for words in ("試験市 2026年", "CC BY 4.0", "丹波篠山市の事例から", "報告はまだありません"):
        assert words in page
    key = model.parts.get().pk
    assert "直せません" in text_of(officer.get(f"/reference-models/mail/parts/{key}"))
    officer.post(f"/reference-models/mail/parts/{key}", {"deed": "remove", "why_ended": "x"}, follow=True)
    assert model.parts.get().ended_on is None, "the last part stays"
    assert client_of("neighbour").get(f"/reference-models/mail/parts/{key}").status_code == 403


def test_the_page_of_a_model_counts_from_records(client_of: ClientOf) -> None:
    model = a_model(cases=frozenset({a_case(figures=(a_figure("40", "90"),), costs=(cost(2026, 300),))}))
    reuse = a_reuse(model, "282235")
    neighbour = client_of("neighbour")
    key = model.measures.get().pk
    said = {
        f"before_{key}": "10",
        f"before_on_{key}": "2025-04-01",
        f"after_{key}": "40",
        f"after_on_{key}": "2026-04-01",
    }
    assert client_of("officer").get(reuse.address).status_code == 403
    assert neighbour.get(reuse.address).status_code == 200
    assert neighbour.post(reuse.address, {}).status_code == 422
    assert neighbour.post(reuse.address, said | {f"after_{key}": ""}).status_code == 422
    answer = neighbour.post(reuse.address, said | {"cost_yen": "500", "remark": "早く始めるとよい"})
    assert answer.headers["Location"] == "/reference-models/radio"
    visitor = client_of("visitor")
    page = text_of(visitor.get("/reference-models/radio"))
    for words in (
        "<dd>2</dd>",
        "<dd>40 %</dd>",
        "<dd>30 – 50 %</dd>",
        "<dd>400 円</dd>",
        "/reference-models/radio/reuses?area=282235",
    ):
        assert words in page
    page = text_of(visitor.get("/reference-models/radio/reuses?area=282235"))
    assert "丹波市" in page
    assert "早く始めるとよい" in page
    assert "Median" in text_of(visitor.get("/en/reference-models/radio"))


def test_panels_lead_to_lists(client_of: ClientOf) -> None:
    case, visitor = a_case(), client_of("visitor")
    a_model()
    for path in (f"/areas/{TAMBA}/cases", "/solutions/telework/cases"):
        assert visitor.get(path).status_code == 302
        page = text_of(visitor.get(path, headers={"HX-Request": "true"}))
        assert case.address in page
    assert "/reference-models/radio" in page
    assert "まだありません" in text_of(visitor.get("/areas/011002/cases", headers={"HX-Request": "true"}))
    assert visitor.get("/areas/999999/cases").status_code == 404
    assert visitor.get("/solutions/nothing/cases").status_code == 404


def many_cases(number: int) -> None:
    """So many published cases, written straight into the tables."""
    first = a_case(figures=(a_figure(),), costs=(cost(2026, 100),))
    codes = list(Area.objects.exclude(kind="prefecture").values_list("pk", flat=True))
    names = {"solution_id": "telework", "worry": "x", "measures": "x", "evidence": "x", "state": "published"}
    Case.objects.bulk_create(
        [
            Case(area_id=codes[place % len(codes)], title=f"事例{place}", published_on=first.published_on, **names)
            for place in range(number)
        ]
    )


def test_pages_stay_within_their_budget_with_5000_cases(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    areas.load_sample(random.Random(1), timezone.localdate())
    many_cases(5_000)
    first = Case.objects.order_by("pk")[0]
    model = a_model(cases=frozenset({first}))
    for code in ("282235", "011002", "012025"):
        reported(a_reuse(model, code), "1", "2", cost_yen=100)
    pages = (
        "/cases/",
        f"/cases/?like={TAMBA}",
        first.address,
        f"/cases/side-by-side?case={first.pk}&case={first.pk + 1}&case={first.pk + 2}",
        "/reference-models/",
        model.address,
        f"{model.address}/reuses",
    )
    for client in map(client_of, ("visitor", "officer", "coordinator")):
        for path in pages:
            with django_assert_max_num_queries(12):
                assert client.get(path).status_code == 200, path
    panel, visitor = {"HX-Request": "true"}, client_of("visitor")
    for path in (f"/areas/{TAMBA}/cases", "/solutions/telework/cases"):
        with django_assert_max_num_queries(6):
            visitor.get(path, headers=panel)


def test_what_is_ended_is_gone_for_others(client_of: ClientOf) -> None:
    model = a_model()
    actions.end(model, by=None, why="古い")
    assert client_of("visitor").get(model.address).status_code == 404
    assert client_of("officer").get(model.address).status_code == 200
