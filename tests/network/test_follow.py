"""Follow: one notice for one thing, wherever it lies, with every reason; for people and for the shared box of a section."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.models import Mail
from itoguchi.network import actions, queries
from itoguchi.network.models import Follow, Meeting, SharedBox
from itoguchi.roadmap.actions import send_digests
from itoguchi.roadmap.models import Solution, Topic
from itoguchi.roadmap.queries import watched_by
from tests.cases.factories import a_case
from tests.core.test_mail import use
from tests.exchange.factories import a_draft, a_problem
from tests.network.factories import a_strand, a_thing, a_thread_member, an_opinion
from tests.network.secretariat import a_body, a_meeting, a_member, a_paper
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db
PAPER = "/meetings/task-force-4#funding-crowdfunding"


def today() -> date:
    return timezone.localdate()


def news_of(account: Account, day: date | None = None) -> list[Any]:
    return [each for each in watched_by(account, day or today()) if each.topic == Topic.FOLLOWED]


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> date:
    """A Monday of this week or the next, on which digests go out."""
    return today() + timedelta(days=-today().weekday() % 7)


def test_one_notice_for_one_paper_in_two_threads_and_a_followed_field_says_why(officer: Account) -> None:
    long_ago = today() - timedelta(days=100)
    a_thread_member("diagonal-kinki", since=long_ago)
    a_thread_member("vertical-education", since=long_ago)
    actions.follow("/fields/education", by=officer, today=today() - timedelta(days=1))
    a_thing("vertical-education", title="見守りの資料", about=PAPER)
    a_thing("diagonal-kinki", title="見守りの資料", about=PAPER)
    [notice] = news_of(officer)
    assert (notice.title, notice.path) == ("見守りの資料", PAPER)
    for reason in ("縦の糸：教育", "斜めの糸：近畿", "分野「教育」をフォロー"):
        assert notice.why.count(reason) == 1, notice.why


def test_a_digest_tells_it_once(officer: Account, monday: date, settings: Any) -> None:
    use(settings, "smtp://127.0.0.1:9")
    officer.email = "officer@example.jp"
    officer.save()
    a_thread_member("diagonal-kinki", since=monday - timedelta(days=100))
    actions.follow("/areas/blocks/kinki", by=officer, today=monday - timedelta(days=50))
    a_thing("diagonal-kinki", title="近畿の資料", about=PAPER, on=monday - timedelta(days=2))
    assert send_digests(monday) == 1
    assert Mail.objects.get().body.count("近畿の資料") == 1
    assert send_digests(monday + timedelta(days=7)) == 0


def test_what_happened_before_is_no_news(officer: Account) -> None:
    a_thing("horizontal", title="前のもの", on=today() - timedelta(days=3))
    actions.follow("/threads/horizontal", by=officer, today=today())
    assert news_of(officer) == []
    a_thing("horizontal", title="今日のもの")
    assert [each.title for each in news_of(officer)] == ["今日のもの"]


def test_every_noun_can_be_followed_and_nothing_else(officer: Account) -> None:
    case = a_case()
    draft = a_case(is_published=False)
    since = today() - timedelta(days=1)
    for subject in (
        "/fields/education",
        "/areas/blocks/kinki",
        "/solutions/telework",
        "/threads/diagonal-kinki",
        case.address,
    ):
        actions.follow(subject, by=officer, today=since)
        actions.follow(subject, by=officer, today=today())  # again it stays as it is
    assert set(Follow.objects.values_list("since", flat=True)) == {since}
    for wrong in (draft.address, "/fields/nothing", "/areas/282219", "x", "/cases/999999999999", "/threads/a/b"):
        with pytest.raises(ValidationError):
            actions.follow(wrong, by=officer, today=today())
    actions.unfollow("/fields/education", by=officer)
    assert Follow.objects.filter(account=officer).count() == 4


def test_a_solution_that_comes_to_be_used_and_a_new_case_are_told(officer: Account) -> None:
    case = a_case()
    solution = Solution.objects.get(pk=case.solution_id)
    actions.follow(solution.address, by=officer, today=today() - timedelta(days=40))
    put("282235", solution.pk, "running", today())
    put("282243", solution.pk, "running", today(), is_internal=True)
    found = {each.key: each for each in news_of(officer)}
    assert f"case {case.pk}" in found
    assert "1団体" in found[f"running {solution.pk} kinki {today()}"].title


def test_a_problem_opened_to_proposals_is_told(officer: Account) -> None:
    actions.follow("/areas/blocks/kinki", by=officer, today=today() - timedelta(days=40))
    problem, draft = a_problem(), a_draft()
    keys = {each.key for each in news_of(officer)}
    assert f"problem {problem.pk}" in keys
    assert f"problem {draft.pk}" not in keys


def test_hidden_opinions_are_no_news(officer: Account) -> None:
    actions.follow("/fields/education", by=officer, today=today())
    an_opinion("見える意見", field="education", title="見える意見")
    an_opinion("伏せた意見", field="education", may_be_public=False)
    assert [each.title for each in news_of(officer)] == ["見える意見"]


def a_box(officer: Account) -> SharedBox:
    box = SharedBox(area_id=officer.terms[0].area_id, section="企画課", email="kikaku@example.jp")
    return actions.keep_box(box, by=officer)


def test_the_box_of_a_section_follows_and_is_told_once(
    officer: Account, neighbour: Account, monday: date, settings: Any
) -> None:
    use(settings, "smtp://127.0.0.1:9")
    box = a_box(officer)
    for deed in (
        lambda: actions.follow("/threads/horizontal", by=neighbour, today=today(), box=box),
        lambda: actions.keep_box(box, by=neighbour),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    actions.confirm_box(actions.link_of(box))
    Mail.objects.all().delete()
    actions.follow("/threads/horizontal", by=officer, today=monday - timedelta(days=9), box=box)
    a_thread_member("diagonal-kinki", since=monday - timedelta(days=100))
    a_thing("horizontal", title="全国の資料", about=PAPER, on=monday)
    a_thing("diagonal-kinki", title="全国の資料", about=PAPER, on=monday)
    assert actions.tell_boxes(monday) == 1
    mail = Mail.objects.get()
    assert (mail.to, mail.body.count("全国の資料")) == ("kikaku@example.jp", 1)
    assert mail.body.count("フォローしています") == mail.body.count("加わっています") == 1
    assert actions.tell_boxes(monday + timedelta(days=7)) == 0
    assert actions.tell_boxes(monday + timedelta(days=1)) == 0  # not a Monday
    assert [each.pk for each in queries.boxes_of(officer)] == [box.pk]
    assert queries.boxes_of(neighbour) == []


def test_one_notice_for_a_paper_of_a_body_that_meets_for_two_threads_to_one_who_sits_in_it(officer: Account) -> None:
    body, long_ago = a_body("two-threads", block=None), today() - timedelta(days=100)
    education = a_strand("vertical-education")
    for strand in (a_strand("diagonal-kinki"), education):
        actions.open_strand(strand.thread, field=strand.field, block=strand.block, body=body, by=None)
        a_thread_member(strand.pk, since=long_ago)
    actions.follow("/fields/education", by=officer, today=today() - timedelta(days=1))
    a_member("担当", body=body, account="officer")
    meeting = a_meeting(1, body=body, state=Meeting.State.CALLED)
    paper = a_paper(meeting)
    hidden = a_paper(meeting, "伏せた資料", embargo_until=timezone.now() + timedelta(days=1))
    found = watched_by(officer, today())
    [notice] = [each for each in found if each.path == paper.address]
    for reason in ("縦の糸：教育", "斜めの糸：近畿", "分野「教育」をフォロー", "あなたが構成員の会議体"):
        assert notice.why.count(reason) == 1, notice.why
    assert not [each for each in found if hidden.slug in each.path]
    page = Client().get("/threads/diagonal-kinki").content.decode()
    assert paper.name in page
    assert hidden.name not in page
    feed = Client().get("/threads/diagonal-kinki.atom").content.decode()
    assert paper.name in feed
    assert hidden.name not in feed


def test_a_meeting_in_preparation_is_told_to_nobody_who_follows(officer: Account) -> None:
    body, kinki = a_body(), a_strand("diagonal-kinki")
    actions.open_strand(kinki.thread, block=kinki.block, body=body, by=None)
    actions.follow("/threads/diagonal-kinki", by=officer, today=today() - timedelta(days=50))
    quiet = a_meeting(1, body=body, held_on=today())
    assert news_of(officer) == []
    assert quiet.address not in Client().get("/threads/diagonal-kinki").content.decode()
    assert quiet.address not in Client().get("/threads/diagonal-kinki.atom").content.decode()
    called = actions.call_meeting(quiet, by=None)
    assert [each.path for each in news_of(officer)] == [called.address]
