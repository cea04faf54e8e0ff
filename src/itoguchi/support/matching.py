"""Who may use which scheme, and which schemes suit a need: from records to the engine `matching`, and back to keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block, Kind, Statistic
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.remembered import remembered
from itoguchi.core.search import words_of
from itoguchi.core.wording import say
from itoguchi.engines.matching import eligibility, ranking
from itoguchi.engines.matching.__main__ import said_of
from itoguchi.engines.matching.eligibility import (
    AllOf,
    AnyOf,
    Condition,
    Not,
    Range,
    Reason,
    Rule,
    State,
    Table,
    Verdict,
)
from itoguchi.engines.matching.ranking import Match, Part, Timing
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support.models import Scheme, SchemeYear, Use, Window

__all__ = [
    "WHOLE_DAY",
    "AllOf",
    "AnyOf",
    "Asked",
    "Condition",
    "Hour",
    "Match",
    "Not",
    "Part",
    "Range",
    "Reason",
    "Rule",
    "Standings",
    "State",
    "Timing",
    "Verdict",
    "check_rule",
    "entered_part",
    "explain",
    "gaps_of",
    "hour_of",
    "judged",
    "match",
    "match_many",
    "names_of",
    "needs_consortium",
    "rule_of",
    "said_of",
    "standings_of",
    "states_for",
    "who_may",
    "with_more_to_enter",
]

MEASURES = {
    Statistic.Measure.POPULATION: "population",
    Statistic.Measure.FISCAL_STRENGTH: "fiscal_strength",
    Statistic.Measure.DISADVANTAGED: "disadvantaged",
}
FEW = 80  # matches that a page looks at; longer answers are not kept in memory
STATES = {1: State.YES, 0: State.UNKNOWN, -1: State.NO}
# What may be wrong with a rule (PROBLEMS of the engine), in the words of who writes it.
PROBLEMS: Mapping[str, Any] = {
    "shape": _("条件の形ではありません。条件を一つずつ選んでください。"),
    "word": _("「%(a)s」という条件はありません。"),
    "list": _("言葉を一つ以上選んでください。"),
    "yes_no": _("「%(a)s」は、はい・いいえのどちらでもありません。"),
    "number": _("「%(a)s」は数ではありません。0以上の数を書いてください。"),
    "whole": _("「%(a)s」は整数ではありません。"),
    "range": _("範囲を書いてください（以上・より大きい・以下・未満）。"),
    "empty_range": _("%(a)sから%(b)sの間には何もありません。下の端を上の端より小さくしてください。"),
    "too_deep": _("条件の入れ子が深すぎます（%(a)s段まで）。"),
    "too_long": _("条件が多すぎます（%(a)sまで）。"),
    "never": _("だれも満たせない条件です。直すか消してください。"),
    "clash": _("両立しない条件があります（%(a)s）。どちらかを直すか消してください。"),
    "always": _("だれでも満たす条件です。"),
    "tangled": _("条件が込み入りすぎていて確かめられません。簡単に書いてください。"),
    "unknown_key": _("「%(a)s」はありません。一覧から選んでください。"),
}


@dataclass(frozen=True, slots=True)
class Hour:
    """Keys of the windows that, on a day they open or close on, are not open yet, or over, at a moment of that day.

    Without any the whole day counts: what closes at noon can be asked for on that day.
    """

    coming: frozenset[int] = frozenset()
    over: frozenset[int] = frozenset()


WHOLE_DAY = Hour()


def hour_of(day: date, now: datetime) -> Hour:
    """What of a day is to come or over at a moment (1 query, or none while nothing changes); of another day all of it counts."""
    if day != timezone.localdate(now):
        return WHOLE_DAY
    turns = _turns(day)
    return Hour(
        frozenset(key for key, opens, _closes in turns if opens and opens > now),
        frozenset(key for key, _opens, closes in turns if closes and closes < now),
    )


@remembered(most=4, of=("support_schemes",))
def _turns(day: date) -> list[tuple[int, datetime | None, datetime | None]]:
    """Key, beginning and end of the windows that open or close at an hour of a day (1 query)."""
    begins = timezone.make_aware(datetime.combine(day, time()))
    span = (begins, begins + timedelta(days=1))
    windows = Window.objects.filter(Q(opens_at__range=span) | Q(closes_at__range=span), has_time=True)
    return list(windows.values_list("pk", "opens_at", "closes_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A need as it is matched: what is known of it beside its area."""

    text: str = ""
    fields: frozenset[str] = frozenset()
    solutions: frozenset[str] = frozenset()
    size_yen: int | None = None
    wanted: date | None = None
    applicant: str | None = None
    members: frozenset[str] | None = None
    recommended: bool | None = None
    stage: str | None = None


def check_rule(given: object) -> tuple[str, ...]:
    """Refuse a rule that makes no sense (ValidationError, with its place); returns what is odd about it, in words.

    An empty rule is no rule: who may use the scheme is then unknown.
    """
    if given == {}:
        return ()
    try:
        rule = eligibility.parse(given, _vocabulary())
        return tuple(f"{each.where}: {PROBLEMS[each.problem]}" for each in eligibility.remarks(rule, _vocabulary()))
    except eligibility.NotARule as error:
        about = dict(zip("ab", map(str, error.about), strict=False))
        text = PROBLEMS.get(error.problem, PROBLEMS["shape"])
        raise ValidationError(
            {"rule": say("%(where)s: %(text)s", where=error.where, text=say(text, **about))}
        ) from error


def rule_of(given: Mapping[str, Any]) -> Rule | None:
    """The rule of a record, None where none is known."""
    return _rule(repr(given)) if given else None


@lru_cache(maxsize=10_000)
def _rule(written: str) -> Rule:
    from ast import literal_eval

    return eligibility.parse(literal_eval(written))


UNENTERED: Mapping[str, Any] = {"unentered": True}


def with_more_to_enter(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule beside which the text of the call asks more that nobody has entered: no stays no, yes becomes unknown.

    >>> with_more_to_enter({"prefecture": ["280003"]})
    {'all': [{'prefecture': ['280003']}, {'unentered': True}]}
    """
    if not rule:
        return {}  # of which nothing is known anyway
    return {"all": [*rule.get("all", [rule]), dict(UNENTERED)]}


def entered_part(rule: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The other way round: what is entered of a rule, and whether there is more to enter.

    >>> entered_part({"all": [{"prefecture": ["280003"]}, {"unentered": True}]})
    ({'prefecture': ['280003']}, True)
    """
    parts = rule.get("all", [])
    if not parts or parts[-1] != UNENTERED:
        return dict(rule), False
    rest = parts[:-1]
    return (rest[0] if len(rest) == 1 else {"all": rest}), True


def match(
    area: Area,
    asked: Asked,
    day: date,
    *,
    top: int = 10,
    among: Collection[str] | None = None,
    hour: Hour = WHOLE_DAY,
) -> tuple[Match, ...]:
    """The schemes that suit a need best, who may before who may not, each with its reasons (some 10 queries).

    `among`: keys of the schemes to choose from; without it, all. Asked the same again while nothing changes, a page is
    answered from memory.
    """
    if among is None and top <= FEW:
        return _few(area, asked, day, top, hour)
    return _ranked(area, asked, day, top, hour, among)


@remembered(most=128, of=("areas", "roadmap", "support_schemes"))
def _few(area: Area, asked: Asked, day: date, top: int, hour: Hour) -> tuple[Match, ...]:
    return _ranked(area, asked, day, top, hour, None)


def _ranked(
    area: Area, asked: Asked, day: date, top: int, hour: Hour, among: Collection[str] | None
) -> tuple[Match, ...]:
    need = ranking.Need(
        key="",
        area=area.code,
        fields=asked.fields,
        solutions=asked.solutions,
        words=words_of(asked.text),
        size=asked.size_yen,
        wanted=asked.wanted,
        applicant=asked.applicant,
        members=asked.members,
        recommended=asked.recommended,
        stage=asked.stage,
    )
    matcher = _matcher(day, hour)
    if among is not None:
        matcher = ranking.Matcher([each for each in matcher.schemes if each.key in among], day)
    return matcher.match(need, _areas(day), top)


def match_many(needs: Sequence[tuple[str, Asked]], day: date, hour: Hour = WHOLE_DAY) -> list[State | None]:
    """Of many needs (code of the area, what is asked) what the schemes in sight answer at best; some 10 queries.

    In sight of a need is a scheme that can be asked for on the day and is for one of its fields, or for any
    (docs/engines/matching.md §9); one from a file that names no field is for nobody knows which, and in sight of none. None: there is none, or the need has no field.
    Who may comes first in a ranking (§14), so that the first place alone tells it.
    """
    areas, found = _areas(day), dict[int, State | None]()
    of_solution = dict(Solution.objects.values_list("key", "field"))
    from_files = Scheme.objects.filter(origin__in=[Scheme.Origin.JGRANTS, Scheme.Origin.LIST])
    nobody_knows = set(from_files.filter(fields=None, solutions=None).values_list("pk", flat=True))
    schemes = [
        (each, each.fields | {of_solution[key] for key in each.solutions})
        for each in _matcher(day, hour).schemes
        if _is_open(each, day) and each.key not in nobody_knows
    ]
    groups: dict[frozenset[str], dict[tuple[str, Asked], list[int]]] = {}
    for place, (code, asked) in enumerate(needs):  # what asks the same is answered once
        groups.setdefault(asked.fields, {}).setdefault((code, asked), []).append(place)
    for fields, places in groups.items():
        there = [scheme for scheme, its_fields in schemes if its_fields & fields or not its_fields] if fields else []
        if there:
            best = ranking.Matcher(there, day).rank([_project(*each) for each in places], areas, top=1).states[:, 0]
            for each, state in zip(places.values(), best, strict=True):
                found |= dict.fromkeys(each, STATES[int(state)])
    return [found.get(place) for place in range(len(needs))]


def _is_open(scheme: ranking.Scheme, day: date) -> bool:
    return any(each.first <= day <= each.last for each in scheme.windows)


def who_may(scheme: Scheme, day: date, asked: Asked | None = None) -> dict[str, State]:
    """Code of every area → whether it may use a scheme, with what is said of the project (some 4 queries)."""
    if asked is None:
        return dict(standings_of(scheme, day).states)
    rule, table = rule_of(scheme.rule), _areas(day)
    if rule is None:
        return dict.fromkeys(table.keys, State.UNKNOWN)
    states = eligibility.who_may(
        rule, ranking.applicants([_project(code, asked) for code in table.keys], table), scheme.key
    )
    return {code: STATES[int(state)] for code, state in zip(table.keys, states, strict=True)}


def states_for(schemes: Iterable[Scheme], area: Area, day: date) -> dict[str, State]:
    """Key of every scheme given → whether one area may use it (2 queries)."""
    rules = [(each.key, rule_of(each.rule)) for each in schemes]
    if not rules:
        return {}
    states = eligibility.answer_all(rules, _table([area], day)).states()
    return {key: STATES[int(row[0])] for (key, _rule), row in zip(rules, states, strict=True)}


def gaps_of(verdict: Verdict | Reason) -> tuple[Reason, ...]:
    """What is missing or unknown in an answer (docs/engines/matching.md §6)."""
    return eligibility.gaps_of(verdict)


@dataclass(frozen=True, slots=True)
class Standings:
    """How every area stands to a scheme; `states` by code, and what first stands in the way of one."""

    scheme: Scheme
    table: Table
    states: Mapping[str, State]

    def gap(self, code: str) -> Reason | None:
        """What an area lacks first, or has to enter; None where it may use the scheme, or no rule is known."""
        rule = rule_of(self.scheme.rule)
        if rule is None:
            return None
        row = self.table.row(self.table.keys.index(code))
        return next(iter(eligibility.gaps_of(eligibility.explain(rule, row, self.scheme.key))), None)


def standings_of(scheme: Scheme, day: date) -> Standings:
    """The reverse match: all areas at once (3 queries)."""
    rule, table = rule_of(scheme.rule), _areas(day)
    if rule is None:
        return Standings(scheme, table, dict.fromkeys(table.keys, State.UNKNOWN))
    states = eligibility.who_may(rule, table, scheme.key)
    return Standings(scheme, table, {code: STATES[int(each)] for code, each in zip(table.keys, states, strict=True)})


def explain(scheme: Scheme, area: Area, day: date, asked: Asked | None = None) -> Verdict | Reason | None:
    """How an area stands to a scheme's rule; None where no rule is known (2 queries)."""
    rule = rule_of(scheme.rule)
    if rule is None:
        return None
    table = _table([area], day)
    if asked is not None:
        table = ranking.applicants([_project(area.code, asked)], table)
        return eligibility.explain(rule, table.row(0), scheme.key)
    return eligibility.explain(rule, table.row(0), scheme.key)


def judged(area: Area, asked: Asked, day: date) -> Callable[[Mapping[str, Any], str], tuple[State, tuple[Reason, ...]]]:
    """Answers of one area and project to any number of rules (of a scheme or a rate): the state, and what is missing.

    Some 4 queries in all. No rule (empty) is unknown.
    """
    row = ranking.applicants([_project(area.code, asked)], _areas(day)).row(0)

    def judge(rule: Mapping[str, Any], scheme: str) -> tuple[State, tuple[Reason, ...]]:
        known = rule_of(rule)
        if known is None:
            return State.UNKNOWN, ()
        answer = eligibility.explain(known, row, scheme)
        return answer.state, eligibility.gaps_of(answer)

    return judge


def needs_consortium(scheme: Scheme) -> bool:
    """Whether the rule lets only several bodies together apply."""
    rule = rule_of(scheme.rule)
    applicants = [each.asks for each in _conditions(rule) if each.fact == "applicant"] if rule else []
    named = {word for asks in applicants if isinstance(asks, frozenset) for word in asks}
    return "consortium" in named and "area" not in named


def _conditions(rule: Rule) -> Iterator[Condition]:
    match rule:
        case Condition():
            yield rule
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _conditions(part)
        case Not():
            return  # who may not apply is no answer to who may


def _project(code: str, asked: Asked) -> ranking.Need:
    return ranking.Need(
        key=code,
        area=code,
        fields=asked.fields,
        solutions=asked.solutions,
        size=asked.size_yen,
        applicant=asked.applicant,
        members=asked.members,
        recommended=asked.recommended,
        stage=asked.stage,
    )


NAMED: Mapping[str, Any] = {"area": Area, "prefecture": Area, "block": Block, "field": Field, "solution": Solution}


@remembered(most=20, of=("areas", "roadmap"))
def names_of(fact: str) -> dict[str, str]:
    """Key → name of what the conditions of a fact may name: areas, prefectures, blocks, fields, solutions (1 query)."""
    rows = NAMED[fact]._default_manager.all()
    if fact == "prefecture":
        rows = rows.filter(kind=Kind.PREFECTURE)
    return {each.code if isinstance(each, Area) else each.pk: str(each) for each in rows}


@remembered(most=4, of=("areas", "roadmap"))
def _vocabulary() -> dict[str, frozenset[str]]:
    """What rules may name (4 queries)."""
    codes = frozenset(Area.objects.values_list("code", flat=True))
    return {
        "area": codes,
        "prefecture": frozenset(Area.objects.filter(kind=Kind.PREFECTURE).values_list("code", flat=True)),
        "block": frozenset(Block.objects.values_list("key", flat=True)),
        "field": frozenset(Field.objects.values_list("key", flat=True)),
        "solution": frozenset(Solution.objects.values_list("key", flat=True)),
    }


@remembered(most=4, of=("areas", "support_schemes"))
def _areas(day: date) -> Table:
    """What is on record of every area as of a day (3 queries)."""
    return _table(list(Area.objects.select_related("prefecture").order_by("code")), day)


def _table(areas: Sequence[Area], day: date) -> Table:
    """What is on record of some areas as of a day (2 queries)."""
    facts: dict[str, dict[str, Any]] = {}
    keys: dict[int, str] = {}
    for area in areas:
        keys[area.pk] = area.code
        facts[area.code] = {
            "kind": area.kind,
            "area": area.code,
            "prefecture": area.prefecture.code if area.prefecture else area.code,
            "block": area.block_id,
        }
    of_one = {"area": areas[0].pk} if len(areas) == 1 else {}
    newest = (
        Statistic.objects.filter(measure__in=list(MEASURES), year__lte=day.year, **of_one)
        .order_by("area", "measure", "-year")
        .distinct("area", "measure")
    )
    for area_key, measure, value in newest.values_list("area", "measure", "value"):
        fact = MEASURES[Statistic.Measure(measure)]
        known = bool(value) if fact == "disadvantaged" else int(value) if fact == "population" else float(value)
        facts[keys[area_key]][fact] = known
    _add_uses(facts, keys, day)
    return Table.of({code: eligibility.facts_of(each) for code, each in facts.items()})


def _add_uses(facts: Mapping[str, dict[str, Any]], keys: Mapping[int, str], day: date) -> None:
    """Years since an area used each scheme and group, as far as the lists of who used it are whole (1 query)."""
    year = fiscal_year(day)
    used: dict[str, dict[int, int]] = {}
    listed: dict[str, set[int | None]] = {}
    about: dict[str, tuple[str, int]] = {}  # of a scheme its group, and the fiscal year with which it ended
    for scheme, group, ended, area, when in _uses_and_lists(list(keys), year):
        if area is None or when is None:
            listed.setdefault(scheme, set()).add(when)
            about[scheme] = group, fiscal_year(ended) if ended else year
            continue
        for of in {scheme, group} - {""}:
            known = used.setdefault(of, {})
            known[area] = max(when, known.get(area, when))
    whole = _whole_years(listed, about, year)
    for area, code in keys.items():
        facts[code]["years_since_use"] = {
            of: _years_between(whole.get(of, 0), year - used[of][area] if area in used.get(of, ()) else None)
            for of in {*used, *whole}
        }


def _uses_and_lists(areas: Sequence[int], year: int) -> Iterable[tuple[str, str, date | None, int | None, int | None]]:
    """Scheme, its group and last day, area and fiscal year of every use; without area, of every whole list (1 query).

    Schemes of a group are among the lists even if they have none.
    """
    of_one = {"area": areas[0]} if len(areas) == 1 else {}
    uses = Use.objects.filter(fiscal_year__lte=year, **of_one).order_by()
    lists = Scheme.objects.filter(Q(use_lists__isnull=False) | ~Q(group="")).order_by()
    lists = lists.annotate(nobody=Value(None, output_field=BigIntegerField()))
    return uses.values_list("scheme", "scheme__group", "scheme__ended_on", "area", "fiscal_year").union(
        lists.values_list("key", "group", "ended_on", "nobody", "use_lists__fiscal_year"), all=True
    )


def _whole_years(
    listed: Mapping[str, set[int | None]], about: Mapping[str, tuple[str, int]], year: int
) -> dict[str, int]:
    """Key of a scheme or group → for how many fiscal years back, this one counted, all its uses are on record.

    What has ended is used no more. Of a group it holds as far as it does of each of its schemes.
    """
    found: dict[str, int] = {}
    for key, years in listed.items():
        group, ended = about[key]
        whole = next(back for back in count() if year - back not in years and year - back <= ended)
        for of in {key, group} - {""}:
            found[of] = min(whole, found.get(of, whole))
    return {of: whole for of, whole in found.items() if whole}


def _years_between(whole: int, last: int | None) -> int | dict[str, int] | None:
    """Years since the last use: there is none in the last `whole` years but on record, and one `last` years ago (None: none).

    >>> _years_between(3, 1), _years_between(3, 8), _years_between(3, None), _years_between(0, None)
    (1, {'at_least': 3, 'at_most': 8}, {'at_least': 3}, None)
    """
    if last is None:
        return {"at_least": whole} if whole else None
    return last if last <= whole else {"at_least": whole, "at_most": last}


class YearRow(NamedTuple):
    """A fiscal year of a scheme: least size of a project in yen, and how many asked and were chosen, None where not published.

    The most that is paid is no size: a larger project is paid as much.
    """

    year: int
    least: int | None
    asked: int | None
    chosen: int | None


@remembered(most=4, of=("roadmap", "support_schemes"))
def _matcher(day: date, hour: Hour) -> ranking.Matcher:
    """All schemes that have not ended, as of a day and an hour of it (4 queries)."""
    last = fiscal_year(day) + 1
    fields, solutions = _topics_by_scheme()
    years, windows = _years_by_scheme(last), _windows_by_scheme(last, day, hour)
    texts = ("name", "summary", "detail", "who")
    rows = Scheme.objects.exclude(ended_on__lte=day).values_list("key", "rule", *texts)
    nothing = YearRow(0, None, None, None)
    schemes = []
    for key, rule, *said in rows.iterator():
        newest = next(iter(years.get(key, ())), nothing)
        known = next((each for each in years.get(key, ()) if None not in (each.asked, each.chosen)), nothing)
        schemes.append(
            ranking.Scheme(
                key=key,
                rule=rule_of(rule),
                fields=frozenset(fields.get(key, ())),
                solutions=frozenset(solutions.get(key, ())),
                words=_words(*said),
                windows=tuple(windows.get(key, ())),
                least=newest.least,
                asked=known.asked,
                chosen=known.chosen,
            )
        )
    return ranking.Matcher(schemes, day)


def _topics_by_scheme() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Keys of the fields, and of the solutions, by scheme (1 query)."""
    found: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    fields = Scheme.fields.through.objects.values_list(Value(0), "scheme_id", "field_id")
    solutions = Scheme.solutions.through.objects.values_list(Value(1), "scheme_id", "solution_id")
    for place, scheme, key in fields.union(solutions, all=True):
        found[place].setdefault(scheme, []).append(key)
    return found


def _years_by_scheme(last: int) -> dict[str, list[YearRow]]:
    """The years up to the last, the newest first, by scheme (1 query)."""
    found: dict[str, list[YearRow]] = {}
    rows = SchemeYear.objects.filter(fiscal_year__lte=last).order_by("-fiscal_year")
    for each in rows.values_list("scheme_id", "fiscal_year", "min_yen", "asked", "chosen"):
        found.setdefault(each[0], []).append(YearRow(*each[1:]))
    return found


def _windows_by_scheme(last: int, day: date, hour: Hour) -> dict[str, list[ranking.Window]]:
    """The windows of these years, by scheme, as they count on a day (1 query).

    One of which no end is told counts to the end of its fiscal year, which is told nobody as its end.
    """
    found: dict[str, list[ranking.Window]] = {}
    rows = Window.objects.filter(year__fiscal_year__lte=last)
    rows = rows.order_by("-year__fiscal_year", "closes_at", "opens_at")
    a_day = timedelta(days=1)
    for key, scheme, year, opens_at, closes_at in rows.values_list(
        "pk", "year__scheme_id", "year__fiscal_year", "opens_at", "closes_at"
    ):
        opens, closes = (timezone.localdate(at) if at else None for at in (opens_at, closes_at))
        window = ranking.Window(
            opens,
            closes,
            begins=day + a_day if key in hour.coming else None,
            ends=day - a_day if key in hour.over else None if closes else date(year + 1, 3, 31),
        )
        found.setdefault(scheme, []).append(window)
    return found


@lru_cache(maxsize=20_000)
def _words(*texts: str) -> tuple[str, ...]:
    return words_of("\n".join(texts))
