"""Watch: the right person is told once, in one mail, of what concerns their roles, with why; and may tune it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core.models import Mail
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.actions import SurveyFacts
from itoguchi.roadmap.models import Kpi, Milestone, Solution, StandingChange, State, Survey, Told, Topic
from tests.core.test_mail import use
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
ClientOf = Callable[[str], Client]
OWN = "282219"


@pytest.fixture
def _post(settings: Any) -> None:
    use(settings, "smtp://127.0.0.1:9")


@pytest.fixture
def officer_with_mail(officer: Account) -> Account:
    officer.email = "officer@example.jp"
    officer.save()
    return officer


def a_survey(due: date) -> Survey:
    facts = SurveyFacts(
        key="2026",
        kind=Survey.Kind.YEARLY,
        title="2026年度調査",
        as_of=date(2026, 10, 1),
        due_on=due,
        solutions=tuple(Solution.objects.all()[:2]),
    )
    return actions.open_survey(actions.compose_survey(facts, by=None), by=None, today=due)


def keys(account: Account, day: date = MONDAY) -> list[str]:
    return [each.key for each in queries.watched_by(account, day)]


def test_an_old_plan_concerns_its_own_officer_alone(officer: Account, neighbour: Account, coordinator: Account) -> None:
    old = put(OWN, "telework", "planned", MONDAY - timedelta(days=800))
    put(OWN, "ehr", "running", MONDAY - timedelta(days=2000))
    put(OWN, "phr", "planned", MONDAY - timedelta(days=700))
    moved = put(OWN, "wifi", "planned", MONDAY - timedelta(days=900))
    put(OWN, "wifi", "trial", MONDAY - timedelta(days=10))
    assert keys(officer) == [f"stale {old.pk}"]
    assert keys(neighbour) == keys(coordinator) == []
    [watched] = queries.watched_by(officer, MONDAY)
    assert "計画" in watched.why
    assert watched.path == f"/areas/{OWN}/implementations/telework"
    assert moved.pk
    survey = a_survey(MONDAY + timedelta(days=60))
    area = Area.objects.get(code=OWN)
    actions.answer_survey(survey, area, lines={}, replies={}, by=officer, today=timezone.localdate())
    assert keys(officer) == []


def test_a_survey_due_soon_and_then_late_is_two_things(
    officer: Account, prefecture: Account, coordinator: Account, bureau: Account
) -> None:
    a_survey(MONDAY + timedelta(days=5))
    assert keys(officer) == ["survey 2026 282219 due"]
    assert keys(coordinator) == keys(bureau) == []
    late = MONDAY + timedelta(days=6)
    assert keys(officer, late) == ["survey 2026 282219 late"]
    assert keys(prefecture, late) == ["survey 2026 280003 late", "survey 2026 in 280003 late"]
    assert keys(coordinator, late) == ["survey 2026 over"]
    assert keys(bureau, late) == []
    assert keys(officer, MONDAY - timedelta(days=10)) == []


def test_steps_and_standings_concern_the_secretariat_and_standings_the_bureaux(
    coordinator: Account, bureau: Account, officer: Account
) -> None:
    kpi = Kpi.objects.get(key="open-data")
    step = Milestone.objects.create(kpi=kpi, text="ひな形", by=MONDAY - timedelta(days=3), source="試験")
    Milestone.objects.create(kpi=kpi, text="遠い昔", by=date(2018, 3, 31), source="試験")
    StandingChange.objects.create(kpi=kpi, day=MONDAY - timedelta(days=60), state=State.ON_TRACK, why="初めての確認")
    change = StandingChange.objects.create(
        kpi=kpi, day=MONDAY - timedelta(days=2), state=State.LATE, why="届かない見込み"
    )
    assert keys(coordinator) == [f"milestone {step.pk}", f"standing {change.pk}"]
    assert keys(bureau) == [f"standing {change.pk}"]
    assert keys(officer) == []
    assert keys(bureau, MONDAY + timedelta(days=120)) == []


@pytest.mark.usefixtures("_post")
def test_each_thing_is_told_once_on_a_monday(officer_with_mail: Account, bureau: Account) -> None:
    put(OWN, "telework", "planned", MONDAY - timedelta(days=800))
    assert actions.send_digests(MONDAY + timedelta(days=1)) == 0
    assert actions.send_digests(MONDAY) == 1
    mail = Mail.objects.get()
    assert mail.to == officer_with_mail.email
    assert "テレワーク" in mail.body
    assert "https://itoguchi.example.jp/areas/282219/implementations/telework" in mail.body
    assert actions.send_digests(MONDAY + timedelta(days=7)) == 0
    put(OWN, "ehr", "trial", MONDAY - timedelta(days=900))
    assert actions.send_digests(MONDAY + timedelta(days=14)) == 1
    assert "テレワーク" not in Mail.objects.latest("pk").body
    assert Told.objects.filter(account=bureau).count() == 0


@pytest.mark.usefixtures("_post")
def test_who_tunes_it_is_told_less(officer_with_mail: Account) -> None:
    officer = officer_with_mail
    put(OWN, "telework", "planned", MONDAY - timedelta(days=800))
    actions.tune_watch(officer, topics=["surveys"], every="week")
    assert keys(officer) == []
    actions.tune_watch(officer, topics=list(Topic.values), every="never")
    assert len(keys(officer)) == 1
    assert actions.send_digests(MONDAY) == 0
    actions.tune_watch(officer, topics=list(Topic.values), every="month")
    assert actions.send_digests(MONDAY) == 0
    assert actions.send_digests(date(2026, 12, 7)) == 1
    with pytest.raises(ValidationError):
        actions.tune_watch(officer, topics=["gossip"], every="week")
    with pytest.raises(ValidationError):
        actions.tune_watch(officer, topics=[], every="hour")


def test_without_a_mail_server_nothing_counts_as_told(officer: Account) -> None:
    put(OWN, "telework", "planned", MONDAY - timedelta(days=800))
    assert actions.send_digests(MONDAY) == 0
    assert not Told.objects.exists()


def test_the_page_shows_what_is_to_do_and_takes_the_choice(client_of: ClientOf, officer: Account) -> None:
    put(OWN, "telework", "planned", timezone.localdate() - timedelta(days=800))
    survey = a_survey(timezone.localdate() + timedelta(days=20))
    client = client_of("officer")
    page = client.get("/follow-up/watch").content.decode()
    assert "テレワーク" in page
    assert "/follow-up/duties" in page
    alone = client.get("/follow-up/duties").content.decode()
    assert survey.title in alone
    assert "<h2" not in alone[alone.index("<main") : alone.index("</main>")]  # the page says it as its title
    assert client.post("/follow-up/watch", {"topics": ["surveys"], "every": "never"}).status_code == 302
    page = client.get("/follow-up/watch").content.decode()
    assert "いま、気をつけることはありません" in page
    assert client.post("/follow-up/watch", {"topics": ["x"], "every": "never"}).status_code == 422
    panel = client.get("/follow-up/watch", headers={"HX-Request": "true"}).content.decode()
    assert "お知らせの受け取り方" not in panel
    assert "/follow-up/watch" in client.get("/account/").content.decode()


def test_who_wanted_all_topics_gets_the_new_ones_and_nobody_else(officer: Account, bureau: Account) -> None:
    migration: Any = import_module("itoguchi.roadmap.migrations.0010_topics_of_rooms")
    later: Any = import_module("itoguchi.roadmap.migrations.0011_topics_of_exchange_and_cases")
    newest: Any = import_module("itoguchi.roadmap.migrations.0012_topics_of_meetings_and_what_is_followed")
    all_of_then, some = ["surveys", "stale", "milestones", "standings"], ["surveys"]
    actions.tune_watch(officer, topics=all_of_then, every="week")
    actions.tune_watch(bureau, topics=some, every="week")
    migration.tell_who_wants_all(apps, None)
    later.tell_who_wants_all(apps, None)
    newest.tell_who_wants_all(apps, None)
    assert queries.watching_of(officer).topics == list(Topic.values)
    assert queries.watching_of(bureau).topics == some
    newest.tell_of_ten(apps, None)
    later.tell_of_eight(apps, None)
    migration.tell_of_four(apps, None)
    assert queries.watching_of(officer).topics == all_of_then
