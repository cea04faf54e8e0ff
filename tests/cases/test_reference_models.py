"""Reference models: parts with provenance, reuses, and what came of them, counted from records (§ docs/cases.md)."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas import sample as areas
from itoguchi.areas.models import Area
from itoguchi.cases import actions, queries
from itoguchi.cases.actions import MeasureFacts, ModelFacts, PartFacts
from itoguchi.cases.models import ReferenceModel, Reuse
from itoguchi.roadmap.models import Solution
from tests.cases.factories import MEASURE, TAMBA, a_case, a_figure, a_model, a_part, a_reuse, cost, published, reported
from tests.personas import account_of, signed_in

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def facts(**more: object) -> ModelFacts:
    said = {"title": "x", "solution": Solution.objects.get(key="telework"), "about": "x"}
    return ModelFacts(**(said | more))  # type: ignore[arg-type]


def test_an_area_offers_a_model_and_the_secretariat_any(officer: Account, coordinator: Account) -> None:  # §7
    area = Area.objects.get(code=TAMBA)
    actions.offer_model("a", area, facts(), by=officer)
    actions.offer_model("b", None, facts(), by=coordinator)
    with pytest.raises(PermissionDenied):
        actions.offer_model("c", None, facts(), by=officer)
    with pytest.raises(PermissionDenied):
        actions.offer_model("c", area, facts(), by=account_of("neighbour"))
    for key in ("a", "new", "Ä", "1", ""):
        with pytest.raises(ValidationError):
            actions.offer_model(key, area, facts(), by=officer)
    with pytest.raises(ValidationError):
        actions.offer_model("d", area, facts(cases=frozenset({a_case(is_published=False)})), by=officer)


def test_it_is_published_with_a_part_and_parts_say_where_they_come_from(officer: Account) -> None:  # §8
    model = actions.offer_model("a", Area.objects.get(code=TAMBA), facts(), by=officer)
    with pytest.raises(ValidationError):
        actions.ask_for_review(model, by=officer)
    with pytest.raises(ValidationError):
        a_part(model, source="")
    with pytest.raises(ValidationError):
        a_part(model, case=a_case(is_published=False))
    part = a_part(model, case=a_case())
    assert (part.version, part.terms) == (1, "CC BY 4.0（出典を示せば自由に使える）")
    published(model)
    said = PartFacts(kind="specification", title="x", text="x", source="x")
    with pytest.raises(ValidationError):
        actions.keep_part(model, said, by=officer, today=TODAY, part=part)


def test_each_change_of_a_part_is_its_next_version(officer: Account) -> None:  # §9
    model = a_model(is_published=False)
    part = model.parts.all()[0]
    said = PartFacts(kind=part.kind, title=part.title, text=part.text, source=part.source)
    assert actions.keep_part(model, said, by=officer, today=TODAY, part=part).version == 1
    said = PartFacts(kind=part.kind, title=part.title, text="別", source=part.source)
    assert actions.keep_part(model, said, by=officer, today=TODAY, part=part).version == 2


def test_a_part_is_taken_out_with_a_reason_but_not_the_last_one(officer: Account) -> None:  # §10
    first, second = a_model().parts.all()
    with pytest.raises(ValidationError):
        actions.end_part(first, why=" ", by=officer, today=TODAY)
    assert actions.end_part(first, why="古い", by=officer, today=TODAY).ended_on == TODAY
    with pytest.raises(ValidationError):
        actions.end_part(first, why="古い", by=officer, today=TODAY)
    with pytest.raises(ValidationError):
        actions.end_part(second, why="古い", by=officer, today=TODAY)


def test_an_area_uses_a_model_once_and_only_for_itself(officer: Account) -> None:  # §11
    model, area = a_model(), Area.objects.get(code=TAMBA)
    first = actions.begin_reuse(model, area, used_at="/plans/1", by=officer, today=TODAY)
    assert actions.begin_reuse(model, area, used_at="/plans/2", by=officer, today=TODAY) == first
    for name in ("neighbour", "prefecture", "coordinator"):
        with pytest.raises(PermissionDenied):
            actions.begin_reuse(model, area, used_at="/plans/1", by=account_of(name), today=TODAY)
        with pytest.raises(PermissionDenied):
            actions.withdraw_reuse(first, why="x", by=account_of(name), today=TODAY)
    with pytest.raises(ValidationError):
        actions.withdraw_reuse(first, why=" ", by=officer, today=TODAY)
    actions.withdraw_reuse(first, why="やめた", by=officer, today=TODAY)
    again = actions.begin_reuse(model, area, used_at="/plans/1", by=officer, today=TODAY)
    assert again != first
    draft = a_model("draft", is_published=False)
    with pytest.raises(ValidationError):
        actions.begin_reuse(draft, area, used_at="/plans/1", by=officer, today=TODAY)


def test_who_uses_it_is_told_once_it_is_open_or_reported(officer: Account) -> None:  # §12
    model, area = a_model(), Area.objects.get(code=TAMBA)
    reuse = actions.begin_reuse(model, area, used_at="/plans/1", by=officer, today=TODAY)
    neighbour = account_of("neighbour")
    assert list(queries.reuses_of(model, neighbour)) == []
    assert list(queries.reuses_of(model, officer)) == [reuse]
    assert queries.counts_of(model) == queries.Counts(using=1, internal=1, reported=0, withdrawn=0)
    reported(reuse, "1", "2")
    actions.show_reuse(reuse, is_internal=True, by=officer)
    assert list(queries.reuses_of(model, neighbour)) == [reuse]
    assert queries.counts_of(model) == queries.Counts(using=1, internal=0, reported=1, withdrawn=0)


def test_outcomes_are_reported_by_the_area_and_refused_where_they_cannot_be(officer: Account) -> None:  # §13
    model = a_model()
    reuse = a_reuse(model, TAMBA)
    with pytest.raises(ValidationError):
        actions.report_outcome(reuse, [], by=officer, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.report_outcome(reuse, [], by=account_of("coordinator"), today=TODAY, cost_yen=1)
    reported(reuse, "1", "3")
    reported(reuse, "1", "4", cost_yen=100)
    reuse.refresh_from_db()
    assert [str(each.after) for each in reuse.outcomes.all()] == ["4.000"]
    assert reuse.cost_yen == 100
    with pytest.raises(ValidationError):
        actions.change_model(
            actions.reopen(model, by=officer, why="x"),
            facts(measures=(MeasureFacts(name=MEASURE, unit="世帯"),)),
            by=officer,
        )
    with pytest.raises(ValidationError):
        actions.change_model(model, facts(), by=officer)
    actions.withdraw_reuse(reuse, why="x", by=officer, today=TODAY)
    with pytest.raises(ValidationError):
        actions.report_outcome(reuse, [], by=officer, today=TODAY, cost_yen=1)


def test_effects_and_costs_come_from_cases_and_running_reuses_alone() -> None:  # §14
    case = a_case(figures=(a_figure("40", "90"),), costs=(cost(2025, 100), cost(2026, 50)))
    model = a_model(cases=frozenset({case}))
    first, second, third = (a_reuse(model, code) for code in ("011002", "012025", "012033"))
    reported(first, "10", "40", cost_yen=200)
    reported(second, "50", "60", cost_yen=900)
    reported(third, "0", "99", cost_yen=1)
    actions.withdraw_reuse(third, why="やめた", by=None, today=TODAY)
    [effect] = queries.effects_of(model)
    assert [(each.area.code, str(each.value), each.is_case) for each in effect.lines] == [
        (TAMBA, "50.000", True),
        ("011002", "30.000", False),
        ("012025", "10.000", False),
    ]
    assert effect.spread == queries.Spread(n=3, median=Decimal(30), low=Decimal(10), high=Decimal(50))
    costs = queries.costs_of(model)
    assert [int(each.value) for each in costs] == [150, 200, 900]
    assert sum(spread.n for _low, _high, spread in queries.costs_by_size(costs)) == 3
    assert queries.models_seen_by(account_of("officer")).get().using == 2
    own = a_reuse(model, TAMBA)
    reported(own, "40", "95")
    [effect] = queries.effects_of(model)
    assert (str(effect.lines[0].value), effect.lines[0].is_case) == ("55.000", False)
    actions.end(case, by=None, why="古い")
    assert queries.effects_of(model)[0].spread.n == 3  # type: ignore[union-attr]


def test_without_reports_there_is_no_figure() -> None:
    model = a_model()
    assert [each.spread for each in queries.effects_of(model)] == [None]
    assert queries.costs_of(model) == []
    assert queries.costs_by_size([]) == []
    assert ReferenceModel.objects.count() == 1
    assert Reuse.objects.count() == 0


def test_models_of_ones_solutions_come_first(officer: Account) -> None:
    a_model("used")
    a_reuse(ReferenceModel.objects.get(), "011002")
    other = a_model("other", solution=Solution.objects.get(key="ehr"))
    assert [each.key for each in queries.published_models(officer, ["ehr"])] == ["other", "used"]
    assert [each.key for each in queries.published_models(officer)] == ["used", "other"]
    assert other.solution_id == "ehr"


def test_models_of_areas_most_like_ones_own_come_first(officer: Account) -> None:  # §6
    areas.load_sample(random.Random(1), timezone.localdate())
    near = {place: code for code, place in queries.places_of(TAMBA).items()}
    for key, code in (("far", "011002"), ("fifth", near[5]), ("second", near[2])):
        a_model(key, code)
    a_reuse(ReferenceModel.objects.get(pk="far"), "012025")
    places = queries.places_of(TAMBA)
    assert [each.key for each in queries.published_models(officer, (), places)] == ["second", "fifth", "far"]
    assert next(iter(queries.published_models(officer))).key == "far", "the most used"
    page = signed_in("officer").get("/reference-models/").content.decode()
    assert page.index("/second") < page.index("/fifth") < page.index("/far")
    assert "2番目に近い" in page
    visitor = signed_in("visitor")
    assert visitor.get("/reference-models/").content.decode().index("/far") < page.index("/second")
    asked = visitor.get(f"/reference-models/?like={TAMBA}").content.decode()
    assert asked.index("/second") < asked.index("/far")
    assert "一つの市区町村に決まりません" in visitor.get("/reference-models/?like=清水町").content.decode()
