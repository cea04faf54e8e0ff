"""What people ask of opinions: how many came and what became of them, which say the same, and the whole way of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, CharField, Count, ExpressionWrapper, Q, QuerySet, Value, When, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import acting_for
from itoguchi.core.duties import Duty
from itoguchi.core.remembered import remembered
from itoguchi.core.search import Hit, alike, synonyms
from itoguchi.core.wording import say
from itoguchi.network.access import PUBLIC, can_tend_opinions, opinions_open_to
from itoguchi.network.models import Change, Decision, Opinion, Topic
from itoguchi.roadmap.models import Noun, Revision

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership

Moderation, State = Opinion.Moderation, Opinion.State
OPEN = (State.RECEIVED, State.SORTED)
# A point at issue as an opinion, as it was loaded: what else was said at its address is of another kind.
POINT = Q(kind=Opinion.Kind.ISSUE, origin=Opinion.Origin.MEETING)
SURE = {"word", "synonym", "sound"}  # forms in which a word may be met that speak for a double
MOST = 2_000  # newest opinions among which doubles are looked for
SPEAK = 20  # of those merged into one that are read
PROPOSED = 5
NAMED = 20  # of those that lead to an opinion


def with_state(day: date) -> QuerySet[Any]:
    """Opinions said up to a day, each with `state`: how far it had come by then, as `Opinion.state_on` (1 query)."""
    state = Case(
        When(moderation=Moderation.WAITING, then=Value(State.HELD)),
        When(moderation=Moderation.REFUSED, then=Value(State.REFUSED)),
        When(merged_on__lte=day, then=Value(State.MERGED)),
        When(answered_on__lte=day, then=Value(State.ANSWERED)),
        When(sorted_on__lte=day, then=Value(State.SORTED)),
        default=Value(State.RECEIVED),
        output_field=CharField(),
    )
    return Opinion.objects.filter(said_on__lte=day).annotate(state=state)


def opinions_visible_to(user: User, day: date) -> QuerySet[Any]:
    """Opinions said up to a day that the user may read, with `state` and what a list shows of them (1 query)."""
    return with_state(day).filter(opinions_open_to(user)).select_related("field", "block", "period")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How many opinions were received up to a day, and what became of them: the parts add up to `received`."""

    received: int
    open: int
    merged: int
    answered: int
    verdicts: tuple[tuple[Opinion.Verdict, int], ...]  # of those answered
    held: int
    refused: int
    not_wished: int

    @property
    def not_public(self) -> int:
        """Not looked through yet, not shown, or told in confidence."""
        return self.held + self.refused + self.not_wished


@remembered(most=16, of=("network",))
def sums(day: date, period: int | None = None) -> Sums:
    """What was received up to a day, of one comment period or of all, by what became of it (1 query)."""
    rows = with_state(day).filter(**({"period": period} if period else {}))
    counted = rows.order_by().values_list("state", "may_be_public", "verdict").annotate(number=Count("pk"))
    found = [(State(state), is_open, verdict, number) for state, is_open, verdict, number in counted]

    def number(*states: Opinion.State) -> int:
        return sum(each for state, is_open, _verdict, each in found if state in states and is_open)

    of_verdict = {
        verdict: sum(
            each for state, is_open, said, each in found if state == State.ANSWERED and is_open and said == verdict
        )
        for verdict in Opinion.Verdict
    }
    return Sums(
        received=sum(each for *_rest, each in found),
        open=number(*OPEN),
        merged=number(State.MERGED),
        answered=number(State.ANSWERED),
        verdicts=tuple(of_verdict.items()),
        held=sum(each for state, *_rest, each in found if state == State.HELD),
        refused=sum(each for state, *_rest, each in found if state == State.REFUSED),
        not_wished=sum(
            each for state, is_open, _said, each in found if state not in {State.HELD, State.REFUSED} and not is_open
        ),
    )


@dataclass(frozen=True, slots=True)
class Double:
    """An opinion that says much of the same; `words` are in both."""

    opinion: Opinion
    words: tuple[str, ...]


@remembered(most=2, of=("network",))
def _newest() -> tuple[tuple[tuple[str, str, str], ...], dict[int, int | None]]:
    """The newest opinions as (key, "", text), and key → what it was merged into, if it was (1 query).

    Of many that were merged into the same one the newest speak for the others.
    """
    newest = ("-said_on", "-pk")
    place = Window(RowNumber(), partition_by="merged_into", order_by=newest)
    rows = list(
        Opinion.objects.exclude(moderation=Moderation.REFUSED)
        .annotate(place=place)
        .filter(Q(merged_into=None) | Q(place__lte=SPEAK))
        .order_by(*newest)
        .values_list("pk", "text", "merged_into")[:MOST]
    )
    return tuple((str(pk), "", text) for pk, text, _into in rows), {pk: into for pk, _text, into in rows}


def doubles_of(opinion: Opinion, *, top: int = PROPOSED) -> list[Double]:
    """Which of the newest opinions say most of what one says, best first; of those merged the one they lead to (3 queries).

    For who tends them: some may not be public.
    """
    texts, into = _newest()
    if opinion.pk not in into:  # an old one, or one that is not shown
        texts += ((str(opinion.pk), "", opinion.text),)
    own = {opinion.pk, _lead(opinion.pk, into)}
    words: dict[int, tuple[str, ...]] = {}
    for hit in alike(texts, str(opinion.pk), 4 * top, synonyms()):
        key = _lead(int(hit.document.id), into)
        if key not in own:
            words.setdefault(key, _met(hit))
    there = Opinion.objects.in_bulk(list(words)[:top])
    return [Double(there[key], words[key]) for key in list(words)[:top] if key in there]


def _lead(key: int, into: dict[int, int | None]) -> int:
    while above := into.get(key):
        key = above
    return key


def _met(hit: Hit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.asked for reason in hit.why if reason.form in SURE))


def chain_of(opinion: Opinion) -> list[Opinion]:
    """The opinion and those it leads to, one by one, up to the one that is answered (1 query for each step)."""
    found = [opinion]
    while (above := found[-1].merged_into) is not None:
        found.append(above)
    return found


# Over however many steps; UNION, so that a circle would end too.
BELOW = """WITH RECURSIVE below(id) AS (
    SELECT id FROM network_opinion WHERE merged_into_id = ANY(%s)
    UNION SELECT each.id FROM network_opinion each JOIN below ON each.merged_into_id = below.id
) SELECT id FROM below"""


@remembered(most=256, of=("network",))
def _voices_of(keys: tuple[int, ...]) -> dict[int, list[tuple[int, bool]]]:
    below = RawSQL(BELOW, [list(keys)])  # noqa: S611 - a fixed text, its keys as a parameter
    is_public = ExpressionWrapper(PUBLIC, BooleanField())
    rows = list(
        Opinion.objects.filter(pk__in=below).order_by("said_on", "pk").values_list("pk", "merged_into", is_public)
    )
    into = {pk: above for pk, above, _may in rows}
    found: dict[int, list[tuple[int, bool]]] = {key: [] for key in keys}
    for pk, above, may in rows:
        while above not in found:
            above = into[above]
        found[above].append((pk, may))
    return found


def voices_of(opinions: Iterable[Opinion]) -> dict[int, list[tuple[int, bool]]]:
    """Key of each opinion → of all that lead to it, the oldest first, the key and whether everybody may read it (2 queries)."""
    keys = tuple(each.pk for each in opinions)
    return _voices_of(keys) if keys else {}


@dataclass(frozen=True, slots=True)
class Voices:
    """What leads to an opinion: the first of those that somebody may read, how many these are, and how many others."""

    shown: list[Opinion] = field(default_factory=list)
    number: int = 0
    hidden: int = 0

    def addresses(self, opinion: Opinion) -> list[str]:
        """Lasting addresses of what leads to `opinion`; after the first ones that of the list of all."""
        more = [f"/opinions/?into={opinion.pk}"] if self.number > len(self.shown) else []
        return [each.address for each in self.shown] + more


def voices_shown_to(user: User, opinions: Sequence[Opinion]) -> dict[int, Voices]:
    """Key of each opinion → what leads to it (up to 4 queries, 2 once it is known)."""
    all_of = voices_of(opinions)
    closed = [pk for below in all_of.values() for pk, is_public in below if not is_public]
    own = Opinion.objects.filter(opinions_open_to(user), pk__in=closed).values_list("pk", flat=True)
    may = set(own) if closed else set()
    readable = {key: [pk for pk, is_public in below if is_public or pk in may] for key, below in all_of.items()}
    first = Opinion.objects.in_bulk([pk for keys in readable.values() for pk in keys[:NAMED]])
    return {
        key: Voices([first[pk] for pk in keys[:NAMED] if pk in first], len(keys), len(all_of[key]) - len(keys))
        for key, keys in readable.items()
    }


def said_at(address: str) -> Q:
    """What was said at a place or about a thing, by its address without mark of language, or changed it (up to 1 query).

    Decisions are asked for first: with them as a subquery no index would serve, and every opinion be looked at.
    """
    there = Q(heard_at=address) | Q(heard_at__startswith=f"{address}#") | Q(subject=address)
    noun, _slash, key = address.strip("/").partition("/")
    if noun == "meetings":
        decided = Decision.objects.filter(meeting__slug=key)
    elif noun == "clauses":
        decided = Decision.objects.filter(changes__clause__slug=key)
    elif noun in Noun.values:  # what a draft says is nobody else's yet
        published = Change.objects.filter(noun=noun, key=key, revision__state=Revision.State.PUBLISHED)
        decided = Decision.objects.filter(changes__in=published)
    else:
        return there
    keys = list(decided.order_by().values_list("pk", flat=True))
    return there | Q(decision__in=keys) if keys else there


def points_of(topic: Topic, user: User, day: date) -> list[Any]:
    """The points at issue of a topic up to a day, each with `opinion`: itself as an opinion, and the `word` for how far it came (2 queries)."""
    points: list[Any] = list(topic.points.filter(since__lte=day).order_by("order"))
    told = opinions_visible_to(user, day).filter(POINT, heard_at__in=[each.address for each in points])
    of_point = {each.heard_at: each for each in told.order_by("-pk")}
    for each in points:
        each.opinion = of_point.get(each.address)
        each.word = State(each.opinion.state).label if each.opinion else ""
    return points


def newest_public(day: date, most: int = 50) -> list[Opinion]:
    """What everybody may read and stands by itself, the newest first (1 query)."""
    found = with_state(day).filter(PUBLIC, merged_into=None).select_related("field", "block")
    return list(found.order_by("-said_on", "-pk")[:most])


WAITS = (  # what is waited for, its name on the desk, the next step
    ("held", _("掲載を確認する意見"), _("読んで、掲載するか、しない理由を書く")),
    ("received", _("整理を待つ意見"), _("分野などを選び、同じ意見をまとめる")),
    ("sorted", _("回答を待つ意見"), _("採否と理由を書く")),
)


def waiting(today: date, state: str) -> QuerySet[Opinion]:
    """Opinions said up to today that wait now in one of WAITS' states, the oldest first (1 query).

    As `with_state` says of today, in words that an index answers.
    """
    open_yet = Q(moderation=Moderation.PASSED, merged_on=None, answered_on=None)
    of_state = {
        "held": Q(moderation=Moderation.WAITING),
        "received": open_yet & Q(sorted_on=None),
        "sorted": open_yet & Q(sorted_on__isnull=False),
    }
    found = Opinion.objects.filter(of_state[state], said_on__lte=today).select_related("field", "block", "period")
    return found.order_by("said_on", "pk")


@remembered(most=8, of=("network",))
def number_waiting(day: date) -> dict[str, int]:
    """State → how many opinions were in it on a day (1 query)."""
    return dict(with_state(day).order_by().values_list("state").annotate(number=Count("pk")))


def duties(membership: Membership, day: date) -> list[Duty]:
    """What of opinions is open in the secretariat's hands, one line for each step (1 query)."""
    if not can_tend_opinions(acting_for(membership)):
        return []
    counts = number_waiting(day)
    return [
        Duty(what, str(say(_("%(number)s件"), number=counts[state])), f"/opinions/desk?state={state}", next_step)
        for state, what, next_step in WAITS
        if counts.get(state)
    ]
