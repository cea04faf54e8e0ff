"""The pages that explain the API: how to read, write and be refused, and every operation, from its own description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itoguchi.core.api import in_language_of_page
from itoguchi.core.api.once import HEADER
from itoguchi.core.doors import public
from itoguchi.site.api import REFUSALS, api

GROUPS = {
    "areas": gettext_lazy("自治体と統計"),
    "roadmap": gettext_lazy("ロードマップとKPI"),
    "support": gettext_lazy("支援メニューとニーズ"),
    "exchange": gettext_lazy("課題と提案"),
    "cases": gettext_lazy("事例と参照モデル"),
    "plans": gettext_lazy("最初の一歩と計画"),
    "meetings": gettext_lazy("会合と提言"),
    "briefings": gettext_lazy("説明会"),
    "plan": gettext_lazy("人材プラン"),
    "reports": gettext_lazy("状況報告"),
    "search": gettext_lazy("すべての部屋をさがす"),
    "catalogue": gettext_lazy("目録"),
}
SHAPES = {
    "string": gettext_lazy("文字列"),
    "integer": gettext_lazy("整数"),
    "number": gettext_lazy("数"),
    "boolean": gettext_lazy("真偽"),
    "array": gettext_lazy("配列"),
    "object": gettext_lazy("項目の組"),
    "date": gettext_lazy("日付"),
    "date-time": gettext_lazy("日時"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a body or an answer; `schema` is its part of the OpenAPI file."""

    name: str
    schema: dict[str, Any]
    title: str
    text: str
    is_required: bool

    @property
    def says(self) -> str:
        title = self.title if " / " in self.title and self.title != self.text else ""
        return _("：").join(in_language_of_page(text) for text in (title, self.text) if text)

    @property
    def shape(self) -> str:
        """What may stand there, in words."""
        kinds = [each for each in self.schema.get("anyOf", [self.schema]) if each.get("type") != "null"]
        return _("、").join(_shape(each) for each in kinds) + (
            _("（ないこともある）") if len(kinds) < len(self.schema.get("anyOf", kinds)) else ""
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One deed of the API."""

    key: str
    method: str
    path: str
    group: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[tuple[str, str, tuple[Field, ...]], ...]  # (status, content type, fields)
    refusals: tuple[int, ...]
    needs_token: bool

    @property
    def title(self) -> str:
        return in_language_of_page(self.summary)

    @property
    def about(self) -> str:
        return in_language_of_page(self.description)


@cache
def operations() -> dict[str, Operation]:
    """Every operation by its key, as the OpenAPI file describes it."""
    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]
    found = [
        _operation(method.upper(), path, each, schemas)
        for path, methods in described["paths"].items()
        for method, each in methods.items()
    ]
    return {each.key: each for each in found}


def _operation(method: str, path: str, described: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    good = [(status, each) for status, each in described["responses"].items() if "content" in each]
    return Operation(
        key=described["operationId"],
        method=method,
        path=path,
        group=described["tags"][0],
        summary=described["summary"],
        description=described.get("description", ""),
        parameters=tuple(
            Field(each["name"], each["schema"], "", each.get("description", ""), each["required"])
            for each in described.get("parameters", ())
        ),
        body=tuple(_fields(body, schemas)) if body else (),
        answers=tuple(
            (status, kind, tuple(_fields(content["schema"], schemas)))
            for status, each in good
            for kind, content in each["content"].items()
        ),
        refusals=tuple(int(status) for status in described["responses"] if int(status) in REFUSALS),
        needs_token="security" in described,
    )


def _fields(schema: dict[str, Any], schemas: dict[str, Any], before: str = "") -> Iterator[Field]:
    """The fields of a schema and of what lies in it, `items[].name` by `items[].name`."""
    schema = _resolved(schema, schemas)
    for name, inner in schema.get("properties", {}).items():
        inner_schema = _resolved(inner, schemas)
        texts = (inner.get("title", ""), inner.get("description", ""))
        yield Field(before + name, inner_schema, *texts, name in schema.get("required", ()))
        if inner_schema.get("type") == "array":
            yield from _fields(inner_schema["items"], schemas, f"{before}{name}[].")
        else:
            for each in inner_schema.get("anyOf", [inner_schema]):
                yield from _fields(each, schemas, f"{before}{name}.")


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _shape(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(SHAPES["object"])
    said = [str(SHAPES[schema.get("format") or schema.get("type", "object")])]
    if "enum" in schema:
        said.append(" | ".join(map(str, schema["enum"])))
    if "pattern" in schema:
        said.append(schema["pattern"])
    if "minimum" in schema or "maximum" in schema:
        said.append(f"{schema.get('minimum', '')}–{schema.get('maximum', '')}")
    if "maxLength" in schema:
        said.append(_("%(most)s文字まで") % {"most": schema["maxLength"]})
    return " ".join(said)


@public
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """How to use the API, and a list of all it does."""
    by_group = [
        (label, [each for each in operations().values() if each.group == group]) for group, label in GROUPS.items()
    ]
    return render(
        request,
        "site/api_page.html",
        {
            "groups": by_group,
            "refusals": [(status, in_language_of_page(text)) for status, text in REFUSALS.items()],
            "root": request.build_absolute_uri(reverse("api:openapi-json")).removesuffix("openapi.json"),
            "limit": settings.API_LIMIT,
            "once": HEADER,
            "breadcrumbs": [(_("公開データ"), reverse("open_data")), (_("APIの使い方"), "")],
        },
    )


@public
@require_GET
def operation(request: HttpRequest, key: str) -> HttpResponse:
    """One operation: what to send, what comes back, how it may be refused."""
    found = operations().get(key)
    if found is None:
        raise Http404
    return render(
        request,
        "site/api_operation.html",
        {
            "operation": found,
            "site": request.build_absolute_uri("/").rstrip("/"),
            "answers": [
                (status, HTTPStatus(int(status)).phrase, kind, fields) for status, kind, fields in found.answers
            ],
            "refusals": [(status, in_language_of_page(REFUSALS[status])) for status in found.refusals],
            "breadcrumbs": [
                (_("公開データ"), reverse("open_data")),
                (_("APIの使い方"), reverse("api_page")),
                (found.title, ""),
            ],
        },
    )
