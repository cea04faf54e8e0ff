"""Problems in every phase, their questions, sealed and opened proposals, and offers of local firms for the sample world."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

import pgtrigger
from django.utils import timezone

from itoguchi.accounts.actions import grant_membership, keep_organisation, open_account
from itoguchi.accounts.models import Account, Organisation, Role
from itoguchi.areas.models import Area
from itoguchi.exchange.actions import (
    AgreementFacts,
    OfferFacts,
    ProblemFacts,
    ProposalFacts,
    agree,
    answer_question,
    appoint_rater,
    ask,
    choose,
    declare_conflict,
    declare_free,
    finish_rating,
    keep_offer,
    keep_profile,
    note_talk,
    open_need,
    open_proposals,
    propose,
    publish_problem,
    rate,
)
from itoguchi.exchange.models import Offer, Problem, Profile, Proposal
from itoguchi.roadmap.models import Field, Solution, Stage
from itoguchi.support.actions import NeedFacts, record_need
from itoguchi.support.models import Need

WORDS = "見本"
TAMBA = "282219"
CRITERIA = (("効果", 3), ("費用", 2), ("続けやすさ", 1))
# Problems: title, what is asked for, field, key of the solution.
WORRIES = (
    ("猿の見回りを減らしたい", "猿が畑に来る前に知らせ、見回りの回数を減らしたい。", "primary-industry", "smart-primary-industry"),
    ("避難の知らせを谷の家にも届けたい", "防災無線の聞こえない谷の家にも、避難の知らせを届けたい。", "disaster", "l-alert"),
    ("観光案内を外国語でしたい", "駅と宿で、外国の方に次の場所を案内したい。", "tourism", "tourism-cloud"),
    ("母子手帳の手続きを家からできるように", "働く親が、申請のために仕事を休まずにすむようにしたい。", "child-rearing", "child-rearing-platform"),
    ("バスの路線を見直すための人の流れを知りたい", "どこからどこへ人が動いているかを知りたい。", "smart-city", "big-data"),
)  # fmt: skip
FIRMS = (  # sign-in name, name, kind, seat, size
    ("firm-tamba", "見本 丹波センサー工房", Organisation.Kind.COMPANY, TAMBA, Profile.Size.SMALL),
    ("firm-kobe", "見本 神戸ベンチャー", Organisation.Kind.COMPANY, "281000", Profile.Size.VENTURE),
    ("firm-tokyo", "見本 東京システム", Organisation.Kind.COMPANY, "130001", Profile.Size.LARGE),
)
OFFERS = (
    (Offer.Kind.LEND, "鳥獣の罠に付ける通信機の貸出し", "罠が動いたら知らせる通信機を三か月貸す。", "primary-industry"),
    (Offer.Kind.TEACH, "避難訓練での知らせ方の講習", "避難の知らせを届ける手順を、訓練の日に教える。", "disaster"),
    (Offer.Kind.TEST, "観光案内の多言語表示の試行", "駅に置く案内の多言語表示を、一つの季節だけ試す。", "tourism"),
)


def load_sample(rng: random.Random, today: date) -> None:
    """Firms with offers, and the problems of two towns; loaded once."""
    if Problem.objects.exists():
        return
    people = {each.sign_in_name: each for each in Account.objects.all()}
    firms = {"partner": people["partner"]} | {said[0]: _firm(*said, today=today) for said in FIRMS}
    keep_profile(_of(firms["partner"]), seat=Area.objects.get(code="270008"), size=Profile.Size.LARGE, by=None)
    for (kind, title, text, field), name in zip(OFFERS, ("firm-tamba", "firm-kobe", "partner"), strict=True):
        _offer(_of(firms[name]), kind, title, text, field, today)

    running, closed, rating, agreed, _draft = [_problem(number, people, today) for number in range(len(WORRIES))]
    _ask(running, firms, people)
    _propose(running, firms, ("firm-tokyo",))

    _propose(closed, firms, ("partner", "firm-tamba"))
    _past(closed, today, days=1)

    _propose(rating, firms, ("partner", "firm-kobe"))
    for name in ("adviser", "chief", "prefecture"):
        appoint_rater(rating, people[name], by=None)
    open_proposals(_past(rating, today, days=10), by=people["officer"])
    declare_conflict(rating, f"{WORDS}：親族が提案した会社に勤めている。", by=people["prefecture"])
    _rate(rating, people["adviser"], rng)

    _propose(agreed, firms, ("partner", "firm-tamba"))
    for name in ("adviser", "chief"):
        appoint_rater(agreed, people[name], by=None)
    open_proposals(_past(agreed, today, days=60), by=people["officer"])
    for name in ("adviser", "chief"):
        _rate(agreed, people[name], rng)
    chosen = Proposal.objects.get(problem=agreed, organisation=_of(firms["partner"]))
    choice = choose(chosen, f"{WORDS}：続けやすさを重く見た。", by=people["officer"])
    note_talk(
        choice, f"{WORDS}：試す場所と期間を決めた。", day=today - timedelta(days=5), by=people["officer"], today=today
    )
    agree(
        choice,
        AgreementFacts(
            text=f"{WORDS}：一つの地区で一年試す。",
            solution=_solution(WORRIES[3][3], WORRIES[3][2]),
            stage=Stage.PLANNED,
            agreed_on=today,
        ),
        by=people["officer"],
        today=today,
    )


def _firm(name: str, called: str, kind: Organisation.Kind, seat: str, size: Profile.Size, *, today: date) -> Account:
    organisation = keep_organisation(Organisation(name=called, kind=kind), by=None)
    account = open_account(sign_in_name=name, name=f"{called} 担当", password=None, by=None)
    april = date(today.year - (today.month < 4), 4, 1)
    grant_membership(account, role=Role.PARTNER, organisation=organisation, valid_from=april, by=None)
    keep_profile(organisation, seat=Area.objects.get(code=seat), size=size, by=None)
    return account


def _of(account: Account) -> Organisation:
    return Organisation.objects.get(memberships__account=account)


def _offer(organisation: Organisation, kind: Offer.Kind, title: str, text: str, field: str, today: date) -> None:
    facts = OfferFacts(
        kind=kind, title=f"{WORDS}：{title}", text=text, fields=frozenset(Field.objects.filter(key=field))
    )
    keep_offer(organisation, facts, by=None, today=today)


def _solution(key: str, field: str) -> Solution:
    """The solution of that key, else the first of its field."""
    found = Solution.objects.filter(until=None)
    return found.filter(key=key).first() or found.filter(field=field).order_by("order")[0]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), timezone.get_current_timezone())


def _problem(number: int, people: dict[str, Account], today: date) -> Problem:
    """One of the problems, published but for the last one, which waits for a colleague."""
    title, wanted, field, solution = WORRIES[number]
    officer = people["officer"]
    said = NeedFacts(
        title=f"{WORDS}：{title}",
        text=wanted,
        field=Field.objects.filter(key=field).first(),
        solutions=frozenset({_solution(solution, field)}),
        is_internal=False,
    )
    need: Need = record_need(Area.objects.get(code=TAMBA), said, by=officer, today=today)
    facts = ProblemFacts(
        title=f"{WORDS}：{title}",
        wanted=wanted,
        site=f"{WORDS}：山あいの地区。電源は集会所にある。携帯の電波は谷の入口まで。",
        conditions=f"{WORDS}：費用の目安を書いてください。個人情報は集めません。",
        asks_until=_at(today + timedelta(days=10), 17),
        closes_at=_at(today + timedelta(days=24), 17),
        criteria=CRITERIA,
    )
    problem = open_need(need, facts, by=officer)
    return publish_problem(problem, by=None) if number < len(WORRIES) - 1 else problem


def _ask(problem: Problem, firms: dict[str, Account], people: dict[str, Account]) -> None:
    question = ask(
        problem, f"{WORDS}：谷の奥で携帯の電波は届きますか。", organisation=_of(firms["partner"]), by=firms["partner"]
    )
    answer_question(question, f"{WORDS}：谷の入口まで届きます。奥には届きません。", by=people["officer"])


def _propose(problem: Problem, firms: dict[str, Account], names: tuple[str, ...]) -> None:
    for number, name in enumerate(names, start=1):
        facts = ProposalFacts(
            title=f"{WORDS}：提案{number}", text=f"{WORDS}：一つの地区で試し、よければ広げます。", cost_yen=None
        )
        propose(problem, facts, organisation=_of(firms[name]), by=firms[name])


def _past(problem: Problem, today: date, *, days: int) -> Problem:
    """As if the deadline had been so many days ago: the trigger that holds it sleeps for that."""
    closes = _at(today - timedelta(days=days), 17)
    moments = {"asks_until": closes - timedelta(days=14), "closes_at": closes}
    with pgtrigger.ignore("exchange.Problem:moments_stay"):
        Problem.objects.filter(pk=problem.pk).update(published_at=closes - timedelta(days=30), **moments)
    problem.refresh_from_db()
    return problem


def _rate(problem: Problem, by: Account, rng: random.Random) -> None:
    """Declared, rated and handed in."""
    declare_free(problem, by=by)
    for proposal in Proposal.objects.filter(problem=problem):
        rate(
            proposal,
            {each.pk: (rng.randint(2, 5), f"{WORDS}の理由") for each in problem.criteria.all()},
            by=by,
        )
    finish_rating(problem, by=by)
