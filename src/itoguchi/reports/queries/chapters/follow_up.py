"""Chapters on the follow-up: how each KPI stands and what is done where one is late; how far solutions have spread."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.core.documents import Block, Grid, Paragraph, Row, Run, Section, place_of, words
from itoguchi.reports.queries.chapter import Chapter
from itoguchi.reports.queries.figures import Record, counted, figure_as_of, shown_day
from itoguchi.reports.queries.sources import Sources
from itoguchi.roadmap.models import Remedy, State
from itoguchi.roadmap.queries import Followed, followed, spread


def follow_up(sources: Sources) -> Chapter:
    """Every published KPI on the day, late and missed ones first."""
    day = sources.as_of
    found = followed(day)
    asking = [each for each in found if each.asks]
    remedies = [row.remedy for each in found for row in each.expectations]
    figure = figure_as_of(day)
    figures = (
        figure(
            "kpis",
            _("公表されたKPI"),
            pgettext("unit", "件"),
            _("この日までに、名称が公表されているKPIの数。"),
            counted(record_of_kpi(each) for each in found),
        ),
        figure(
            "kpis-asking",
            _("遅れ・未達のKPI"),
            pgettext("unit", "件"),
            _("この日の実績値と見通しで、目標に遅れている、または期限までに届かなかったKPIの数。"),
            counted(record_of_kpi(each) for each in asking),
        ),
        figure(
            "kpis-unanswered",
            _("改善策がまだないKPI"),
            pgettext("unit", "件"),
            _("遅れ・未達のKPIのうち、この日までに改善策が記録されていないものの数。"),
            counted(record_of_kpi(each) for each in asking if each.is_unanswered),
        ),
        figure(
            "remedies",
            _("記録された改善策"),
            pgettext("unit", "件"),
            _("遅れ・未達のKPIについて、この日までに記録された改善策の数。"),
            counted(record_of_remedy(each) for each in remedies),
        ),
    )
    if not found:
        text = _("%(day)sまでに定められたKPIの記録はない。") % {"day": shown_day(day)}
        return Chapter(blocks=(Paragraph(words(text)),), figures=figures)
    sections = (_remedies(found, sources),) if remedies else ()
    return Chapter(blocks=(_standings(found, sources),), sections=sections, figures=figures)


def _standings(found: list[Followed], sources: Sources) -> Block:
    rows = []
    for each in found:
        kpi, record = each.kpi, record_of_kpi(each)
        rows.append(
            Row(
                (
                    words(Run(str(kpi), to=kpi.address, is_japanese=True), sources.mark(record)),
                    words(f"{kpi.target}（{kpi.target.when}）" if kpi.target else _("公表値なし")),
                    words(f"{kpi.newest}（{kpi.newest.when}）" if kpi.newest else _("公表値なし")),
                    words(str(State(each.standing.state).label)),
                ),
                key=place_of(kpi.address),
            )
        )
    return Grid(_("KPIの状況"), (_("KPI"), _("目標"), _("最新の実績値"), _("状況")), tuple(rows), (5, 2.5, 2.5, 1.5))


def _remedies(found: list[Followed], sources: Sources) -> Section:
    rows = []
    for each in found:
        for row in each.expectations:
            remedy, record = row.remedy, record_of_remedy(row.remedy)
            actual = str(row.actual) if row.actual else "—"
            rows.append(
                Row(
                    (
                        words(Run(str(each.kpi), is_japanese=True)),
                        words(Run(remedy.text, is_japanese=True), sources.mark(record)),
                        words(Run(remedy.by_whom, is_japanese=True), f" {shown_day(remedy.due_on)}"),
                        words(f"{row.expected or '—'} / {actual}"),
                    ),
                    key=place_of(record.address),
                )
            )
    columns = (_("KPI"), _("改善策"), _("だれが・いつまでに"), _("見込み / 実際"))
    return Section("follow-up-remedies", _("改善策"), (Grid(_("改善策"), columns, tuple(rows), (3, 4, 3, 2)),))


def how_far(sources: Sources) -> Chapter:
    """How many areas run each solution; the areas are on the page of each solution."""
    day = sources.as_of
    found = spread(day)
    if not found:
        return Chapter(blocks=(Paragraph(words(_("%(day)sまでの版はない。") % {"day": shown_day(day)})),))
    rows = []
    for each, tally in found:
        share = "—" if tally.running_share is None else f"{tally.running_share} %"
        name = Run(each.name, to=f"{each.address}/places?as_of={day.isoformat()}", is_japanese=True)
        rows.append(Row((words(name), *map(words, (str(tally.running), share, str(tally.unanswered))))))
    note = _(
        "時点：%(day)s。団体が記録した段階が実装以上の団体の数。割合の母数は、対象外の団体を除き、未回答の団体を含む。"
    ) % {"day": shown_day(day)}
    columns = (_("分野別モデル"), _("実装・横展開"), _("割合"), _("未回答"))
    grid = Grid(_("どこまで広がったか"), columns, tuple(rows), (5, 2, 2, 2), frozenset({1, 2, 3}))
    return Chapter(blocks=(Paragraph(words(note), "note"), grid))


def record_of_kpi(each: Followed) -> Record:
    """A KPI as a row behind a figure."""
    kpi = each.kpi
    says = {
        "state": str(each.standing.state),
        "value": str(kpi.newest.value) if kpi.newest else "",
        "target": str(kpi.target.value) if kpi.target else "",
    }
    return Record(kpi.address, kpi.known_since, kpi.name, says, is_japanese=True)


def record_of_remedy(remedy: Remedy) -> Record:
    """A remedy as a row behind a figure."""
    says = {"by_whom": remedy.by_whom, "due_on": remedy.due_on.isoformat(), "expected": str(remedy.expected or "")}
    return Record(remedy.address, remedy.recorded_on, remedy.text, says, is_japanese=True)
