"""Standing offers, and who suits whom with reasons: offers for a problem, problems for an organisation (docs/exchange.md §10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.remembered import remembered
from itoguchi.core.search import Text, likest, synonyms
from itoguchi.core.wording import say
from itoguchi.exchange.access import organisations_of
from itoguchi.exchange.models import Agreement, Offer, Problem, Profile

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.roadmap.models import Solution

# What each thing that speaks for a pair is worth; what it is about has to speak for it too, a place alone does not.
WEIGHTS: Mapping[str, int] = {
    "solution": 4, "field": 3, "words": 1, "prefecture": 2, "block": 1, "reach": 1, "agreed": 1,
}  # fmt: skip
MOST_WORDS = 3
ALIKE = 2  # words met that speak for a pair by themselves
FEW = 3  # so few texts tell nothing of which words are common
TOP = 10
SURE = {"word", "synonym", "sound"}  # forms of a word met that speak for a pair; single kanji don't
CANDIDATES = 60  # texts whose words are weighed, the likest


def offers_seen(user: User) -> QuerySet[Any]:
    """Offers that stand, those of own organisations first (`is_own`), with seat and size of who offers."""
    return (
        Offer.objects.filter(ended_on=None)
        .select_related("organisation__profile__seat__prefecture", "organisation__profile__seat__block")
        .annotate(is_own=Case(When(organisation__in=organisations_of(user), then=Value(1)), default=Value(0)))
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a pair: its kind, in words, and what it adds."""

    kind: str
    text: Any
    worth: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An offer and a problem that suit each other; `is_near` says that a small or venture firm is in the same region."""

    offer: Offer
    problem: Problem
    reasons: tuple[Reason, ...]
    is_near: bool

    @property
    def score(self) -> int:
        return sum(each.worth for each in self.reasons)

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Small and venture firms of the region come first, then what adds up to most; ties by key."""
        return not self.is_near, -self.score, self.problem.pk, self.offer.pk


@remembered(most=64, of=("accounts", "areas", "core", "exchange", "roadmap", "support"))
def offers_for(problem: int, day: date) -> list[Suggestion]:
    """Standing offers that suit a problem, the best ten (7 queries, however many there are)."""
    asked = _problems().get(pk=problem)
    offers = {str(each.pk): each for each in _offers(day)}
    words = _words(((key, each.title, each.text) for key, each in offers.items()), _text(asked))
    agreed = _fields_agreed()
    found = [_pair(each, asked, words.get(key, ()), agreed) for key, each in offers.items()]
    return sorted(filter(None, found), key=lambda each: each.rank)[:TOP]


@remembered(most=64, of=("accounts", "areas", "core", "exchange", "roadmap", "support"))
def problems_for(organisation: int, day: date) -> list[Suggestion]:
    """Problems that take proposals and suit what an organisation offers, each once, the best ten (8 queries)."""
    offers = [each for each in _offers(day) if each.organisation_id == organisation]
    if not offers:
        return []
    problems = {str(each.pk): each for each in _problems().filter(state=Problem.State.PUBLISHED, closes_at__gt=Now())}
    texts = [(key, each.title, f"{each.wanted}\n{each.need.text}") for key, each in problems.items()]
    agreed = _fields_agreed()
    best: dict[str, Suggestion] = {}
    for offer in offers:
        words = _words(texts, f"{offer.title}\n{offer.text}")
        for key, problem in problems.items():
            pair = _pair(offer, problem, words.get(key, ()), agreed)
            if pair and (key not in best or pair.rank < best[key].rank):
                best[key] = pair
    return sorted(best.values(), key=lambda each: each.rank)[:TOP]


def offers_about(solution: Solution, area: Area, day: date) -> list[Offer]:
    """Standing offers about a solution or its field that come to an area: small and venture firms of its region first."""
    ranked = []
    for offer in _standing(day):
        is_about = any(each.pk == solution.pk for each in offer.solutions.all())
        is_of_field = any(each.pk == solution.field_id for each in offer.fields.all())
        near, where = _where(offer, area)
        comes = not offer.prefectures.all() or any(each.kind == "reach" for each in where)
        if comes and (is_about or is_of_field):
            score = WEIGHTS["solution"] * is_about + WEIGHTS["field"] * is_of_field + sum(each.worth for each in where)
            ranked.append((not near, -score, offer.pk, offer))
    return [each[-1] for each in sorted(ranked, key=lambda each: each[:3])][:TOP]


@remembered(most=4, of=("accounts", "areas", "exchange", "roadmap"))
def _standing(day: date) -> list[Offer]:
    """All standing offers with what they are about and where they come (4 queries, then remembered)."""
    return list(_offers(day))


def _problems() -> QuerySet[Problem]:
    """Problems with what pairs are made of and no more: there may be thousands."""
    rows = Problem.objects.select_related("need__area").defer("site", "conditions", "result")
    return rows.prefetch_related("need__solutions")


def _offers(day: date) -> QuerySet[Offer]:
    return (
        Offer.objects.filter(Q(ended_on=None) | Q(ended_on__gt=day))
        .select_related("organisation__profile__seat")
        .prefetch_related("fields", "solutions", "prefectures")
    )


def _fields_agreed() -> frozenset[tuple[int, str]]:
    """Organisations with the fields in which they have come to an agreement (1 query)."""
    rows = Agreement.objects.values_list("choice__proposal__organisation", "implementation__solution__field")
    return frozenset(rows)


def _text(problem: Problem) -> str:
    return f"{problem.title}\n{problem.wanted}\n{problem.need.text}"


def _words(texts: Iterable[Text], asked: str) -> dict[str, tuple[str, ...]]:
    """Key of a text → words of what is asked that it says for sure, and not most of the others too (1 query)."""
    given = tuple(texts)
    hits = likest(given, asked, CANDIDATES, synonyms())
    met = {hit.document.id: dict.fromkeys(each.asked for each in hit.why if each.form in SURE) for hit in hits}
    often = Counter(word for words in met.values() for word in words)
    telling = {word for word, times in often.items() if len(given) < FEW or times <= len(given) / 2}
    return {key: tuple(word for word in words if word in telling)[:MOST_WORDS] for key, words in met.items()}


def _pair(
    offer: Offer, problem: Problem, words: Sequence[str], agreed: frozenset[tuple[int, str]]
) -> Suggestion | None:
    """What speaks for an offer and a problem; None where nothing of what they are about does."""
    about = [*_about(offer, problem), *_said("words", _("言葉：%(words)s"), words)]
    if not about or (about[0].kind == "words" and len(words) < ALIKE):
        return None
    near, where = _where(offer, problem.need.area)
    done = [(offer.organisation_id, key) for key in _fields_of(problem) if (offer.organisation_id, key) in agreed]
    if done:
        where.append(Reason("agreed", _("同じ分野で合意した実績がある"), WEIGHTS["agreed"]))
    return Suggestion(offer, problem, (*about, *where), near)


def _fields_of(problem: Problem) -> set[str]:
    solutions = problem.need.solutions.all()
    return {problem.need.field_id or "", *(each.field_id for each in solutions)} - {""}


def _about(offer: Offer, problem: Problem) -> list[Reason]:
    wanted = {each.pk for each in problem.need.solutions.all()}
    solutions = [each.name for each in offer.solutions.all() if each.pk in wanted]
    fields = [each.name for each in offer.fields.all() if each.pk in _fields_of(problem)]
    found = list[Reason]()
    if solutions:
        found.append(
            Reason("solution", say(_("分野別モデル：%(names)s"), names="、".join(solutions)), WEIGHTS["solution"])
        )
    if fields:
        found.append(Reason("field", say(_("分野：%(names)s"), names="、".join(fields)), WEIGHTS["field"]))
    return found


def _said(kind: str, text: Any, words: Sequence[str]) -> list[Reason]:
    return [Reason(kind, say(text, words="、".join(words)), WEIGHTS[kind] * len(words))] if words else []


def _where(offer: Offer, area: Area) -> tuple[bool, list[Reason]]:
    """Whether a small or venture firm is in the region (prefecture, else block), and what its places speak for."""
    found: list[Reason] = []
    prefecture = area.prefecture_id or area.pk
    if any(each.pk == prefecture for each in offer.prefectures.all()):
        found.append(Reason("reach", _("この都道府県に行けると言っている"), WEIGHTS["reach"]))
    profile: Profile | None = getattr(offer.organisation, "profile", None)
    if profile is None:
        return False, found
    if (profile.seat.prefecture_id or profile.seat_id) == prefecture:
        found.append(Reason("prefecture", _("同じ都道府県にある"), WEIGHTS["prefecture"]))
    elif profile.seat.block_id == area.block_id:
        found.append(Reason("block", _("同じ地域ブロックにある"), WEIGHTS["block"]))
    is_here = any(each.kind in {"prefecture", "block"} for each in found)
    return profile.is_small and is_here, found
