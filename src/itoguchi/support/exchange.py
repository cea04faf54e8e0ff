"""Schemes in the formats of others, 支援制度情報一覧 and Jグランツ: what they say of our facts, and the rest kept as it came.

A scheme keeps the row it came from (`Scheme.extra`). It goes out as that row, with only those items written anew that say
something else by now; so what came in goes out the same, and what went out comes back without a change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from html.parser import HTMLParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import NotADate, parse_date
from itoguchi.core.imports import Unreadable
from itoguchi.core.wording import say
from itoguchi.support.actions.schemes import LAST_MINUTE, TOKYO, YEARS
from itoguchi.support.matching import entered_part
from itoguchi.support.models import Scheme, SchemeYear, Window

CREDIT = "Jグランツ（jGrants）からの出典"
NATION = "全国"
# The regions of jGrants beside 全国 and the 47 prefectures, which are no regional blocks of ours.
REGIONS: Mapping[str, tuple[str, ...]] = {
    "北海道地方": ("北海道",),
    "東北地方": ("青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県"),
    "関東・甲信越地方": (
        *("茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県"),
        *("新潟県", "山梨県", "長野県"),
    ),
    "東海・北陸地方": ("富山県", "石川県", "福井県", "岐阜県", "静岡県", "愛知県", "三重県"),
    "近畿地方": ("滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県"),
    "中国地方": ("鳥取県", "島根県", "岡山県", "広島県", "山口県"),
    "四国地方": ("徳島県", "香川県", "愛媛県", "高知県"),
    "九州・沖縄地方": ("福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"),
}
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Places:
    """Areas by name and by code, for reading where a scheme is for."""

    codes: Mapping[str, str]  # name of a prefecture → code
    names: Mapping[str, str]  # code → name
    municipalities: Mapping[str, str]  # name that only one municipality has → code

    def rule_of(self, written: str) -> dict[str, Any]:
        """`兵庫県;近畿地方;282219` as a rule; nothing, 全国 and what names no place of ours: no rule."""
        prefectures: list[str] = []
        areas: list[str] = []
        for part in filter(None, (part.strip() for part in re.split(r"[;；/／、,]", written))):
            if part in REGIONS:
                prefectures += [self.codes[name] for name in REGIONS[part]]
            elif part in self.codes:
                prefectures.append(self.codes[part])
            elif part in self.names:
                (prefectures if part in self.codes.values() else areas).append(part)
            elif part in self.municipalities:
                areas.append(self.municipalities[part])
            else:
                return {}
        parts: list[dict[str, Any]] = []
        if prefectures:
            parts.append({"prefecture": sorted(set(prefectures))})
        if areas:
            parts.append({"area": sorted(set(areas))})
        return {"any": parts} if len(parts) > 1 else parts[0] if parts else {}

    def written(self, rule: Mapping[str, Any]) -> str | None:
        """The other way round; None for a rule that says more than places."""
        if not rule:
            return ""
        if set(rule) in ({"prefecture"}, {"area"}):
            return ";".join(
                self.names.get(code, code) if "prefecture" in rule else code for code in next(iter(rule.values()))
            )
        return None


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a format: the fact it says ("" for none: kept as it came), how it is read, how written."""

    name: str
    fact: str = ""
    read: Callable[[Any, Places], Any] = lambda given, _places: given.strip()
    write: Callable[[Any, Places], Any] = lambda value, _places: value
    longest: int = 0  # characters that the standard allows
    label: Any = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its key in `Scheme.extra`, its items in their order, the item with its own number."""

    key: str
    origin: Scheme.Origin
    items: tuple[Item, ...]
    number: str
    nothing: Any  # what an item without value carries

    def numbered(self, scheme: Scheme) -> str:
        """The number under which a scheme goes out: the one it came with, else our key."""
        return scheme.origin_key if scheme.origin == self.origin else scheme.key

    def row_of(self, scheme: Scheme, places: Places) -> dict[str, Any]:
        """A scheme as this format has it (no query where its years and windows are at hand)."""
        kept, facts = scheme.extra.get(self.key, {}), facts_said(scheme)
        row: dict[str, Any] = {}
        for item in self.items:
            given = kept.get(item.name, self.nothing)
            if item.name == self.number and not kept:
                row[item.name] = self.numbered(scheme)
            elif not item.fact or said(item, given, places) == facts[item.fact] or _was_filled_in(item, given, scheme):
                if item.name in kept or not kept:
                    row[item.name] = given
            else:
                row[item.name] = item.write(facts[item.fact], places)
        return row | {name: value for name, value in kept.items() if name not in row}

    def read_row(self, row: Mapping[str, Any], places: Places) -> tuple[Facts, list[tuple[str, Unreadable]]]:
        """What a row says of our facts, and the items that can't be read."""
        facts: Facts = {}
        problems = []
        for item in self.items:
            if not item.fact:
                continue
            try:
                value = item.read(row.get(item.name, self.nothing), places)
            except Unreadable as problem:
                problems.append((item.name, problem))
            else:
                if value is not None or item.fact not in facts:
                    facts[item.fact] = value
        return facts, problems


def _was_filled_in(item: Item, given: Any, scheme: Scheme) -> bool:
    """Whether the file said nothing of who gives the scheme, so that its source was entered there."""
    return item.fact == "provider" and not given and scheme.provider == scheme.source[:100]


def said(item: Item, given: Any, places: Places) -> Any:
    """What an item says, or something that nothing equals."""
    try:
        return item.read(given, places)
    except Unreadable:
        return object()


def facts_said(scheme: Scheme) -> Facts:
    """Our facts that formats can say: columns of the scheme, and its newest window and ceiling."""
    window, year = shown_window(scheme)
    names = ("name", "summary", "detail", "who", "contact", "link", "provider")
    return {name: getattr(scheme, name) for name in names} | {
        "rule": entered_part(scheme.rule)[0],  # formats can't say that there is more to enter
        "opens_at": window.opens_at if window else None,
        "closes_at": window.closes_at if window else None,
        "window_note": window.note if window else "",
        "max_yen": year.max_yen if year else None,
    }


def shown_window(scheme: Scheme) -> tuple[Window | None, SchemeYear | None]:
    """The window that formats with room for one show: the last of the newest year that has any; and that year."""
    years = sorted(scheme.years.all(), key=lambda year: -year.fiscal_year)
    for year in years:
        windows = sorted(year.windows.all(), key=lambda each: (each.closes_at or each.opens_at).timestamp())  # type: ignore[union-attr]
        if windows:
            return windows[-1], year
    return None, years[0] if years else None


# Facts that stand in years: corrected by hand under one name.
OF_YEAR = frozenset({"opens_at", "closes_at", "window_note", "max_yen"})


def corrected_as(fact: str) -> str:
    """The name under which `Scheme.corrected` notes that somebody put a fact right."""
    return YEARS if fact in OF_YEAR else fact


def _text(longest: int) -> Callable[[Any, Places], str]:
    def read(given: Any, _places: Places) -> str:
        written = "" if given is None else str(given).strip()
        if len(written) > longest:
            raise Unreadable(
                say(_("長すぎます（%(length)s字）。"), length=len(written)),
                say(_("%(most)s字までにしてください。"), most=longest),
            )
        return written

    return read


def _link(given: Any, _places: Places) -> str:
    """Only what a browser opens safely as a page is a link."""
    written = str(given or "").strip()
    return written if re.fullmatch(r"https?://[^\s<>\"']{3,490}", written) else ""


def _day(*, last: bool) -> Callable[[Any, Places], datetime | None]:
    """A day as the moment it begins, or as its last one."""

    def read(given: Any, _places: Places) -> datetime | None:
        written = str(given or "").strip()
        if not written:
            return None
        try:
            day: date = parse_date(written)
        except NotADate as error:
            raise Unreadable(error.message, error.cure) from error
        return datetime.combine(day, LAST_MINUTE if last else time(), TOKYO)

    return read


def _written_day(value: datetime | None, _places: Places) -> str:
    return value.astimezone(TOKYO).date().isoformat() if value else ""


def _moment(given: Any, _places: Places) -> datetime | None:
    """A moment of jGrants (`2018-05-31T08:00:00.000Z`); it may be missing."""
    if given in (None, ""):
        return None
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        raise Unreadable(
            say(_("「%(text)s」は日時として読めません。"), text=str(given)[:40]),
            _("2027-05-31T08:00:00Z のように書いてください。"),
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=TOKYO)


def _written_moment(value: datetime | None, _places: Places) -> str | None:
    return value.astimezone(TOKYO).isoformat() if value else None


def _yen(given: Any, _places: Places) -> int | None:
    """Whole yen; jGrants writes 0 where no ceiling is set."""
    if given in (None, "", 0):
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 2**53 or given != int(given):
        raise Unreadable(
            say(_("「%(text)s」は金額ではありません。"), text=str(given)[:40]), _("円の整数で書いてください。")
        )
    return int(given)


def _rule(given: Any, places: Places) -> dict[str, Any]:
    return places.rule_of(str(given or ""))


def _written_rule(rule: Mapping[str, Any], places: Places) -> str:
    return places.written(rule) or ""


def _html(given: Any, _places: Places) -> str:
    return plain_text(str(given or ""))[:20_000]


def _item(name: str, longest: int = 0, fact: str = "", read: Any = None, write: Any = None) -> Item:
    return Item(name, fact, read or _text(10_000), write or (lambda value, _places: value), longest)


LIST = Format(
    key="list",
    origin=Scheme.Origin.LIST,
    number="制度番号",
    nothing="",
    items=(
        *(_item(name) for name in ("制度番号", "全国地方公共団体コード", "法人番号", "元制度番号", "制度変更区分")),
        _item("タイトル（制度名）", 40, "name", _text(200)),
        _item("サブタイトル（通称）", 40),
        _item("対象者", 500, "who", _text(1000)),
        _item("用途・対象物", 200),
        _item("対象地域", 0, "rule", _rule, _written_rule),
        _item("対象地域群"),
        _item("概要", 200, "summary", _text(500)),
        _item("内容", 5000, "detail", _text(20_000)),
        _item("利用・申請方法", 500),
        _item("受付開始日", 0, "opens_at", _day(last=False), _written_day),
        _item("受付終了日", 0, "closes_at", _day(last=True), _written_day),
        _item("受付備考", 0, "window_note", _text(300)),
        _item("根拠法令", 500),
        _item("詳細参照先", 500, "link", _link),
        _item("実施組織・支援機関", 100, "provider", _text(100)),
        _item("お問い合わせ先", 1000, "contact", _text(1000)),
        *(
            _item(name)
            for name in ("電子申請URL", "標準産業分類", "災害名", "キーワード", "制度集", "公開日", "公開終了日")
        ),
    ),
)
JGRANTS = Format(
    key="jgrants",
    origin=Scheme.Origin.JGRANTS,
    number="id",
    nothing=None,
    items=(
        _item("id"),
        _item("name"),
        _item("title", 0, "name", _text(200)),
        _item("subsidy_catch_phrase", 0, "summary", _text(500)),
        _item("detail", 0, "detail", _html),
        _item("target_area_search", 0, "rule", _rule, lambda rule, places: _written_rule(rule, places) or NATION),
        _item("subsidy_max_limit", 0, "max_yen", _yen),
        _item("acceptance_start_datetime", 0, "opens_at", _moment, _written_moment),
        _item("acceptance_end_datetime", 0, "closes_at", _moment, _written_moment),
        _item("front_subsidy_detail_page_url", 0, "link", _link),
        *(
            _item(name)
            for name in ("target_area_detail", "target_number_of_employees", "use_purpose", "industry", "subsidy_rate")
        ),
    ),
)


class _Plain(HTMLParser):
    """Collects the text of a page with line breaks, list marks and cells; scripts and styles leave nothing."""

    BLOCKS = frozenset(
        {"p", "div", "br", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "hr"}
    )
    SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "head"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in self.SILENT:
            self.silent.append(tag)
        elif tag == "li":
            self.parts.append("\n・")
        elif tag in {"td", "th"}:
            self.parts.append("　")
        elif tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
        elif tag in self.BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))


def plain_text(html: str) -> str:
    """HTML as plain text that keeps its structure: paragraphs, lists, tables.

    >>> plain_text("<p>対象<br>者</p><ul><li>市<li>町</ul><script>x</script>")
    '対象\\n者\\n・市\\n・町'
    """
    parser = _Plain()
    parser.feed(html.replace("\x00", ""))
    parser.close()
    lines = (line.strip(" 　") for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line and line != "・")
