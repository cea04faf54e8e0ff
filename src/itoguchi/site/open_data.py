"""The page of open data: every public table with its columns, licence, day and addresses; and the same as a DCAT catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from ninja import Router

from itoguchi.core.api import answers_with, as_json, in_language_of_page
from itoguchi.core.api.datasets import Dataset, datasets
from itoguchi.core.doors import public
from itoguchi.core.journal import changed_at
from itoguchi.core.remembered import remembered

JSON, CSV = "application/json", "text/csv"
FORMS = {"ics": "text/calendar", "atom": "application/atom+xml", "geojson": "application/geo+json"}
LABELS = {"ics": "iCalendar", "atom": "Atom", "geojson": "GeoJSON"}
DCAT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@remembered(most=2)
def last_changes() -> dict[str, datetime]:
    """When the records of each public table last changed, by its key."""
    known = changed_at({model for each in datasets() for model in each.models})
    days = {each.key: [known[model] for model in each.models if model in known] for each in datasets()}
    return {key: max(found) for key, found in days.items() if found}


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All public tables."""
    changed = last_changes()
    return render(
        request,
        "site/open_data.html",
        {
            "rows": [(each, _texts(each), _addresses(each), changed.get(each.key)) for each in datasets()],
            "licence": settings.DATA_LICENCE,
            "today": timezone.localdate(),
            "breadcrumbs": [(_("公開データ"), "")],
        },
    )


@public
@require_GET
def table(request: HttpRequest, key: str) -> HttpResponse:
    """One public table: what it holds, the definition of every column, where to get it."""
    dataset = next((each for each in datasets() if each.key == key), None)
    if dataset is None:
        raise Http404
    texts = _texts(dataset)
    site = request.build_absolute_uri("/").rstrip("/")
    return render(
        request,
        "site/open_data_table.html",
        {
            "dataset": dataset,
            "texts": texts,
            "addresses": [(label, site + address) for label, address in _addresses(dataset)],
            "columns": [
                (name, in_language_of_page(f"{ja} / {en}"), in_language_of_page(definition))
                for name, ja, en, definition in dataset.columns
            ],
            "changed": last_changes().get(key),
            "licence": settings.DATA_LICENCE,
            "page": reverse(dataset.page),
            "operation": reverse("api_operation", args=[f"list_{key.replace('-', '_')}"]),
            "breadcrumbs": [(_("公開データ"), reverse("open_data")), (texts["title"], "")],
        },
    )


def _texts(dataset: Dataset) -> dict[str, str]:
    return {name: in_language_of_page(getattr(dataset, name)) for name in ("title", "about", "source")}


def _addresses(dataset: Dataset) -> list[tuple[str, str]]:
    """(form, address) of every form in which the table can be had."""
    name = dataset.key.replace("-", "_")
    plain = [("CSV", f"{name}_csv"), ("JSON", name), *((LABELS[each], f"{name}_{each}") for each in dataset.also)]
    return [(label, reverse(f"api:{view}")) for label, view in plain]


router = Router(tags=["catalogue"])


@router.get(
    "/catalogue.jsonld",
    auth=None,
    url_name="catalogue",
    operation_id="catalogue",
    summary="公開データの目録（DCAT） / Catalogue of open data (DCAT)",
    openapi_extra=answers_with("application/ld+json", type="object"),
)
def catalogue(request: HttpRequest) -> HttpResponse:
    """すべての公開データの題名、説明、ライセンス、最終更新、住所。 / Title, description, licence, last change and addresses of every public table."""
    site = request.build_absolute_uri("/").rstrip("/")
    changed = last_changes()
    held = _in_both("見本データ / Sample data") if settings.IS_SAMPLE_WORLD else None
    whole: dict[str, Any] = {
        "@context": DCAT,
        "@id": f"{site}{reverse('open_data')}",
        "@type": "dcat:Catalog",
        "dct:title": _in_both("糸口 公開データ / Open data of Itoguchi"),
        "dct:publisher": {
            "@type": "foaf:Agent",
            "foaf:name": _in_both("糸口 / Itoguchi"),
            "foaf:homepage": {"@id": site},
        },
        "dct:license": {"@id": settings.DATA_LICENCE},
        "dct:language": ["ja", "en"],
        "dcat:dataset": [_as_dcat(each, site, changed.get(each.key)) for each in datasets()],
    }
    if held:
        whole["dct:description"] = held
    return HttpResponse(as_json(whole), content_type="application/ld+json; charset=utf-8")


def _as_dcat(dataset: Dataset, site: str, changed: datetime | None) -> dict[str, Any]:
    page = f"{site}{reverse('open_data_table', args=[dataset.key])}"
    types = [CSV, JSON, *(FORMS[each] for each in dataset.also)]
    found: dict[str, Any] = {
        "@id": page,
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.key,
        "dct:title": _in_both(dataset.title),
        "dct:description": _in_both(dataset.about),
        "dct:source": _in_both(dataset.source),
        "dct:license": {"@id": settings.DATA_LICENCE},
        "dcat:landingPage": {"@id": page},
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": label,
                "dcat:accessURL": {"@id": site + address},
                "dcat:downloadURL": {"@id": site + address},
                "dcat:mediaType": kind,
                "dct:license": {"@id": settings.DATA_LICENCE},
            }
            for (label, address), kind in zip(_addresses(dataset), types, strict=True)
        ],
    }
    if changed:
        found["dct:modified"] = {"@type": "xsd:dateTime", "@value": changed.isoformat()}
    return found


def _in_both(text: str) -> list[dict[str, str]]:
    japanese, _slash, english = text.partition(" / ")
    return [{"@language": "ja", "@value": japanese}, {"@language": "en", "@value": english or japanese}]
