"""Revisions and frozen states: what differs between editions, what a revision does and why, and what never changes."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.models import Approval
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import Item
from itoguchi.roadmap.models import Deed, Edition, Field, Kpi, Milestone, Noun, Revision, Solution, Stage, StageChange
from itoguchi.roadmap.queries import revisions
from tests.roadmap.factories import put_at_random

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
LATER = date(2027, 4, 1)
ClientOf = Callable[[str], Client]
ROADMAP = Path(__file__).parents[2] / "data" / "roadmap" / "roadmap.yaml"


def facts_of(noun: Noun, key: str) -> dict[str, Any]:
    return dict(revisions.content_in_force(TODAY)[noun][key])


def a_revision(*items: Item) -> Revision:
    made = actions.draft_revision("2027年度改定", "目標を改めた。", by=None)
    for item in items:
        actions.put_item(made, item, by=None, today=TODAY)
    return made


def change(noun: Noun, key: str, reason: str = "意見を受けて", **facts: Any) -> Item:
    return Item(noun=noun, key=key, facts=facts_of(noun, key) | facts, reason=reason, grounds="/kpis/open-data")


def drop(noun: Noun, key: str) -> Item:
    return Item(noun=noun, key=key, facts=None, reason="役目を終えた")


def test_the_three_editions_differ_exactly_by_what_they_are_first_to_have() -> None:
    given = yaml.safe_load(ROADMAP.read_text(encoding="utf-8"))
    keys = [row["key"] for row in given["editions"]]
    editions = {each.key: each for each in Edition.objects.all()}
    for older in range(len(keys)):
        for newer in range(older + 1, len(keys)):
            found = revisions.comparison(editions[keys[older]], editions[keys[newer]])
            assert {(each.noun, each.key, each.deed) for each in found} == {
                (noun, row["key"], Deed.ADD)
                for noun, name in ((Noun.FIELD, "fields"), (Noun.SOLUTION, "solutions"))
                for row in given[name]
                if row["since"] in keys[older + 1 : newer + 1]
            }
            back = revisions.comparison(editions[keys[newer]], editions[keys[older]])
            assert {each.deed for each in back} == {Deed.DROP}
            assert len(back) == len(found)
    assert [
        sorted(each.key for each in revisions.comparison(editions[one], editions[other]))
        for one, other in zip(keys, keys[1:], strict=False)
    ] == [
        ["big-data", "open-data", "public-private-services", "sharing-economy", "smart-city"],
        ["child-rearing", "child-rearing-platform"],
    ]


def test_a_revision_takes_effect_on_its_day_with_two_people(coordinator: Account, approver: Account) -> None:
    made = a_revision(
        change(Noun.KPI, "open-data", target="80", by="FY2027"),
        change(Noun.SOLUTION, "telework", name="テレワーク・遠隔勤務"),
        Item(noun=Noun.FIELD, key="energy", facts={"name": "エネルギー", "kind": "field"}, reason="提言"),
        Item(noun=Noun.SOLUTION, key="grid", facts={"name": "地域電力網", "field": "energy"}, reason="提言"),
        Item(
            noun=Noun.MILESTONE,
            key="new-1",
            facts={"kpi": "open-data", "text": "ひな形の配布", "by": "2027-06"},
            reason="遅れへの改善策",
        ),
        drop(Noun.SOLUTION, "testbed"),
    )
    asked = actions.ask_to_publish(made, effective_on=LATER, by=coordinator, today=TODAY)
    with pytest.raises(ValidationError, match="承認を待っている間"):
        actions.put_item(made, drop(Noun.SOLUTION, "5g"), by=None, today=TODAY)
    with pytest.raises(PermissionDenied, match="自分の起案"), transaction.atomic():
        actions.decide_on_revision(made, asked, deed="approve", by=coordinator, today=TODAY)
    actions.decide_on_revision(made, asked, deed="approve", by=approver, today=TODAY)
    made.refresh_from_db()
    assert made.state == Revision.State.SCHEDULED
    assert actions.publish_due(LATER - timedelta(days=1)) == []
    assert Edition.objects.count() == 3
    [published] = actions.publish_due(LATER)
    assert published.edition is not None
    assert published.edition.published == LATER

    before, after = queries.roadmap_as_of(LATER - timedelta(days=1)), queries.roadmap_as_of(LATER)
    assert {each.name for each in before.fields} ^ {each.name for each in after.fields} == {"エネルギー"}
    named = [
        {each.key: each.name for field in (*road.fields, *road.foundations) for each in field.solutions.all()}
        for road in (before, after)
    ]
    assert (named[0]["telework"], named[1]["telework"]) == ("テレワーク", "テレワーク・遠隔勤務")
    assert ("testbed" in named[0], "testbed" in named[1], named[1]["grid"]) == (True, False, "地域電力網")
    targets = [queries.kpis(day).get(key="open-data").target for day in (LATER - timedelta(days=1), LATER)]
    assert [str(each.value.normalize()) for each in targets if each] == ["1E+2", "8E+1"]
    assert [each.text for each in queries.milestones_of([Kpi.objects.get(key="open-data")], LATER)].count(
        "ひな形の配布"
    ) == 1

    found = {
        (each.noun, each.key): each
        for each in revisions.comparison(Edition.objects.get(key="2018-04"), published.edition)
    }
    new_step = next(key for noun, key in found if noun == Noun.MILESTONE)
    assert {key: each.deed for key, each in found.items()} == {
        (Noun.KPI, "open-data"): Deed.REBASE,
        (Noun.SOLUTION, "telework"): Deed.CHANGE,
        (Noun.FIELD, "energy"): Deed.ADD,
        (Noun.SOLUTION, "grid"): Deed.ADD,
        (Noun.SOLUTION, "testbed"): Deed.DROP,
        (Noun.MILESTONE, new_step): Deed.ADD,
    }
    assert found[Noun.KPI, "open-data"].item is not None
    assert all(each.item and each.item.reason for each in found.values())


def test_loading_the_reference_data_again_keeps_what_was_revised() -> None:
    made = a_revision(change(Noun.SOLUTION, "telework", name="遠隔勤務"), change(Noun.KPI, "ehr", target="10"))
    actions.publish_revision(made, effective_on=LATER, today=LATER)
    contents = {each.key: each.content for each in Edition.objects.all()}
    actions.load_roadmap(ROADMAP.parent)
    assert Solution.objects.get(key="telework").name == "遠隔勤務"
    target = queries.kpis(LATER).get(key="ehr").target
    assert target is not None
    assert target.value == 10
    assert {each.key: each.content for each in Edition.objects.all()} == contents


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (Item(noun=Noun.FIELD, key="x", facts={"name": "", "kind": "field"}, reason="x"), "書いてください"),
        (Item(noun=Noun.FIELD, key="X y", facts={"name": "名", "kind": "field"}, reason="x"), "小文字"),
        (Item(noun=Noun.FIELD, key="x", facts={"name": "名", "kind": "field"}, reason=" "), "なぜ改めるのか"),
        (drop(Noun.FIELD, "nowhere"), "いまの版にないもの"),
    ],
)
def test_an_item_that_cannot_be_is_refused(item: Item, says: str) -> None:
    made = a_revision()
    with pytest.raises(ValidationError) as refused:
        actions.put_item(made, item, by=None, today=TODAY)
    assert says in " ".join(refused.value.messages)
    assert made.items.count() == 0


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"target": "120"}, "割合は100まで"),
        ({"target": "NaN"}, "割合は100まで"),
        ({"target": "x"}, "数で"),
        ({"by": ""}, "両方"),
        ({"by": "2027-13"}, "13月"),
        ({"unit": "miles"}, "単位"),
        ({"counting": "share"}, "数える段階"),
        ({"definition": "別のもの"}, "削除して"),
        ({}, "いまの版と同じ"),
    ],
)
def test_a_kpi_that_cannot_be_is_refused(facts: dict[str, Any], says: str) -> None:
    made = a_revision()
    Kpi.objects.filter(key="open-data").update(definition="取り組む団体の割合")
    with pytest.raises(ValidationError) as refused:
        actions.put_item(made, change(Noun.KPI, "open-data", **facts), by=None, today=TODAY)
    assert says in " ".join(refused.value.messages)


def test_a_draft_that_contradicts_itself_is_not_published(coordinator: Account, officer: Account) -> None:
    empty = a_revision()
    with pytest.raises(ValidationError, match="改めるものがありません"):
        actions.ask_to_publish(empty, effective_on=LATER, by=coordinator, today=TODAY)
    made = a_revision(drop(Noun.FIELD, "workstyle"))
    with pytest.raises(ValidationError, match="分野別モデル「テレワーク」のもとの分野"):
        actions.ask_to_publish(made, effective_on=LATER, by=coordinator, today=TODAY)
    with pytest.raises(ValidationError, match="過ぎた日"):
        actions.ask_to_publish(made, effective_on=date(2020, 1, 1), by=coordinator, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.draft_revision("x", "x", by=officer)
    assert Edition.objects.count() == 3


def test_both_series_of_a_kpi_that_is_counted_from_now_on_stay_readable(client: Client) -> None:
    put_at_random(random.Random(5), 600)
    published = list(Kpi.objects.get(key="open-data").readings.values_list("value", flat=True))
    today = timezone.localdate()
    made = a_revision(change(Noun.KPI, "open-data", counting="share", from_stage="running"))
    actions.publish_revision(made, effective_on=today, today=today)
    kpi = queries.kpis(today).get(key="open-data")
    queries.with_counted_readings([kpi], today)
    [earlier] = revisions.earlier_series(kpi, today)
    assert [each.value for each in earlier.readings] == published
    assert {each.source for each in kpi.readings.all()} == {"団体の記録"}
    page = client.get("/kpis/open-data").content.decode()
    assert "前の定めによる実績値" in page
    assert "意見を受けて" in page


def test_what_was_dropped_stays_readable(client: Client) -> None:
    today = timezone.localdate()
    made = a_revision(drop(Noun.KPI, "open-data"))
    actions.publish_revision(made, effective_on=today, today=today)
    page = client.get("/kpis/open-data").content.decode()
    assert "で外れました" in page
    assert "実績値" in page
    assert "open-data" not in {each.kpi.key for each in queries.followed(today)}


def test_the_comparison_is_a_page_a_pdf_and_a_word_file(client: Client) -> None:
    page = client.get("/roadmap/compare?old=2016-12&new=2018-04").content.decode()
    assert "違いは7件" in page
    assert "子育て支援プラットフォーム" in page
    assert client.get("/roadmap/compare?old=2016-12&new=2018-04&format=pdf").content.startswith(b"%PDF")
    word = docx.Document(io.BytesIO(client.get("/en/roadmap/compare?old=2016-12&new=2018-04&format=docx").content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "子育て支援プラットフォーム" in cells
    assert len(word.tables) == 2
    assert client.get("/roadmap/compare?old=nowhere&new=zzz").status_code == 200


def test_an_edition_never_changes_once_it_is_known() -> None:
    edition = Edition.objects.get(key="2018-04")
    edition.content = {"fields": {}}
    with pytest.raises(DatabaseError), transaction.atomic():
        edition.save()


def test_a_frozen_state_outlives_a_thousand_edits_and_a_revision(
    client_of: ClientOf, coordinator: Account, approver: Account
) -> None:
    numbers = random.Random(11)
    put_at_random(numbers, 500)
    today = timezone.localdate()
    state = actions.freeze_state(date(2026, 3, 31), "2025年度末", by=coordinator, today=today)
    kept = [bytes(file.content) for file in (state.counts, state.records)]
    counts, records = (json.loads(content) for content in kept)
    assert len(records["rows"]) == len(queries.stages_as_of(state.as_of)) > 300
    assert sum(sum(each["stages"].values()) for each in counts["solutions"]) == len(records["rows"])
    visitor = Client()
    assert visitor.get(state.get_absolute_url()).status_code == 404
    with pytest.raises(PermissionDenied, match="自分の起案"), transaction.atomic():
        actions.decide_on_state(state, deed="approve", by=coordinator, today=today)
    client_of("approver").post(f"{state.get_absolute_url()}/deed", {"deed": "approve"})

    changes = list(StageChange.objects.all())
    for _edit in range(1000):
        edited = numbers.choice(changes)
        edited.stage, edited.quantity = numbers.choice(list(Stage)), numbers.randrange(9)
        edited.save()
    made = a_revision(change(Noun.SOLUTION, "telework", name="遠隔勤務"), drop(Noun.SOLUTION, "testbed"))
    actions.publish_revision(made, effective_on=today, today=today)

    page = visitor.get(state.get_absolute_url())
    assert page.status_code == 200
    assert "テレワーク</a></th>" in page.content.decode()
    assert visitor.get(f"{state.get_absolute_url()}/counts.json").content == kept[0]
    assert visitor.get(f"{state.get_absolute_url()}/records.json").status_code in {302, 403}
    assert client_of("coordinator").get(f"{state.get_absolute_url()}/records.json").content == kept[1]
    state.refresh_from_db()
    assert [bytes(file.content) for file in (state.counts, state.records)] == kept
    assert revisions.records_to_freeze(state.as_of)["rows"] != records["rows"]
    with pytest.raises(DatabaseError), transaction.atomic():
        state.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        state.delete()


def test_a_day_to_come_is_not_frozen(coordinator: Account, officer: Account) -> None:
    with pytest.raises(ValidationError, match="まだ来ていない"):
        actions.freeze_state(date(2099, 3, 31), "x", by=coordinator, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.freeze_state(TODAY, "x", by=officer, today=TODAY)
    assert not Approval.objects.exists()


def test_a_revision_is_drafted_in_pages(client_of: ClientOf) -> None:
    drafter, decider = client_of("coordinator"), client_of("approver")
    assert Client().get("/roadmap/revisions/").status_code == 302
    assert client_of("officer").get("/roadmap/revisions/").status_code == 403
    address = drafter.post("/roadmap/revisions/new", {"title": "改定", "note": "目標を改めた。"})["Location"]
    form = drafter.get(f"{address}/kpis?key=open-data").content.decode()
    assert 'value="100"' in form
    said = {
        "name": "オープンデータに取り組む地方公共団体の割合",
        "solution": "open-data",
        "unit": "percent",
        "counting": "outside",
        "definition": Kpi.objects.get(key="open-data").definition,
    }
    sent = drafter.post(
        f"{address}/kpis?key=open-data",
        said | {"target": "90", "by": "2027年度", "reason": "意見", "grounds": "nowhere"},
    )
    assert sent.status_code == 422
    sent = drafter.post(f"{address}/kpis?key=open-data", said | {"target": "90", "by": "2027年度", "reason": "意見"})
    assert sent.status_code == 302
    drafter.post(f"{address}/milestones", {"kpi": "open-data", "text": "訪問", "by": "2027-06", "reason": "改善策"})
    drafter.post(f"{address}/fields?key=tourism", {"name": "観光", "kind": "field", "drop": "on", "reason": "x"})
    page = drafter.get(address).content.decode()
    assert "このままでは公表できません" in page
    assert "目標の改定" in page
    revision = Revision.objects.get()
    gone = revision.items.get(noun="fields")
    drafter.post(f"{address}/deed", {"deed": "remove", "item": gone.pk})
    today = timezone.localdate().isoformat()
    assert drafter.post(f"{address}/deed", {"deed": "ask", "effective_on": "いつか"}).status_code == 422
    drafter.post(f"{address}/deed", {"deed": "ask", "effective_on": today})
    assert "取り下げる" in drafter.get(address).content.decode()
    decider.post(f"{address}/deed", {"deed": "send_back", "remark": "理由を詳しく"})
    assert "理由を詳しく" in drafter.get(address).content.decode()
    drafter.post(f"{address}/deed", {"deed": "ask", "effective_on": today})
    decider.post(f"{address}/deed", {"deed": "approve"})
    revision.refresh_from_db()
    assert revision.state == Revision.State.PUBLISHED
    assert Milestone.objects.filter(text="訪問").exists()
    assert "90 %" in Client().get("/kpis/open-data").content.decode()
    assert not Field.objects.get(key="tourism").until
    assert "意見" in Client().get("/roadmap/compare").content.decode()
