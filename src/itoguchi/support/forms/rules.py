"""Rules as rows of conditions, joined by all or any, with one group in which it is the other way round."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Kind
from itoguchi.core.wording import say
from itoguchi.roadmap.models import Stage
from itoguchi.support.wording import BODIES, FACTS, key_of, word

MOST_ROWS = 20
USED = "used_within_years"
YES_NO = ("disadvantaged", "recommended")
NUMBERS = ("population", "fiscal_strength", "size")
WORDS = ("kind", "area", "prefecture", "block", "applicant", "members", "field", "solution", "stage")
LABELS: Mapping[str, Any] = {name: FACTS[name] for name in (*WORDS, *NUMBERS, *YES_NO)} | {
    USED: _("過去に使った年数（年、以内）")
}
RELATIONS: Mapping[str, Any] = {
    "in": _("が、次のどれか（団体の種類など）"),
    "at_least": _("以上"),
    "above": _("より大"),
    "at_most": _("以下"),
    "below": _("未満"),
    "between": _("から…まで（例：5000〜10000）"),
    "yes": _("はい"),
    "no": _("いいえ"),
    "within": _("年以内に使った（例：5、または 5 ict）"),
}
# Choices for words that are few, shown as a hint.
FEW: Mapping[str, Sequence[Any]] = {
    "kind": [kind.label for kind in Kind],
    "applicant": list(BODIES.values()),
    "stage": [stage.label for stage in Stage],
}


class ConditionForm(forms.Form):
    """One condition of a rule; an empty row says nothing."""

    fact = forms.ChoiceField(label=_("何が"), required=False, choices=[("", "—"), *LABELS.items()])
    relation = forms.ChoiceField(label=_("どう"), required=False, choices=[("", "—"), *RELATIONS.items()])
    value = forms.CharField(label=_("値"), required=False, max_length=4000, help_text=_("言葉は「、」で区切る"))
    is_not = forms.BooleanField(label=_("ではない"), required=False)
    in_group = forms.BooleanField(label=_("組に入れる"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("fact"):
            if said.get("value") or said.get("relation"):
                self.add_error("fact", _("何についての条件かを選んでください。"))
            return said
        try:
            said["condition"] = condition_said(said["fact"], said.get("relation", ""), said.get("value", ""))
        except ValidationError as error:
            self.add_error("value", error)
        else:
            if said.get("is_not"):
                said["condition"] = {"not": said["condition"]}
        return said


ConditionRows = forms.formset_factory(ConditionForm, extra=3, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


def condition_said(fact: str, relation: str, value: str) -> dict[str, Any]:
    """A row as a condition of a rule; raises ValidationError with what to write instead.

    >>> condition_said("fiscal_strength", "at_most", "0.8")
    {'fiscal_strength': {'at_most': 0.8}}
    """
    plain = unicodedata.normalize("NFKC", value).strip()
    if fact in YES_NO:
        if relation not in {"yes", "no"}:
            raise ValidationError(_("「はい」か「いいえ」を選んでください。"))
        return {fact: relation == "yes"}
    if fact == USED:
        found = re.fullmatch(r"([0-9]{1,3})(?:\s+([a-z0-9-]+))?", plain)
        if found is None:
            raise ValidationError(_("年数を書いてください（例：5。ほかの支援メニューやまとまりなら、5 ict）。"))
        years = int(found[1])
        return {fact: {"years": years, "of": found[2]} if found[2] else years}
    if fact in NUMBERS:
        return {fact: _range_said(relation, plain)}
    if relation not in {"", "in"}:
        raise ValidationError(_("言葉の条件では「次のどれか」を選んでください。"))
    words = [part.strip() for part in re.split(r"[、,，\n]", value) if part.strip()]
    if not words:
        raise ValidationError(_("言葉を一つ以上書いてください。"))
    keys = {each: key_of(fact, each) for each in words}
    for each, key in keys.items():
        if key is None:
            few = "、".join(map(str, FEW.get(fact, ())))
            raise ValidationError(say(_("「%(word)s」はありません。%(few)s"), word=each, few=few))
    return {fact: list(dict.fromkeys(keys.values()))}


def _range_said(relation: str, plain: str) -> dict[str, float]:
    if relation == "between":
        low, mark, high = re.sub("[〜～~ー]", "–", plain).partition("–")
        if not mark:
            raise ValidationError(_("下の端と上の端を「〜」でつないで書いてください（例：5000〜10000）。"))
        return {"at_least": _number(low), "at_most": _number(high)}
    if relation not in {"at_least", "above", "at_most", "below"}:
        raise ValidationError(_("「以上」「より大」「以下」「未満」のどれかを選んでください。"))
    return {relation: _number(plain)}


def _number(written: str) -> float:
    plain = written.strip().replace(",", "")
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", plain):
        raise ValidationError(
            say(_("「%(text)s」は数ではありません。単位を付けず、数だけを書いてください。"), text=written[:40])
        )
    return float(plain) if "." in plain else int(plain)


def row_of(condition: Mapping[str, Any]) -> dict[str, Any] | None:
    """A condition as the row that says it, None where a row can't.

    >>> row_of({"not": {"population": {"below": 5000}}})
    {'is_not': True, 'fact': 'population', 'relation': 'below', 'value': '5000'}
    """
    is_not = "not" in condition
    ((fact, asks),) = (condition["not"] if is_not else condition).items() or [("", None)]
    row = {"is_not": is_not, "fact": fact}
    if fact in YES_NO:
        return row | {"relation": "yes" if asks else "no", "value": ""}
    if fact == USED:
        value = f"{asks['years']} {asks['of']}" if isinstance(asks, Mapping) and "of" in asks else f"{asks}"
        return row | {"relation": "within", "value": value}
    if fact in NUMBERS:
        if set(asks) == {"at_least", "at_most"}:
            return row | {"relation": "between", "value": f"{asks['at_least']}〜{asks['at_most']}"}
        (relation, number), *more = asks.items()
        return None if more else row | {"relation": relation, "value": f"{number}"}
    if fact in WORDS:
        return row | {"relation": "in", "value": "、".join(word(fact, key) for key in asks)}
    return None


def rows_of(rule: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """How the conditions of a rule are joined, and its rows; None for a rule that rows can't say.

    >>> rows_of({"all": [{"disadvantaged": True}, {"any": [{"population": {"below": 5}}, {"recommended": True}]}]})[0]
    'all'
    """
    if not rule:
        return "all", []
    joined = next(iter(rule)) if next(iter(rule)) in {"all", "any"} else "all"
    other = "any" if joined == "all" else "all"
    rows = []
    try:
        for part in rule.get(joined, [rule]):
            for each in part.get(other, [part]):
                row = row_of(each)
                if row is None:
                    return None
                rows.append(row | {"in_group": other in part})
        said = rule_said(joined, [(condition_said(r["fact"], r["relation"], r["value"]), r) for r in rows])
    except (ValueError, TypeError, AttributeError, KeyError, ValidationError):
        return None
    return (joined, rows) if said == rule else None


def rule_said(joined: str, rows: Sequence[tuple[dict[str, Any], Mapping[str, Any]]]) -> dict[str, Any]:
    """The rule of conditions in their order, each with its row; those of the group stand where its first one stood."""
    other = "any" if joined == "all" else "all"
    parts: list[dict[str, Any]] = []
    group: list[dict[str, Any]] = []
    for condition, row in rows:
        said = {"not": condition} if row.get("is_not") and "not" not in condition else condition
        if not row.get("in_group"):
            parts.append(said)
            continue
        if not group:
            parts.append({other: group})
        group.append(said)
    if not parts:
        return {}
    return parts[0] if len(parts) == 1 and not group else {joined: parts}


def row_at(where: str, joined: str, rows: Sequence[Mapping[str, Any]]) -> int | None:
    """Which row a problem of a rule speaks of, by its place (`rule.all[1].any[0]`); None for the whole."""
    part, in_group, places = -1, -1, {}
    other = "any" if joined == "all" else "all"
    group = None
    for number, row in enumerate(rows):
        if row.get("in_group"):
            if group is None:
                part += 1
                group = part
            in_group += 1
            places[f"rule.{joined}[{group}].{other}[{in_group}]"] = number
        else:
            part += 1
            places[f"rule.{joined}[{part}]"] = number
    if len(rows) == 1 and not rows[0].get("in_group"):
        return 0
    return next((number for place, number in places.items() if where.startswith(place)), None)
