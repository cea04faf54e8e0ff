"""The one shape of every refusal: `{"error": {code, message, message_en, fields}}`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from ninja import Schema
from pydantic import Field

from itoguchi.core.wording import say

CONTENT_TYPE = "application/json; charset=utf-8"


class FieldProblem(Schema):
    """What is wrong with one field or parameter, and what would be right."""

    field: str = Field(
        title="項目 / Field", description="項目の名前（本文では values.0.year のように） / Name of the field"
    )
    message: str = Field(title="説明 / Message in Japanese", description="日本語 / in Japanese")
    message_en: str = Field(title="説明（英語） / Message in English", description="英語 / in English")


class Problem(Schema):
    """Why a request was refused, and what to do."""

    code: str = Field(title="記号 / Code", description="変わらない記号 / A word that stays the same")
    message: str = Field(title="説明 / Message in Japanese", description="日本語 / in Japanese")
    message_en: str = Field(title="説明（英語） / Message in English", description="英語 / in English")
    fields: list[FieldProblem] = Field(
        title="項目ごと / By field", description="項目ごとの説明 / What is wrong with each field"
    )


class Problems(Schema):
    """Every refusal has this shape."""

    error: Problem = Field(title="誤り / Error", description="断った理由 / Why it was refused")


class Refusal(Exception):  # noqa: N818, said as people say it
    """A request is refused with a status, a code, a lazy text, and (field, text) of each field that is wrong."""

    def __init__(self, status: int, code: str, text: Any, fields: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(code)
        self.status, self.code, self.text, self.fields = status, code, text, tuple(fields)


NO_SUCH = _("この記号のものはありません（%(key)s）。")
NOT_TAKEN = _("受け取れない値があります。項目ごとの説明を見て直してください。")


def wrong(*fields: tuple[str, Any]) -> Refusal:
    """(field, text) of each value that has the right form but does not fit the records."""
    return Refusal(409, "refused", NOT_TAKEN, fields)


def not_there(what: str) -> Refusal:
    """No record has this key."""
    return Refusal(404, "not_found", say(NO_SUCH, key=what[:100]))


def no_key(field: str, key: str, text: Any = NO_SUCH) -> Refusal:
    """A filter names a record that is not there: an empty list would hide the slip."""
    return Refusal(404, "not_found", NOT_TAKEN, [(field, say(text, key=key[:100]))])


def spoken(text: Any) -> dict[str, str]:
    """A lazy text in both languages."""
    said = {}
    for name, language in (("message", "ja"), ("message_en", "en")):
        with override(language):
            said[name] = str(text)
    return said


def refused(refusal: Refusal) -> HttpResponse:
    """The answer to a refused request."""
    fields = [{"field": field, **spoken(text)} for field, text in refusal.fields]
    error = {"code": refusal.code, **spoken(refusal.text), "fields": fields}
    content = json.dumps({"error": error}, ensure_ascii=False)
    return HttpResponse(content, status=refusal.status, content_type=CONTENT_TYPE)


def of_rules(error: ValidationError) -> Refusal:
    """What the rules of a deed refuse, field by field where they name fields."""
    known = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    fields = [
        (
            "" if field == NON_FIELD_ERRORS else field,
            say(problem.message, **problem.params) if problem.params else problem.message,
        )
        for field, problems in known.items()
        for problem in problems
    ]
    return Refusal(409, "refused", _("記録の決まりに合いません。項目ごとの説明を見て直してください。"), fields)


# What pydantic finds, in words for people; anything else is told in its own English.
TEXTS = {
    "missing": _("必要な項目です。書いてください。"),
    "extra_forbidden": _("この項目はありません。名前を確かめてください。"),
    "int_parsing": _("整数で書いてください。"),
    "int_type": _("整数で書いてください。"),
    "int_from_float": _("整数で書いてください。"),
    "decimal_parsing": _("数で書いてください。"),
    "decimal_type": _("数で書いてください。"),
    "bool_type": _("true か false で書いてください。"),
    "bool_parsing": _("true か false で書いてください。"),
    "string_type": _("文字列で書いてください。"),
    "list_type": _("配列で書いてください。"),
    "model_attributes_type": _("項目の組（オブジェクト）で書いてください。"),
    "value_error": _("日付は 2017-03-24 の形で書いてください。"),
    "date_from_datetime_parsing": _("日付は 2017-03-24 の形で書いてください。"),
    "date_parsing": _("日付は 2017-03-24 の形で書いてください。"),
    "date_type": _("日付は 2017-03-24 の形で書いてください。"),
}
WITH_LIMIT = {
    "greater_than_equal": ("ge", _("%(limit)s 以上にしてください。")),
    "less_than_equal": ("le", _("%(limit)s 以下にしてください。")),
    "string_too_long": ("max_length", _("%(limit)s 文字までにしてください。")),
    "string_too_short": ("min_length", _("%(limit)s 文字以上にしてください。")),
    "too_long": ("max_length", _("%(limit)s 件までにしてください。")),
    "too_short": ("min_length", _("%(limit)s 件以上にしてください。")),
    "literal_error": ("expected", _("次のどれかにしてください：%(limit)s")),
    "enum": ("expected", _("次のどれかにしてください：%(limit)s")),
    "string_pattern_mismatch": ("pattern", _("形が違います（%(limit)s）。")),
    "decimal_max_digits": ("max_digits", _("%(limit)s 桁までにしてください。")),
    "decimal_max_places": ("decimal_places", _("小数点以下は %(limit)s 桁までにしてください。")),
}


def of_questions(errors: Iterable[Mapping[str, Any]]) -> Refusal:
    """What is wrong with parameters and body, each place with its cure."""
    fields = []
    for error in errors:
        place = ".".join(str(part) for part in error["loc"][1:])
        if error["type"] in WITH_LIMIT:
            name, text = WITH_LIMIT[error["type"]]
            told = say(text, limit=str(error.get("ctx", {}).get(name, "")).replace(" or ", ", "))
        else:
            told = TEXTS.get(error["type"], say(_("この値は受け取れません（%(why)s）。"), why=error["msg"]))
        fields.append((place.removeprefix("given."), told))
    return Refusal(422, "invalid", NOT_TAKEN, fields)
