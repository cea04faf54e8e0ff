"""The API: every room's operations under one door, closed unless an operation says that it is public."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja import errors as ninja
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security import HttpBearer

from itoguchi.accounts.queries import holder_of
from itoguchi.areas.api import router as areas
from itoguchi.cases.api import router as cases
from itoguchi.core.api.door import broken, open_door
from itoguchi.core.api.once import HEADER, PATTERN, once
from itoguchi.core.api.problems import Problems, Refusal, of_questions, of_rules, refused
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.exchange.api import router as exchange
from itoguchi.learning.api import router as learning
from itoguchi.network.api import router as network
from itoguchi.outreach.api import router as outreach
from itoguchi.plans.api import router as plans
from itoguchi.reports.api import router as reports
from itoguchi.roadmap.api import router as roadmap
from itoguchi.site.open_data import router as open_data
from itoguchi.site.search import router as search
from itoguchi.support.api import router as support

ROUTERS = (areas, roadmap, support, exchange, network, outreach, learning, cases, plans, reports, open_data, search)
Run = Callable[..., HttpResponse]


class Token(HttpBearer):
    """The key of a program; who writes has the rights of its one membership."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = holder_of(token, timezone.localdate())
        if found is None:
            return None
        account, request.token = found  # type: ignore[attr-defined]
        return account


class Reader(Parser):
    """JSON that the database can hold, with a clear word where it can't."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            read = json.loads(request.body, parse_constant=_no_number)
            written = json.dumps(read, ensure_ascii=False)
            written.encode()
        except (ValueError, RecursionError) as error:
            raise Refusal(
                400, "no_json", _("本文をJSONとして読めません。形と文字コード（UTF-8）を確かめてください。")
            ) from error
        if "\\u0000" in written:
            raise Refusal(400, "nul", _("文字コード0の文字は使えません。除いてください。"))
        return read


def _no_number(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


class Api(NinjaAPI):
    """As ninja's, with our shape of refusals in the OpenAPI file."""

    def get_openapi_schema(self, **_more: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix="api/v1/")
        problems = Problems.model_json_schema(ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"] |= problems.pop("$defs") | {"Problems": problems}
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problems"}}}
        schema["components"]["responses"] = {
            f"refused-{status}": {"description": says, "content": content} for status, says in REFUSALS.items()
        } | {"not-modified": {"description": "変わっていない（If-None-Match） / Not modified"}}
        for path in schema["paths"].values():
            for method, operation in path.items():
                _describe(method, operation)
        _without_nul(schema)
        return schema


REFUSALS = {
    400: "受け取れない形 / Not readable",
    401: "鍵がない、または使えない / No key, or one that opens nothing",
    403: "この鍵ではできない / Not with this key",
    404: "ない / Not there",
    409: "記録やその決まりに合わない、またはほかの人が先に変えた / Against the records or their rules, or somebody was quicker",
    413: "大きすぎる / Too large",
    422: "受け取れない値 / Values that are not taken",
    429: "問い合わせが多すぎる / Too many requests",
    503: "いまは答えられない / Not able to answer now",
}
OF_READING = (400, 404, 422, 429, 503)


def _describe(method: str, operation: dict[str, Any]) -> None:
    """Every refusal that an operation may give, and the header that a writing one needs."""
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    operation["responses"] = {int(status): answer for status, answer in operation["responses"].items()}
    for status in REFUSALS:
        if method != "get" or status in OF_READING:
            operation["responses"].setdefault(status, {"$ref": f"#/components/responses/refused-{status}"})
    if method == "get":
        operation["responses"][304] = {"$ref": "#/components/responses/not-modified"}
    else:
        operation.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": HEADER,
                "required": True,
                "schema": {"type": "string", "pattern": PATTERN},
                "description": "この書き込みだけの文字列。同じものを送り直しても、一度しか行われない"
                " / A text of this one deed: sent again, it is done once",
            }
        )
    operation["responses"] = {str(status): answer for status, answer in sorted(operation["responses"].items())}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out rather than null."""
    kinds: list[dict[str, Any]] = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]


def _without_nul(schema: Any) -> None:
    """No text holds the character with code 0, which the database can't keep."""
    if isinstance(schema, list):
        for each in schema:
            _without_nul(each)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"pattern", "enum", "const", "format"}:
            schema["pattern"] = r"^[^\u0000]*$"
        for each in schema.values():
            _without_nul(each)


USABLE = _("使えるのは %(names)s です。それぞれ一度だけ書きます。")


def only_known_questions(run: Run) -> Run:
    """A parameter that an operation does not have is refused: a misspelt filter would otherwise filter nothing."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = sorted({name for model in models for name in model.__ninja_flatten_map__})

    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        unknown = [name for name in request.GET if name not in known]
        twice = [name for name in request.GET if name in known and len(request.GET.getlist(name)) > 1]
        if unknown or twice:
            names = "、".join(known) or "—"
            return refused(
                Refusal(
                    422,
                    "unknown_parameter",
                    _("この住所にない、または二度ある問いです。"),
                    [(name[:100], say(USABLE, names=names)) for name in [*unknown, *twice]],
                )
            )
        return run(request, *args, **kwargs)

    return asked


def done_once(run: Run) -> Run:
    """Writing is done once for each idempotency key, under the journal's context of the key's holder."""

    def written(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return run(request, *args, **kwargs)
        header = request.headers.get("Authorization", "")
        holder = holder_of(header[7:], timezone.localdate()) if header.lower().startswith("bearer ") else None
        if holder is None:
            return refused(no_token())
        account, token = holder
        with journal(by=account, door="api", token=token.pk):
            return once(request, lambda: run(request, *args, **kwargs))

    return written


def no_token() -> Refusal:
    return Refusal(
        401,
        "no_token",
        _(
            "使える鍵がありません。「自分のアカウント」の「APIの鍵」で作り、ヘッダー Authorization: Bearer … に付けてください。"
        ),
    )


api = Api(
    title="糸口 API / Itoguchi API",
    version="1",
    description=(
        "読むのに鍵は要らない。書くには、役割ごとの鍵（Authorization: Bearer）と Idempotency-Key が要る。"
        "一つの住所から一分間に受け付ける回数には限りがあり、答えの RateLimit- ヘッダーが残りを示す。"
        " / Reading needs no key. Writing needs the key of a membership (Authorization: Bearer) and an Idempotency-Key."
        " Requests per minute from one address are limited; the RateLimit- headers tell what is left."
    ),
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api",
    auth=Token(),
    parser=Reader(),
)
api.add_decorator(only_known_questions, mode="view")
api.add_decorator(done_once, mode="view")  # around the other
for router in ROUTERS:
    api.add_router("", router)


@api.exception_handler(Refusal)
def _refused(_request: HttpRequest, error: Refusal) -> HttpResponse:
    return refused(error)


@api.exception_handler(ValidationError)
def _against_rules(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refused(of_rules(error))


@api.exception_handler(ninja.ValidationError)
def _not_taken(_request: HttpRequest, error: ninja.ValidationError) -> HttpResponse:
    return refused(of_questions(error.errors))


@api.exception_handler(PermissionDenied)
def _not_allowed(_request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return refused(Refusal(403, "not_allowed", error.args[0] if error.args else _("この鍵ではできません。")))


@api.exception_handler(Http404)
def _not_there(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return refused(Refusal(404, "not_found", _("この住所には何もありません。")))


@api.exception_handler(ninja.AuthenticationError)
def _no_token(_request: HttpRequest, _error: ninja.AuthenticationError) -> HttpResponse:
    return refused(no_token())


@api.exception_handler(ninja.HttpError)
def _ninja_refused(_request: HttpRequest, error: ninja.HttpError) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, Refusal):
        return refused(cause)
    return refused(Refusal(error.status_code, "refused", _("この問い合わせは受け取れません。")))


api.add_exception_handler(Exception, broken)


def urls() -> Any:
    """The addresses of the API, each behind the door."""
    patterns: Any
    patterns, app_name, namespace = api.urls
    patterns = [pattern for pattern in patterns if pattern.name != "api-root"]
    for pattern in patterns:
        view = require_safe(pattern.callback) if pattern.name == "openapi-json" else pattern.callback
        pattern.callback = open_door(view)
    return patterns, app_name, namespace


__all__ = ["api", "urls"]
