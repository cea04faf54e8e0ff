"""Public tables: each with its columns defined, as a list with cursor, as CSV, and on the page of open data."""

from __future__ import annotations

import base64
import binascii
import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal, get_args, get_origin

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from itoguchi.core import exports
from itoguchi.core.api.answers import Answer
from itoguchi.core.api.problems import CONTENT_TYPE, Refusal

PAGE, LARGEST_PAGE = 100, 2000
Header = Literal["ja", "en", "keys"]


class Filters(Schema):
    """Questions that narrow a list; each room adds its own."""


class Paging(Schema):
    """Where in the list, and how much of it."""

    limit: int = Field(
        PAGE, ge=1, le=LARGEST_PAGE, description="一度に受け取る件数（2000まで） / How many at a time, up to 2000"
    )
    cursor: str | None = Field(
        None,
        max_length=500,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="前の答えの next をそのまま / What the answer before gave as `next`",
    )


class Heading(Schema):
    """How the first line of a CSV file is written."""

    header: Header = Field(
        "ja", description="見出しの言語、keys なら項目の記号 / Language of the first line; `keys`: names of the fields"
    )


@dataclass(frozen=True, slots=True)
class Dataset:
    """A public table. `rows(filters)` are in the order of `order`, fields that no two rows share; texts `日本語 / English`.

    `item(row)` gives what `answer` describes; fields that hold other things than values are left out of the CSV file.
    `models` say when it changed last; `page` is the address of its page for people.
    """

    key: str
    title: str
    about: str
    source: str
    page: str
    answer: type[Answer]
    filters: type[Filters]
    rows: Callable[[Any], QuerySet[Any] | Sequence[Any]]
    item: Callable[[Any], dict[str, Any]]
    order: tuple[str, ...]
    models: tuple[type[Model], ...]
    also: tuple[str, ...] = ()  # other forms beside JSON and CSV: ics, atom, geojson
    columns: tuple[tuple[str, str, str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(_columns_of(self.answer)))


_offered: dict[str, Dataset] = {}


def datasets() -> list[Dataset]:
    """Every public table, in the order in which the rooms offer them."""
    return list(_offered.values())


def offer(router: Router, dataset: Dataset) -> None:
    """Open `/{key}` (JSON, with cursor) and `/{key}.csv` of a public table to everybody."""
    _offered[dataset.key] = dataset
    envelope = create_model(
        f"{dataset.answer.__name__}List",
        __base__=Schema,
        count=(int, Field(title="件数 / Count", description="絞り込んだ全件の数 / How many there are in all")),
        next=(
            str | None,
            Field(title="続き / Next", description="続きがあれば次の cursor / The next cursor, when there are more"),
        ),
        items=(list[dataset.answer], Field(title="中身 / Items", description=dataset.title)),  # type: ignore[name-defined]
    )

    def as_list(request: HttpRequest, paging: Any, filters: Any = None) -> HttpResponse:
        return sent(page_of(dataset, dataset.rows(filters), paging))

    def as_csv(request: HttpRequest, heading: Any, filters: Any = None) -> HttpResponse:
        found = dataset.rows(filters)
        rows = found.order_by(*dataset.order) if isinstance(found, QuerySet) else sorted(found, key=_keys_of(dataset))
        return csv_of(dataset, map(dataset.item, rows), heading.header)

    name = dataset.key.replace("-", "_")
    router.get(
        f"/{dataset.key}", auth=None, response=envelope, url_name=name, operation_id=f"list_{name}",
        summary=dataset.title, description=dataset.about,
    )(_asking(as_list, filters=dataset.filters, paging=Paging))  # fmt: skip
    router.get(
        f"/{dataset.key}.csv", auth=None, url_name=f"{name}_csv", operation_id=f"csv_{name}",
        summary=_and(dataset.title, "（CSV）", " as CSV"), description=dataset.about, openapi_extra=answers_with("text/csv"),
    )(_asking(as_csv, filters=dataset.filters, heading=Heading))  # fmt: skip


def _and(text: str, japanese: str, english: str) -> str:
    before, _slash, after = text.partition(" / ")
    return f"{before}{japanese} / {after}{english}"


def answers_with(content_type: str, **schema: Any) -> dict[str, Any]:
    """What the OpenAPI file says of an answer that is no JSON of ours."""
    content = {content_type: {"schema": {"type": "string"} | schema}}
    return {"responses": {200: {"description": "OK", "content": content}}}


def _asking(view: Callable[..., HttpResponse], **questions: type[Schema]) -> Callable[..., HttpResponse]:
    """The view with its questions written into its signature, from which ninja reads them."""
    asked = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=schema, default=Query(...))  # type: ignore[type-arg]
        for name, schema in questions.items()
        if schema.model_fields
    ]
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest)
    view.__signature__ = inspect.Signature([request, *asked])  # type: ignore[attr-defined]
    return view


def page_of(dataset: Dataset, rows: QuerySet[Any] | Sequence[Any], paging: Paging) -> dict[str, Any]:
    """One page of a list in the one envelope."""
    keys_of = _keys_of(dataset)
    after = _read_cursor(paging.cursor, len(dataset.order)) if paging.cursor else None
    if isinstance(rows, QuerySet):
        count = rows.count()
        found = rows.order_by(*dataset.order)
        if after:
            found = _after(found, dataset.order, after)
        got = list(found[: paging.limit + 1])
    else:
        in_order = sorted(rows, key=keys_of)
        count = len(in_order)
        try:
            got = [row for row in in_order if after is None or _plain(keys_of(row)) > after][: paging.limit + 1]
        except TypeError as error:
            raise no_cursor() from error
    last = got[paging.limit - 1] if len(got) > paging.limit else None
    return {
        "count": count,
        "next": _write_cursor(keys_of(last)) if last is not None else None,
        "items": [dataset.item(row) for row in got[: paging.limit]],
    }


def _keys_of(dataset: Dataset) -> Callable[[Any], tuple[Any, ...]]:
    """What tells a row's place in the order."""
    key = attrgetter(*(name.replace("__", ".") for name in dataset.order))
    return key if len(dataset.order) > 1 else lambda row: (key(row),)


def _after(rows: QuerySet[Any], order: tuple[str, ...], after: list[Any]) -> QuerySet[Any]:
    """Rows behind a place in the order."""
    behind = Q()
    for place in range(len(order)):
        same = dict(zip(order[:place], after[:place], strict=True))
        behind |= Q(**same, **{f"{order[place]}__gt": after[place]})
    try:
        return rows.filter(behind)
    except (ValidationError, ValueError, TypeError) as error:
        raise no_cursor() from error


def no_cursor() -> Refusal:
    """No such place in the list."""
    return Refusal(
        404,
        "cursor",
        _("続きの印（cursor）が違います。"),
        [("cursor", _("前の答えの next をそのまま使うか、cursor を除いて最初から読んでください。"))],
    )


def _plain(keys: tuple[Any, ...]) -> list[Any]:
    return [each.isoformat() if isinstance(each, date) else each for each in keys]


def _write_cursor(keys: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(_plain(keys)).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, places: int) -> list[Any]:
    try:
        read = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise no_cursor() from error
    if not isinstance(read, list) or len(read) != places or not all(_fits(each) for each in read):
        raise no_cursor()
    return read


def _fits(value: Any) -> bool:
    """Text without NUL, or a number that a key may be."""
    if isinstance(value, str):
        return "\x00" not in value and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def as_json(data: Any) -> str:
    """JSON as the API writes it: days in ISO form, decimals as numbers."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_value)


def sent(data: Any) -> HttpResponse:
    """An answer in JSON; what it holds is described in the OpenAPI file, and compared with it in tests alone."""
    return HttpResponse(as_json(data), content_type=CONTENT_TYPE)


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def csv_of(dataset: Dataset, rows: Iterable[dict[str, Any]], header: Header) -> HttpResponse:
    """The rows as a CSV file for a spreadsheet that asks again by itself."""
    names = {"keys": 0, "ja": 1, "en": 2}
    table = exports.Table(
        columns=[(column[0], column[names[header]]) for column in dataset.columns],
        rows=[[_cell(row[column[0]]) for column in dataset.columns] for row in rows],
        title=dataset.key,
    )
    content, _replaced = exports.write_csv(table)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f'inline; filename="{dataset.key}.csv"'
    return response


def _cell(value: Any) -> Any:
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _columns_of(answer: type[Answer]) -> Iterable[tuple[str, str, str, str]]:
    """(name, title in Japanese, title in English, definition) of every field that fits in a cell."""
    for name, info in answer.model_fields.items():
        kinds = [info.annotation, *get_args(info.annotation)]
        inner = [each for kind in kinds if get_origin(kind) is list for each in get_args(kind)]
        if any(inspect.isclass(kind) and issubclass(kind, Schema) for kind in [*kinds, *inner]):
            continue
        japanese, _slash, english = (info.title or name).partition(" / ")
        yield name, japanese, english or name, info.description or ""
