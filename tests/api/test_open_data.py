"""The pages of open data and of the API, and what people and programs do with them later."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from itoguchi.accounts.models import ApiToken
from itoguchi.areas.models import Area
from itoguchi.core.api import datasets
from itoguchi.core.journal import history_of
from itoguchi.outreach.actions import Facts, change_briefing, plan_briefing
from itoguchi.site.api import api
from itoguchi.site.api_page import operations
from tests.api.test_writing import PLAN, send
from tests.conftest import Site
from tests.personas import account_of

pytestmark = pytest.mark.django_db
CLIENT = Path(__file__).parents[2] / "src/itoguchi/site/static/site/clients/keep_copy.py"


@pytest.mark.parametrize("language", ["", "/en"])
def test_every_public_table_has_a_page_with_its_columns_day_and_addresses(client: Client, language: str) -> None:
    whole = client.get(f"{language}/data/").content.decode()
    for each in datasets():
        assert f'href="{language}/data/{each.key}"' in whole
        page = client.get(f"{language}/data/{each.key}").content.decode()
        for name, *_titles in each.columns:
            assert f"<code>{name}</code>" in page
        assert f"/api/v1/{each.key}.csv" in page
        assert "creativecommons.org" in page


def test_the_page_of_open_data_costs_a_handful_of_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        client.get("/data/")


def test_every_address_in_the_catalogue_answers_in_the_form_it_names(client: Client) -> None:
    catalogue = client.get("/api/v1/catalogue.jsonld").json()
    assert [each["dct:identifier"] for each in catalogue["dcat:dataset"]] == [each.key for each in datasets()]
    for each in catalogue["dcat:dataset"]:
        assert {text["@language"] for text in each["dct:title"]} == {"ja", "en"}
        assert each["dct:license"]["@id"].startswith("https://")
        assert client.get(urlsplit(each["dcat:landingPage"]["@id"]).path).status_code == 200
        for form in each["dcat:distribution"]:
            answer = client.head(urlsplit(form["dcat:downloadURL"]["@id"]).path)
            assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, form["dcat:mediaType"])


def texts_in(schema: Any) -> Iterator[str]:
    """Every title and description that the pages show."""
    if isinstance(schema, list):
        for each in schema:
            yield from texts_in(each)
    elif isinstance(schema, dict):
        for name, value in schema.items():
            if name in {"summary", "description"} and isinstance(value, str):
                yield value
            else:
                yield from texts_in(value)


def test_every_operation_is_explained_in_both_languages(client: Client) -> None:
    guide = client.get("/en/data/api").content.decode()
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    for key, operation in operations().items():
        assert f"/en/data/api/{key}" in guide
        shown = [operation.summary, operation.description, *(each.text for each in operation.parameters)]
        shown += [
            each.text for each in (*operation.body, *(field for answer in operation.answers for field in answer[2]))
        ]
        for text in filter(None, shown):
            ours, slash, theirs = text.partition(" / ")
            assert slash, (key, text)
            assert ours, (key, text)
            assert not japanese.search(theirs), (key, text)
    assert client.get("/data/api/no_such_operation").status_code == 404
    page = client.get("/data/api/plan_briefing").content.decode()
    assert "Idempotency-Key" in page
    assert "開催日" in page


def test_the_description_is_the_one_of_openapi_itself() -> None:
    described = api.get_openapi_schema()
    assert described["openapi"].startswith("3.")
    assert set(operations()) == {each["operationId"] for path in described["paths"].values() for each in path.values()}
    assert json.loads(json.dumps(described)) == described


def test_a_key_is_shown_once_writes_for_its_role_and_is_stopped(client_of: Any) -> None:
    client: Client = client_of("bureau")
    bureau = account_of("bureau")
    asked = {
        "name": "行事予定の連携",
        "membership": bureau.terms[0].pk,
        "last_day": timezone.localdate() + timedelta(9),
    }
    made = client.post("/account/tokens", asked).content.decode()
    secret = re.search(r"ito_[\w-]{20,}", made)
    assert secret
    again = client.get("/account/tokens").content.decode()
    assert "行事予定の連携" in again
    assert secret.group() not in again
    assert send(secret.group(), "/briefings", PLAN).status_code == 201
    token = ApiToken.objects.get()
    assert secret.group() not in str(history_of(token))
    assert client_of("coordinator").get("/account/people/bureau").content.decode().count("行事予定の連携")
    client.post(f"/account/tokens/{token.pk}/revoke")
    assert send(secret.group(), "/briefings", PLAN | {"day": "2030-02-08"}, key="another-deed").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"last_day": "2000-01-01"}, {"last_day": "2999-01-01"}, {"membership": "0"}, {"name": ""}, {"last_day": "soon"}],
)
def test_a_key_that_may_not_be_is_refused_beside_its_field(wrong: dict[str, str], client_of: Any) -> None:
    bureau = account_of("bureau")
    asked = {"name": "x", "membership": str(bureau.terms[0].pk), "last_day": timezone.localdate().isoformat()}
    page = client_of("bureau").post("/account/tokens", asked | wrong).content.decode()
    assert "errorlist" in page
    assert not ApiToken.objects.exists()


def test_who_can_write_nothing_is_told_so(client_of: Any) -> None:
    page = client_of("adviser").get("/account/tokens").content.decode()
    assert "いまの役割には、APIから書き込めるものがありません" in page
    adviser = account_of("adviser")
    asked = {"name": "x", "membership": adviser.terms[0].pk, "last_day": timezone.localdate().isoformat()}
    client_of("adviser").post("/account/tokens", asked)
    assert not ApiToken.objects.exists()


def facts_in_kyoto(day: date) -> Facts:
    kyoto = Area.objects.get(code="260002")
    return Facts(day=day, place="京都府", title="説明会", prefecture=kyoto, prefectures=frozenset({kyoto}))


def test_an_officer_of_a_prefecture_keeps_briefings_in_a_calendar_and_a_spreadsheet(client: Client) -> None:
    # On the page of the prefecture there is a way to receive its briefings, with an address for each program.
    panel = client.get("/briefings/panels/area/260002").content.decode()
    receive = re.search(r'href="(/briefings/event-list\?[^"]*prefecture=260002)"', panel)
    assert receive
    page = client.get(receive.group(1)).content.decode()
    of_calendar, of_table = (
        found.group(1).replace("&amp;", "&").removeprefix("http://testserver")
        for found in (re.search(rf'href="([^"]*{name}[^"]*)"', page) for name in (r"calendar\.ics", r"briefings\.csv"))
        if found
    )

    def calendar() -> list[Any]:
        return Calendar.from_ical(client.get(of_calendar).content).walk("VEVENT")

    def spreadsheet() -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(client.get(of_table).content.decode("utf-8-sig"))))

    assert (calendar(), spreadsheet()) == ([], [])
    by = account_of("coordinator")
    planned = plan_briefing(facts_in_kyoto(date(2030, 1, 7)), by=by)
    assert [each["DTSTART"].dt for each in calendar()] == [date(2030, 1, 7)]
    assert [each["開催日"] for each in spreadsheet()] == ["2030-01-07"]
    uid, first = calendar()[0]["UID"], calendar()[0].get("SEQUENCE", 0)
    # It moves: the same entry moves in the calendar, and the next refresh of the table shows the new day.
    change_briefing(planned, facts_in_kyoto(date(2030, 1, 21)), by=by, why="会場の都合")
    assert [(each["UID"], each["DTSTART"].dt) for each in calendar()] == [(uid, date(2030, 1, 21))]
    assert calendar()[0].get("SEQUENCE", 0) > first
    assert [each["開催日"] for each in spreadsheet()] == ["2030-01-21"]


def test_a_company_copies_all_areas_nightly_and_gets_nothing_while_nothing_changes(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "areas.csv"

    def night() -> str:
        run = [sys.executable, str(CLIENT), f"{site.url}/api/v1/areas.csv", str(copy)]
        return subprocess.run(run, check=True, capture_output=True, text=True, timeout=60).stdout

    assert "updated" in night()
    lines = copy.read_bytes().splitlines()
    assert len(lines) == 1 + 1788
    assert "no change" in night()
    assert copy.read_bytes().splitlines() == lines
    copy.unlink()  # whoever lost the copy gets it whole, whatever mark was left
    assert "updated" in night()
    missing = subprocess.run(
        [sys.executable, str(CLIENT), f"{site.url}/api/v1/nothing.csv", str(copy)],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert missing.returncode == 1
    assert "404" in missing.stderr
    assert copy.read_bytes().splitlines() == lines
