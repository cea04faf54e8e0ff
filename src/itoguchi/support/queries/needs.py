"""What people ask of needs: which one may see, what fits them, which say the same, and which no scheme serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext, gettext_lazy

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Role
from itoguchi.areas.models import Area, Shape, Statistic
from itoguchi.areas.queries import newest_value
from itoguchi.core.duties import Duty
from itoguchi.core.maps import Box, MapPart, view_box
from itoguchi.core.remembered import remembered
from itoguchi.core.search import Group, Hit, Text, likest, synonyms, words_by_field
from itoguchi.roadmap.models import Answer, Field, Question, Solution
from itoguchi.roadmap.queries import in_force
from itoguchi.support.access import needs_open_to
from itoguchi.support.matching import WHOLE_DAY, Asked, Hour, State, match_many
from itoguchi.support.models import Need, Scheme

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership

SURE = {"word", "synonym", "sound"}  # forms in which a word may be met that speak for a proposal; single kanji don't
PROPOSED = 3
ALIKE = 2  # words that two needs share, before one is called a double of the other
LISTED = 20
FRAME_LOOKS = {Shape.Level.FRAME.value: "inset", Shape.Level.GREY.value: "grey"}
SIZES = (5_000, 10_000, 30_000, 100_000, 300_000)  # as the roadmap's counts by size


def needs_visible_to(user: User) -> QuerySet[Any]:
    """Needs that the user may read, with `is_own`: of an own area, or block; what was merged stands with the other."""
    terms = memberships_of(user)
    areas = [each.area_id for each in terms if each.area_id]
    own = Q(area__in=areas) | Q(area__prefecture__in=areas)
    own |= Q(area__block__in=[each.block_id for each in terms if each.block_id])
    return (
        Need.objects.exclude(state=Need.State.MERGED)
        .filter(needs_open_to(user))
        .select_related("area__prefecture", "area__block", "field")
        .annotate(is_own=Case(When(own, then=Value(1)), default=Value(0)))
    )


def asked_of(need: Need, **project: Any) -> Asked:
    """A need as it is matched, with what is said of its project (2 queries unless prefetched).

    What is wanted in a fiscal year may be asked for to that year's last day.
    """
    solutions = list(need.solutions.all())
    return Asked(
        text=f"{need.title}\n{need.text}",
        fields=frozenset([need.field_id] if need.field_id else ()),
        solutions=frozenset(each.key for each in solutions),
        size_yen=need.size_yen or None,
        wanted=date(need.wanted_year + 1, 3, 31) if need.wanted_year else None,
        **project,
    )


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field or solution that the words of a need speak for; `words` were met, none where its field alone does."""

    thing: Field | Solution
    words: tuple[str, ...]


def proposals(text: str, day: date) -> tuple[list[Proposal], list[Proposal]]:
    """Fields and solutions that the words of a need speak for, best first; nothing is set by them (4 queries at first).

    A field is known by its name, its solutions and its everyday words, a solution by its name and its schemes' words.
    """
    known = _spoken_for(day)
    found = _proposed(known.fields, known.about_fields, text, known.groups)
    of_words = _proposed(known.solutions, known.about_solutions, text, known.groups)
    met = {each.thing.pk for each in of_words}
    for field in found[:1]:
        of_field = [
            each for each in known.solutions.values() if each.field_id == field.thing.pk and each.key not in met
        ]
        of_words += [Proposal(each, ()) for each in of_field]
    return found, of_words[:PROPOSED]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Fields and solutions by key, and the words that each is known by."""

    fields: Mapping[str, Field]
    solutions: Mapping[str, Solution]
    about_fields: tuple[Text, ...]
    about_solutions: tuple[Text, ...]
    groups: tuple[Group, ...]


@remembered(most=4, of=("core", "roadmap", "support_schemes"))
def _spoken_for(day: date) -> Spoken:
    """What words may speak for on a day (4 queries)."""
    fields = {each.key: each for each in Field.objects.filter(in_force(day))}
    solutions = {each.key: each for each in Solution.objects.filter(in_force(day)).select_related("field")}
    groups = synonyms()
    everyday = words_by_field(groups)
    names = {key: [each.name for each in solutions.values() if each.field_id == key] for key in fields}
    about_fields = tuple(
        (key, each.name, "\n".join((*names[key], *everyday.get(key, ())))) for key, each in fields.items()
    )
    about = Scheme.objects.exclude(ended_on__lte=day).exclude(origin=Scheme.Origin.SAMPLE).exclude(solutions=None)
    said: dict[str, set[str]] = {key: set() for key in solutions}
    for key, name, summary, who in about.values_list("solutions", "name", "summary", "who"):
        if key in said:
            said[key] |= {name, summary, who} - {""}
    about_solutions = tuple((key, each.name, "\n".join(sorted(said[key]))) for key, each in solutions.items())
    return Spoken(fields, solutions, about_fields, about_solutions, groups)


def _proposed(
    things: Mapping[str, Any], texts: tuple[Text, ...], asked: str, groups: tuple[Group, ...]
) -> list[Proposal]:
    found = [(things[hit.document.id], _met(hit)) for hit in likest(texts, asked, PROPOSED, groups)]
    return [Proposal(thing, words) for thing, words in found if words]


def _met(hit: Hit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason.asked for reason in hit.why if reason.form in SURE))


@dataclass(frozen=True, slots=True)
class Double:
    """A need of the same area that says much of the same; `words` are in both."""

    need: Need
    words: tuple[str, ...]


def doubles_of(area: Area, text: str, *, but: int | None = None) -> list[Double]:
    """Needs of an area that are not over, the ones likest to some words first (2 queries); for who may see all of them."""
    others = Need.objects.filter(area=area, state__in=[Need.State.OPEN, Need.State.ANSWERED])
    needs = {str(each.pk): each for each in others if each.pk != but}
    texts = tuple((key, each.title, each.text) for key, each in needs.items())
    hits = {hit.document.id: _met(hit) for hit in likest(texts, text, len(texts), synonyms())}
    return [Double(needs[key], words) for key, words in hits.items() if len(words) >= ALIKE]


def needs_of_day(day: date) -> QuerySet[Need]:
    """Needs that waited for something on a day: heard by then, not closed by then, each double once."""
    return (
        Need.objects.exclude(state=Need.State.MERGED)
        .filter(heard_on__lte=day)
        .filter(Q(closed_on=None) | Q(closed_on__gt=day))
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A need that waits: its area's key, its fields, and what the schemes that can be asked for say at best.

    None: no scheme of its fields is open, or it has no field.
    """

    area: int
    fields: frozenset[str]
    best: State | None


@remembered(most=4, of=("areas", "roadmap", "support"))
def standings(day: date, hour: Hour = WHOLE_DAY) -> dict[int, Standing]:
    """Key of every need that waits on a day → how it stands (some 13 queries, however many there are)."""
    solutions: dict[int, set[tuple[str, str]]] = {}
    in_mind = Need.solutions.through.objects.filter(need__in=needs_of_day(day))
    for key, solution, field in in_mind.values_list("need", "solution", "solution__field"):
        solutions.setdefault(key, set()).add((solution, field))
    areas, asked = dict[int, int](), dict[int, tuple[str, Asked]]()
    needs = needs_of_day(day).values_list("pk", "area", "area__code", "field", "size_yen")
    for key, area, code, field, size in needs:
        of_need = solutions.get(key, set())
        areas[key] = area
        asked[key] = (
            code,
            Asked(
                fields=frozenset({field, *(its_field for _solution, its_field in of_need)} - {None}),
                solutions=frozenset(solution for solution, _field in of_need),
                size_yen=size or None,
            ),
        )
    best = match_many(list(asked.values()), day, hour)
    return {key: Standing(areas[key], asked[key][1].fields, state) for key, state in zip(asked, best, strict=True)}


@dataclass(frozen=True, slots=True)
class Cell:
    """Needs of one field in one group of areas, by what open schemes say at best: served, perhaps, not; none: no field."""

    needs: int
    yes: int
    unknown: int
    unmet: int

    def __add__(self, other: Cell) -> Cell:
        return Cell(
            self.needs + other.needs, self.yes + other.yes, self.unknown + other.unknown, self.unmet + other.unmet
        )


NOTHING = Cell(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Unmet:
    """Fields (None: needs without one) × groups of areas, with the sums; a need of two fields is in two rows, once in all."""

    groups: tuple[tuple[str, Any], ...]
    rows: tuple[tuple[Field | None, dict[str, Cell], Cell], ...]
    of_groups: dict[str, Cell]
    all: Cell


@remembered(most=12, of=("areas", "roadmap", "support"))
def unmet(day: date, by: str, hour: Hour = WHOLE_DAY) -> Unmet:
    """Needs that open schemes serve or not, by field and block, prefecture, or ("population") size of area.

    Some 16 queries, while nothing changes none.
    """
    groups, group_of = GROUPED[by]()
    counts: dict[tuple[str | None, str], Counter[str]] = {}
    for each in standings(day, hour).values():
        answer = "unmet" if each.best is None or each.best == State.NO else each.best.value
        for field in (*(each.fields or (None,)), "*"):
            of_cell = counts.setdefault((field, group_of[each.area]), Counter())
            of_cell.update(["needs", answer if each.fields else ""])

    def cell(field: str | None, group: str) -> Cell:
        found = counts.get((field, group), Counter())
        return Cell(found["needs"], found["yes"], found["unknown"], found["unmet"])

    rows: list[tuple[Field | None, dict[str, Cell], Cell]] = []
    for row in (*Field.objects.filter(in_force(day)), None):
        cells = {group: cell(row.key if row else None, group) for group, _label in groups}
        rows.append((row, cells, sum(cells.values(), NOTHING)))
    of_groups = {group: cell("*", group) for group, _label in groups}
    return Unmet(tuple(groups), tuple(rows), of_groups, sum(of_groups.values(), NOTHING))


def unmet_needs(
    day: date, *, by: str, field: str, group: str, user: User, hour: Hour = WHOLE_DAY
) -> list[tuple[Need, State | None]]:
    """The needs behind a cell, or a row, of that table, as far as the user may see them, those not served first.

    `field` "none": needs without one, "all": of whatever field.
    """
    _groups, group_of = GROUPED[by]()
    known = standings(day, hour)
    wanted = [
        key
        for key, each in known.items()
        if (field == "all" or (field in each.fields if field != "none" else not each.fields))
        and (not group or group_of[each.area] == group)
    ]
    found = [(each, known[each.pk].best) for each in needs_visible_to(user).filter(pk__in=wanted)]
    ranks = {None: 0, State.NO: 0, State.UNKNOWN: 1, State.YES: 2}
    return sorted(found, key=lambda row: (ranks[row[1]], -row[0].heard_on.toordinal(), row[0].pk))


Groups = tuple[list[tuple[str, Any]], dict[int, str]]


def _by_block() -> Groups:
    """Blocks in their order, and that of every area (1 query)."""
    areas = list(Area.objects.select_related("block").order_by("block__order", "code"))
    return list({each.block_id: each.block for each in areas}.items()), {each.pk: each.block_id for each in areas}


def _by_prefecture() -> Groups:
    """Prefectures in their order, and that of every area, its own too (1 query)."""
    areas = list(Area.objects.select_related("prefecture").order_by("code"))
    return (
        [(each.code, each) for each in areas if each.is_prefecture],
        {each.pk: each.prefecture.code if each.prefecture else each.code for each in areas},
    )


def _by_population() -> Groups:
    """Sizes of municipality by their lower end, prefectures, and unknown ("none"), and that of every area (1 query)."""
    rows = Area.objects.annotate(people=newest_value(Statistic.Measure.POPULATION))
    found = {}
    for area in rows:
        size = None if area.people is None else max(low for low in (0, *SIZES) if low <= area.people)
        found[area.pk] = "prefecture" if area.is_prefecture else "none" if size is None else str(size)
    order = [*map(str, (0, *SIZES)), "prefecture", "none"]
    there = set(found.values())
    return [(key, key) for key in order if key in there], found


GROUPED: Mapping[str, Callable[[], Groups]] = {
    "block": _by_block,
    "prefecture": _by_prefecture,
    "population": _by_population,
}


def share_class(cell: Cell) -> str:
    """Class of a map: the share of needs that are not met in fifths, `v1` (up to a fifth) to `v5`; none without needs."""
    if not cell.needs:
        return "unknown"
    return f"v{min(int(5 * cell.unmet / cell.needs), 4) + 1}"


def unmet_map(cells: Mapping[str, Cell], labels: Mapping[str, str], *, by: str, link: str) -> tuple[list[MapPart], str]:
    """Outlines of blocks or prefectures by the share of needs not met, and the view box; each leads to its needs (1 query).

    `link` is an address that ends where the group's key belongs.
    """
    level = Shape.Level.BLOCK if by == "block" else Shape.Level.PREFECTURE
    parts, boxes = list[MapPart](), list[Box]()
    shapes = Shape.objects.filter(level__in=[level, *FRAME_LOOKS])
    for its_level, code, path, *box in shapes.values_list("level", "code", "path", "min_x", "min_y", "max_x", "max_y"):
        boxes.append((box[0], box[1], box[2], box[3]))
        if its_level in FRAME_LOOKS:
            parts.append(MapPart(path, FRAME_LOOKS[its_level]))
        elif code in cells:
            cell, numbers = cells[code], {"place": labels[code], "unmet": cells[code].unmet, "needs": cells[code].needs}
            says = gettext("%(place)s：%(needs)s件のうち満たされていないもの%(unmet)s件") % numbers
            url = f"{link}{code}#cell" if cell.needs else ""
            parts.append(MapPart(path, share_class(cell), says, url))
    return parts, view_box(boxes)


def duties(membership: Membership, day: date) -> Iterable[Duty]:
    """Needs of its block that wait for an answer of the bureau, the oldest first (1 query)."""
    if membership.role != Role.BUREAU:
        return []
    waiting = Need.objects.filter(
        area__block=membership.block_id, state=Need.State.OPEN, heard_on__lte=day
    ).select_related("area")
    return [
        Duty(
            gettext_lazy("回答を待つニーズ"),
            f"{each.area}：{each.title}",
            each.address,
            gettext_lazy("合う支援メニューを見て、回答する"),
        )
        for each in waiting.order_by("heard_on", "pk")[:LISTED]
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """What an area answered to a question of a survey in its own words, and the need that was made of it, if any."""

    answer: Answer
    question: Question
    words: str
    need: Need | None = None

    @property
    def address(self) -> str:
        """Where it was said, without mark of language: the place on the page of the answer."""
        return f"{self.answer.address}#q{self.question.pk}"


def said_in(answer: Answer) -> list[Said]:
    """What an answer says in words, in the order of the questions (2 queries)."""
    said = [
        Said(answer, each, words)
        for each in answer.survey.questions.all()
        if (words := str(answer.replies.get(str(each.pk), "")).strip())
    ]
    found = Need.objects.filter(heard_at__in=[each.address for each in said]).exclude(state=Need.State.MERGED)
    of_address = {each.heard_at: each for each in found.order_by("-pk")}
    return [replace(each, need=of_address.get(each.address)) for each in said]
