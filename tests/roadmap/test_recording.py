"""Recording how far an area has come: what may be said, by whom, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from itoguchi.areas.models import Area
from itoguchi.core.calendar import DatedTo
from itoguchi.core.journal import history_of
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import StageFacts
from itoguchi.roadmap.models import Implementation, Solution, Stage, StageChange
from tests.roadmap.factories import put

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
PAGE = "/areas/282219/implementations/telework"
ClientOf = Callable[[str], Client]


def area() -> Area:
    return Area.objects.get(code="282219")


def telework() -> Solution:
    return Solution.objects.get(key="telework")


def facts(stage: Stage = Stage.TRIAL, at: str = "2026-04-01", **more: Any) -> StageFacts:
    return StageFacts(stage=stage, at=DatedTo.parse(at), **more)


def record(by: Account | None = None, **more: Any) -> StageChange:
    return actions.record_stage(area(), telework(), facts(**more), by=by, today=TODAY, why="聞いたため")


def test_stages_go_both_ways_and_keep_who_when_and_why(officer: Account) -> None:
    record(officer)
    record(officer, stage=Stage.CONSIDERING, at="2026年6月")
    use = queries.implementation_of(area(), telework())
    assert use is not None
    assert [(each.stage, each.when.written) for each in use.changes.all()] == [
        ("considering", "2026-06"),
        ("trial", "2026-04-01"),
    ]
    entry = history_of(use.changes.all()[0])[0]
    assert (entry.who, entry.why) == (str(officer), "聞いたため")


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2026-11-25", "まだ来ていない日"),
        ("2026年11月", "日まで書いてください"),
        ("2026年度", "日まで書いてください"),
        ("2016-12-08", "から記録できます"),
    ],
)
def test_it_refuses_a_day_that_can_t_be(at: str, says: str) -> None:
    solution = Solution.objects.get(key="g-spatial")
    with pytest.raises(ValidationError, match=says):
        actions.record_stage(area(), solution, facts(at=at), by=None, today=TODAY)
    assert not StageChange.objects.exists()


def test_a_solution_with_older_readings_may_be_on_record_since_then() -> None:
    assert queries.first_day_of(telework()) == date(2013, 3, 31)


def test_a_day_has_one_stage() -> None:
    record()
    with pytest.raises(ValidationError, match="すでに記録"):
        record(stage=Stage.RUNNING)


@pytest.mark.parametrize(
    "wrong", [{"quantity": Decimal(-1)}, {"cost_yen": -1}, {"evidence_link": "javascript:alert(1)"}]
)
def test_it_refuses_facts_that_can_t_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        record(**wrong)
    assert set(refused.value.message_dict) == set(wrong)


def test_what_was_wrong_is_put_right_or_taken_back_with_a_reason() -> None:
    change = record()
    with pytest.raises(ValidationError):
        actions.correct_stage(change, facts(stage=Stage.RUNNING), by=None, today=TODAY, why=" ")
    actions.correct_stage(change, facts(stage=Stage.RUNNING), by=None, today=TODAY, why="転記の誤り")
    change.refresh_from_db()
    assert change.stage == Stage.RUNNING
    with pytest.raises(ValidationError):
        actions.take_back_stage(change, by=None, why="")
    actions.take_back_stage(change, by=None, why="別の団体のこと")
    assert not StageChange.objects.exists()


def test_who_may_record(request: pytest.FixtureRequest) -> None:
    may = {"officer", "prefecture", "coordinator"}
    for number, persona in enumerate(
        ("officer", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "partner", "funder")
    ):
        account = request.getfixturevalue(persona)
        day = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
        if persona in may:
            record(account, at=day)
        else:
            with pytest.raises(PermissionDenied):
                record(account, at=day)


def test_a_record_that_changed_meanwhile_is_not_overwritten(officer: Account) -> None:
    seen = queries.version_of(None)
    record()
    with pytest.raises(ValidationError, match="ほかの方"):
        actions.record_stage(area(), telework(), facts(at="2026-05-01"), by=officer, today=TODAY, version=seen)


def test_a_record_stays_with_its_area_and_solution() -> None:
    use = record().implementation
    with pytest.raises(DatabaseError), transaction.atomic():
        Implementation.objects.filter(pk=use.pk).update(solution="ehr")


def test_areas_share_one_implementation(prefecture: Account, officer: Account) -> None:
    given = list(Area.objects.filter(code__in=["282219", "282235"]))
    with pytest.raises(ValidationError, match="まだ記録がありません"):
        actions.share_implementation(given, telework(), name="共同テレワーク", by=prefecture)
    for each in given:
        put(each, "telework", "running", date(2026, 1, 1))
    with pytest.raises(PermissionDenied):
        actions.share_implementation(given, telework(), name="共同テレワーク", by=officer)
    actions.share_implementation(given, telework(), name="共同テレワーク", by=prefecture)
    use = queries.implementation_of(area(), telework())
    assert use is not None
    assert [each.code for each in queries.partners_in(use)] == ["282235"]
    with pytest.raises(ValidationError):
        actions.share_implementation(given[:1], telework(), name="共同テレワーク", by=prefecture)
    assert actions.share_implementation([], telework(), name="共同テレワーク", by=prefecture) is None


def test_an_internal_record_is_counted_but_shown_to_its_own_alone(client_of: ClientOf) -> None:
    put("282219", "telework", "running", date(2026, 1, 1), is_internal=True)
    put("282235", "telework", "running", date(2026, 1, 1))
    assert queries.tallies(TODAY)["", "telework"].running == 2
    for persona, sees in (
        ("visitor", False),
        ("neighbour", False),
        ("partner", False),
        ("officer", True),
        ("prefecture", True),
        ("bureau", True),
        ("coordinator", True),
    ):
        client = client_of(persona)
        assert ("から</b>" in client.get(PAGE).content.decode()) is sees, persona
        listed = client.get("/solutions/telework/areas?stage=running&format=csv").content.decode("utf-8-sig")
        assert ("282219" in listed) is sees, persona
        assert "282235" in listed, persona
        uses = client.get("/areas/282219/implementations").content.decode()
        assert ("庁内限り" in uses) is not sees, persona


def test_an_officer_records_corrects_and_takes_back_in_pages(client_of: ClientOf) -> None:
    client = client_of("officer")
    form = client.get(f"{PAGE}/record").context["form"]
    said = {
        "stage": "trial",
        "at": "令和8年4月1日",
        "section": "企画課",
        "version": form.initial["version"],
        "evidence_file": SimpleUploadedFile("計画.pdf", b"%PDF-1.7"),
    }
    assert client.post(f"{PAGE}/record", said).status_code == 302
    change = StageChange.objects.get()
    assert change.implementation.section == "企画課"
    assert client.get(f"{PAGE}/{change.pk}/evidence").content == b"%PDF-1.7"
    assert "企画課" in client_of("visitor").get(PAGE).content.decode()
    again = client.post(f"{PAGE}/record", {**said, "at": "2026-05-01", "evidence_file": ""})
    assert again.status_code == 422
    assert "ほかの方" in again.content.decode()
    corrected = {"stage": "running", "at": "2026-04-01", "why": "転記の誤り"}
    assert client.post(f"{PAGE}/{change.pk}/correct", corrected).status_code == 302
    change.refresh_from_db()
    assert change.stage == "running"
    assert change.evidence_file is not None
    assert client.post(f"{PAGE}/{change.pk}/take-back", {"why": ""}).status_code == 422
    assert client.post(f"{PAGE}/{change.pk}/take-back", {"why": "誤り"}).status_code == 302
    assert not StageChange.objects.exists()


@pytest.mark.parametrize(
    ("name", "size"), [("malware.exe", 10), ("page.html", 10), ("large.pdf", 10 * 1024 * 1024 + 1)]
)
def test_evidence_is_a_document_of_some_size(client_of: ClientOf, name: str, size: int) -> None:
    said = {"stage": "trial", "at": "2026-04-01", "evidence_file": SimpleUploadedFile(name, b"x" * size)}
    assert client_of("officer").post(f"{PAGE}/record", said).status_code == 422


def test_one_goes_down_from_the_nation_to_a_record(client_of: ClientOf) -> None:
    put("282219", "telework", "running", date(2026, 1, 1))
    client = client_of("visitor")
    assert "/solutions/telework/places" in client.get("/solutions/telework").content.decode()
    assert "?block=kinki" in client.get("/solutions/telework/places").content.decode()
    assert "areas?prefecture=280003" in client.get("/solutions/telework/places?block=kinki").content.decode()
    listed = client.get("/solutions/telework/areas?prefecture=280003&stage=running").content.decode()
    assert PAGE in listed
    assert client.get(PAGE).status_code == 200


def test_drilling_down_costs_a_handful_of_queries(client_of: ClientOf, django_assert_max_num_queries: Any) -> None:
    put("282219", "telework", "running", date(2026, 1, 1))
    client = client_of("bureau")
    places = ("/solutions/telework/places", "/solutions/telework/places?block=kinki")
    for path in (*places, "/solutions/telework/areas", "/areas/282219/implementations", PAGE):
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200
    with django_assert_max_num_queries(6):
        client.get("/areas/282219/implementations", headers={"HX-Request": "true"})
