"""The status report as of a day: its figures, each with definition and the records behind it, and its chapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.areas.models import Area, Block
from itoguchi.core.maps import draw_map
from itoguchi.network.models import Body, Meeting
from itoguchi.network.queries import bodies, meetings_until
from itoguchi.outreach.models import Briefing, Rule
from itoguchi.outreach.queries import Coverage, coverage, coverage_map_parts, rules_with_counts, shapes_of_maps

# Ids of figures that belong to a body, by the body's key; a new body gets its own id.
ID_OF_BODY = {"task-force": "task-force-meetings", "literacy-subcommittee": "subcommittee-meetings"}


@dataclass(frozen=True, slots=True)
class Record:
    """A row behind a figure: where it stands, when it was, what it is called, by which rule it counts."""

    address: str
    day: date | None
    title: str
    rule: Rule | None = None
    is_japanese: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One of the things that a figure counts (a prefecture, a meeting …), with the rows that put it there."""

    name: str
    address: str
    records: tuple[Record, ...]
    is_japanese: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or day of the report that explains itself; `value` is None when nothing is on record."""

    id: str
    label: str
    value: int | date | None
    unit: str
    definition: str
    as_of: date
    items: tuple[Item, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def records(self) -> list[str]:
        """Addresses of the rows behind it, each once, in order of day."""
        rows = {record.address: record for item in self.items for record in item.records}
        return [
            row.address
            for row in sorted(rows.values(), key=lambda row: (row.day or self.as_of, row.order, row.address))
        ]

    @property
    def is_day(self) -> bool:
        return self.unit == ""

    @property
    def written(self) -> str:
        """The value as files carry it."""
        return self.value.isoformat() if isinstance(self.value, date) else "" if self.value is None else str(self.value)

    def as_data(self) -> dict[str, Any]:
        """What `figures.json` says of it."""
        return {
            "id": self.id,
            "value": self.value.isoformat() if isinstance(self.value, date) else self.value,
            "unit": self.unit,
            "definition": self.definition,
            "as_of": self.as_of.isoformat(),
            "records": self.records,
        }


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What is known now about a day: meetings up to it, briefings up to it, and all figures by id."""

    as_of: date
    meetings: tuple[tuple[Body, tuple[Meeting, ...]], ...]
    coverage: Coverage
    rules: tuple[tuple[Rule, int], ...]
    figures: dict[str, Figure]

    @property
    def chapters(self) -> list[tuple[Body, tuple[Meeting, ...], str]]:
        """Each body with its meetings and the id of their figure."""
        return [(body, held, id_of_body(body)) for body, held in self.meetings]

    @property
    def is_empty(self) -> bool:
        return not self.coverage.held and not any(meetings for _body, meetings in self.meetings)


def status_report(as_of: date) -> StatusReport:
    """The report as of a day, in the language of the moment (8 queries)."""
    found = meetings_until(as_of)
    done = coverage(as_of)
    meetings = tuple((body, tuple(each for each in found if each.body_id == body.pk)) for body in bodies())
    figures = [*(figure_of_body(body, held, as_of) for body, held in meetings), *figures_of_coverage(done)]
    return StatusReport(
        as_of, meetings, done, tuple(rules_with_counts(done.held)), {figure.id: figure for figure in figures}
    )


def id_of_body(body: Body) -> str:
    """Id of the figure that counts a body's meetings."""
    return ID_OF_BODY.get(body.key, f"{body.key}-meetings")


def figure_of_body(body: Body, held: Sequence[Meeting], as_of: date) -> Figure:
    """How often a body has met."""
    return Figure(
        id=id_of_body(body),
        label=_("%(kind)sの会合") % {"kind": body.get_kind_display()},
        value=len(held),
        unit=pgettext("meetings", "回"),
        definition=_("この日までに開催された、%(kind)s（%(body)s）の会合の回数。")
        % {"kind": body.get_kind_display(), "body": body.name},
        as_of=as_of,
        items=tuple(Item(str(each), each.address, (Record(each.address, each.held_on, str(each)),)) for each in held),
    )


def figures_of_coverage(done: Coverage) -> list[Figure]:
    """How far the briefings have reached: how many, which places, from when to when, what is left."""
    areas = {area.code: area for area in done.all_prefectures}
    blocks = {block.key: block for block in done.all_blocks}
    reached = [
        Item(str(areas[code]), f"/areas/{code}", records_of(found)) for code, found in done.of_prefecture.items()
    ]
    reached_blocks = [
        Item(str(blocks[key]), block_address(key), records_of(found)) for key, found in done.of_block.items()
    ]
    missing_blocks = [_place(block, block_address(key)) for key, block in blocks.items() if key not in done.of_block]
    figure = _figure_as_of(done.as_of)
    return [
        figure(
            "briefings",
            _("説明会等"),
            pgettext("briefings", "回"),
            _("この日までに開催済となった説明会等の回数。予定と中止は数えない。"),
            _briefing_items(done.held),
        ),
        figure(
            "prefectures",
            _("説明会を実施した都道府県"),
            pgettext("unit", "都道府県"),
            _(
                "この日までに開催済の説明会等のうち、都道府県に数えるものがある都道府県の数。同じ都道府県は一度だけ数える。資料のいう「県」には北海道を含む。"
            ),
            reached,
            rules=(Rule.PREFECTURE_BRIEFING, Rule.BOTH_IN_TITLE, Rule.ONE_PREFECTURE_BLOCK),
        ),
        figure(
            "blocks",
            _("説明会を実施した地域ブロック"),
            pgettext("unit", "地域ブロック"),
            _(
                "この日までに開催済の説明会等のうち、地域ブロックに数えるものがある地域ブロックの数。同じブロックは一度だけ数える。"
            ),
            reached_blocks,
            rules=(Rule.BLOCK_SEMINAR, Rule.BLOCK_COUNCIL, Rule.BOTH_IN_TITLE, Rule.ONE_PREFECTURE_BLOCK),
        ),
        figure(
            "nationwide",
            _("全国を対象とする説明会等"),
            pgettext("briefings", "回"),
            _("この日までに開催済の説明会等のうち、全国の団体・府省・連合体の会の回数。地域には数えない。"),
            _briefing_items(done.of_nation),
            rules=(Rule.NATIONWIDE,),
        ),
        figure(
            "first-day",
            _("最初の説明会等の日"),
            "",
            _(
                "この日までに開催済の説明会等のうち、最初のものの開催日。資料には「1月20日より」と「1月24日以降」の二つの書き方がある。"
            ),
            _briefing_items(each for each in done.held if each.day == done.first),
            value=done.first,
        ),
        figure(
            "last-day",
            _("最後の説明会等の日"),
            "",
            _("この日までに開催済の説明会等のうち、最後のものの開催日。"),
            _briefing_items(each for each in done.held if each.day == done.last),
            value=done.last,
        ),
        figure(
            "prefectures-not-yet",
            _("都道府県単位の説明会がまだの都道府県"),
            pgettext("unit", "都道府県"),
            _("都道府県に数える開催済の説明会等が、この日までに一つもない都道府県の数。"),
            [_place(gap.prefecture, f"/areas/{gap.prefecture.code}") for gap in done.gaps],
        ),
        figure(
            "blocks-not-yet",
            _("地域ブロック単位の説明会がまだの地域ブロック"),
            pgettext("unit", "地域ブロック"),
            _("地域ブロックに数える開催済の説明会等が、この日までに一つもない地域ブロックの数。"),
            missing_blocks,
        ),
    ]


def block_address(key: str) -> str:
    """Lasting address of a block without mark of language."""
    return f"/areas/blocks/{key}"


def records_of(briefings: Iterable[Briefing]) -> tuple[Record, ...]:
    """Briefings as rows behind a figure."""
    return tuple(
        Record(each.address, each.day, each.title, Rule(each.rule), is_japanese=True, order=each.order)
        for each in briefings
    )


def ledger(report: StatusReport) -> list[dict[str, Any]]:
    """What `figures.json` holds: every figure, in order of id."""
    return [figure.as_data() for _id, figure in sorted(report.figures.items())]


def maps_of(
    report: StatusReport, link: Callable[[str], str] | None = None, link_of_block: Callable[[str], str] | None = None
) -> dict[str, SafeString]:
    """The drawn maps of both layers, without links unless they are asked for (1 query)."""
    shapes = shapes_of_maps()
    drawn = {}
    for layer, says, lead in (
        ("prefecture", _("都道府県単位説明会等実施済み地域の地図"), link),
        ("block", _("地域ブロック単位説明会等実施済み地域の地図"), link_of_block),
    ):
        parts, box = coverage_map_parts(report.coverage, layer, shapes, lead)
        drawn[layer] = draw_map(parts, box=box, says=says)
    return drawn


def _figure_as_of(as_of: date) -> Callable[..., Figure]:
    def figure(
        key: str,
        label: str,
        unit: str,
        definition: str,
        items: Iterable[Item],
        *,
        rules: tuple[Rule, ...] = (),
        value: date | None = None,
    ) -> Figure:
        """A figure that counts its items, unless it is a day."""
        found = tuple(items)
        return Figure(key, label, len(found) if unit else value, unit, definition, as_of, found, rules)

    return figure


def _briefing_items(briefings: Iterable[Briefing]) -> list[Item]:
    return [Item(each.title, each.address, records_of([each]), is_japanese=True) for each in briefings]


def _place(place: Area | Block, address: str) -> Item:
    """A place that is counted because no row names it: it stands for itself."""
    return Item(str(place), address, (Record(address, None, str(place)),))


def newest_day_until(day: date) -> date | None:
    """The last day up to `day` on which a briefing or meeting took place (2 queries)."""
    held = (
        Briefing.objects.filter(state=Briefing.State.HELD, day__lte=day).order_by("-day").values_list("day", flat=True)
    )
    met = Meeting.objects.filter(held_on__lte=day).order_by("-held_on").values_list("held_on", flat=True)
    return max([*held[:1], *met[:1]], default=None)
