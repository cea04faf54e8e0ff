"""Briefings as files: the columns of イベント一覧 and events of a calendar, written so that they come back unchanged.

What neither has a place for (what a briefing counts for, rule, state, reason, source) stands in 備考, readable for
people: `数える範囲：石川県、北陸ブロック［読み取り］｜規則：§2｜状態：開催済｜理由：…｜出典：…`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import CODE_WEIGHTS, Area, Block, check_digit
from itoguchi.core import exports
from itoguchi.core.events import Event
from itoguchi.core.exports import MISSING_IN_CP932
from itoguchi.core.imports import Column, ImportRefused, Problem, Row, Sheet, Unreadable, day, parse_rows, text
from itoguchi.core.wording import say
from itoguchi.outreach.actions import Facts, check, facts_of, facts_with
from itoguchi.outreach.models import Briefing, Rule

# Columns of the recommended data set in its order; those marked required by it are in REQUIRED.
COLUMNS = (
    *("都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "イベント名", "イベント名_カナ", "イベント名_英語"),
    *("開始日", "終了日", "開始時間", "終了時間", "開始日時特記事項", "説明", "料金(基本)", "料金(詳細)", "連絡先名称"),
    *("連絡先電話番号", "連絡先内線番号", "主催者", "場所名称", "住所", "方書", "緯度", "経度", "アクセス方法", "駐車場情報"),
    *("定員", "参加申込終了日", "参加申込終了時間", "参加申込方法", "URL", "備考"),
)  # fmt: skip
REQUIRED = ("イベント名", "イベント名_カナ", "開始日", "終了日", "開始時間", "終了時間", "説明", "場所名称", "住所")
STATES = {"予定": Briefing.State.PLANNED, "開催済": Briefing.State.HELD, "中止": Briefing.State.CANCELLED}
WORD_OF_STATE = {state: word for word, state in STATES.items()}
DERIVED, NATION, BLOCK = "［読み取り］", "全国", "ブロック"
CALENDAR_STATES = {
    Briefing.State.PLANNED: "TENTATIVE",
    Briefing.State.HELD: "CONFIRMED",
    Briefing.State.CANCELLED: "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What a row or an event says: of which briefing (None: a new one), its facts, its state."""

    row: int
    briefing: Briefing | None
    facts: Facts
    state: Briefing.State

    @property
    def is_same(self) -> bool:
        return bool(self.briefing) and self.before == self.facts and self.briefing.state == self.state  # type: ignore[union-attr]

    @property
    def before(self) -> Facts | None:
        return known_facts(self.briefing) if self.briefing else None

    @property
    def differences(self) -> list[tuple[Any, str, str]]:
        """Label, before and after of everything that would change."""
        if self.briefing is None or self.before is None:
            return []
        was, now = _said(self.before), _said(self.facts)
        was["state"], now["state"] = WORD_OF_STATE[Briefing.State(self.briefing.state)], WORD_OF_STATE[self.state]
        return [(LABELS[name], was[name], now[name]) for name in was if was[name] != now[name]]


LABELS = {
    "day": _("開催日"),
    "place": _("開催箇所"),
    "title": _("開催概要"),
    "prefecture": _("開催した都道府県"),
    "notes": _("参加者・説明者"),
    "counts_for": _("数える範囲"),
    "rule": _("数え方の規則"),
    "reason": _("読み取りの理由"),
    "source": _("出典"),
    "state": _("状態"),
}


def _said(facts: Facts) -> dict[str, str]:
    return {
        "day": facts.day.isoformat(),
        "place": facts.place,
        "title": facts.title,
        "prefecture": facts.prefecture.name if facts.prefecture else "",
        "notes": facts.notes,
        "counts_for": counts_for(facts),
        "rule": facts.rule.number,
        "reason": facts.reason,
        "source": facts.source,
    }


def known_facts(briefing: Briefing) -> Facts:
    """As `actions.facts_of`, from what is at hand already (no query)."""
    if "for_prefectures" not in briefing.__dict__:
        return facts_of(briefing)
    return facts_with(briefing, briefing.for_prefectures, briefing.for_blocks)


def counts_for(facts: Facts) -> str:
    """`全国`, or `北陸ブロック、石川県［読み取り］`, in Japanese whatever the language of the moment."""
    if facts.is_nationwide:
        return NATION
    names = [(f"{each.name}{BLOCK}", each in facts.derived) for each in sorted(facts.blocks, key=lambda b: b.order)]
    names += [(each.name, each in facts.derived) for each in sorted(facts.prefectures, key=lambda a: a.code)]
    return "、".join(name + DERIVED if is_derived else name for name, is_derived in names)


def remarks_of(facts: Facts, state: Briefing.State) -> str:
    """備考 of a briefing."""
    parts = [
        ("数える範囲", counts_for(facts)),
        ("規則", facts.rule.number),
        ("状態", WORD_OF_STATE[state]),
        ("理由", facts.reason),
        ("出典", facts.source),
    ]
    return "｜".join(f"{name}：{_kept(value)}" for name, value in parts if value)


def _kept(value: str) -> str:
    return value.replace("\\", "\\\\").replace("｜", "\\｜")


def read_remarks(written: str) -> dict[str, str]:
    """The named parts of 備考; words that belong to no part are left aside.

    >>> read_remarks("数える範囲：全国｜理由：a\\\\｜b")
    {'数える範囲': '全国', '理由': 'a｜b'}
    """
    parts = {}
    for part in re.findall(r"(?:[^\\｜]|\\.)+", written, re.S):
        name, colon, value = part.partition("：")
        if colon:
            parts[name.strip()] = re.sub(r"\\(.)", r"\1", value, flags=re.S).strip()
    return parts


def table_of(found: Sequence[Briefing], site: str) -> exports.Table:
    """Briefings in the columns of イベント一覧; what is not known stays empty."""
    rows = []
    for number, each in enumerate(found, start=1):
        facts = known_facts(each)
        cells = {
            "都道府県コード又は市区町村コード": facts.prefecture.code if facts.prefecture else "",
            "NO": number,
            "都道府県名": facts.prefecture.name if facts.prefecture else "",
            "イベント名": facts.title,
            "開始日": facts.day,
            "終了日": facts.day,
            "説明": facts.notes,
            "場所名称": facts.place,
            "URL": site + each.address,
            "備考": remarks_of(facts, Briefing.State(each.state)),
        }
        rows.append([cells.get(name, "") for name in COLUMNS])
    return exports.Table(columns=[(name, name) for name in COLUMNS], rows=rows, title="イベント一覧")


def unknown_items(found: Iterable[Briefing]) -> list[tuple[str, int]]:
    """Required items of the standard, each with the number of briefings for which it is not known."""
    counts = dict.fromkeys(REQUIRED, 0)
    for each in found:
        for name in ("イベント名_カナ", "開始時間", "終了時間", "住所"):
            counts[name] += 1
        counts["説明"] += not each.notes
    return [(name, count) for name, count in counts.items() if count]


def event_of(briefing: Briefing, changed: tuple[datetime, int], site: str) -> Event:
    """A briefing on a calendar."""
    facts, state = known_facts(briefing), Briefing.State(briefing.state)
    more = {"X-ITOGUCHI-REMARKS": remarks_of(facts, state)}
    if facts.prefecture:
        more["X-ITOGUCHI-PREFECTURE"] = facts.prefecture.code
    return Event(
        uid=f"briefings/{briefing.slug}@itoguchi",
        start=facts.day,
        summary=facts.title,
        location=facts.place,
        description=facts.notes,
        url=site + briefing.address,
        status=CALENDAR_STATES[state],
        changed_at=changed[0],
        changes=changed[1],
        more=more,
    )


def _code() -> Any:
    """A code of a prefecture or municipality with its right check digit."""

    def parse(written: str) -> str:
        code = re.sub(r"\D", "", written.translate(str.maketrans("０１２３４５６７８９", "0123456789")))
        if len(code) == len(CODE_WEIGHTS):
            code = "0" + code  # Excel takes the first 0 away
        if len(code) != 6 or check_digit(code[:5]) != code[5]:
            raise Unreadable(
                say(_("「%(text)s」は団体コードではありません（検査数字が合いません）。"), text=written[:40]),
                _("6桁の団体コード（例：260002）にしてください。なければ空欄にします。"),
            )
        return code

    return parse


READ = (
    Column("code", COLUMNS[0], "code", _code(), required=False),
    Column("number", "NO", "NO", text(20), required=False),
    Column("prefecture", "都道府県名", "prefecture", text(10), required=False),
    Column("title", "イベント名", "title", text(200)),
    Column("day", "開始日", "first day", day()),
    Column("last", "終了日", "last day", day(), required=False),
    Column("notes", "説明", "description", text(2000), required=False),
    Column("place", "場所名称", "place", text(100)),
    Column("url", "URL", "URL", text(300), required=False),
    Column("remarks", "備考", "remarks", text(5000), required=False),
)


@dataclass(frozen=True, slots=True)
class Records:
    """What files are read beside: briefings by address, prefectures and blocks by name and code, today."""

    briefings: Mapping[str, Briefing]
    areas: Mapping[str, Area]
    blocks: Mapping[str, Block]
    today: date

    @classmethod
    def of(cls, briefings: Iterable[Briefing], prefectures: Iterable[Area], today: date) -> Records:
        """Gathered from rows at hand."""
        areas = list(prefectures)
        return cls(
            {each.slug: each for each in briefings},
            {key: area for area in areas for key in (area.code, area.name)},
            {f"{area.block.name}{BLOCK}": area.block for area in areas},
            today,
        )


def read_event_list(sheet: Sheet, records: Records) -> list[Given]:
    """Rows of イベント一覧; raises ImportRefused with every problem of every row."""
    rows = parse_rows(sheet, READ, one_row_per=["number"] if _has_numbers(sheet) else ())
    problems: list[Problem] = []
    found = [_given(_of_row(row), row.number, row.headers, records, problems) for row in rows]
    return _all_or_nothing(found, problems)


def _has_numbers(sheet: Sheet) -> bool:
    return any(name.strip().upper() in {"NO", "ＮＯ"} for name in sheet.header)


def read_events(events: Sequence[Event], records: Records) -> list[Given]:
    """Events of a calendar, under the same rules; the row is the place of the event."""
    problems: list[Problem] = []
    found = []
    for number, event in enumerate(events, start=1):
        start = event.start.date() if isinstance(event.start, datetime) else event.start
        values = {
            "code": event.more.get("X-ITOGUCHI-PREFECTURE"),
            "prefecture": None,
            "title": event.summary,
            "day": start,
            "last": None,
            "notes": event.description,
            "place": event.location,
            "url": event.url,
            "remarks": event.more.get("X-ITOGUCHI-REMARKS", ""),
        }
        found.append(_given(values, number, {}, records, problems))
    return _all_or_nothing(found, problems)


def _of_row(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.values.items() if name != "number"}


def _all_or_nothing(found: Sequence[Given | None], problems: Sequence[Problem]) -> list[Given]:
    seen: dict[str, int] = {}
    more: list[Problem] = []
    for each in found:
        if each and each.briefing:
            first = seen.setdefault(each.briefing.slug, each.row)
            if first != each.row:
                more.append(
                    Problem(
                        each.row,
                        "URL",
                        say(_("%(row)s行目と同じ説明会です。"), row=first),
                        _("一つの説明会は一行にしてください。"),
                    )
                )
    if problems or more:
        raise ImportRefused(sorted([*problems, *more], key=lambda problem: problem.row or 0))
    return [each for each in found if each]


def _given(
    values: Mapping[str, Any], row: int, headers: Mapping[str, str], records: Records, problems: list[Problem]
) -> Given | None:
    """One row as facts, or None with its problems added."""
    before = len(problems)

    def wrong(column: str, message: Any, cure: Any) -> None:
        problems.append(Problem(row, headers.get(column, NAMES[column]), message, cure))

    if values["day"] is None:
        wrong("day", _("開始日がありません。"), _("日を入れてください（例：2027-04-01）。"))
    if values["last"] and values["day"] and values["last"] != values["day"]:
        wrong("last", _("開始日と終了日がちがいます。"), _("説明会は一日の会です。日ごとに行を分けてください。"))
    briefing = _known(values["url"] or "", records, wrong)
    for key in ("title", "notes", "place", "remarks"):
        if MISSING_IN_CP932 in (values[key] or ""):
            wrong(
                key,
                say(_("「%(sign)s」は、Shift_JISで書けなかった文字の跡です。"), sign=MISSING_IN_CP932),
                _("元の文字に直すか、UTF-8のCSVかExcelで書き出し直してください。"),
            )
    area = _prefecture(values, records, wrong)
    parts = read_remarks(values["remarks"] or "")
    places = _places(parts.get("数える範囲") or (area.name if area else ""), records, wrong)
    rule = _rule(parts.get("規則", ""), wrong)
    state = _state(parts.get("状態", ""), values["day"], records.today, wrong)
    if len(problems) > before or places is None or rule is None or state is None:
        return None
    facts = Facts(
        day=values["day"],
        place=values["place"] or "",
        title=values["title"] or "",
        prefecture=area,
        notes=values["notes"] or "",
        rule=rule,
        reason=parts.get("理由", ""),
        source=parts.get("出典", ""),
        **places,
    )
    try:
        check(facts)
    except ValidationError as refused:
        for name, texts in refused.message_dict.items():
            for said in texts:
                wrong(FIELDS.get(name, "remarks"), said, _("その列を直してください。"))
        return None
    return Given(row, briefing, facts, state)


NAMES = {column.key: column.label for column in READ}
FIELDS = {"title": "title", "place": "place", "prefecture": "code"}


def _prefecture(values: Mapping[str, Any], records: Records, wrong: Any) -> Area | None:
    """By code, else by name."""
    code, name = values["code"], values["prefecture"]
    area = records.areas.get(_of_prefecture(code) if code else name) if code or name else None
    if code and area is None:
        wrong("code", _("この団体コードの都道府県はありません。"), _("都道府県コードを確かめてください。"))
    elif name and (area is None or area.name != name):
        wrong(
            "prefecture",
            say(_("「%(name)s」は、この団体コードの都道府県ではありません。"), name=name)
            if area
            else say(_("「%(name)s」という都道府県はありません。"), name=name),
            _("「京都府」のように都・道・府・県まで書いてください。"),
        )
    return area


def _of_prefecture(code: str) -> str:
    """The prefecture's own code, for a municipality's code too."""
    first = f"{code[:2]}000"
    return first + check_digit(first)


def _known(url: str, records: Records, wrong: Any) -> Briefing | None:
    found = re.search(r"/briefings/([a-z0-9-]+)/?$", url.strip())
    if found is None:
        return None
    briefing = records.briefings.get(found[1])
    if briefing is None:
        wrong(
            "url",
            say(_("この住所の説明会はありません（%(slug)s）。"), slug=found[1]),
            _("書き出したときの住所のままにするか、新しい会なら空欄にしてください。"),
        )
    return briefing


def _places(written: str, records: Records, wrong: Any) -> dict[str, Any] | None:
    names = [name.strip() for name in written.split("、") if name.strip()]
    if names == [NATION]:
        return {"is_nationwide": True}
    areas: set[Area] = set()
    blocks: set[Block] = set()
    derived: set[Area | Block] = set()
    for name in names:
        plain = name.removesuffix(DERIVED)
        place: Area | Block | None = records.blocks.get(plain) or records.areas.get(plain)
        if place is None:
            wrong(
                "remarks",
                say(_("数える範囲「%(name)s」が読めません。"), name=name[:40]),
                _(
                    "「数える範囲：京都府」「数える範囲：近畿ブロック、京都府」「数える範囲：全国」のように書いてください。"
                ),
            )
            return None
        (areas if isinstance(place, Area) else blocks).add(place)  # type: ignore[arg-type]
        if name.endswith(DERIVED):
            derived.add(place)
    if not names:
        wrong(
            "remarks",
            _("どこに数えるかがありません。"),
            _("都道府県を入れるか、備考に「数える範囲：近畿ブロック」「数える範囲：全国」のように書いてください。"),
        )
        return None
    return {"prefectures": frozenset(areas), "blocks": frozenset(blocks), "derived": frozenset(derived)}


def _rule(written: str, wrong: Any) -> Rule | None:
    if not written:
        return Rule.STATED
    for rule in Rule:
        if rule.number == written:
            return rule
    wrong(
        "remarks",
        say(_("規則「%(rule)s」はありません。"), rule=written[:20]),
        say(_("§1 から §%(last)s までのどれかにするか、書かないでください。"), last=len(Rule)),
    )
    return None


def _state(written: str, day: date | None, today: date, wrong: Any) -> Briefing.State | None:
    if not written:
        return Briefing.State.HELD if day and day < today else Briefing.State.PLANNED
    if written not in STATES:
        wrong(
            "remarks",
            say(_("状態「%(state)s」はありません。"), state=written[:20]),
            _("予定・開催済・中止のどれかにしてください。"),
        )
    return STATES.get(written)
