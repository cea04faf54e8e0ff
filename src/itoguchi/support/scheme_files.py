"""Files of schemes: read beside the records, shown as what would change, then written all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Kind
from itoguchi.core import exports
from itoguchi.core.actions import keep_imported_file
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.exports import MISSING_IN_CP932
from itoguchi.core.imports import Column, ImportRefused, Problem, Sheet, match_columns, read_sheet
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.support.actions import (
    Brought,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    bring_in_schemes,
    facts_of,
    facts_of_year,
)
from itoguchi.support.actions.schemes import PLAIN
from itoguchi.support.exchange import (
    CREDIT,
    JGRANTS,
    LIST,
    OF_YEAR,
    Facts,
    Format,
    Places,
    corrected_as,
    facts_said,
    shown_window,
)
from itoguchi.support.matching import with_more_to_enter
from itoguchi.support.models import Scheme

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LARGEST_ROWS = 10_000
LARGEST_FILE = 4 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What a row says: of which scheme (None: a new one), what changes, and what stays because somebody put it right."""

    row: int
    scheme: Scheme | None
    cells: Mapping[str, Any]
    facts: Facts
    identity: str
    changes: tuple[tuple[str, str, str], ...] = ()  # item, before, after
    kept: tuple[tuple[str, str, str], ...] = ()  # item, what stays, what the file says
    applied: frozenset[str] = field(default=frozenset())  # facts that change

    @property
    def is_same(self) -> bool:
        return self.scheme is not None and not self.changes


@dataclass(frozen=True, slots=True)
class SchemeFile:
    """A file as read: its format, what each row says, its SHA-256, schemes of the same source that are not in it."""

    format: Format
    given: tuple[Given, ...]
    sha256: str
    gone: tuple[Scheme, ...]

    @property
    def news(self) -> list[Given]:
        return [each for each in self.given if not each.is_same]


def places() -> Places:
    """Areas by name and code (1 query)."""
    rows = list(Area.objects.values_list("code", "name", "kind"))
    names = [name for _code, name, kind in rows if kind != Kind.PREFECTURE]
    once = _once(names)
    return Places(
        codes={name: code for code, name, kind in rows if kind == Kind.PREFECTURE},
        names={code: name for code, name, _kind in rows},
        municipalities={name: code for code, name, kind in rows if kind != Kind.PREFECTURE and name in once},
    )


def _once(names: Sequence[str]) -> set[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for name in names:
        (twice if name in seen else seen).add(name)
    return seen - twice


def outgoing() -> list[Scheme]:
    """Schemes that have not ended, with years and windows (3 queries)."""
    found = Scheme.objects.exclude(ended_on__lte=timezone.localdate())
    return list(found.prefetch_related("years__windows").order_by("key"))


def table_of(found: Iterable[Scheme]) -> exports.Table:
    """Schemes as 支援制度情報一覧, then columns that a file brought beside the standard's."""
    where = places()
    rows = [LIST.row_of(each, where) for each in found]
    names = list(dict.fromkeys([item.name for item in LIST.items] + [name for row in rows for name in row]))
    return exports.Table(
        columns=[(name, name) for name in names],
        rows=[[row.get(name, "") for name in names] for row in rows],
        title="支援制度情報一覧",
    )


def jgrants_of(found: Iterable[Scheme]) -> bytes:
    """Schemes as jGrants answers, with its credit line."""
    where = places()
    rows = [JGRANTS.row_of(each, where) for each in found]
    about = {"type": "subsidies", "resultset": {"count": len(rows)}, "credit": CREDIT}
    return json.dumps({"metadata": about, "result": rows}, ensure_ascii=False, indent=1).encode() + b"\n"


def too_long(found: Iterable[Scheme]) -> list[tuple[str, int, int]]:
    """(item, the standard's length, how many schemes have a longer text there): readers may cut it."""
    where = places()
    rows = [LIST.row_of(each, where) for each in found]
    counts = [
        (item.name, item.longest, sum(len(str(row[item.name])) > item.longest for row in rows))
        for item in LIST.items
        if item.longest
    ]
    return [each for each in counts if each[2]]


def read_file(data: bytes, name: str, source: str) -> SchemeFile:
    """What a file says beside the records (6 queries); raises ImportRefused with every problem of every row."""
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in {b"{", b"["}:
        form, rows = JGRANTS, _json_rows(text)
    else:
        form, rows = LIST, _sheet_rows(read_sheet(data, name, largest_rows=LARGEST_ROWS, largest_bytes=LARGEST_FILE))
    known = {
        **{each.key: each for each in _known(key__in=[_number(form, row) for _place, row in rows])},
        **{f"={each.origin_key}": each for each in _known(origin=form.origin)},
    }
    problems: list[Problem] = []
    where = places()
    seen: dict[str, int] = {}
    given = []
    for place, row in rows:
        found = _given(form, place, row, known, where, problems)
        if found is None:
            continue
        first = seen.setdefault(found.scheme.key if found.scheme else found.identity, place)
        if first != place:
            problems.append(
                Problem(
                    place,
                    form.number,
                    say(_("%(row)s行と同じ制度です。"), row=first),
                    _("どちらか1行だけを残してください。"),
                )
            )
        given.append(found)
    if problems:
        raise ImportRefused(sorted(problems, key=lambda problem: problem.row or 0))
    there = {each.scheme.key for each in given if each.scheme}
    gone = [
        each
        for key, each in known.items()
        if key[0] == "=" and each.key not in there and each.source == source and not each.ended_on
    ]
    return SchemeFile(form, tuple(given), hashlib.sha256(data).hexdigest(), tuple(gone))


def _known(**which: Any) -> Iterable[Scheme]:
    return Scheme.objects.filter(**which).prefetch_related("years__windows")


def _number(form: Format, row: Mapping[str, Any]) -> str:
    number = row.get(form.number)
    return str(number).strip()[:100] if number not in (None, "") else ""


def identity_of(form: Format, row: Mapping[str, Any]) -> str:
    """What tells a scheme of a format from all others: its number, with the code of who numbered it; else its names."""
    number = _number(form, row)
    if form is JGRANTS:
        return number
    code = str(row.get("全国地方公共団体コード", "")).strip()
    if number and len(code) + len(number) < 55:
        return f"{code}/{number}"
    names = [str(row.get(name, "")).strip() for name in ("タイトル（制度名）", "実施組織・支援機関")]
    return "#" + hashlib.sha256("\0".join((code, number, *names)).encode()).hexdigest()[:24]


def _key(form: Format, identity: str) -> str:
    return f"{form.key}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def _json_rows(text: bytes) -> list[tuple[int, dict[str, Any]]]:
    """The items of an answer of jGrants, or of a list of its details; raises ImportRefused."""
    if len(text) > LARGEST_FILE:
        _refuse(
            _("ファイルが大きすぎます。"),
            say(_("%(most)s MBまでです。検索の言葉ごとに分けてください。"), most=LARGEST_FILE // 1024**2),
        )
    try:
        content = json.loads(text, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        _refuse(
            _("JSONとして読めません。"), _("Jグランツの応答（subsidies）をそのまま保存したファイルを選んでください。")
        )
    rows = content.get("result") if isinstance(content, dict) else content
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or not rows or not all(isinstance(each, dict) for each in rows):
        _refuse(
            _("補助金の一覧（result）がありません。"),
            _("Jグランツの応答（subsidies）をそのまま保存したファイルを選んでください。"),
        )
    if len(rows) > LARGEST_ROWS:
        _refuse(
            say(_("行が多すぎます（%(rows)s件）。"), rows=len(rows)),
            say(_("%(most)s件までにして、検索の言葉ごとに分けてください。"), most=LARGEST_ROWS),
        )
    return list(enumerate(rows, start=1))


def _no_number(_written: str) -> NoReturn:
    raise ValueError


def _refuse(message: Any, cure: Any) -> NoReturn:
    raise ImportRefused([Problem(None, None, message, cure)])


def _sheet_rows(sheet: Sheet) -> list[tuple[int, dict[str, Any]]]:
    """Rows by the standard's column names, then by the file's own; raises ImportRefused."""
    columns = [
        Column(
            item.name,
            item.name,
            item.name,
            str,
            required=item.name in {"タイトル（制度名）"},
            aliases=_ALIASES.get(item.name, ()),
        )
        for item in LIST.items
    ]
    matched = match_columns(sheet, columns)
    at = {place: name for name, place in matched.places.items()}
    own = [name.strip() for place, name in enumerate(sheet.header) if place not in at and name.strip()]
    doubled = sorted({name for name in own if own.count(name) > 1})
    if doubled:
        raise ImportRefused(
            [
                Problem(
                    sheet.header_row, name, _("同じ名前の列が二つ以上あります。"), _("どちらかの名前を変えてください。")
                )
                for name in doubled
            ]
        )
    names = [at.get(place) or name.strip() for place, name in enumerate(sheet.header)]
    return [
        (number, {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name})
        for number, cells in sheet.rows
    ]


_ALIASES = {"タイトル（制度名）": ("タイトル", "制度名"), "サブタイトル（通称）": ("サブタイトル", "通称")}


def _given(
    form: Format, place: int, row: dict[str, Any], known: Mapping[str, Scheme], where: Places, problems: list[Problem]
) -> Given | None:
    """One row beside what is known, or None with its problems added."""
    before = len(problems)
    identity, number = identity_of(form, row), _number(form, row)
    scheme = known.get(f"={identity}") or (known.get(number) if number else None)
    was = form.row_of(scheme, where) if scheme else {}
    facts, unreadable = form.read_row(row, where)
    problems += [Problem(place, name, problem.message, problem.cure) for name, problem in unreadable]
    for name, value in row.items():
        if isinstance(value, str) and (MISSING_IN_CP932 in value or "\x00" in value) and value != was.get(name):
            problems.append(
                Problem(
                    place,
                    name,
                    say(_("「%(sign)s」は、Shift_JISで書けなかった文字の跡です。"), sign=MISSING_IN_CP932),
                    _("元の文字に直すか、UTF-8のCSVかExcelで書き出し直してください。"),
                )
            )
    title = next(item.name for item in form.items if item.fact == "name")
    if not facts.get("name") and not unreadable:
        problems.append(Problem(place, title, _("値がありません。"), _("この列は空にできません。値を書いてください。")))
    if form is JGRANTS and (not number or len(number) > 60):
        problems.append(
            Problem(
                place, "id", _("補助金のID（18桁）がありません。"), _("Jグランツの応答のまま、idを残してください。")
            )
        )
    opens, closes = facts.get("opens_at"), facts.get("closes_at")
    if opens and closes and opens >= closes:
        name = next(item.name for item in form.items if item.fact == "closes_at")
        problems.append(
            Problem(place, name, _("受付終了は、受付開始より後にしてください。"), _("日付を確かめてください。"))
        )
    if len(problems) > before:
        return None
    if scheme is None:
        return Given(place, None, row, facts, identity)
    return _beside(form, place, row, facts, identity, scheme, was)


def _beside(
    form: Format, place: int, row: dict[str, Any], facts: Facts, identity: str, scheme: Scheme, was: dict[str, Any]
) -> Given:
    """What a row changes of a known scheme: items that say something else than what would go out now."""
    of_item = {item.name: item.fact for item in form.items}
    changes, kept, applied = [], [], set()
    names = dict.fromkeys([*was, *row])
    for name in names:
        if name not in row and form is LIST:
            continue  # a file without a column says nothing of it
        old, new = was.get(name, form.nothing), row.get(name, form.nothing)
        if old == new:
            continue
        fact = of_item.get(name, "")
        told = (name, _shown(fact, old, form), _shown(fact, new, form))
        if fact and corrected_as(fact) in scheme.corrected:
            kept.append(told)
            continue
        changes.append(told)
        if fact:
            applied.add(fact)
    return Given(place, scheme, row, facts, identity, tuple(changes), tuple(kept), frozenset(applied))


def _shown(fact: str, value: Any, form: Format) -> str:
    """A value as the preview tells it: text, never markup of the file."""
    if value is None or value == "":
        return ""
    if fact == "detail" and form is JGRANTS:
        item = next(each for each in form.items if each.fact == "detail")
        return str(item.read(value, Places({}, {}, {})))[:500]
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:500]


@transaction.atomic
def bring_in(file: SchemeFile, *, name: str, size: int, source: str, why: str, by: Account | None) -> None:
    """Write what is new or changed, under one entry of the journal that names the file."""
    news = file.news
    if not news:
        return
    with journal(by=by, why=why, door="import", file=name, sha256=file.sha256):
        keep_imported_file(name, sha256=file.sha256, size=size, rows=len(file.given), source=source, by=by)
        where = places()
        bring_in_schemes([_brought(file.format, each, source, where) for each in news], by=by, why=why)


def _brought(form: Format, given: Given, source: str, where: Places) -> Brought:
    """A row as it is written. Of who may, files tell the place alone: the rest stands in the text of the call."""
    facts = given.facts
    if given.scheme is None:
        plain = {name: facts[name] for name in PLAIN if name in facts} | {"rule": with_more_to_enter(facts["rule"])}
        plain["provider"] = facts.get("provider") or str(given.cells.get("institution_name") or source)[:100]
        said = SchemeFacts(**plain, kind=Scheme.Kind.GRANT, level=_level(form, given), source=source)
        return Brought(
            _key(form, given.identity),
            said,
            _year(form, facts, source),
            form.origin,
            given.identity,
            {form.key: dict(given.cells)},
            is_new=True,
        )
    scheme = given.scheme
    changed = {name: facts[name] for name in given.applied if name not in OF_YEAR}
    if "rule" in changed:
        changed["rule"] = with_more_to_enter(changed["rule"])
    if "provider" in changed and not changed["provider"]:
        del changed["provider"]
    year = _changed_year(form, given, scheme) if given.applied & OF_YEAR else None
    cells = {**form.row_of(scheme, where), **given.cells} if form is LIST else dict(given.cells)
    return Brought(
        scheme.key,
        replace(facts_of(scheme), **changed),
        year,
        form.origin,
        given.identity,
        {**scheme.extra, form.key: cells},
        is_new=False,
    )


def _level(form: Format, given: Given) -> Scheme.Level:
    code = str(given.cells.get("全国地方公共団体コード", "")) if form is LIST else ""
    if not code:
        return Scheme.Level.NATIONAL
    return Scheme.Level.PREFECTURAL if code[2:5] == "000" else Scheme.Level.MUNICIPAL


def _window(form: Format, facts: Facts) -> WindowFacts | None:
    opens, closes = facts.get("opens_at"), facts.get("closes_at")
    if not opens and not closes:
        return None
    return WindowFacts(opens_at=opens, closes_at=closes, has_time=form is JGRANTS, note=facts.get("window_note") or "")


def _year(form: Format, facts: Facts, source: str) -> YearFacts | None:
    """What a new row says of a fiscal year: that in which its window opens, else closes."""
    window = _window(form, facts)
    if window is None and not facts.get("max_yen"):
        return None
    at = (window.opens_at or window.closes_at) if window else timezone.now()
    return YearFacts(
        fiscal_year=fiscal_year(timezone.localdate(at)),
        source=source,
        max_yen=facts.get("max_yen"),
        windows=(window,) if window else (),
    )


def _changed_year(form: Format, given: Given, scheme: Scheme) -> YearFacts | None:
    """The year of a known scheme with the window that the row says in place of the one it showed."""
    was = facts_said(scheme)
    facts = {name: given.facts.get(name) if name in given.applied else was[name] for name in OF_YEAR}
    shown, year = shown_window(scheme)
    said = _year(form, facts, scheme.source)
    if said is None:
        return replace(facts_of_year(year), windows=(), max_yen=None) if year else None
    known = scheme.years.filter(fiscal_year=said.fiscal_year).first()
    if known is None:
        return said
    before = facts_of_year(known)
    others = before.windows
    if shown and year and year.pk == known.pk:
        others = tuple(each for each in others if (each.opens_at, each.closes_at) != (shown.opens_at, shown.closes_at))
    return replace(
        before, max_yen=said.max_yen if "max_yen" in given.applied else before.max_yen, windows=(*others, *said.windows)
    )
