"""Rules and reasons in words: what a scheme asks for, how an area stands to it, and what has to be entered where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itoguchi.areas.models import Kind
from itoguchi.roadmap.models import Stage
from itoguchi.support.matching import AllOf, AnyOf, Condition, Not, Range, Reason, Rule, names_of

FACTS: Mapping[str, Any] = {
    "kind": gettext_lazy("団体の種類"),
    "area": gettext_lazy("団体"),
    "prefecture": gettext_lazy("都道府県"),
    "block": gettext_lazy("地域ブロック"),
    "population": gettext_lazy("人口"),
    "fiscal_strength": gettext_lazy("財政力指数"),
    "disadvantaged": gettext_lazy("条件不利地域"),
    "years_since_use": gettext_lazy("前に使ってからの年数"),
    "applicant": gettext_lazy("申請者"),
    "members": gettext_lazy("構成員"),
    "recommended": gettext_lazy("地方公共団体の推薦"),
    "field": gettext_lazy("分野"),
    "solution": gettext_lazy("分野別モデル"),
    "stage": gettext_lazy("段階"),
    "size": gettext_lazy("事業費"),
    "unentered": gettext_lazy("ほかの条件"),
}
BODIES: Mapping[str, Any] = {
    "area": gettext_lazy("地方公共団体"),
    "association": gettext_lazy("関係団体"),
    "bank": gettext_lazy("金融機関"),
    "chamber": gettext_lazy("商工会議所・商工会"),
    "citizens": gettext_lazy("市民団体"),
    "company": gettext_lazy("民間企業"),
    "consortium": gettext_lazy("コンソーシアム"),
    "fund": gettext_lazy("基金・財団"),
    "npo": gettext_lazy("NPO"),
    "third_sector": gettext_lazy("第三セクター"),
    "university": gettext_lazy("大学"),
}
YES_NO: Mapping[str, tuple[Any, Any]] = {
    "disadvantaged": (gettext_lazy("条件不利地域である"), gettext_lazy("条件不利地域でない")),
    "recommended": (gettext_lazy("地方公共団体の推薦がある"), gettext_lazy("地方公共団体の推薦がない")),
    "unentered": (
        gettext_lazy("まだ登録されていないほかの条件を満たす"),
        gettext_lazy("まだ登録されていないほかの条件を満たさない"),
    ),
}
# What has to be entered where, for what nobody knows yet.
ENTER: Mapping[str, Any] = {
    "area": gettext_lazy("%(fact)sが登録されていません。事務局が統計を取り込むと、判定できます。"),
    "project": gettext_lazy("%(fact)sを書くと判定できます。"),
    "text": gettext_lazy(
        "登録された条件のほかにも条件があり、まだ登録されていません。募集要領で確かめてください。実施主体か事務局が登録すると、判定できます。"
    ),
}


def sentence_of(rule: Rule | None) -> str:
    """`財政力指数が0.8以下、または条件不利地域である`."""
    if rule is None:
        return _("使える条件は、公の資料から確かめられていません。")
    return _said(rule, is_wanted=True, is_inner=False)


def _said(rule: Rule, *, is_wanted: bool, is_inner: bool) -> str:
    match rule:
        case Condition():
            return condition_of(rule, is_wanted=is_wanted)
        case Not(part):
            return _said(part, is_wanted=not is_wanted, is_inner=is_inner)
        case AllOf(parts) | AnyOf(parts):
            together = isinstance(rule, AllOf) == is_wanted
            if not parts:
                return _("だれでも使える") if together else _("だれも使えない")
            said = [_said(part, is_wanted=is_wanted, is_inner=len(parts) > 1) for part in parts]
            joined = (_("、かつ") if together else _("、または")).join(said)
            return f"（{joined}）" if is_inner and len(parts) > 1 else joined


def condition_of(condition: Condition, *, is_wanted: bool = True) -> str:
    """One condition as a clause, said the other way round where the rule wants it not met."""
    fact, asks = condition.fact, condition.asks
    if isinstance(asks, bool):
        return str(YES_NO[fact][0 if asks == is_wanted else 1])
    if isinstance(asks, Range):
        if fact == "years_since_use":
            years = number(fact, asks.high)
            said = _("過去%(years)s年のうちに使った") if is_wanted else _("過去%(years)s年のうちに使っていない")
            return said % {"years": years}
        text = _("%(fact)sが%(range)s") if is_wanted else _("%(fact)sが%(range)sではない")
        return text % {"fact": FACTS[fact], "range": range_of(fact, asks)}
    words = words_of(fact, asks)
    if fact == "members":
        return (_("構成員に%(words)sがいる") if is_wanted else _("構成員に%(words)sがそろっていない")) % {
            "words": words
        }
    text = _("%(fact)sが%(words)s") if is_wanted else _("%(fact)sが%(words)sではない")
    return text % {"fact": FACTS[fact], "words": words}


def range_of(fact: str, asks: Range) -> str:
    """`0.4以上0.8以下`, `1未満`."""
    low, high = "", ""
    if asks.low > 0 or not asks.has_low:
        text = _("%(number)s以上") if asks.has_low else _("%(number)sより大")
        low = text % {"number": number(fact, asks.low)}
    if asks.high != float("inf"):
        text = _("%(number)s以下") if asks.has_high else _("%(number)s未満")
        high = text % {"number": number(fact, asks.high)}
    return _("、").join(filter(None, (low, high)))


def number(fact: str, value: float) -> str:
    """A number as its fact is written: people and yen with commas, an index with two places."""
    if value == float("inf"):
        return _("使ったことがない")
    match fact:
        case "population":
            return _("%(number)s人") % {"number": f"{value:,.0f}"}
        case "size":
            return _("%(number)s円") % {"number": f"{value:,.0f}"}
        case "fiscal_strength":
            return f"{value:.2f}"
    return f"{value:g}"


def words_of(fact: str, keys: Iterable[str]) -> str:
    """Words of a condition by name, `市・町・村`."""
    return _("・").join(word(fact, key) for key in sorted(keys))


def word(fact: str, key: str) -> str:
    """One word of a condition by name."""
    match fact:
        case "kind":
            return str(Kind(key).label)
        case "stage":
            return str(Stage(key).label)
        case "applicant" | "members":
            return str(BODIES.get(key, key))
    at_hand = _at_hand.get()
    if at_hand is None:
        return names_of(fact).get(key, key)
    if fact not in at_hand:
        at_hand[fact] = names_of(fact)
    return at_hand[fact].get(key, key)


_at_hand: ContextVar[dict[str, dict[str, str]] | None] = ContextVar("names at hand", default=None)


@contextmanager
def names_at_hand() -> Iterator[None]:
    """Inside, the names of each kind of word are asked for once, however many sentences there are."""
    before = _at_hand.set({})
    try:
        yield
    finally:
        _at_hand.reset(before)


def reason_of(reason: Reason) -> str:
    """How an area stands to one condition: `財政力指数は0.84（条件：0.80以下）`, or what has to be entered."""
    fact = reason.condition.fact
    if reason.value is None:
        if fact == "years_since_use":
            return _(
                "前に使ったかどうか、記録だけでは分かりません（その年度の利用団体の一覧がそろっていません）。庁内の記録で確かめてください。"
            )
        return str(ENTER[reason.of]) % {"fact": FACTS[fact]}
    if isinstance(reason.value, bool):
        return str(YES_NO[fact][0 if reason.value else 1])
    if reason.relation == "lacks":
        return _("構成員に%(words)sがいない") % {"words": words_of(fact, reason.bound)}  # type: ignore[arg-type]
    asks, asked = reason.condition.asks, condition_of(reason.condition, is_wanted=reason.is_wanted)
    if isinstance(reason.value, Range):
        own = range_of(fact, reason.value)
    elif isinstance(reason.value, float | int):
        own = number(fact, reason.value)
        if isinstance(asks, Range) and reason.is_wanted and fact != "years_since_use":
            asked = range_of(fact, asks)
    else:
        own = words_of(fact, reason.value if isinstance(reason.value, frozenset) else [str(reason.value)])
    return _("%(fact)sは%(own)s（条件：%(asked)s）") % {"fact": FACTS[fact], "own": own, "asked": asked}


def key_of(fact: str, written: str) -> str | None:
    """The key of a word as people write it: its key itself, or its name; None for one that is not there."""
    if fact in {"kind", "stage"}:
        names = {value: str(label) for value, label in (Kind if fact == "kind" else Stage).choices}
    elif fact in {"applicant", "members"}:
        names = {key: str(label) for key, label in BODIES.items()}
    else:
        at_hand = _at_hand.get()
        names = names_of(fact) if at_hand is None else at_hand.setdefault(fact, names_of(fact))
    if written in names:
        return written
    found = [key for key, name in names.items() if name == written]
    return found[0] if len(found) == 1 else None
