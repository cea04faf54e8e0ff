"""What people do with schemes: load the reference ones, enter and correct them and their years, end them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.core.actions import Entry, keep_search_entries, replace_search_entries
from itoguchi.core.journal import journal
from itoguchi.roadmap.models import Field, Solution
from itoguchi.roadmap.queries import spoken_words
from itoguchi.support.access import can_change_scheme, can_keep_schemes
from itoguchi.support.matching import check_rule
from itoguchi.support.models import Rate, Scheme, SchemeYear, Step, Window

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Organisation

TOKYO = ZoneInfo("Asia/Tokyo")
LAST_MINUTE = time(23, 59, 59)
NOT_YOURS = _("支援メニューを入れ、直せるのは、事務局と、その支援メニューの実施主体だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeFacts:
    """Everything that is said about a scheme, apart from its years."""

    name: str
    kind: Scheme.Kind
    provider: str
    source: str
    name_en: str = ""
    level: Scheme.Level = Scheme.Level.NATIONAL
    organisation: Organisation | None = None
    summary: str = ""
    detail: str = ""
    who: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""
    fields: frozenset[Field] = frozenset()
    solutions: frozenset[Solution] = frozenset()
    costs: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    contact: str = ""
    link: str = ""
    checked_on: date | None = None
    steps: tuple[tuple[str, int | None], ...] = ()  # text and usual month
    excludes: frozenset[Scheme] = frozenset()
    after: frozenset[Scheme] = frozenset()
    unit_yen: int = 1
    least_own_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFacts:
    """A rate, and for whom it is."""

    rate: Fraction
    rule: Mapping[str, Any] = field(default_factory=dict)
    is_whole: bool = False
    max_yen: int | None = None
    returned_percent: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """When one may ask."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    has_time: bool = False
    chosen: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFacts:
    """What holds of a scheme in a fiscal year."""

    fiscal_year: int
    source: str
    min_yen: int | None = None
    max_yen: int | None = None
    asked: int | None = None
    chosen: int | None = None
    note: str = ""
    rates: tuple[RateFacts, ...] = ()
    windows: tuple[WindowFacts, ...] = ()


def facts_of(scheme: Scheme) -> SchemeFacts:
    """What is said about a scheme (5 queries)."""
    given = {name: getattr(scheme, name) for name in PLAIN}
    given |= {name: tuple(given[name]) for name in ("costs", "papers")}
    given |= {name: frozenset(getattr(scheme, name).all()) for name in LINKS}
    return SchemeFacts(
        **given,
        steps=tuple((step.text, step.month) for step in scheme.steps.all()),
    )


def facts_of_year(year: SchemeYear) -> YearFacts:
    """What is said of a scheme in a fiscal year (2 queries)."""
    return YearFacts(
        **{name: getattr(year, name) for name in ("fiscal_year", *PLAIN_OF_YEAR)},
        rates=tuple(
            RateFacts(
                rate=Fraction(each.numerator, each.denominator),
                **{name: getattr(each, name) for name in ("rule", "is_whole", "max_yen", "returned_percent", "note")},
            )
            for each in year.rates.all()
        ),
        windows=tuple(
            WindowFacts(
                **{name: getattr(each, name) for name in ("opens_at", "closes_at", "has_time", "chosen", "note")}
            )
            for each in year.windows.all()
        ),
    )


def version_of(facts: SchemeFacts | YearFacts | None) -> str:
    """A name for what is said now: when it is another one on saving, somebody was quicker."""
    if facts is None:
        return "new"
    said = [
        (each.name, sorted(row.pk for row in value) if isinstance(value, frozenset) else _plain(value))
        for each in fields(facts)
        for value in (getattr(facts, each.name),)
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A value whose `repr` is the same whenever it says the same."""
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, datetime):
        return value.astimezone(TOKYO).isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, RateFacts | WindowFacts):
        return [_plain(getattr(value, each.name)) for each in fields(value)]
    return value.pk if isinstance(value, models.Model) else str(value) if isinstance(value, str) else value


def _check_version(version: str | None, facts: SchemeFacts | YearFacts | None) -> None:
    if version is not None and version != version_of(facts):
        raise ValidationError(
            _("開いている間に、ほかの方がこの記録を変えました。下の内容を確かめ、もう一度保存してください。"),
            code="changed",
        )


# Facts that stand in columns of the scheme itself; what is corrected there by hand, an import leaves.
LINKS = ("fields", "solutions", "excludes", "after")
PLAIN = tuple(each.name for each in fields(SchemeFacts) if each.name not in {*LINKS, "steps"})
PLAIN_OF_YEAR = ("source", "min_yen", "max_yen", "asked", "chosen", "note")
BY_HAND = frozenset({Scheme.Origin.HAND, Scheme.Origin.REFERENCE})  # not from a file that may come again
YEARS = "years"  # in Scheme.corrected: somebody put rates or windows right


@transaction.atomic
def keep_scheme(
    key: str,
    facts: SchemeFacts,
    *,
    by: Account | None,
    why: str = "",
    origin: Scheme.Origin = Scheme.Origin.HAND,
    origin_key: str = "",
    extra: Mapping[str, Any] | None = None,
    version: str | None = None,
) -> Scheme:
    """Enter a scheme under its lasting key, or put right what stands there.

    What a person changes in a scheme that came from a file is noted, so that the next file leaves it. `version` (of
    `version_of`, when the form was opened; "new" where there was none) refuses what somebody else changed meanwhile.
    Raises PermissionDenied without the right, ValidationError for a rule that makes no sense or facts that can't be.
    """
    known = Scheme.objects.select_for_update().filter(pk=key).first()
    if by and not (can_change_scheme(by, known) if known else can_keep_schemes(by)):
        raise PermissionDenied(NOT_YOURS)
    _check_version(version, facts_of(known) if known else None)
    check_rule(facts.rule)
    if key in {each.pk for each in (*facts.excludes, *facts.after)}:
        raise ValidationError(_("自分自身とは、併用できないとも、先に充てるとも書けません。"))
    scheme = known or Scheme(key=key, origin=origin, origin_key=origin_key)
    given = {name: getattr(facts, name) for name in PLAIN}
    given |= {name: list(given[name]) for name in ("costs", "papers")} | {"rule": dict(facts.rule)}
    if known and by and known.origin not in BY_HAND:
        changed = {name for name, value in given.items() if getattr(known, name) != value}
        scheme.corrected = sorted({*known.corrected, *changed})
    for name, value in given.items():
        setattr(scheme, name, value.strip() if isinstance(value, str) else value)
    if extra is not None:
        scheme.extra = dict(extra)
    scheme.full_clean(exclude=["organisation"])
    with journal(by=by, why=why):
        scheme.save()
        for name in LINKS:
            getattr(scheme, name).set(getattr(facts, name))
        if [(step.text, step.month) for step in scheme.steps.all()] != list(facts.steps):
            scheme.steps.all().delete()
            for order, (text, month) in enumerate(facts.steps, start=1):
                _save(Step(scheme=scheme, order=order, text=text, month=month))
    if by:  # who loads many gives them to the index together
        keep_search_entries("support", [_entry(scheme)])
    return scheme


@transaction.atomic
def keep_year(
    scheme: Scheme, facts: YearFacts, *, by: Account | None, why: str = "", version: str | None = None
) -> SchemeYear:
    """Write down, or put right, what holds of a scheme in a fiscal year: rates and windows as given, no others.

    `version` and what a person changes in a scheme that came from a file: as for `keep_scheme`.

    Raises PermissionDenied without the right, ValidationError for a window that ends before it begins, a rate above 1,
    a rate's rule that makes no sense.
    """
    if by and not can_change_scheme(by, scheme):
        raise PermissionDenied(NOT_YOURS)
    for rate in facts.rates:
        check_rule(rate.rule)
        if not 0 <= rate.rate <= 1:
            raise ValidationError({"rates": _("補助率は0から1（100 %）までです。")})
    with journal(by=by, why=why):
        year = SchemeYear.objects.select_for_update().filter(scheme=scheme, fiscal_year=facts.fiscal_year).first()
        before = facts_of_year(year) if year else None
        _check_version(version, before)
        if (
            by
            and scheme.origin not in BY_HAND
            and YEARS not in scheme.corrected
            and version_of(before) != version_of(facts)
        ):
            locked = Scheme.objects.select_for_update().get(pk=scheme.pk)
            scheme.corrected = locked.corrected = sorted({*locked.corrected, YEARS})
            locked.save(update_fields=["corrected"])
        year = year or SchemeYear(scheme=scheme, fiscal_year=facts.fiscal_year)
        for name in PLAIN_OF_YEAR:
            setattr(year, name, getattr(facts, name))
        _save(year)
        rates = [
            Rate(
                year=year, order=order, rule=dict(each.rule), numerator=each.rate.numerator,
                denominator=each.rate.denominator, is_whole=each.is_whole, max_yen=each.max_yen,
                returned_percent=each.returned_percent, note=each.note,
            )
            for order, each in enumerate(facts.rates, start=1)
        ]  # fmt: skip
        windows = [
            Window(
                year=year, opens_at=each.opens_at, closes_at=each.closes_at, has_time=each.has_time,
                chosen=each.chosen, note=each.note,
            )
            for each in facts.windows
        ]  # fmt: skip
        _replace(list(year.rates.all()), rates)
        _replace(list(year.windows.all()), windows)
    return year


@dataclass(frozen=True, slots=True)
class Brought:
    """A scheme that a file brings: new with what it says of a fiscal year, or known with what changes of both."""

    key: str
    facts: SchemeFacts
    year: YearFacts | None
    origin: Scheme.Origin
    origin_key: str
    extra: Mapping[str, Any]
    is_new: bool


@transaction.atomic
def bring_in_schemes(brought: Iterable[Brought], *, by: Account | None, why: str) -> None:
    """Write schemes of a file: new ones all at once, known ones as `keep_scheme` does, but not noted as corrected by hand.

    Raises PermissionDenied without the right, ValidationError for facts that can't be.
    """
    if by and not can_keep_schemes(by):
        raise PermissionDenied(NOT_YOURS)
    given = list(brought)
    with journal(by=by, why=why):
        for each in given:
            if not each.is_new:
                scheme = keep_scheme(each.key, each.facts, by=None, extra=each.extra)
                if each.year:
                    keep_year(scheme, each.year, by=None)
        new = [each for each in given if each.is_new]
        made = []
        for each in new:
            scheme = Scheme(key=each.key, origin=each.origin, origin_key=each.origin_key, extra=dict(each.extra))
            for name in PLAIN:
                value = getattr(each.facts, name)
                setattr(scheme, name, list(value) if isinstance(value, tuple) else value)
            scheme.clean_fields(exclude=["organisation"])
            made.append(scheme)
        Scheme.objects.bulk_create(made, batch_size=500)
        with_year = [(scheme, each.year) for scheme, each in zip(made, new, strict=True) if each.year]
        years = SchemeYear.objects.bulk_create(
            [
                SchemeYear(scheme=scheme, fiscal_year=year.fiscal_year, **{n: getattr(year, n) for n in PLAIN_OF_YEAR})
                for scheme, year in with_year
            ],
            batch_size=500,
        )
        Window.objects.bulk_create(
            [
                Window(year=row, **{each.name: getattr(window, each.name) for each in fields(WindowFacts)})
                for row, (_scheme, year) in zip(years, with_year, strict=True)
                for window in year.windows
            ],
            batch_size=500,
        )
        keys, spoken = [each.key for each in given], cache(spoken_words)
        keep_search_entries("support", [_entry(each, spoken) for each in _as_they_are_found().filter(pk__in=keys)])


@transaction.atomic
def end_scheme(scheme: Scheme, day: date, *, by: Account | None, why: str) -> Scheme:
    """Say that a scheme is over; it stays readable. Raises PermissionDenied without the right."""
    if by and not can_change_scheme(by, scheme):
        raise PermissionDenied(NOT_YOURS)
    if not why.strip():
        raise ValidationError({"why": _("終わった理由を書いてください。")})
    with journal(by=by, why=why):
        scheme.ended_on = day
        scheme.save()
    keep_search_entries("support", [_entry(scheme)])
    return scheme


@transaction.atomic
def load_schemes(folder: Path) -> None:
    """Bring `schemes.yaml` in; loading again changes nothing that is the same and takes nothing away.

    A scheme that somebody has put right since stays as it is.
    """
    given = yaml.safe_load((folder / "schemes.yaml").read_text(encoding="utf-8"))
    solutions = {each.pk: each for each in Solution.objects.all()}
    known = set(Scheme.objects.values_list("key", flat=True))
    with journal(why=str(_("基準データの読み込み")), door="load_reference"):
        for row in given["schemes"]:
            if row["key"] not in known:
                _load(row, solutions)
    index_schemes()


def _load(row: Mapping[str, Any], solutions: Mapping[str, Solution]) -> None:
    facts = SchemeFacts(
        name=row["name"],
        kind=Scheme.Kind(row["kind"]),
        provider=row["provider"],
        source=row["source"],
        summary=row.get("summary", ""),
        who=row.get("who", ""),
        rule=row.get("rule", {}),
        group=row.get("group", ""),
        solutions=frozenset(solutions[key] for key in row.get("solutions", ())),
        unit_yen=row.get("unit_yen", 1),
        least_own_percent=row.get("least_own_percent"),
        steps=tuple((step["text"], step.get("month")) for step in row.get("steps", ())),
    )
    scheme = keep_scheme(row["key"], facts, by=None, origin=Scheme.Origin.REFERENCE)
    for year in row["years"]:
        said = YearFacts(
            fiscal_year=year["year"],
            source=row["source"],
            rates=tuple(_rate(each) for each in year.get("rates", ())),
            windows=tuple(_window(*each) for each in year.get("windows", ())),
            **{name: year[name] for name in ("min_yen", "max_yen", "asked", "chosen", "note") if name in year},
        )
        keep_year(scheme, said, by=None)


def _rate(row: Mapping[str, Any]) -> RateFacts:
    return RateFacts(
        rate=Fraction(row.get("rate", 1)),
        rule=row.get("rule", {}),
        is_whole=row.get("whole", False),
        max_yen=row.get("max_yen"),
        note=row.get("note", ""),
    )


def _window(opens: date | None, closes: date | str | None) -> WindowFacts:
    """Days as their source gives them: the last one counts to its end, unless it names an hour."""
    if isinstance(closes, str):
        ends: datetime | None = datetime.fromisoformat(closes).replace(tzinfo=TOKYO)
    else:
        ends = datetime.combine(closes, LAST_MINUTE, TOKYO) if closes else None
    begins = datetime.combine(opens, time(), TOKYO) if opens else None
    return WindowFacts(opens_at=begins, closes_at=ends, has_time=isinstance(closes, str))


def index_schemes() -> int:
    """Hand every scheme down to the search index."""
    return replace_search_entries("support", map(partial(_entry, spoken=cache(spoken_words)), _as_they_are_found()))


def _as_they_are_found() -> QuerySet[Scheme]:
    """Schemes with what `_entry` reads (3 queries)."""
    return Scheme.objects.prefetch_related("fields", Prefetch("solutions", Solution.objects.select_related("field")))


def _entry(scheme: Scheme, spoken: Callable[[Field], str] = spoken_words) -> Entry:
    """What it says, and the everyday words (`spoken`) of the fields it is for (2 queries, if not fetched before)."""
    solutions = scheme.solutions.all()
    fields = {each.key: each for each in (*scheme.fields.all(), *(solution.field for solution in solutions))}
    detail = " ".join(filter(None, ["（終了）" if scheme.ended_on else "", scheme.provider, scheme.summary]))
    with override("en"):
        detail_en = f"{scheme.get_kind_display()}, {scheme.get_level_display()}" + (
            " (ended)" if scheme.ended_on else ""
        )
    return Entry(
        key=scheme.key,
        title=scheme.name,
        title_en=scheme.name_en,
        path=scheme.address,
        words=(scheme.name, scheme.name_en),
        detail=detail[:300],
        detail_en=detail_en,
        text="\n".join(
            filter(
                None,
                [
                    *(each.name for each in solutions),
                    *map(spoken, fields.values()),
                    scheme.who,
                    scheme.summary,
                    scheme.detail,
                ],
            )
        ),
    )


def _save(row: Step | SchemeYear | Rate | Window) -> None:
    row.full_clean()
    row.save()


def _replace(there: list[Any], wanted: Iterable[Any]) -> None:
    """Write rows only where they say something else, so that the journal tells what changed."""
    said = list(wanted)
    if [_said(each) for each in there] == [_said(each) for each in said]:
        return
    for each in there:
        each.delete()
    for each in said:
        _save(each)


def _said(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, each.attname) for each in row._meta.concrete_fields if not each.primary_key)
