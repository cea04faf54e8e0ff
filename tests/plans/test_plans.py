"""Plans: what a draft says and leaves blank, saving without losing words, comments, approval, versions, records (§ docs/plans.md)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.duties import duties_of
from itoguchi.core.matters import matter_of
from itoguchi.core.models import SearchEntry
from itoguchi.plans import actions, queries
from itoguchi.plans.content import (
    BLANK,
    Heading,
    YearOfMoney,
    blanks_of,
    content_from,
    draft_of,
    solutions_of,
    title_of,
)
from itoguchi.plans.models import Comment, Plan, PlanVersion
from itoguchi.roadmap.models import Kpi, Stage
from itoguchi.roadmap.queries import implementation_of
from itoguchi.support.models import Scheme
from tests.plans.factories import a_plan, a_sheet, filled
from tests.roadmap.factories import put
from tests.support.factories import WORRY, a_need

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def said(plan: Plan, key: str) -> str:
    return content_from(queries.latest_of(plan).content).text_of(key)


def number(plan: Plan) -> int:
    return queries.latest_of(plan).number


def test_a_draft_says_what_the_sheet_knows_and_leaves_the_rest_blank() -> None:  # §1
    need = a_need(solutions=["telework"])
    sheet = a_sheet(need=need)
    draft = draft_of(sheet)
    assert [each.key for each in draft.parts] == Heading.values
    assert draft.text_of("issue").startswith(WORRY)
    assert "テレワーク" in draft.text_of("measures")
    assert "テレワーク" in title_of(sheet)
    assert [each.pk for each in solutions_of(sheet)] == ["telework"]
    assert all(BLANK in each.text for each in draft.parts if each.key != "issue")
    assert set(blanks_of(draft)) == set(Heading.values) - {"issue"}


def test_a_draft_without_anything_known_has_no_figures() -> None:  # §2
    draft = draft_of(a_sheet())
    for part in draft.parts:
        if part.key != "state":  # which tells the day
            assert not any(sign.isdigit() for sign in part.text), part.text
    assert draft.money == draft.steps == draft.aims == ()


def test_everything_the_sheet_holds_stands_in_the_draft() -> None:  # §1
    scheme = Scheme(key="x", name="試験の補助金", kind=Scheme.Kind.GRANT)
    people = Scheme(key="y", name="専門家派遣", kind=Scheme.Kind.PEOPLE)
    day = date(2027, 2, 1)
    sheet = a_sheet(
        solution="telework",
        words="人が足りない",
        peers=(SimpleNamespace(area="似た市", stage=Stage.RUNNING, since="2020年4月"),),
        cost=SimpleNamespace(low=1000, high=2000, records=3, why=None),
        costs=(SimpleNamespace(kind="a", year=2027, yen=100), SimpleNamespace(kind="b", year=2027, yen=(5, 50))),
        may=(SimpleNamespace(scheme="x"), SimpleNamespace(scheme="y")),
        unknown=(SimpleNamespace(scheme="z"),),
        schemes={"x": scheme, "y": people},
        money=SimpleNamespace(
            own=(10, None), by_year=[(2027, (1, 2), 1)], over_budget="多すぎる", unknown=["財政力指数"]
        ),
        dates=SimpleNamespace(
            steps=[SimpleNamespace(label="議会", begins=day, ends=day)], too_late=True, fits=None, is_late=False
        ),
        helpers=(SimpleNamespace(label="近畿総合通信局", what="ニーズを聞く"),),
        actions=(SimpleNamespace(what="見積りを取る", by=day, href="#"),),
    )
    draft = draft_of(sheet)
    for key, words in {
        "state": "似た市（実装、2020年4月から）",
        "issue": "人が足りない",
        "measures": "「専門家派遣」",
        "organisation": "近畿総合通信局",
        "money": "1,000円から2,000円",
        "schedule": "令和9年2月1日：議会",
        "risks": "財政力指数",
    }.items():
        assert words in draft.text_of(key)
    assert "「試験の補助金」" in draft.text_of("money")
    assert "「z」" in draft.text_of("money")
    assert "専門家派遣" not in draft.text_of("money")
    assert "10円以上" in draft.text_of("money")
    assert "3件の記録の範囲" in draft.text_of("money")
    assert draft.money == (YearOfMoney(year=2027, cost=(105, 150)),)
    assert [(each.what, each.by) for each in draft.steps] == [("見積りを取る", day)]
    assert {each.kpi for each in draft.aims} == {
        each.pk for each in Kpi.objects.filter(solution="telework", until=None).exclude(name="")
    }


def test_a_burden_stands_beside_its_year_only_when_it_is_one_figure() -> None:  # §2
    cost = SimpleNamespace(kind="a", year=2027, yen=100)
    money = SimpleNamespace(own=(10, 10), by_year=[(2027, 8, 6), (2028, 2, 2)], over_budget=None, unknown=[])
    sure = draft_of(a_sheet(costs=(cost,), money=money)).money
    assert sure == (
        YearOfMoney(year=2027, cost=(100, 100), own=(8, 8), net=(6, 6)),
        YearOfMoney(year=2028, cost=(0, 0), own=(2, 2), net=(2, 2)),
    )
    tried = draft_of(a_sheet(money=money))  # no cost was said: what peers paid was tried
    assert tried.money == ()
    assert "似た団体の費用で試算すると" in tried.text_of("money")


def test_what_is_kept_comes_back_the_same() -> None:  # §3
    draft = draft_of(a_sheet(solution="telework"))
    assert content_from(draft.as_json()) == draft


def test_only_officers_of_the_area_begin_and_write(
    officer: Account, neighbour: Account, prefecture: Account
) -> None:  # §4
    sheet = a_sheet()
    for stranger in (neighbour, prefecture):
        with pytest.raises(PermissionDenied):
            actions.begin_plan(sheet.area, draft_of(sheet), title="x", by=stranger, today=TODAY)
        with pytest.raises(PermissionDenied):
            actions.save_section(a_plan(), "state", "x", seen=1, by=stranger)
    elsewhere = a_need("282235")
    with pytest.raises(ValidationError):
        actions.begin_plan(sheet.area, draft_of(sheet), title="x", need=elsewhere, by=officer, today=TODAY)


def test_every_save_is_a_version_and_none_ever_changes(officer: Account) -> None:  # §5
    plan = a_plan()
    made = actions.save_section(plan, "state", " 一行目 \n二行目\n", seen=1, by=officer, why="聞いた")
    assert (made.number, made.section, made.why, made.by) == (2, "state", "聞いた", officer)
    assert said(plan, "state") == "一行目\n二行目"
    again = actions.save_section(plan, "state", "一行目\n二行目", seen=1, by=officer)
    assert again.number == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanVersion.objects.filter(plan=plan, number=1).update(why="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanVersion.objects.filter(plan=plan, number=1).delete()


def test_two_sections_are_written_at_once_but_nobody_overwrites_the_other(
    officer: Account, chief: Account
) -> None:  # §6
    plan = a_plan()
    actions.save_section(plan, "state", "課長の現状", seen=1, by=chief)
    actions.save_section(plan, "risks", "担当のリスク", seen=1, by=officer)
    with pytest.raises(actions.SomebodySavedError) as refused:
        actions.save_section(plan, "state", "担当の現状", seen=1, by=officer)
    assert refused.value.version.number == 3
    assert said(plan, "state") == "課長の現状"
    actions.save_section(plan, "state", "二人の現状", seen=3, by=officer)
    assert (said(plan, "state"), said(plan, "risks")) == ("二人の現状", "担当のリスク")
    texts = [content_from(each.content).text_of("state") for each in queries.versions_of(plan)]
    assert "課長の現状" in texts


def test_too_much_and_odd_words_are_refused(officer: Account) -> None:
    plan = a_plan()
    for words in ("猿" * 20_001, "a\x00b"):
        with pytest.raises(ValidationError):
            actions.save_section(plan, "state", words, seen=1, by=officer)
    with pytest.raises(ValidationError):
        actions.save_section(plan, "nowhere", "x", seen=1, by=officer)


def test_an_old_version_comes_back_on_top_and_what_is_done_stays_done(officer: Account) -> None:  # §7
    plan = a_plan()
    first = said(plan, "state")
    action = actions.plan_action(plan, what="聞く", by_day=TODAY, by=officer)
    actions.save_section(plan, "state", "新しい", seen=1, by=officer)
    actions.tick_action(action, is_done=True, by=officer, today=TODAY)
    restored = actions.restore_version(plan, 1, by=officer)
    assert (restored.number, said(plan, "state")) == (3, first)
    assert plan.actions.get().done_on == TODAY
    assert content_from(restored.content).steps[0].is_done
    with pytest.raises(ValidationError):
        actions.restore_version(plan, 99, by=officer)
    old, new = (content_from(each.content) for each in reversed(queries.versions_of(plan)[:2]))
    assert [each.key for each in queries.differences(old, new)] == ["state", "schedule"]


def test_prefecture_bureau_and_asked_adviser_comment_and_the_area_answers(
    officer: Account, prefecture: Account, bureau: Account, adviser: Account, neighbour: Account
) -> None:  # §8
    plan = a_plan()
    for who in (prefecture, bureau):
        actions.comment_on(plan, "aim", "いつまでに", by=who, today=TODAY)
    for who in (neighbour, adviser, officer):
        with pytest.raises(PermissionDenied):
            actions.comment_on(plan, "aim", "x", by=who, today=TODAY)
    actions.change_plan(plan, title="x", is_internal=True, solutions=[], advisers=[adviser], by=officer)
    comment = actions.comment_on(plan, "aim", "だれのために", by=adviser, today=TODAY)
    with pytest.raises(ValidationError):
        actions.comment_on(plan, "aim", " ", by=adviser, today=TODAY)
    with pytest.raises(ValidationError):
        actions.resolve_comment(comment, by=officer)  # before it is answered
    with pytest.raises(PermissionDenied):
        actions.answer_comment(comment, "x", by=adviser, today=TODAY)
    actions.answer_comment(comment, "住民のために", by=officer, today=TODAY)
    assert actions.resolve_comment(comment, by=adviser).state == Comment.State.RESOLVED
    with pytest.raises(ValidationError):
        actions.answer_comment(comment, "x", by=officer, today=TODAY)


def test_a_plan_with_blanks_is_not_asked_for(officer: Account) -> None:  # §9
    with pytest.raises(ValidationError) as refused:
        actions.ask_for_approval(a_plan(), by=officer)
    assert "現状" in refused.value.messages[0]


def test_a_colleague_approves_and_nobody_alone(officer: Account, chief: Account, prefecture: Account) -> None:  # §10
    plan = filled(a_plan())
    approval = actions.ask_for_approval(plan, by=officer, reason="議会の前に")
    plan.refresh_from_db()
    assert plan.state == Plan.State.ASKED
    assert {each.pk for each in matter_of(approval).deciders} <= {officer.pk, chief.pk}
    with pytest.raises(ValidationError):
        actions.save_section(plan, "state", "x", seen=number(plan), by=officer)
    with pytest.raises(PermissionDenied):
        actions.decide_on_plan(plan, deed="approve", by=officer, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.decide_on_plan(plan, deed="approve", by=prefecture, today=TODAY)
    with pytest.raises(ValidationError):
        actions.decide_on_plan(plan, deed="send_back", by=chief, today=TODAY)
    actions.decide_on_plan(plan, deed="send_back", by=chief, today=TODAY, remark="財源を")
    plan.refresh_from_db()
    assert plan.state == Plan.State.RETURNED
    actions.save_section(plan, "money", "財源は…", seen=number(plan), by=officer)
    actions.ask_for_approval(plan, by=officer)
    done = actions.decide_on_plan(plan, deed="approve", by=chief, today=TODAY)
    assert (done.state, done.approved) == (Plan.State.APPROVED, queries.latest_of(plan))
    with pytest.raises(ValidationError):
        actions.decide_on_plan(plan, deed="approve", by=chief, today=TODAY)


def test_until_it_is_approved_anew_others_read_what_was_approved(
    officer: Account, chief: Account, funder: Account
) -> None:  # §11
    plan = filled(a_plan(is_internal=False))
    assert not queries.plans_seen_by(funder).exists()
    approve(plan, officer, chief)
    assert list(queries.plans_seen_by(funder)) == [plan]
    assert SearchEntry.objects.get(room="plans").path == plan.address
    with pytest.raises(ValidationError):
        actions.reopen_plan(plan, by=officer, why=" ")
    plan = actions.reopen_plan(plan, by=officer, why="費用が変わった")
    actions.save_section(plan, "state", "直した現状", seen=number(plan), by=officer)
    read = queries.content_open_to_all(queries.plans_seen_by(funder).get())
    assert read is not None
    assert read.text_of("state") == "本文 state"
    assert "直した現状" not in SearchEntry.objects.get(room="plans").text
    actions.change_plan(plan, title="x", is_internal=True, solutions=[], advisers=[], by=officer)
    assert not SearchEntry.objects.filter(room="plans").exists()
    assert not queries.plans_seen_by(funder).exists()


def approve(plan: Plan, officer: Account, chief: Account) -> Plan:
    actions.ask_for_approval(plan, by=officer)
    return actions.decide_on_plan(plan, deed="approve", by=chief, today=TODAY)


def test_targets_and_things_to_do(officer: Account) -> None:  # §12
    plan = a_plan()
    kpi = Kpi.objects.exclude(name="").filter(until=None).first()
    assert kpi is not None
    plan.kpis.all().delete()
    with pytest.raises(ValidationError):
        actions.aim_at(plan, kpi, target=Decimal(5), by_day=None, by=officer)
    aim = actions.aim_at(plan, kpi, target=Decimal(5), by_day=date(2030, 3, 31), by=officer)
    actions.aim_at(plan, kpi, target=Decimal(6), by_day=date(2030, 3, 31), by=officer)
    assert plan.kpis.get().target == 6
    actions.drop_aim(aim, by=officer)
    action = actions.plan_action(plan, what="聞く", by_day=TODAY, by=officer)
    actions.plan_action(plan, what="尋ねる", by_day=TODAY, by=officer, action=action)
    assert plan.actions.get().what == "尋ねる"
    actions.remove_action(action, by=officer)
    assert not plan.actions.exists()


def test_records_are_written_when_the_officer_says_so(officer: Account, chief: Account) -> None:  # §13
    plan = filled(a_plan())
    solution = plan.solutions.get()
    with pytest.raises(ValidationError):
        actions.feed_records(plan, [solution], by=officer, today=TODAY)
    kpi = Kpi.objects.filter(solution=solution, until=None).exclude(name="").first()
    assert kpi is not None
    actions.aim_at(plan, kpi, target=Decimal(5), by_day=date(2030, 3, 31), by=officer)
    plan = approve(plan, officer, chief)
    assert implementation_of(plan.area, solution) is None
    with pytest.raises(ValidationError):
        actions.feed_records(plan, [], by=officer, today=TODAY)
    (change,) = actions.feed_records(plan, [solution], by=officer, today=TODAY)
    assert (change.stage, change.at, change.implementation.is_internal) == (Stage.PLANNED, TODAY, True)
    assert change.evidence_link.endswith(f"/plans/{plan.pk}")
    assert str(kpi) in change.note
    with pytest.raises(ValidationError):
        actions.feed_records(plan, [solution], by=officer, today=TODAY)


def test_records_that_are_further_stay_as_they_are(officer: Account, chief: Account) -> None:  # §13
    plan = filled(a_plan())
    put(plan.area, "telework", "running", TODAY - timedelta(days=30))
    plan = approve(plan, officer, chief)
    (feed,) = queries.feeds_of(plan, TODAY)
    assert "実装" in str(feed.why_not)
    with pytest.raises(ValidationError):
        actions.feed_records(plan, [feed.solution], by=officer, today=TODAY)


def test_duties_and_notices(officer: Account, chief: Account, prefecture: Account, neighbour: Account) -> None:  # §14
    plan = filled(a_plan())
    membership = officer.terms[0]
    assert plan.address in {each.path for each in duties_of(membership, TODAY)}
    actions.plan_action(plan, what="申請する", by_day=TODAY + timedelta(days=3), by=officer)
    comment = actions.comment_on(plan, "aim", "いつ", by=prefecture, today=TODAY)
    actions.ask_for_approval(plan, by=officer)
    keys = {each.key for each in queries.watched(chief, TODAY)}
    assert any(each.startswith("plan approval") for each in keys)
    assert f"plan comment {comment.pk}" in keys
    assert not any("approval" in each.key for each in queries.watched(officer, TODAY))  # not one's own
    actions.decide_on_plan(plan, deed="approve", by=chief, today=TODAY)
    assert any("申請する" in each.title for each in queries.watched(officer, TODAY))
    assert any("申請する" in each.title for each in duties_of(membership, TODAY))
    actions.answer_comment(comment, "来年", by=officer, today=TODAY)
    assert f"plan answer {comment.pk}" in {each.key for each in queries.watched(prefecture, TODAY)}
    assert list(queries.watched(neighbour, TODAY)) == []
