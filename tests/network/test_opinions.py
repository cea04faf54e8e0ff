"""Opinions: who may write them, comment periods, sorting, merging and parting, answers, decisions, changes, any day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.journal import history_of
from itoguchi.core.queries import find
from itoguchi.network import actions, queries
from itoguchi.network.actions import ChangeFacts, CommentFacts, OpinionFacts
from itoguchi.network.models import Clause, Decision, Meeting, Opinion, PointAtIssue
from itoguchi.network.queries import sums
from itoguchi.roadmap.actions import Item, draft_revision, put_item
from itoguchi.roadmap.models import Noun, RevisionItem
from itoguchi.roadmap.queries.revisions import content_in_force
from tests.network.factories import MIE, REMARK, a_comment, a_period, an_opinion, facts_of_opinion
from tests.personas import account_of

pytestmark = pytest.mark.django_db

V, State = Opinion.Verdict, Opinion.State
TODAY = timezone.localdate


def answered(opinion: Opinion, verdict: Opinion.Verdict = V.PARTLY) -> Opinion:
    return actions.answer_opinion(
        opinion, verdict, "窓口は次の版で置く。費用は地域ごとに違うため。", by=None, today=TODAY()
    )


def test_the_points_at_issue_of_the_source_are_the_first_opinions() -> None:
    points = PointAtIssue.objects.all()
    assert {each.heard_at for each in Opinion.objects.all()} == {each.address for each in points}
    first = queries.with_state(date(2017, 3, 24))
    assert {each.state for each in first} == {State.SORTED}
    assert len(first) == 6
    assert not queries.with_state(date(2017, 3, 23)).exists()


def test_what_was_heard_is_written_down_with_where_and_by_whom(bureau: Account) -> None:
    facts = facts_of_opinion(heard_at=MIE, block="kinki", author=Opinion.Author.AREA)
    opinion = actions.record_opinion(facts, by=bureau, today=TODAY())
    assert opinion.title == "小さな町では担当が一人しかいない。横の糸に、近くの町どうしが相談できる窓口を入…"
    assert opinion.is_public
    assert history_of(opinion)[0].who == str(bureau)
    with pytest.raises(PermissionDenied):
        actions.record_opinion(facts_of_opinion(block="tokai"), by=bureau, today=TODAY())


def test_officers_write_for_their_own_area_alone(officer: Account, neighbour: Account, partner: Account) -> None:
    facts = facts_of_opinion(area="282219", origin=Opinion.Origin.AREA)
    assert actions.record_opinion(facts, by=officer, today=TODAY()).block_id == "kinki"
    for other in (neighbour, partner):
        with pytest.raises(PermissionDenied):
            actions.record_opinion(facts, by=other, today=TODAY())


def test_a_comment_counts_from_the_moment_the_period_opens_to_before_it_closes() -> None:
    opens = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
    period = a_period(begins=opens, days=1)
    for moment, is_taken in (
        (opens - timedelta(microseconds=1), False),
        (opens, True),
        (period.closes_at - timedelta(microseconds=1), True),
        (period.closes_at, False),
    ):
        facts = CommentFacts(text=f"{moment} の意見です")
        if is_taken:
            assert actions.send_comment(period, facts, now=moment).moderation == "waiting"
        else:
            with pytest.raises(ValidationError, match="受け付けていません"):
                actions.send_comment(period, facts, now=moment)


def test_a_comment_that_is_too_long_names_the_limit_and_markup_stays_words() -> None:
    with pytest.raises(ValidationError, match="4000字までにしてください（いま200000字）"):
        a_comment("あ" * 200_000)
    for text in ("", " 　\n", "\x00"):
        with pytest.raises(ValidationError, match="意見の文"):
            a_comment(text)
    markup = "<script>alert(1)</script>\n<b>強く</b>反対します"
    assert a_comment(markup).text == markup
    assert a_comment("あ" * 4000).title == "あ" * 39 + "…"


def test_the_same_words_sent_again_and_again_are_one_opinion() -> None:
    a_comment("補助を続けてください。ＩＯＴは必要です")
    for again in ("補助を続けてください。IoTは必要です", " 補助を 続けて\nください。 iotは必要です　"):
        with pytest.raises(ValidationError, match="もう届いています"):
            a_comment(again)
    assert Opinion.objects.filter(origin="citizen").count() == 1
    other = a_period("2027-roadmap")
    assert a_comment("補助を続けてください。IoTは必要です", period=other).pk


def test_a_comment_waits_until_somebody_has_looked_it_through(coordinator: Account, bureau: Account) -> None:
    opinion = a_comment()
    assert opinion.state_on(TODAY()) == State.HELD
    assert find(REMARK, room="network") == []
    for deed in (
        lambda: actions.sort_opinion(opinion, facts_of_opinion(), by=coordinator, today=TODAY()),
        lambda: answered(opinion),
        lambda: actions.moderate_opinions([opinion], passes=False, by=coordinator, today=TODAY()),
    ):
        with pytest.raises(ValidationError):
            deed()
    with pytest.raises(PermissionDenied):
        actions.moderate_opinions([opinion], passes=True, by=bureau, today=TODAY())
    (refused,) = actions.moderate_opinions(
        [opinion], passes=False, by=coordinator, today=TODAY(), reason="個人の名がある"
    )
    assert refused.state_on(TODAY()) == State.REFUSED
    (passed,) = actions.moderate_opinions([refused], passes=True, by=coordinator, today=TODAY())
    assert passed.state_on(TODAY()) == State.RECEIVED
    assert [each.path for each in find(passed.title, room="network")] == [passed.address]


def test_sorting_says_what_it_is_about_and_leaves_the_words(coordinator: Account) -> None:
    opinion = an_opinion()
    facts = facts_of_opinion(
        "別の文", title="窓口がほしい", field="workstyle", block="tokai", subject="/clauses/first-1-2"
    )
    found = actions.sort_opinion(opinion, facts, by=coordinator, today=TODAY(), why="整理")
    assert (found.title, found.field_id, found.block_id, found.text) == ("窓口がほしい", "workstyle", "tokai", REMARK)
    assert found.state_on(TODAY()) == State.SORTED
    assert find("窓口がほしい", room="network")
    hidden = facts_of_opinion(title="窓口がほしい", may_be_public=False)
    actions.sort_opinion(opinion, hidden, by=coordinator, today=TODAY())
    assert find("窓口がほしい", room="network") == []


def test_merged_opinions_lead_to_one_and_stand_by_themselves_again_when_parted(coordinator: Account) -> None:
    first, second, third = (an_opinion(f"{number}番目の意見：窓口がほしい") for number in "一二三")
    actions.merge_opinions(second, [third], by=coordinator, today=TODAY(), why="同じ窓口のこと")
    actions.merge_opinions(first, [second], by=coordinator, today=TODAY(), why="同じ窓口のこと")
    third.refresh_from_db()
    assert [each.pk for each in queries.chain_of(third)] == [third.pk, second.pk, first.pk]
    assert [key for key, _may in queries.voices_of([first])[first.pk]] == [second.pk, third.pk]
    assert find("二番目", room="network") == []
    with pytest.raises(ValidationError, match="統合先に回答"):
        answered(second)
    with pytest.raises(ValidationError, match="統合されています"):
        actions.merge_opinions(third, [first], by=coordinator, today=TODAY(), why="輪になる")
    second.refresh_from_db()
    with pytest.raises(ValidationError):
        actions.part_opinion(second, by=coordinator, why=" ")
    actions.part_opinion(second, by=coordinator, why="別の窓口だった")
    third.refresh_from_db()
    assert [each.pk for each in queries.chain_of(third)] == [third.pk, second.pk]
    assert find("二番目", room="network")
    assert [each.why for each in history_of(second)][:2] == ["別の窓口だった", "同じ窓口のこと"]


def test_what_cant_be_merged_says_why() -> None:
    one, other, hidden, held = (
        an_opinion("一つ目"),
        an_opinion("二つ目"),
        an_opinion("伏せた意見", may_be_public=False),
        a_comment(),
    )
    for into, others, said in (
        (one, [], "選んでください"),
        (one, [one], "選んでください"),
        (hidden, [one], "公開しない意見に統合できません"),
        (one, [held], "確認の済んだ"),
        (one, [answered(other)], "回答した意見"),
    ):
        with pytest.raises(ValidationError, match=said):
            actions.merge_opinions(into, others, by=None, today=TODAY(), why="試験")
    with pytest.raises(ValidationError, match="理由"):
        actions.merge_opinions(one, [hidden], by=None, today=TODAY(), why="")
    actions.merge_opinions(one, [hidden], by=None, today=TODAY(), why="試験")
    with pytest.raises(ValidationError, match="公開をやめてください"):
        actions.sort_opinion(one, facts_of_opinion(may_be_public=False), by=None, today=TODAY())


def test_the_database_refuses_what_the_actions_refuse() -> None:
    opinion = an_opinion()
    for wrong in (
        {"verdict": "adopted"},
        {"merged_into": opinion.pk, "merged_on": TODAY()},
        {"moderation": "refused"},
        {"moderation": "waiting", "moderated_on": None, "sorted_on": TODAY()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Opinion.objects.filter(pk=opinion.pk).update(**wrong)


def test_an_answer_has_a_reason_and_the_first_day_stays(coordinator: Account) -> None:
    opinion = an_opinion(on=TODAY() - timedelta(days=40))
    with pytest.raises(ValidationError, match="採否の理由"):
        actions.answer_opinion(opinion, V.ADOPTED, " ", by=coordinator, today=TODAY())
    first = TODAY() - timedelta(days=30)
    actions.answer_opinion(opinion, V.NOTED, "検討する。", by=coordinator, today=first)
    found = actions.answer_opinion(opinion, V.PARTLY, "窓口を置く。", by=coordinator, today=TODAY(), why="会合の後")
    assert (found.answered_on, found.verdict) == (first, V.PARTLY)
    assert found.state_on(first - timedelta(days=1)) == State.RECEIVED
    assert found.state_on(first) == State.ANSWERED
    assert {each.state for each in queries.with_state(first).filter(pk=opinion.pk)} == {State.ANSWERED}


def test_state_in_sql_is_the_state_in_python() -> None:
    day = TODAY()
    made = [
        an_opinion("受付のまま"),
        a_comment("確認待ちのまま"),
        answered(an_opinion("回答した")),
        an_opinion("統合した"),
    ]
    made.append(actions.sort_opinion(an_opinion("整理した"), facts_of_opinion(), by=None, today=day))
    actions.moderate_opinions([a_comment("掲載しない")], passes=False, by=None, today=day, reason="宣伝")
    actions.merge_opinions(made[0], [made[3]], by=None, today=day, why="試験")
    for on in (day - timedelta(days=1), day, day + timedelta(days=1)):
        assert {each.pk: each.state for each in queries.with_state(on)} == {
            each.pk: each.state_on(on) for each in Opinion.objects.filter(said_on__lte=on)
        }
    assert {each.state for each in queries.with_state(day)} == set(State)


def test_what_was_received_adds_up() -> None:
    one = answered(an_opinion("回答した意見"), V.ADOPTED)
    actions.merge_opinions(one, [an_opinion("統合した意見")], by=None, today=TODAY(), why="試験")
    an_opinion("伏せた意見", may_be_public=False)
    a_comment("確認待ちの意見")
    actions.moderate_opinions([a_comment("宣伝")], passes=False, by=None, today=TODAY(), reason="宣伝")
    found = sums(TODAY())
    assert found.received == found.open + found.merged + found.answered + found.not_public == 11
    assert (found.open, found.merged, found.answered) == (6, 1, 1)
    assert (found.held, found.refused, found.not_wished) == (1, 1, 1)
    assert dict(found.verdicts)[V.ADOPTED] == sum(number for _verdict, number in found.verdicts) == 1


def a_decision(*opinions: Opinion, by: Account | None = None) -> Decision:
    return actions.decide(Meeting.objects.get(slug="task-force-4"), "横の糸に相談の窓口を加える。", opinions, by=by)


def test_a_decision_changes_a_clause_word_by_word(coordinator: Account, officer: Account) -> None:
    clause = Clause.objects.get(slug="first-1-2")
    opinion = answered(an_opinion(heard_at=MIE))
    actions.merge_opinions(
        opinion,
        [an_opinion("相談の窓口を"), an_opinion("伏せた声", may_be_public=False)],
        by=coordinator,
        today=TODAY(),
        why="同じ",
    )
    with pytest.raises(PermissionDenied):
        a_decision(opinion, by=officer)
    decision = a_decision(opinion, by=coordinator)
    with pytest.raises(ValidationError, match="いまの文と同じ"):
        actions.record_change(
            decision, ChangeFacts(reason="x", clause=clause, after=clause.text), by=coordinator, today=TODAY()
        )
    with pytest.raises(ValidationError, match="別の対応"):
        actions.decide(decision.meeting, "別の決定", [opinion], by=coordinator)
    after = f"{clause.text}あわせて、近くの団体どうしが相談できる窓口を置く。"
    facts = ChangeFacts(reason="小さな団体の声による", clause=clause, after=after)
    change = actions.record_change(decision, facts, by=coordinator, today=TODAY())
    assert queries.words_of(clause) == after
    (document,) = queries.changed_documents(officer)
    (row,) = queries.rows_of(document.changes, officer, TODAY())
    assert (row.old_text, row.new_text, row.address) == (clause.text, after, clause.address)
    assert [text for text, differs in row.new if differs] == ["あわせて、近くの団体どうしが相談できる窓口を置く。"]
    ((behind, voices),) = row.opinions
    assert (behind, len(voices.shown), voices.hidden) == (opinion, 1, 1)
    assert list(queries.opinions_visible_to(officer, TODAY()).filter(queries.said_at("/briefings/2017-02-16-mie"))) == [
        opinion
    ]
    assert list(queries.opinions_visible_to(officer, TODAY()).filter(queries.said_at("/clauses/first-1-2"))) == [
        opinion
    ]
    assert list(queries.opinions_visible_to(officer, TODAY()).filter(queries.said_at("/meetings/task-force-4"))) == [
        opinion
    ]
    with pytest.raises(ValidationError):
        actions.take_back_change(change, by=coordinator, why="")
    actions.take_back_change(change, by=coordinator, why="まちがい")
    assert queries.words_of(clause) == clause.text


def test_a_decision_changes_a_draft_edition_which_names_it_as_grounds(coordinator: Account, officer: Account) -> None:
    revision = draft_revision("次の版", "相談の窓口", by=coordinator)
    key, facts = next(iter(content_in_force(TODAY())["kpis"].items()))
    said = Item(noun=Noun.KPI, key=key, facts=facts | {"target": "90"}, reason="広げるため")
    item = put_item(revision, said, by=coordinator, today=TODAY())
    decision = a_decision(answered(an_opinion()), by=coordinator)
    actions.record_change(decision, ChangeFacts(reason="声による", item=item), by=coordinator, today=TODAY())
    assert RevisionItem.objects.get(revision=revision, key=key).grounds == decision.address
    assert queries.changed_documents(officer) == []  # nobody else reads a draft
    assert not Opinion.objects.filter(queries.said_at(f"/kpis/{key}")).exists()
    (document,) = queries.changed_documents(coordinator)
    (row,) = queries.rows_of(document.changes, coordinator, TODAY())
    assert "90" in row.new_text
    assert row.address == f"/kpis/{key}"
    assert len(row.opinions) == 1


def test_somebody_who_may_not_read_finds_nothing(officer: Account, neighbour: Account, bureau: Account) -> None:
    own = an_opinion("丹波の内々の意見", area="282219", origin=Opinion.Origin.AREA, may_be_public=False)
    heard = an_opinion("近畿で内々に聞いた意見", block="kinki", may_be_public=False)
    sent = a_comment("住民の意見")
    seen = {
        persona: set(
            queries.opinions_visible_to(account_of(persona), TODAY()).filter(pk__in=[own.pk, heard.pk, sent.pk])
        )
        for persona in ("officer", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "partner", "funder")
    }
    nothing: set[Opinion] = set()
    assert seen == {
        "officer": {own},
        "neighbour": nothing,
        "prefecture": {own},
        "bureau": {own, heard},
        "coordinator": {own, heard, sent},
        "adviser": nothing,
        "partner": nothing,
        "funder": nothing,
    }


def test_what_waits_is_a_duty_of_the_secretariat_alone(coordinator: Account, officer: Account) -> None:
    a_comment()
    an_opinion("整理を待つ意見")
    found = queries.duties(coordinator.terms[0], TODAY())
    assert [(each.title, each.path) for each in found] == [
        ("1件", "/opinions/desk?state=held"),
        ("1件", "/opinions/desk?state=received"),
        ("6件", "/opinions/desk?state=sorted"),
    ]
    assert queries.duties(officer.terms[0], TODAY()) == []


def test_loading_again_leaves_what_people_answered() -> None:
    from django.conf import settings

    opinion = Opinion.objects.order_by("pk")[0]
    answered(opinion)
    actions.load_meetings(settings.REFERENCE_DATA / "network")
    opinion.refresh_from_db()
    assert opinion.verdict == V.PARTLY
    assert Opinion.objects.count() == 6


def test_a_clause_is_late_after_its_day_unless_it_is_done(coordinator: Account) -> None:
    clause, day = Clause.objects.get(slug="first-2-3"), date(2017, 6, 30)
    actions.assign_clause(clause, owner="見本課", due_on=day, by=coordinator)

    def standing(on: date) -> tuple[str, date | None, int]:
        row = queries.clauses_with_standing(on).get(slug="first-2-3")
        return row.owner_now, row.due, row.is_late

    assert standing(day) == ("見本課", day, 0)
    assert standing(day + timedelta(days=1)) == ("見本課", day, 1)
    later = day + timedelta(days=90)
    facts = actions.ActionFacts(
        day, "着手した", "started", owner="別の課", due_on=later, evidence="/meetings/task-force-4"
    )
    actions.record_action(clause, facts, by=coordinator)
    assert standing(day + timedelta(days=1)) == ("別の課", later, 0)
    actions.record_action(clause, actions.ActionFacts(later, "終えた", "done"), by=coordinator)
    assert standing(later + timedelta(days=9))[2] == 0
    with pytest.raises(ValidationError):
        actions.record_action(clause, actions.ActionFacts(day, "x", "started", evidence="javascript:x"), by=coordinator)


def test_the_counts_of_a_page_are_one_query(django_assert_num_queries: Callable[..., object]) -> None:
    an_opinion()
    with django_assert_num_queries(1):
        sums(TODAY())
    assert connection.vendor == "postgresql"
    assert OpinionFacts(text="x", said_on=TODAY()).kind == "opinion"
