"""Proposals: sealed until the day, one second late refused by the database, rated by several, chosen, agreed into the records."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from time import sleep
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from itoguchi.accounts.actions import grant_membership
from itoguchi.accounts.models import Account, Role
from itoguchi.core.actions import drop_file, freeze_file
from itoguchi.core.journal import history_of
from itoguchi.core.models import FrozenFile
from itoguchi.exchange import actions, queries
from itoguchi.exchange.access import can_see_ratings, proposals_open_to
from itoguchi.exchange.models import Choice, Problem, Proposal, Rater, Rating
from itoguchi.roadmap.models import Implementation, Solution, Stage
from tests.exchange.factories import (
    DAY,
    a_choice,
    a_firm,
    a_problem,
    a_proposal,
    a_rater,
    firm_of,
    let_time_pass,
    opened,
    points,
    rated,
)
from tests.personas import SINCE, account_of

pytestmark = pytest.mark.django_db

EVERYBODY = ["officer", "chief", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "funder"]


def seen_by(account: Any) -> list[str]:
    return [each.title for each in queries.proposals_seen_by(account)]


def test_before_the_opening_only_its_own_organisation_sees_a_proposal(partner: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    proposal = a_proposal(problem, partner, title="秘密")
    assert proposal.submitted_at <= queries.clock()
    assert seen_by(partner) == ["秘密"]
    for account in [rival, AnonymousUser(), *map(account_of, EVERYBODY)]:
        assert seen_by(account) == []
    let_time_pass(problem)
    assert seen_by(account_of("officer")) == [], "the deadline alone opens nothing"
    actions.open_proposals(problem, by=account_of("officer"))
    assert seen_by(account_of("officer")) == seen_by(account_of("chief")) == ["秘密"]
    for account in [rival, AnonymousUser(), *map(account_of, EVERYBODY[2:])]:
        assert seen_by(account) == []


def test_a_proposal_is_replaced_and_withdrawn_until_the_deadline(partner: Account, officer: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    first = a_proposal(problem, partner, title="一")
    again = a_proposal(problem, partner, title="二")
    assert (first.pk, Proposal.objects.count()) == (again.pk, 1)
    a_proposal(problem, rival)
    with pytest.raises(PermissionDenied):
        actions.withdraw_proposal(again, by=rival)
    actions.withdraw_proposal(again, by=partner)
    opened(problem)
    assert seen_by(officer) == ["罠の通知"]
    assert seen_by(partner) == ["二"]
    with pytest.raises(ValidationError, match="締切"):
        actions.withdraw_proposal(Proposal.objects.get(organisation=firm_of(rival)), by=rival)


def test_who_does_not_work_there_proposes_nothing(officer: Account, coordinator: Account, partner: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    for by, of in ((officer, partner), (coordinator, coordinator), (rival, partner)):
        with pytest.raises(PermissionDenied):
            actions.propose(
                problem, actions.ProposalFacts(title="x", text="x"), organisation=firm_of_or(of, partner), by=by
            )


def firm_of_or(account: Account, other: Account) -> Any:
    return firm_of(account) if account.memberships.filter(organisation__isnull=False).exists() else firm_of(other)


@pytest.mark.parametrize("more", [{"title": " "}, {"text": ""}, {"text": "x" * 8001}, {"title": "x" * 101}])
def test_it_refuses_an_empty_or_endless_proposal(more: dict[str, str], partner: Account) -> None:
    with pytest.raises(ValidationError):
        a_proposal(a_problem(), partner, **more)


def test_one_second_late_is_refused_by_the_database(partner: Account) -> None:
    problem = a_problem(
        asks_until=timezone.now() + timedelta(seconds=1), closes_at=timezone.now() + timedelta(seconds=1)
    )
    proposal = a_proposal(problem, partner)
    late = Proposal(problem=problem, organisation=a_firm()[0], title="x", text="x", by=partner)
    while queries.clock() < problem.closes_at:
        sleep(0.02)
    with pytest.raises(ValidationError, match="を過ぎたため、受け付けて"):
        a_proposal(problem, partner, title="一秒おそい")
    for write in (
        late.save,
        lambda: Proposal.objects.filter(pk=proposal.pk).update(title="x"),
        lambda: Proposal.objects.filter(pk=proposal.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="proposals are over"), transaction.atomic():
            write()


def test_nothing_is_proposed_for_a_draft_or_a_problem_that_was_withdrawn(partner: Account, officer: Account) -> None:
    problem = a_problem()
    actions.withdraw_problem(problem, by=officer, why="x")
    with pytest.raises(ValidationError):
        a_proposal(problem, partner)


def test_what_is_opened_is_opened_once_after_the_deadline(officer: Account, partner: Account) -> None:
    problem = a_problem()
    a_proposal(problem, partner)
    with pytest.raises(ValidationError, match="締切のあと"):
        actions.open_proposals(problem, by=officer)
    let_time_pass(problem)
    actions.open_proposals(problem, by=officer)
    with pytest.raises(ValidationError, match="すでに"):
        actions.open_proposals(problem, by=officer)


def test_without_proposals_a_problem_ends(officer: Account) -> None:
    ended = actions.open_proposals(let_time_pass(a_problem()), by=officer)
    assert (ended.state, ended.result) == ("ended", "提案がありませんでした。")


def test_raters_declare_first_and_who_steps_back_sees_nothing(partner: Account, officer: Account) -> None:
    problem = a_problem()
    proposal = a_proposal(problem, partner)
    for name in ("adviser", "chief", "neighbour"):
        a_rater(problem, name, free=False)
    assert seen_by(account_of("chief")) == []
    opened(problem)
    assert seen_by(officer) == ["罠の通知"]
    assert seen_by(account_of("chief")) == [], "who rates sees nothing before declaring"
    with pytest.raises(ValidationError, match="先に、利害関係"):
        actions.rate(proposal, points(problem, 3, 3), by=account_of("chief"))
    with pytest.raises(ValidationError):
        actions.declare_conflict(problem, " ", by=account_of("chief"))
    actions.declare_conflict(problem, "いとこが勤める", by=account_of("chief"))
    assert seen_by(account_of("chief")) == []
    for deed in (
        lambda: actions.declare_free(problem, by=account_of("chief")),
        lambda: actions.rate(proposal, points(problem, 3, 3), by=account_of("chief")),
        lambda: actions.choose(proposal, "x", by=account_of("chief")),
        lambda: actions.choose_none(problem, "x", by=account_of("chief")),
        lambda: actions.rate(proposal, points(problem, 3, 3), by=account_of("funder")),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    with pytest.raises(ProgrammingError), transaction.atomic():
        Rater.objects.filter(declares="conflict").update(declares="free")
    rater, criterion = Rater.objects.get(declares="conflict"), problem.criteria.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(rater=rater, proposal=proposal, criterion=criterion, points=5)
    actions.declare_free(problem, by=account_of("adviser"))
    assert seen_by(account_of("adviser")) == ["罠の通知"]
    assert seen_by(account_of("neighbour")) == []


def test_who_belongs_to_a_firm_that_proposed_steps_back_at_the_opening(partner: Account) -> None:
    problem = a_problem()
    a_rater(problem, "partner")
    a_rater(problem, "adviser")
    a_proposal(problem, partner)
    assert Rater.objects.filter(declares="free").count() == 2, "before the opening nobody is told"
    opened(problem)
    assert [each.account for each in Rater.objects.filter(declares="conflict")] == [partner]
    rater = Rater.objects.get(account=partner)
    assert "提案した組織" in rater.why
    Rater.objects.filter(account=partner).delete()
    with pytest.raises(ValidationError, match="提案した組織"):
        actions.appoint_rater(problem, partner, by=None)


def test_points_are_weighted_compared_and_stay(partner: Account, officer: Account, chief: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    ours, theirs = a_proposal(problem, partner, title="ア"), a_proposal(problem, rival, title="イ")
    opened(problem)
    rated(
        problem,
        {
            "adviser": {str(ours.pk): (5, 1), str(theirs.pk): (3, 3)},
            "chief": {str(ours.pk): (4, 4), str(theirs.pk): (4, 4)},
        },
    )
    first, second = queries.compared(problem)
    # (5×3 + 1×1) / 4 = 4 and 4: mean 4; (3×3 + 3×1) / 4 = 3 and 4: mean 3.5, from 3 to 4.
    assert (first.proposal, first.place, first.mean, first.low, first.high) == (
        ours,
        1,
        Decimal(4),
        Decimal(4),
        Decimal(4),
    )
    assert (second.place, second.mean, second.low, second.high) == (2, Decimal("3.5"), Decimal(3), Decimal(4))
    effect, cost = problem.criteria.all()
    assert (first.by_criterion[effect.pk], first.by_criterion[cost.pk]) == (Decimal("4.5"), Decimal("2.5"))
    with pytest.raises(ValidationError, match="終わっています"):
        actions.rate(ours, points(problem, 1, 1), by=chief)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.all().update(points=1)
    chosen = actions.choose(ours, "効果が大きい", by=officer)
    assert (chosen.proposal, Problem.objects.get().state) == (ours, "chosen")
    with pytest.raises(ValidationError, match="一度だけ"):
        actions.choose(theirs, "x", by=officer)


def test_equal_means_share_a_place(partner: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    keys = [str(a_proposal(problem, by).pk) for by in (partner, rival)]
    opened(problem)
    rated(problem, {name: dict.fromkeys(keys, (3, 3)) for name in ("adviser", "chief")})
    assert [each.place for each in queries.compared(problem)] == [1, 1]


def test_it_is_not_chosen_alone_or_too_early(partner: Account, officer: Account) -> None:
    problem = a_problem()
    proposal = a_proposal(problem, partner)
    opened(problem)
    rated(problem, {"adviser": {str(proposal.pk): (4, 4)}})
    with pytest.raises(ValidationError, match="2人以上"):
        actions.choose(proposal, "x", by=officer)
    a_rater(problem, "chief")
    with pytest.raises(ValidationError, match="まだ評価を終えていない方"):
        actions.choose(proposal, "x", by=officer)
    with pytest.raises(ValidationError, match="まだ点をつけていない"):
        actions.finish_rating(problem, by=account_of("chief"))
    with pytest.raises(ValidationError, match="すべての観点"):
        actions.rate(proposal, {}, by=account_of("chief"))
    with pytest.raises(ValidationError):
        actions.rate(proposal, points(problem, 6, 1), by=account_of("chief"))


def test_none_may_fit(partner: Account, officer: Account) -> None:
    problem = a_problem()
    a_proposal(problem, partner)
    ended = actions.choose_none(opened(problem), "どれも費用に合わない", by=officer)
    assert (ended.state, ended.result) == ("ended", "どれも費用に合わない")


def test_talks_lead_to_an_implementation_of_the_roadmap(officer: Account, partner: Account, neighbour: Account) -> None:
    choice, today = a_choice(), timezone.localdate()
    for by in (officer, partner):
        actions.note_talk(choice, "機器の置き場", day=today, by=by, today=today)
    with pytest.raises(PermissionDenied):
        actions.note_talk(choice, "x", day=today, by=neighbour, today=today)
    with pytest.raises(ValidationError):
        actions.note_talk(choice, "x", day=today + DAY, by=officer, today=today)
    solution = Solution.objects.get(key="smart-primary-industry")
    said = actions.AgreementFacts(
        text="罠30基で一年試す", solution=solution, stage=Stage.TRIAL, agreed_on=today, cost_yen=3_000_000
    )
    with pytest.raises(PermissionDenied):
        actions.agree(choice, said, by=partner, today=today)
    agreement = actions.agree(choice, said, by=officer, today=today)
    use = Implementation.objects.get(area__code="282219", solution=solution)
    assert agreement.implementation == use
    (change,) = use.changes.all()
    assert (change.stage, change.cost_yen, change.at) == ("trial", 3_000_000, today)
    assert change.evidence_link.endswith(choice.problem.address)
    assert Problem.objects.get().state == "agreed"


def test_talks_may_fail_and_another_is_chosen(officer: Account, partner: Account) -> None:
    choice, today = a_choice(), timezone.localdate()
    with pytest.raises(ValidationError):
        actions.end_talks(choice, " ", by=officer, today=today)
    actions.end_talks(choice, "費用が合わない", by=officer, today=today)
    assert Problem.objects.get().state == "opened"
    again = actions.choose(choice.proposal, "費用を見直した", by=officer)
    assert Choice.objects.count() == 2
    assert again.ended_on is None


def test_duties_and_notices_tell_nothing_of_a_sealed_proposal(partner: Account, officer: Account) -> None:
    problem, today = a_problem(), timezone.localdate()
    rater = a_rater(problem, "adviser", free=False)
    before = [(each, len(queries.watched(each, today))) for each in map(account_of, EVERYBODY)]
    a_proposal(problem, partner, title="秘密")
    assert [(each, len(queries.watched(each, today))) for each, _number in before] == before
    for account in [partner, *map(account_of, EVERYBODY)]:
        found = [each for term in account.terms for each in queries.duties(term, today)]
        assert not any("秘密" in each.title for each in found)
        if account.terms[0].organisation_id:
            assert found == [], "duties are handed over and read by the secretariat"
    assert [each.what for each in queries.duties(officer.terms[0], today)] == ["課題の公募"]
    opened(problem)
    assert [each.key for each in queries.watched(account_of("adviser"), today)] == [f"rate {rater.pk}"]


def test_who_works_for_the_area_too_neither_asks_nor_proposes_nor_judges_the_rivals_of_an_own_firm(
    officer: Account, partner: Account
) -> None:
    firm, colleague = a_firm("own")
    grant_membership(officer, role=Role.PARTNER, organisation=firm, valid_from=SINCE, by=None)
    both = account_of("officer")
    problem = a_problem()
    with pytest.raises(PermissionDenied):
        actions.ask(problem, "電波は", organisation=firm, by=both)
    with pytest.raises(PermissionDenied):
        actions.propose(problem, actions.ProposalFacts(title="x", text="y"), organisation=firm, by=both)
    own = actions.propose(problem, actions.ProposalFacts(title="自社", text="y"), organisation=firm, by=colleague)
    rival = a_proposal(problem, partner)
    opened(problem)
    seen = set(Proposal.objects.filter(proposals_open_to(both)).values_list("pk", flat=True))
    assert seen == {own.pk}
    assert rival.pk not in seen
    problem.refresh_from_db()
    assert not can_see_ratings(both, problem)


def kept(name: str) -> FrozenFile:
    return freeze_file(f"{name}.txt", name.encode(), content_type="text/plain; charset=utf-8")


def test_a_file_that_was_replaced_while_it_was_sealed_is_dropped(partner: Account) -> None:
    problem, first, second = a_problem(), kept("first"), kept("second")
    proposal = a_proposal(problem, partner, file=first)
    a_proposal(problem, partner, text="言葉だけを直す")  # without a file the one that is there stays
    assert FrozenFile.objects.filter(pk=first.pk).exists()
    a_proposal(problem, partner, file=second)
    proposal.refresh_from_db()
    assert proposal.file_id == second.pk
    assert not FrozenFile.objects.filter(pk=first.pk).exists()
    history_of(proposal)  # the journal is read still


def test_what_came_too_late_drops_nothing(partner: Account) -> None:
    problem, first = a_problem(), kept("first")
    proposal = a_proposal(problem, partner, file=first)
    let_time_pass(problem)
    with pytest.raises(ValidationError, match="締切"):
        a_proposal(problem, partner, file=kept("late"))
    proposal.refresh_from_db()
    assert proposal.file_id == first.pk
    assert FrozenFile.objects.filter(pk=first.pk).exists()


def test_a_file_to_which_something_else_refers_stays(partner: Account) -> None:
    problem, first = a_problem(), kept("first")
    a_proposal(problem, partner, file=first)
    assert not drop_file(first)
    assert FrozenFile.objects.filter(pk=first.pk).exists()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        kept("x").delete()  # by any other way no kept file goes
