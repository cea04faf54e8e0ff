"""Parts of reference models in plans: provenance part by part, uses counted, taken out again, outcomes (§ docs/plans.md)."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import docx
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.cases import queries as cases
from itoguchi.cases.actions import end_part, reopen
from itoguchi.cases.models import Reuse
from itoguchi.plans import actions, queries
from itoguchi.plans.content import Heading, content_from
from itoguchi.plans.models import CopiedPart, Plan
from tests.cases.factories import a_case, a_figure, a_model, cost, reported
from tests.personas import account_of
from tests.plans.factories import TAMBA, a_plan, filled

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
TODAY = timezone.localdate()
ORIGIN = "出典：試験市 仕様書 2026年。丹波篠山市の参照モデル「試験の参照モデル」（第1版）から"


def text_of(response: Any) -> str:
    return str(response.content.decode())


def copied_from(plan: Plan, model: Any, *, by: Account | None = None) -> list[CopiedPart]:
    """All parts of the model in the plan."""
    return actions.copy_model(plan, model, list(model.parts.all()), by=by, today=TODAY)


def test_parts_go_into_their_sections_and_the_area_uses_the_model(officer: Account) -> None:  # §15
    plan, model = a_plan(), a_model()
    made = copied_from(plan, model, by=officer)
    assert [each.section for each in made] == ["measures", "risks"]
    version = queries.latest_of(plan)
    assert version.why == "参照モデル「試験の参照モデル」から写す"
    kept = content_from(version.content).copies
    assert [(each.title, each.source, each.version, each.giver) for each in kept] == [
        ("業務仕様書", "試験市 仕様書 2026年", 1, "丹波篠山市"),
        ("安全管理の点検表", "試験市 仕様書 2026年", 1, "丹波篠山市"),
    ]
    assert kept[0].terms.startswith("CC BY 4.0")
    assert kept[1].terms.startswith("CC0"), "a part may have terms of its own"
    reuse = Reuse.objects.get()
    assert (reuse.used_at, reuse.is_internal, reuse.by) == (plan.address, True, officer)


def test_only_who_writes_the_plan_copies_and_only_what_is_offered(officer: Account) -> None:
    plan, model = a_plan(), a_model()
    parts = list(model.parts.all())
    with pytest.raises(PermissionDenied):
        actions.copy_model(plan, model, parts, by=account_of("neighbour"), today=TODAY)
    with pytest.raises(ValidationError):
        actions.copy_model(plan, model, [], by=officer, today=TODAY)
    with pytest.raises(ValidationError):
        actions.copy_model(plan, a_model("other"), parts, by=officer, today=TODAY)
    end_part(parts[0], why="古い", by=None, today=TODAY)
    with pytest.raises(ValidationError, match="外されたため"):
        actions.copy_model(plan, model, parts, by=officer, today=TODAY)
    actions.copy_model(plan, model, parts[1:], by=officer, today=TODAY)
    with pytest.raises(ValidationError):
        actions.copy_model(plan, model, parts[1:], by=officer, today=TODAY)
    reopen(model, by=None, why="x")
    with pytest.raises(ValidationError):
        actions.copy_model(a_plan(), model, parts[1:], by=officer, today=TODAY)
    assert CopiedPart.objects.count() == 1
    waiting = filled(a_plan())
    actions.ask_for_approval(waiting, by=officer)
    with pytest.raises(ValidationError):
        actions.copy_model(waiting, a_model("third"), parts, by=officer, today=TODAY)


def test_page_word_and_pdf_say_where_each_part_comes_from(client_of: ClientOf, officer: Account) -> None:  # §15
    plan = a_plan()
    copied_from(plan, a_model(), by=officer)
    client = client_of("officer")
    page = text_of(client.get(plan.address))
    assert page.count("出典：試験市 仕様書 2026年。") == 2
    assert '<a href="/reference-models/radio">参照モデル「試験の参照モデル」</a>' in page
    assert '<a href="/en/reference-models/radio"' in text_of(client.get(f"/en{plan.address}"))
    word = docx.Document(io.BytesIO(client.get(f"{plan.address}/plan.docx").content))
    said = "\n".join("".join(t.text or "" for t in p.iter("{*}t")) for p in word.element.body.iter("{*}p"))
    assert said.count(ORIGIN) == 2
    pdf = pypdfium2.PdfDocument(client.get(f"{plan.address}/plan.pdf").content)
    words = "".join("".join(page.get_textpage().get_text_bounded() for page in pdf).split())
    assert words.count("".join(ORIGIN.split())) == 2


def test_a_removed_part_is_said_and_the_last_one_ends_the_use(client_of: ClientOf, officer: Account) -> None:  # §16
    plan, model = a_plan(), a_model()
    first, second = copied_from(plan, model, by=officer)
    with pytest.raises(ValidationError):
        actions.remove_copy(first, why=" ", by=officer, today=TODAY)
    actions.remove_copy(first, why="合わない", by=officer, today=TODAY)
    assert [each.title for each in content_from(queries.latest_of(plan).content).copies] == [second.title]
    assert cases.counts_of(model).using == 1
    page = text_of(client_of("officer").get(plan.address))
    assert "「業務仕様書」を" in page
    assert "合わない" in page
    with pytest.raises(ValidationError):
        actions.remove_copy(first, why="x", by=officer, today=TODAY)
    assert actions.withdraw_model(plan, model, why="やめた", by=officer, today=TODAY) == 1
    assert cases.counts_of(model) == cases.Counts(using=0, internal=0, reported=0, withdrawn=1)
    assert Reuse.objects.get().why_withdrawn == "やめた"
    with pytest.raises(ValidationError):
        actions.withdraw_model(plan, model, why="やめた", by=officer, today=TODAY)
    copied_from(plan, model, by=officer)
    assert cases.counts_of(model) == cases.Counts(using=1, internal=1, reported=0, withdrawn=1)


def test_a_use_in_two_plans_ends_with_the_second() -> None:
    first, second, model = a_plan(), a_plan(), a_model()
    for plan in (first, second):
        copied_from(plan, model)
    actions.withdraw_model(first, model, why="x", by=None, today=TODAY)
    assert cases.counts_of(model).using == 1
    actions.withdraw_model(second, model, why="x", by=None, today=TODAY)
    assert cases.counts_of(model).using == 0


def test_what_the_giver_took_out_is_said_beside_the_copy(client_of: ClientOf, officer: Account, chief: Account) -> None:
    plan, model = a_plan(is_internal=False), a_model()
    copied_from(plan, model, by=officer)
    actions.ask_for_approval(filled(plan), by=officer)
    actions.decide_on_plan(plan, deed="approve", by=chief, today=TODAY)
    assert not Reuse.objects.get().is_internal, "everybody reads the plan, so everybody sees who uses the model"
    end_part(model.parts.all()[0], why="仕様が古い", by=None, today=TODAY)
    visitor = client_of("visitor")
    page = text_of(visitor.get(plan.address))
    assert "参照モデルから外された（仕様が古い）" in page
    assert "一　目的" in page, "the copy stays"
    found = visitor.get(f"/api/v1/plans/{plan.pk}").json()
    assert [each["source"] for each in found["copies"]] == ["試験市 仕様書 2026年"] * 2
    actions.reopen_plan(plan, by=officer, why="x")
    actions.change_plan(
        plan, title="x", is_internal=True, solutions=list(plan.solutions.all()), advisers=[], by=officer
    )
    assert Reuse.objects.get().is_internal


def test_an_old_version_comes_back_but_copies_stay(officer: Account) -> None:  # §7
    plan = a_plan()
    copied_from(plan, a_model(), by=officer)
    actions.restore_version(plan, 1, by=officer)
    assert len(content_from(queries.latest_of(plan).content).copies) == 2
    old, new = (content_from(each.content) for each in (plan.versions.get(number=1), queries.latest_of(plan)))
    assert [each.key for each in queries.differences(old, new)] == ["measures", "risks"]


def test_an_officer_copies_through_the_pages(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    plan, model = a_plan(), a_model()
    client = client_of("officer")
    panel = text_of(client.get("/reference-models/radio/plans", headers={"HX-Request": "true"}))
    assert f"{plan.address}/copy/radio" in panel
    assert client.get("/reference-models/radio/plans").status_code == 302
    assert "試験の参照モデル" in text_of(client.get(f"{plan.address}/copy"))
    assert "あてはまる参照モデルがありません" in text_of(client.get(f"{plan.address}/copy?q=%00ない"))
    choosing = f"{plan.address}/copy/radio"
    assert "試験市 仕様書 2026年" in text_of(client.get(choosing))
    assert client.post(choosing, {"parts": ["x", "99999999999", "0"]}).status_code == 422
    part = model.parts.all()[0]
    assert client.post(choosing, {"parts": [part.pk]}).status_code == 302
    assert "すでに計画にあります" in text_of(client.get(choosing))
    with django_assert_max_num_queries(12):
        page = text_of(client.get(plan.address))
    assert "使った結果を報告する" in page
    row = CopiedPart.objects.get()
    client.post(f"{plan.address}/copied/{row.pk}", {"why": "合わない"})
    row.refresh_from_db()
    assert row.why_removed == "合わない"
    assert client_of("neighbour").post(f"{plan.address}/copied/{row.pk}", {"why": "x"}).status_code == 404


def test_a_model_copied_by_20_areas_of_which_3_withdrew(client_of: ClientOf) -> None:
    """Counts exact, provenance on every copied part, outcomes with n and spread."""
    case = a_case(figures=(a_figure("40", "90"),), costs=(cost(2026, 5_000_000),))
    model = a_model(cases=frozenset({case}))
    codes = list(Area.objects.exclude(kind="prefecture").exclude(code=TAMBA).values_list("code", flat=True)[:20])
    plans = [a_plan(code) for code in codes]
    for plan in plans:
        assert len(copied_from(plan, model)) == 2
    changes = list(range(1, 21))
    for plan, change in zip(plans, changes, strict=True):
        [reuse] = queries.running_reuses(queries.copies_of(plan))
        reported(reuse, "50", str(50 + change), cost_yen=change * 1_000_000)
    for plan in plans[:3]:
        actions.withdraw_model(plan, model, why="やめた", by=None, today=TODAY)

    assert cases.counts_of(model) == cases.Counts(using=17, internal=0, reported=17, withdrawn=3)
    copies = CopiedPart.objects.all()
    assert copies.count() == 40
    assert copies.filter(removed_on=None).count() == 34
    assert all(each.source and each.terms and each.giver == "丹波篠山市" and each.version == 1 for each in copies)
    for plan in plans[3:]:
        content = content_from(queries.latest_of(plan).content)
        assert (
            sum(
                "出典：" in line for key in (Heading.MEASURES, Heading.RISKS) for line in queries.lines_of(content, key)
            )
            == 2
        )
    [effect] = cases.effects_of(model)
    # 17 reports of 4 … 20 and the case's 50: the middle two of 18 are 12 and 13.
    spread = cases.Spread(
        n=18, median=Decimal("12.5"), low=Decimal(4), high=Decimal(50), lower=Decimal("8.25"), upper=Decimal("16.75")
    )
    assert effect.spread == spread
    costs = cases.costs_of(model)
    assert len(costs) == 18
    assert cases.spread_of(each.value for each in costs).median == 11_500_000  # type: ignore[union-attr]
    page = text_of(client_of("visitor").get("/reference-models/radio"))
    assert '<a href="/reference-models/radio/reuses?state=using">17</a>' in page
    assert '<a href="/reference-models/radio/reuses?state=withdrawn">3</a>' in page
    assert "<dd>12.5 %</dd>" in page
    listed = text_of(client_of("visitor").get("/reference-models/radio/reuses?state=using"))
    assert listed.count("<tr>") == 18
