"""What people ask of revisions: what an edition holds, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itoguchi.accounts.queries import acting_for, predecessors_of, reachable
from itoguchi.areas.models import Kind
from itoguchi.core.calendar import DatedTo
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.core.wording import say
from itoguchi.roadmap.access import can_revise
from itoguchi.roadmap.models import (
    Deed,
    Edition,
    Field,
    FrozenState,
    Kpi,
    Level,
    Milestone,
    Noun,
    Reading,
    Revision,
    RevisionItem,
    Solution,
    Stage,
    StageChange,
    State,
    Unit,
    shown_value,
)
from itoguchi.roadmap.queries.aims import Standing, figures_until, in_force, kpis, not_dropped, standings, stated_kpis
from itoguchi.roadmap.queries.counted import with_counted_readings
from itoguchi.roadmap.queries.counts import Tally, tallies

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership

PUBLISH, FREEZE = "roadmap.publish_revision", "roadmap.freeze_state"  # deeds that a second person decides on

_OF_REVISION = gettext_lazy("ロードマップの改定（%(title)s）")
_OF_STATE = gettext_lazy("時点の固定（%(title)s）")
_MATTERS = {PUBLISH: gettext_lazy("決裁を待つ改定案"), FREEZE: gettext_lazy("決裁を待つ固定した時点")}
_ASK = gettext_lazy("承認する方に、決裁を頼む")
_DECIDE = gettext_lazy("中身を読み、承認するか差し戻す")

Content = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of 新旧対照表: what stood before (None: nothing), what stands now, and why, where a revision says so."""

    noun: Noun
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    item: RevisionItem | None = None
    names: Mapping[str, str] = field(default_factory=dict)  # of what it hangs on

    @property
    def deed(self) -> Deed:
        """Added, dropped, re-based (only the target moved) or changed."""
        if self.before is None:
            return Deed.ADD
        if self.after is None:
            return Deed.DROP
        moved = {name for name in {*self.before, *self.after} if self.before.get(name) != self.after.get(name)}
        return Deed.REBASE if moved <= {"target", "by"} else Deed.CHANGE

    @property
    def name(self) -> str:
        """What it is called now, or was."""
        return str(
            (self.after or self.before or {}).get("name") or (self.after or self.before or {}).get("text") or self.key
        )

    @property
    def old(self) -> list[tuple[str, str]]:
        """(label, text) of what stood before and differs."""
        return _said(self.before, self.after, self.names)

    @property
    def new(self) -> list[tuple[str, str]]:
        """(label, text) of what stands now and differs."""
        return _said(self.after, self.before, self.names)


def content_in_force(day: date) -> Content:
    """All that is in force on a day, with KPIs, targets and milestones (5 queries)."""
    there = in_force(day)
    kpis = stated_kpis(day).exclude(name="").prefetch_related(figures_until(day)[0])
    return {
        "fields": {each.key: {"name": each.name, "kind": each.kind} for each in Field.objects.filter(there)},
        "solutions": {each.key: {"name": each.name, "field": each.field_id} for each in Solution.objects.filter(there)},
        "kpis": {each.key: kpi_facts(each) for each in kpis},
        "milestones": {
            str(each.pk): {"kpi": each.kpi_id, "text": each.text, "by": each.when.written}
            for each in Milestone.objects.filter(not_dropped(day), kpi__in=kpis)
        },
    }


def content_with(content: Content, items: Iterable[RevisionItem]) -> Content:
    """What would stand if the items of a revision were carried out."""
    after = {noun: dict(rows) for noun, rows in content.items()}
    for item in items:
        rows = after.setdefault(item.noun, {})
        if item.deed == Deed.DROP:
            rows.pop(item.key, None)
        else:
            rows[item.key] = item.facts
    return after


def kpi_facts(kpi: Kpi) -> dict[str, Any]:
    """A KPI as an edition carries it."""
    target = kpi.target
    return {
        "name": kpi.name,
        "solution": kpi.solution_id,
        "unit": kpi.unit,
        "definition": kpi.definition,
        "counting": kpi.counting,
        "from_stage": kpi.from_stage,
        "kinds": kpi.kinds,
        "target": f"{target.value.normalize():f}" if target else "",
        "by": target.when.written if target else "",
    }


def compare(old: Content, new: Content, items: Iterable[RevisionItem] = ()) -> list[Difference]:
    """Exactly what differs, in order of fields, solutions, KPIs, milestones; what one side does not know is left out."""
    because = {(item.noun, item.key): item for item in items}
    names = {
        key: facts["name"]
        for part in (old, new)
        for rows in part.values()
        for key, facts in rows.items()
        if "name" in facts
    }
    found = []
    for noun in Noun:
        if noun.value not in old or noun.value not in new:
            continue
        before, after = old[noun.value], new[noun.value]
        for key in [*after, *(key for key in before if key not in after)]:
            if before.get(key) != after.get(key):
                item = because.get((noun.value, key))
                found.append(Difference(noun, key, before.get(key), after.get(key), item, names))
    return found


def comparison(old: Edition, new: Edition) -> list[Difference]:
    """新旧対照表 of two editions; where a revision lies between them, with its reasons (3 queries)."""
    revision = Revision.objects.filter(edition=new).prefetch_related("items").first()
    before = old.content
    if revision and edition_before(new) == old:
        before = revision.before | before
    return compare(before, new.content, revision.items.all() if revision else ())


def edition_before(edition: Edition) -> Edition | None:
    """The one it follows."""
    return Edition.objects.filter(published__lt=edition.published).order_by("published").last()


def drafted(revision: Revision, day: date) -> list[Difference]:
    """新旧対照表 of a draft and what is in force on a day (6 queries)."""
    now = content_in_force(day)
    items = list(revision.items.all())
    return compare(now, content_with(now, items), items)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a KPI was before a revision: up to which edition, in words, its own series where it was another, and why."""

    edition: Edition
    said: list[tuple[str, str]]
    readings: list[Reading]
    reason: str
    grounds: str


def earlier_series(kpi: Kpi, day: date) -> list[Earlier]:
    """How a KPI stood before each revision up to a day, the newest first (1 query; up to 3 for a series of its own)."""
    items = RevisionItem.objects.filter(
        noun=Noun.KPI,
        key=kpi.key,
        deed__in=(Deed.CHANGE, Deed.REBASE),
        revision__edition__published__lte=day,
    ).select_related("revision__edition")
    found = []
    for item in items.order_by("-revision__edition__published"):
        edition: Any = item.revision.edition
        facts = item.revision.before[Noun.KPI][kpi.key]
        found.append(
            Earlier(edition, _said(facts, item.facts, {}), _series(kpi, facts, item, day), item.reason, item.grounds)
        )
    return found


def _series(kpi: Kpi, facts: Mapping[str, Any], item: RevisionItem, day: date) -> list[Reading]:
    names = ("counting", "from_stage", "kinds")
    if all(facts[name] == item.facts[name] for name in names):
        return []
    before = Kpi(key=kpi.key, solution=kpi.solution, unit=facts["unit"], **{name: facts[name] for name in names})
    published = getattr(kpi, "published_readings", None) or list(kpi.readings.all())
    before.__dict__["_prefetched_objects_cache"] = {"readings": published, "targets": []}
    return with_counted_readings([before], day)[0].shown_readings


def contradictions(content: Content) -> list[str]:
    """What does not hold together: a thing that hangs on another that is not there, two of one name (no query)."""
    found = []
    for noun, name, above in (
        (Noun.SOLUTION, "field", Noun.FIELD),
        (Noun.KPI, "solution", Noun.SOLUTION),
        (Noun.MILESTONE, "kpi", Noun.KPI),
    ):
        for facts in content[noun].values():
            if facts[name] and facts[name] not in content[above]:
                found.append(
                    _(
                        "%(noun)s「%(name)s」のもとの%(above)s（%(key)s）がありません。先に追加するか、いっしょに削除してください。"
                    )
                    % {
                        "noun": noun.label,
                        "name": facts.get("name") or facts["text"],
                        "above": above.label,
                        "key": facts[name],
                    }
                )
    for noun in (Noun.FIELD, Noun.SOLUTION):
        names = [facts["name"] for facts in content[noun].values()]
        found += [
            _("%(noun)s「%(name)s」が二つあります。") % {"noun": noun.label, "name": name}
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
    return found


@remembered(most=8)
def counts_to_freeze(day: date) -> dict[str, Any]:
    """What everybody may see of a frozen state: the roadmap in force, KPIs and how they stand, areas by stage."""
    known = {kpi.key: kpi for kpi in with_counted_readings(kpis(day).exclude(name=""), day)}
    solutions = list(Solution.objects.filter(in_force(day)))
    nation, prefectures = tallies(day, solutions=solutions), tallies(day, level=Level.PREFECTURE, solutions=solutions)
    return {
        "as_of": day.isoformat(),
        "roadmap": content_in_force(day),
        "kpis": [_frozen_kpi(known[key], standing) for key, standing in standings(known.values(), day).items()],
        "solutions": [
            {"key": each.key, "name": each.name, **_frozen_tally(nation["", each.key])} for each in solutions
        ],
        "prefectures": [
            {"code": code, "solution": key, **_frozen_tally(tally)}
            for (code, key), tally in sorted(prefectures.items())
        ],
    }


def records_to_freeze(day: date) -> dict[str, Any]:
    """Every area's record as of a day, internal ones too: for the secretariat (1 query)."""
    rows = (
        StageChange.objects.filter(at__lte=day)
        .order_by("implementation_id", "-at")
        .distinct("implementation_id")
        .values_list(
            "implementation__area__code",
            "implementation__solution_id",
            "stage",
            "at",
            "at_precision",
            "quantity",
            "cost_yen",
            "implementation__is_internal",
        )
    )
    return {
        "as_of": day.isoformat(),
        "columns": ["area", "solution", "stage", "since", "precision", "quantity", "cost_yen", "is_internal"],
        "rows": [
            [
                code,
                key,
                stage,
                at.isoformat(),
                precision,
                None if quantity is None else str(quantity),
                cost,
                is_internal,
            ]
            for code, key, stage, at, precision, quantity, cost, is_internal in sorted(rows, key=lambda row: row[:2])
        ],
    }


def _frozen_kpi(kpi: Kpi, standing: Standing) -> dict[str, Any]:
    newest = kpi.newest
    return {
        "key": kpi.key,
        "name": kpi.name,
        "unit": kpi.unit,
        "value": str(newest.value) if newest else None,
        "at": newest.when.written if newest else None,
        "state": State(standing.state).value,
        "why": str(standing.why),
    }


def _frozen_tally(tally: Tally) -> dict[str, Any]:
    return {
        "areas": tally.areas,
        "stages": {stage.value: number for stage, number in sorted(tally.stages.items())},
        "unanswered": tally.unanswered,
    }


def waiting_approval(address: str) -> Approval | None:
    """The request that waits for a decision on a revision or a frozen state (1 query)."""
    return (
        Approval.objects.filter(deed__in=(PUBLISH, FREEZE), subject=address, state=Approval.State.DRAFTED)
        .select_related("drafter")
        .first()
    )


def last_remark(address: str) -> str:
    """Why the last request was sent back, if it was (1 query)."""
    last = Approval.objects.filter(deed__in=(PUBLISH, FREEZE), subject=address).order_by("-pk").first()
    return last.remark if last and last.state == Approval.State.RETURNED else ""


def states_seen_by(user: User) -> QuerySet[FrozenState]:
    """Frozen states, the newest first: all for who may revise, else the approved ones (1 query)."""
    found = FrozenState.objects.select_related("approval__drafter", "approval__approver", "counts")
    return found if can_revise(user) else found.filter(approval__state=Approval.State.APPROVED)


def matter_of(approval: Approval) -> Matter | None:
    """Revisions and frozen states are decided by another of the secretariat (2 queries)."""
    if approval.deed == PUBLISH:
        title = say(_OF_REVISION, title=Revision.objects.get(pk=int(approval.subject.rpartition("/")[2])))
    elif approval.deed == FREEZE:
        title = say(_OF_STATE, title=FrozenState.objects.get(slug=approval.subject.rpartition("/")[2]))
    else:
        return None
    return Matter(title, [each for each in reachable(timezone.localdate()) if can_revise(each)])


def duties(membership: Membership, day: date) -> list[Duty]:
    """Revisions and frozen states that wait for a decision, own and others' (up to 3 queries)."""
    alone = acting_for(membership)
    if not can_revise(alone):
        return []
    own = {membership.account_id, *predecessors_of(alone, day)}
    asked = Approval.objects.filter(deed__in=(PUBLISH, FREEZE), state=Approval.State.DRAFTED).order_by("pk")
    return [
        Duty(
            _MATTERS[each.deed],
            str(matter.title) if (matter := matter_of(each)) else each.subject,
            each.subject,
            _ASK if each.drafter_id in own else _DECIDE,
        )
        for each in asked
    ]


def _said(
    one: Mapping[str, Any] | None, other: Mapping[str, Any] | None, names: Mapping[str, str]
) -> list[tuple[str, str]]:
    labels = {
        "name": _("名称"),
        "kind": _("種類"),
        "field": _("分野"),
        "solution": _("分野別モデル"),
        "unit": _("単位"),
        "definition": _("定義"),
        "counting": _("数え方"),
        "from_stage": _("数える段階（以上）"),
        "kinds": _("数える団体の種類"),
        "target": _("目標値"),
        "by": _("期限"),
        "kpi": _("KPI"),
        "text": _("工程"),
    }
    if one is None:
        return []
    differing = [name for name in labels if name in one and (other is None or one[name] != other.get(name))]
    return [(labels[name], _word(name, one, names)) for name in differing if one[name] not in ("", [], None)]


def _word(name: str, facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A fact in words."""
    value = facts[name]
    choices: dict[str, dict[str, Any]] = {
        "kind": dict(Field.Kind.choices),
        "unit": dict(Unit.choices),
        "counting": dict(Kpi.Counting.choices),
        "from_stage": dict(Stage.choices),
    }
    match name:
        case "by":
            return str(DatedTo.read(value))
        case "target":
            return shown_value(Decimal(value), facts["unit"])
        case "kinds":
            return _("、").join(str(dict(Kind.choices)[kind]) for kind in value)
        case "field" | "solution" | "kpi":
            return names.get(value, value)
        case _:
            return str(choices.get(name, {}).get(value, value))
