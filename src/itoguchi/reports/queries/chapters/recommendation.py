"""Chapters on what was recommended and done about it: clauses, threads, points at issue, examples of funding."""

from __future__ import annotations

from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itoguchi.core.documents import Entry, Grid, Listing, Paragraph, Row, Run, Section, Words, compose, place_of, words
from itoguchi.network.models import Action, Clause, NamedBody, Paper, PointAtIssue, Recommendation, Thread, Topic
from itoguchi.network.queries import named_bodies_as_of, papers_until, threads_as_of
from itoguchi.reports.queries.chapter import Chapter, in_words
from itoguchi.reports.queries.figures import Record, counted, figure_as_of, shown_day
from itoguchi.reports.queries.sources import Sources


def said(text: str) -> Run:
    """Words of the record."""
    return Run(text, is_japanese=True)


def recommendation(sources: Sources) -> Chapter:
    """Every clause with its words, and the state of each as of the day."""
    figure = figure_as_of(sources.as_of)
    clauses = [clause for each in sources.recommendations for clause in each.clauses.all()]
    rows = [record_of_clause(each) for each in clauses]
    with_action = [row for row, each in zip(rows, clauses, strict=True) if each.newest]
    figures = (
        figure(
            "clauses",
            _("提言の項目"),
            pgettext("unit", "項目"),
            _("この日までに出された提言の項目の数。節の見出しにあたる項目も一つと数える。"),
            counted(rows),
        ),
        figure(
            "clauses-with-action",
            _("措置の記録がある項目"),
            pgettext("unit", "項目"),
            _("提言の項目のうち、この日までに措置が一つ以上記録されているものの数。"),
            counted(with_action),
        ),
        figure(
            "clauses-without-action",
            _("措置の記録がない項目"),
            pgettext("unit", "項目"),
            _("提言の項目のうち、この日までの措置の記録がないものの数。何もしていないという意味ではない。"),
            counted(row for row in rows if row not in with_action),
        ),
    )
    if not clauses:
        return Chapter(blocks=(_none(_("%(day)sまでに出された提言の記録はない。"), sources),), figures=figures)
    counts = {each.id.replace("-", "_"): in_words(each) for each in figures}
    lead = Paragraph(
        compose(
            _("%(clauses)s項目のうち、%(clauses_with_action)s項目に措置の記録がある（%(day)s現在）。"),
            day=shown_day(sources.as_of),
            **counts,
        )
    )
    sections = [_words_of(each, sources) for each in sources.recommendations]
    state = Section("clause-states", _("措置状況"), (_states(clauses, sources), *_note_on_states(clauses)))
    return Chapter(blocks=(lead,), sections=(*sections, state), figures=figures)


def _words_of(recommendation: Recommendation, sources: Sources) -> Section:
    """The recommendation itself, clause by clause, to the letter."""
    entries = tuple(
        Entry(
            words(
                Run(f"{each.number} ", is_bold=True),
                Run(each.heading, to=each.address, is_japanese=True, is_bold=True),
                sources.mark(record_of_clause(each)),
                "\n",
                said(each.text),
            )
        )
        for each in recommendation.clauses.all()
    )
    held = compose(
        _("%(meeting)s（%(day)s）"),
        meeting=Run(str(recommendation.meeting), to=recommendation.meeting.address),
        day=shown_day(recommendation.meeting.held_on),
    )
    title = recommendation.name
    return Section(place_of(recommendation.address), title, (Paragraph(held), Listing(entries)), is_japanese=True)


def _states(clauses: list[Clause], sources: Sources) -> Grid:
    rows = tuple(
        Row(
            (
                words(Run(each.number), " ", said(each.heading)),
                _actions(each),
                words(Run(each.newest.get_state_display(), is_bold=True) if each.newest else _("記録なし")),
                words(said(each.newest.owner)) if each.newest and each.newest.owner else words(_owner(each)),
            ),
            key=place_of(each.address),
        )
        for each in clauses
    )
    columns = (_("項目"), _("措置の内容（日）"), _("状態"), _("担当"))
    return Grid(_("措置状況（%(day)s現在）") % {"day": shown_day(sources.as_of)}, columns, rows, (3, 6, 1.4, 1.8))


def _owner(clause: Clause) -> str:
    return _("資料に記載なし") if clause.newest else "—"


def _actions(clause: Clause) -> Words:
    if not clause.known_actions:
        return words(_("記録なし"))
    parts: list[str | Run] = []
    for each in clause.known_actions:
        parts += ["\n" if parts else "", said(each.text), _("（%(day)s）") % {"day": shown_day(each.day)}]
    return words(*parts)


def _note_on_states(clauses: list[Clause]) -> tuple[Paragraph, ...]:
    if not any(each.is_derived for clause in clauses for each in clause.known_actions):
        return ()
    return (Paragraph(words(_("状態は、資料の言葉から読み取ったもの。資料は担当を書いていない。")), "note"),)


def record_of_clause(clause: Clause) -> Record:
    """A clause as a row behind a figure, with where it stands."""
    newest = clause.newest
    says = {"number": clause.number, "text": clause.text, "state": newest.state if newest else ""}
    says |= {"owner": newest.owner if newest else "", "actions": "\n".join(map(_told, clause.known_actions))}
    return Record(clause.address, clause.recommendation.since, str(clause), says, is_japanese=True)


def _told(action: Action) -> str:
    return f"{action.day.isoformat()} {action.text}"


def threads(sources: Sources) -> Chapter:
    """The three threads: members to be, jobs, and the bodies that carry them."""
    found, bodies = threads_as_of(sources.as_of), named_bodies_as_of(sources.as_of)
    figure = figure_as_of(sources.as_of)
    rows, named = [record_of_thread(each) for each in found], [record_of_body(each) for each in bodies]
    figures = (
        figure(
            "threads",
            _("総合的な推進体制の糸"),
            pgettext("unit", "本"),
            _("この日までの資料にある、推進体制の糸（縦・横・斜め）の数。"),
            counted(rows),
        ),
        figure(
            "named-bodies",
            _("名のある全国・地域の団体"),
            pgettext("unit", "団体"),
            _("糸を担うものとして、この日までの資料に名がある全国の団体と地域の協議会等の数。"),
            counted(named),
        ),
    )
    sections = [
        Section(
            place_of(each.address),
            each.name,
            (
                Paragraph(words(Run(_("想定参加メンバー："), is_bold=True), said(each.members), sources.mark(row))),
                Listing(tuple(Entry(words(said(line))) for line in each.job_lines)),
                *((Paragraph(words(said(each.note)), "note"),) if each.note else ()),
            ),
            is_japanese=True,
        )
        for each, row in zip(found, rows, strict=True)
    ]
    if bodies:
        entries = tuple(
            Entry(
                words(
                    Run(each.name, is_japanese=True, is_bold=True), f"（{each.get_reach_display()}）", sources.mark(row)
                ),
                (Entry(words(said(f"「{each.quote}」"))),),
                key=place_of(each.address),
            )
            for each, row in zip(bodies, named, strict=True)
        )
        sections.append(Section("bodies", _("名のある全国・地域の団体"), (Listing(entries),)))
    blocks = () if found else (_none(_("%(day)sまでの推進体制の記録はない。"), sources),)
    return Chapter(blocks=blocks, sections=tuple(sections), figures=figures)


def record_of_thread(thread: Thread) -> Record:
    """A thread as a row behind a figure."""
    says = {"members": thread.members, "text": thread.jobs, "notes": thread.note}
    return Record(thread.address, thread.since, thread.name, says, is_japanese=True)


def record_of_body(body: NamedBody) -> Record:
    """A body that is named, as a row behind a figure."""
    return Record(body.address, body.since, body.name, {"text": body.quote}, is_japanese=True)


def points(sources: Sources) -> Chapter:
    """The topics to speed up, each with its points at issue."""
    figure = figure_as_of(sources.as_of)
    rows = [record_of_topic(each) for each in sources.topics]
    asked = {each.pk: record_of_point(each) for topic in sources.topics for each in topic.points.all()}
    figures = (
        figure(
            "topics",
            _("検討を加速すべき事項"),
            pgettext("unit", "事項"),
            _("この日までの提言にある、検討を加速すべき事項の数。"),
            counted(rows),
        ),
        figure(
            "points",
            _("論点"),
            pgettext("unit", "件"),
            _("検討を加速すべき事項について、この日までの資料にある論点の数。"),
            counted(asked.values()),
        ),
    )
    sections = []
    for topic, row in zip(sources.topics, rows, strict=True):
        blocks: list[Paragraph | Listing] = [Paragraph(words(said(topic.text), sources.mark(row)))]
        for heading, group in groupby(topic.points.all(), lambda each: each.heading):
            blocks.append(Paragraph(words(Run(heading, is_japanese=True, is_bold=True))))
            blocks.append(
                Listing(
                    tuple(
                        Entry(words(said(each.text), sources.mark(asked[each.pk])), key=place_of(each.address))
                        for each in group
                    )
                )
            )
        if not topic.points.all():
            blocks.append(Paragraph(words(_("この日までの論点の記録はない。")), "note"))
        sections.append(Section(place_of(topic.address), topic.name, tuple(blocks), is_japanese=True))
    blocks_of_chapter = () if sections else (_none(_("%(day)sまでの記録はない。"), sources),)
    return Chapter(blocks=blocks_of_chapter, sections=tuple(sections), figures=figures)


def record_of_topic(topic: Topic) -> Record:
    """A topic as a row behind a figure."""
    return Record(topic.address, topic.since, topic.name, {"text": topic.text}, is_japanese=True)


def record_of_point(point: PointAtIssue) -> Record:
    """A point at issue as a row behind a figure."""
    says = {"heading": point.heading, "text": point.text}
    return Record(point.address, point.since, point.text[:60], says, is_japanese=True)


def funding(sources: Sources) -> Chapter:
    """Examples of new ways of funding, from the papers of the meetings."""
    papers = papers_until(sources.as_of)
    rows = [record_of_paper(each) for each in papers]
    figures = (
        figure_as_of(sources.as_of)(
            "funding-examples",
            _("新たなファンディング手法の例"),
            pgettext("unit", "件"),
            _("この日までの会合に提出された資料のうち、新たなファンディング手法の例を示すものの数。"),
            counted(rows),
        ),
    )
    if not papers:
        return Chapter(blocks=(_none(_("%(day)sまでの記録はない。"), sources),), figures=figures)
    introductions = dict.fromkeys(each.introduction for each in papers if each.introduction)
    sections = tuple(
        Section(
            place_of(each.address),
            each.theme,
            (
                Paragraph(words(Run(each.title, is_japanese=True, is_bold=True), sources.mark(row))),
                *((Paragraph(words(said(each.text))),) if each.text else ()),
                Paragraph(
                    compose(
                        _("%(source)s（%(meeting)s）"),
                        source=said(each.source),
                        meeting=Run(str(each.meeting), to=each.meeting.address),
                    ),
                    "note",
                ),
            ),
            is_japanese=True,
        )
        for each, row in zip(papers, rows, strict=True)
    )
    return Chapter(
        blocks=tuple(Paragraph(words(said(text))) for text in introductions), sections=sections, figures=figures
    )


def record_of_paper(paper: Paper) -> Record:
    """A paper as a row behind a figure."""
    says = {"text": paper.text, "provider": paper.provider, "source": paper.source}
    return Record(paper.address, paper.since, f"{paper.theme} {paper.title}", says, is_japanese=True)


def _none(text: str, sources: Sources) -> Paragraph:
    return Paragraph(words(text % {"day": shown_day(sources.as_of)}))
