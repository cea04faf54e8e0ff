"""What people ask of threads: who takes part in them on a day, what runs in them, which way a topic took, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Account, Organisation, Role
from itoguchi.accounts.queries import acting_for, reachable
from itoguchi.areas.models import Block
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.core.wording import say
from itoguchi.network.access import SPEAKING, can_run, can_speak_for, can_write_as, runs
from itoguchi.network.models import Strand, ThreadItem, ThreadMember, Topic
from itoguchi.roadmap.models import Field

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership

JOIN = "join_thread"
TOPIC = "followed"
SOON = timedelta(days=30)
NAMED = 5  # members of each kind on the page of a thread
NEWS_FOR = timedelta(days=31)
State = ThreadMember.State
# Kinds of members in the order in which pages and tables show them.
SECTORS: dict[str, Any] = {"area": _("地方公共団体")} | dict(Organisation.Kind.choices)


def strands() -> QuerySet[Strand]:
    """All threads as they run, in their order, with field, block, who runs them and which body meets (1 query)."""
    return Strand.objects.select_related("thread", "field", "block", "run_by", "body").order_by(
        "thread__order", "field__order", "block__order"
    )


@remembered(most=64, of=("accounts", "areas", "network", "roadmap"))
def strand_at(key: str) -> Strand | None:
    """One of them, to be shown; None where there is no such thread (1 query, then remembered)."""
    return strands().filter(pk=key).first()


def strands_with_members(day: date) -> QuerySet[Any]:
    """The same, each with the `number` of its members on a day (1 query)."""
    return strands().annotate(number=Count("members", filter=on_day(day, "members__")))


def on_day(day: date, prefix: str = "") -> Q:
    """Condition on members: they take part on a day."""
    return Q(**{f"{prefix}state": State.APPROVED, f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gte": day})
    )


def thread_members_on(strand: Strand, day: date) -> QuerySet[Any]:
    """Who takes part in a thread on a day: the chair first, then by `kind` of body and `named` (1 query)."""
    return (
        strand.members.filter(on_day(day))
        .annotate(
            kind=Coalesce("organisation__kind", Value("area")), named=Coalesce("area__code", "organisation__name")
        )
        .select_related("area__prefecture", "organisation")
        .order_by("role", "kind", "named", "pk")  # the keys of roles happen to stand in their order
    )


@dataclass(frozen=True, slots=True)
class Sector:
    """The members of one kind in a thread on a day: how many they are, and the first of them."""

    kind: str
    number: int
    first: list[ThreadMember]

    @property
    def label(self) -> Any:
        return SECTORS[self.kind]


@remembered(most=64, of=("accounts", "areas", "network"))
def sectors_of(strand: str, day: date) -> list[Sector]:
    """Who takes part in a thread on a day, in the order of kinds; of each the chair first, then by name (1 query, then remembered)."""
    rows = thread_members_on(Strand(pk=strand), day).annotate(
        number=Window(Count("pk"), partition_by=[F("kind")]),
        place=Window(RowNumber(), partition_by=[F("kind")], order_by=[F("role"), F("named"), F("pk")]),
    )
    found: dict[str, list[Any]] = {}
    for each in rows.filter(place__lte=NAMED).order_by("place"):
        found.setdefault(each.kind, []).append(each)
    return [Sector(kind, found[kind][0].number, found[kind]) for kind in SECTORS if kind in found]


def places_of(member: ThreadMember) -> tuple[list[Field], list[Block]]:
    """The fields and blocks in which it takes part; none of a kind means all of them (up to 2 queries)."""
    return (
        list(Field.objects.filter(pk__in=member.fields)) if member.fields else [],
        list(Block.objects.filter(pk__in=member.blocks)) if member.blocks else [],
    )


def request_of(member: ThreadMember) -> Approval | None:
    """The newest request to let it in, whatever became of it (1 query)."""
    asked = Approval.objects.filter(deed=JOIN, subject=member.address).select_related("drafter", "approver")
    return asked.order_by("-pk").first()


def own_and_asked(user: User, strand: Strand) -> tuple[list[ThreadMember], list[ThreadMember]]:
    """The part of the user's own bodies in a thread, and for who runs it who asked to join and waits (1 query, 0 for visitors).

    Own parts are those where they asked, take or took part; who waits longest is named first.
    """
    own, runs_it = _own(memberships_of(user)), can_run(user, strand)
    if own is None and not runs_it:
        return [], []
    waits = Q(state=State.ASKED) if runs_it else Q(pk__in=[])
    rows = strand.members.filter(waits if own is None else waits | own)
    found = list(rows.select_related("area", "organisation", "strand").order_by("asked_on", "pk"))
    over = {State.REFUSED, State.WITHDRAWN}
    return (
        [each for each in found if each.state not in over and can_speak_for(user, each)],
        [each for each in found if each.state == State.ASKED] if runs_it else [],
    )


def parts_to_write_as(user: User, strand: Strand, day: date) -> list[ThreadMember]:
    """Those of them in which the user may write opinions on a day (1 query, 0 for visitors)."""
    return [each for each in own_and_asked(user, strand)[0] if can_write_as(user, each, day)]


def _own(terms: Sequence[Membership]) -> Q | None:
    areas = [each.area_id for each in terms if each.area_id]
    organisations = [each.organisation_id for each in terms if each.organisation_id]
    return Q(area__in=areas) | Q(organisation__in=organisations) if areas or organisations else None


def memberships_with_bodies(user: User) -> list[Membership]:
    """The memberships of today with what they are for (1 query, 0 for visitors)."""
    able = {each.pk for each in memberships_of(user)}
    return [each for each in user.terms if each.pk in able] if able and isinstance(user, Account) else []


def offices_of(user: User) -> list[Membership]:
    """Those in which the user speaks for an area or organisation."""
    return [each for each in memberships_with_bodies(user) if each.role in SPEAKING]


def strands_of(user: User, day: date) -> list[ThreadMember]:
    """Where the user's own bodies take part on a day, with the thread (1 query, 0 for visitors)."""
    own = _own(memberships_of(user, day))
    if own is None:
        return []
    return list(
        ThreadMember.objects.filter(own, on_day(day))
        .select_related("strand__thread", "strand__field", "strand__block", "area", "organisation")
        .order_by("strand", "pk")
    )


@remembered(most=64, of=("network",))
def items_of(strand: str, day: date, most: int) -> list[ThreadItem]:
    """What runs in a thread up to a day, the newest first (1 query, then remembered)."""
    found = ThreadItem.objects.filter(strand=strand, on__lte=day).select_related("topic")
    return list(found.order_by("-on", "-pk")[:most])


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a topic through the threads up to a day: its steps in order, and the threads in the order it reached them."""

    topic: Topic
    steps: list[ThreadItem]

    @property
    def strands(self) -> list[Strand]:
        return list({each.strand_id: each.strand for each in self.steps}.values())


def way_of(topic: Topic, day: date) -> Way:
    """The steps of a topic up to a day, with the thread of each (1 query)."""
    return ways_of([topic], day)[0]


def ways_of(topics: Iterable[Topic], day: date) -> list[Way]:
    """The ways of several topics, in the order given (1 query)."""
    wanted = list(topics)
    rows = ThreadItem.objects.filter(topic__in=[each.pk for each in wanted], on__lte=day).select_related(
        "strand__thread", "strand__field", "strand__block"
    )
    steps = list(rows.order_by("on", "pk"))
    return [Way(topic, [each for each in steps if each.topic_id == topic.pk]) for topic in wanted]


def matter_of(approval: Approval) -> Matter | None:
    """A request to join is decided by who runs the thread (3 queries)."""
    if approval.deed != JOIN:
        return None
    member = ThreadMember.objects.select_related("strand", "area", "organisation").get(
        pk=approval.subject.rpartition("/")[2]
    )
    strand = strands().get(pk=member.strand_id)
    able = [each for each in reachable(timezone.localdate(), Role.values) if can_run(each, strand)]
    return Matter(say(_("%(member)sの「%(thread)s」への参加"), member=member, thread=strand), able)


def duties(membership: Membership, day: date) -> Iterator[Duty]:
    """Requests that wait for who runs a thread, and terms that end soon (1 query, 0 where nothing is run)."""
    run = runs(acting_for(membership), "strand__")
    rows = ThreadMember.objects.filter(run).select_related("area", "organisation")
    ends = Q(state=State.APPROVED, valid_to__gte=day, valid_to__lte=day + SOON)
    for each in rows.filter(Q(state=State.ASKED) | ends).order_by("pk"):
        is_asked = each.state == State.ASKED
        step = _("申込みを読み、参加を認めるか決める") if is_asked else _("任期を延ばすか、後任を決める")
        yield Duty(_("糸への参加"), str(each), each.address, step, None if is_asked else each.valid_to)


@remembered(most=256)
def watched(account: Account, day: date) -> list[Watched]:
    """Requests to decide on, what became of one's own, and own terms that end soon (2 queries)."""
    return list(_watched(account, day))


def _watched(account: Account, day: date) -> Iterator[Watched]:
    rows = ThreadMember.objects.select_related(
        "strand__thread", "strand__field", "strand__block", "area", "organisation"
    ).order_by("pk")
    for each in rows.filter(runs(account, "strand__"), state=State.ASKED):
        why = gettext("%(member)sが参加を申し込んでいます。認めるか決めてください。") % {"member": each}
        yield Watched(TOPIC, f"thread request {each.pk}", str(each.strand), why, each.address)
    own = _own(memberships_of(account, day))
    if own is None:
        return
    for each in rows.filter(own).exclude(state__in=[State.ASKED, State.WITHDRAWN]):
        if not can_speak_for(account, each):
            continue
        if each.state == State.REFUSED:
            approval = request_of(each)
            if approval and approval.decided_at and approval.decided_at.date() > day - NEWS_FOR:
                why = gettext("参加は見送りになりました：%(remark)s") % {"remark": approval.remark}
                yield Watched(TOPIC, f"thread refused {each.pk}", str(each.strand), why, each.address)
        elif each.stands_on(day) and each.valid_from and each.valid_from > day - NEWS_FOR:
            why = gettext("%(member)sの参加が認められました（%(day)sから）。") % {
                "member": each,
                "day": written(each.valid_from),
            }
            yield Watched(TOPIC, f"thread joined {each.pk}", str(each.strand), why, each.strand.address)
        if each.valid_to and day <= each.valid_to <= day + SOON:
            why = gettext("%(member)sの任期は%(day)sまでです。続けるときは、運営者に伝えてください。") % {
                "member": each,
                "day": written(each.valid_to),
            }
            yield Watched(TOPIC, f"thread ends {each.pk} {each.valid_to}", str(each.strand), why, each.address)
