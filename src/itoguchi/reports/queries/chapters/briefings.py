"""Chapters on the briefings: how often and where, the table of all, the maps of both layers, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.areas.models import Area, Block
from itoguchi.core.documents import (
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Row,
    Run,
    Section,
    compose,
    place_of,
    words,
)
from itoguchi.core.maps import draw_map
from itoguchi.network.queries import DAY_OF_SOURCE
from itoguchi.outreach.models import Briefing, Rule
from itoguchi.outreach.queries import Coverage, coverage_map_parts, rules_with_counts
from itoguchi.reports.queries.chapter import Chapter, in_words
from itoguchi.reports.queries.figures import Figure, Item, Record, counted, figure_as_of, shown_day
from itoguchi.reports.queries.sources import Sources


def briefings(sources: Sources) -> Chapter:
    """What was held up to the day, row by row, and by which rules it counts."""
    done = sources.coverage
    figures = {each.id: each for each in (*figures_of_briefings(done), *figures_of_places(done))}
    counts = {key.replace("-", "_"): in_words(figure) for key, figure in figures.items()}
    day = shown_day(done.as_of)
    if done.held:
        text = _(
            "%(first_day)sより開始し、%(prefectures)sの都道府県、%(blocks)sの地域ブロック等に対して、合計%(briefings)s回の"
            "説明会等を開催済（%(day)s現在）。うち全国を対象とするものは%(nationwide)s回、最後の開催は%(last_day)s。"
        )
    else:
        text = _("%(day)sまでの開催の記録はない（%(briefings)s回）。")
    rules = tuple(
        Entry(words(Run(rule.number, is_bold=True), f" {rule.label}", _("（%(count)s回）") % {"count": count}))
        for rule, count in rules_with_counts(done.held)
    )
    sections = (
        Section(
            "briefing-rules",
            _("数え方の規則"),
            (
                Listing(rules),
                Paragraph(words(_("［読み取り］：題名には書かれておらず、規則から読み取ったもの。")), "note"),
            ),
        ),
    )
    table = (_table(sources, done.held),) if done.held else ()
    return Chapter(
        blocks=(
            Paragraph(compose(text, day=day, **counts)),
            *(_quotes() if done.as_of >= DAY_OF_SOURCE else ()),
            *table,
        ),
        sections=sections if done.held else (),
        figures=figures_of_briefings(done),
    )


def places_reached(sources: Sources) -> Chapter:
    """The two maps, and the prefectures and blocks that are left."""
    done = sources.coverage
    figures = figures_of_places(done)
    counts = {each.id: str(each.value) for each in figures}
    maps = []
    for layer, caption in (
        ("prefecture", _("都道府県単位説明会等実施済み地域")),
        ("block", _("地域ブロック単位説明会等実施済み地域")),
    ):
        parts, box = coverage_map_parts(done, layer, sources.shapes, None)
        key = f"{layer}s"
        says = _("%(caption)sの地図。実施済み%(done)s、まだ%(left)s。名前は下の表にあります。") % {
            "caption": caption,
            "done": counts[key],
            "left": counts[f"{key}-not-yet"],
        }
        legend = (
            ("done", _("実施済み（%(count)s）") % {"count": counts[key]}),
            ("none", _("まだ（%(count)s）") % {"count": counts[f"{key}-not-yet"]}),
        )
        maps.append(Picture(str(draw_map(parts, box=box, says=says)), caption, says, legend))
    return Chapter(blocks=tuple(maps), figures=figures)


def _quotes() -> tuple[Paragraph, ...]:
    """The document's own sentences, beside which ours can be read."""
    return (
        Paragraph(
            words(
                Run(
                    "「地域IoT実装推進に関する地方自治体向け説明会等の開催（本年1月24日～）」「ロードマップへの理解醸成、推進体制への参加、地域におけるIoT実装等を後押しするため、1月24日以降、"
                    "都道府県・市町村を対象とする説明会等を開催。」",
                    is_japanese=True,
                )
            ),
            "quote",
        ),
        Paragraph(
            words(
                Run(
                    "「本年1月20日より地域IoT実装推進に関する地方自治体向け説明会等を開始。」「19の県、11の地域ブロック等に"
                    "対して合計33回の説明会を開催済。(平成29年3月24日現在)」「⇒4月以降も順次開催」",
                    is_japanese=True,
                )
            ),
            "quote",
        ),
        Paragraph(
            words(
                _(
                    "上の二つは資料の言葉（平成29年3月24日、事務局）。「県」には北海道を含む。始まりの日は二つ書かれている："
                    "記録では、最初の会は1月20日（地域ブロックに数える）、都道府県に数える最初の会は1月24日。"
                )
            ),
            "note",
        ),
    )


def _table(sources: Sources, held: Sequence[Briefing]) -> Grid:
    rows = []
    for each in held:
        record = record_of(each)
        rows.append(
            Row(
                (
                    words(shown_day(each.day), sources.mark(record)),
                    words(Run(each.place, is_japanese=True)),
                    words(
                        Run(each.title, to=each.address, is_japanese=True),
                        *(Run(f"\n{note}", is_japanese=True) for note in each.note_lines),
                    ),
                    words(f"{each.counts_for} {each.rule_number}"),
                ),
                key=place_of(each.address),
            )
        )
    columns = (_("開催日"), _("開催箇所"), _("開催概要"), _("数える範囲（規則）"))
    return Grid(_("説明会等開催状況"), columns, tuple(rows), (3, 2.4, 5, 3))


def record_of(briefing: Briefing) -> Record:
    """A briefing as a row behind a figure."""
    places = ["nation"] if briefing.is_nationwide else []
    places += [each.block_id for each in briefing.for_blocks] + [each.area.code for each in briefing.for_prefectures]
    says = {
        "day": briefing.day.isoformat(),
        "place": briefing.place,
        "notes": briefing.notes,
        "counts_for": " ".join(places),
        "rule": briefing.rule,
    }
    return Record(
        briefing.address,
        briefing.day,
        briefing.title,
        says,
        Rule(briefing.rule),
        is_japanese=True,
        order=briefing.order,
    )


def figures_of_briefings(done: Coverage) -> tuple[Figure, ...]:
    """How many were held, how many for the nation, from when to when."""
    figure = figure_as_of(done.as_of)
    return (
        figure(
            "briefings",
            _("説明会等"),
            pgettext("briefings", "回"),
            _("この日までに開催済となった説明会等の回数。予定と中止は数えない。"),
            _counted(done.held),
        ),
        figure(
            "nationwide",
            _("全国を対象とする説明会等"),
            pgettext("briefings", "回"),
            _("この日までに開催済の説明会等のうち、全国の団体・府省・連合体の会の回数。地域には数えない。"),
            _counted(done.of_nation),
            rules=(Rule.NATIONWIDE,),
        ),
        figure(
            "first-day",
            _("最初の説明会等の日"),
            "",
            _(
                "この日までに開催済の説明会等のうち、最初のものの開催日。資料には「1月20日より」と「1月24日以降」の二つの書き方がある。"
            ),
            _counted(each for each in done.held if each.day == done.first),
            value=done.first,
        ),
        figure(
            "last-day",
            _("最後の説明会等の日"),
            "",
            _("この日までに開催済の説明会等のうち、最後のものの開催日。"),
            _counted(each for each in done.held if each.day == done.last),
            value=done.last,
        ),
    )


def figures_of_places(done: Coverage) -> tuple[Figure, ...]:
    """Which places were reached, and which are left."""
    areas = {area.code: area for area in done.all_prefectures}
    blocks = {block.key: block for block in done.all_blocks}
    figure = figure_as_of(done.as_of)
    return (
        figure(
            "prefectures",
            _("説明会を実施した都道府県"),
            pgettext("unit", "都道府県"),
            _(
                "この日までに開催済の説明会等のうち、都道府県に数えるものがある都道府県の数。同じ都道府県は一度だけ数える。資料のいう「県」には北海道を含む。"
            ),
            [
                Item(str(areas[code]), f"/areas/{code}", tuple(map(record_of, found)))
                for code, found in done.of_prefecture.items()
            ],
            rules=(Rule.PREFECTURE_BRIEFING, Rule.BOTH_IN_TITLE, Rule.ONE_PREFECTURE_BLOCK, Rule.STATED),
        ),
        figure(
            "blocks",
            _("説明会を実施した地域ブロック"),
            pgettext("unit", "地域ブロック"),
            _(
                "この日までに開催済の説明会等のうち、地域ブロックに数えるものがある地域ブロックの数。同じブロックは一度だけ数える。"
            ),
            [
                Item(str(blocks[key]), f"/areas/blocks/{key}", tuple(map(record_of, found)))
                for key, found in done.of_block.items()
            ],
            rules=(Rule.BLOCK_SEMINAR, Rule.BLOCK_COUNCIL, Rule.BOTH_IN_TITLE, Rule.ONE_PREFECTURE_BLOCK, Rule.STATED),
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
            [_place(block, f"/areas/blocks/{key}") for key, block in blocks.items() if key not in done.of_block],
        ),
    )


def _counted(found: Iterable[Briefing]) -> list[Item]:
    return counted(map(record_of, found))


def _place(place: Area | Block, address: str) -> Item:
    """A place that is counted because no row names it: it stands for itself."""
    return Item(str(place), address, (Record(address, None, str(place)),))
