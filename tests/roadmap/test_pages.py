"""Pages of the roadmap: targets beside readings as of a day, nothing made up, few queries, both languages."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.roadmap.models import Kpi, Milestone, Reading, Solution
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

PAGES = [
    "/roadmap/",
    "/roadmap/?as_of=2017-03-24",
    "/roadmap/?as_of=2016-12-08",
    "/roadmap/table",
    "/roadmap/table?field=education",
    "/roadmap/editions/2016-12",
    "/roadmap/editions/2018-04",
    "/fields/health",
    "/fields/iot-infrastructure",
    "/fields/child-rearing?as_of=2017-03-24",
    "/solutions/open-data",
    "/solutions/open-data?as_of=2017-03-24",
    "/solutions/phr",
    "/solutions/wifi",
    "/kpis/telework",
    "/kpis/open-data?as_of=2018-12-31",
    "/kpis/open-data/forecast",
    "/kpis/open-data/forecast?as_of=2018-12-31",
    "/kpis/wifi/forecast",
    "/kpis/phr",
    "/kpis/areas-with-iot",
    "/kpis/areas-with-iot?as_of=2017-03-24",
]


def text_of(client: Client, path: str) -> str:
    """The words of a page's main part, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main_of(client.get(path).content.decode())))


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_few_times(client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/roadmap/", "/fields/education", "/solutions/open-data", "/roadmap/table"])
def test_more_rows_ask_no_more(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        solution = Solution.objects.create(
            key=f"more-{number}", field_id="education", order=100 + number, name=f"増 {number}", since_id="2016-12"
        )
        for parent in (solution, Solution.objects.get(key="open-data")):
            kpi = Kpi.objects.create(
                key=f"{parent.key}-{number}", solution=parent, name=f"増 {number}", unit="percent", source="x"
            )
            kpi.targets.create(order=1, value=1, unit="percent", by=date(2021, 3, 31))
            Reading.objects.create(kpi=kpi, at=date(2018, 1, 1), value=1, source="x")
            Milestone.objects.create(kpi=kpi, text="増", by=date(2018, 1, 1), source="x")
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_are_english(client: Client, path: str) -> None:
    assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_resolves(client: Client, path: str) -> None:
    html = main_of(client.get(path).content.decode())
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    for target in set(re.findall(r'href="([^"]+)"', html)):
        if target.startswith("#"):
            assert target[1:] in ids
        elif not target.startswith("?"):
            address = target.split("#")[0].replace("&amp;", "&")
            assert client.get(address, follow=True).status_code == 200, target  # a panel leads on to its page


@pytest.mark.parametrize(
    ("day", "fields", "solutions"), [("2017-03-24", 7, 13), ("2017-06-01", 9, 16), ("2018-05-01", 10, 17)]
)
def test_the_page_counts_the_fields_without_the_foundation(
    client: Client, day: str, fields: int, solutions: int
) -> None:
    html = client.get("/roadmap/", {"as_of": day}).content.decode()
    figures = [int(found) for found in re.findall(r'<a class="figure" href="[^"]+">(\d+)<', html)]
    assert figures[:3] == [fields, solutions, 5]
    main = main_of(html)
    cards = main[main.index('<ul class="fields">') : main.index('id="foundation"')]
    assert cards.count("<h3>") == fields
    assert "IoT基盤" not in cards


def test_a_target_stands_beside_its_newest_reading_as_of_the_day(client: Client) -> None:
    now = text_of(client, "/kpis/wifi")
    assert "30,000か所 2021年度まで" in now
    assert "23,896か所 2018年10月" in now
    assert "前の目標 30,000か所 2019年度まで" in now
    then = text_of(client, "/kpis/wifi?as_of=2017-03-24")
    assert "14,000か所 2016年10月" in then
    assert "20,980か所" not in then.partition("変更の記録")[0]


def test_a_share_that_was_worked_out_says_so(client: Client) -> None:
    page = text_of(client, "/solutions/open-data")
    assert "36.5 % 2019年9月17日 · 652団体 · 実数から計算" in page
    assert "母数 1,788" in page
    assert "分野は読み取り" in page


@pytest.mark.parametrize("path", ["/solutions/phr", "/kpis/phr", "/roadmap/table?field=disaster"])
def test_what_nobody_published_is_said_with_a_next_step(client: Client, path: str) -> None:
    assert "公表値なし" in text_of(client, path)
    if "table" not in path:
        assert 'href="/areas/"' in main_of(client.get(path).content.decode())


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/fields/child-rearing", "2018-04-30"),
        ("/solutions/sharing-economy", "2017-05-26"),
        ("/kpis/areas-with-iot", "2019-06-21"),
        ("/kpis/open-data", "2017-05-26"),
        ("/kpis/education-cloud", "2016-12-08"),
    ],
)
def test_before_its_first_day_a_page_says_so_and_leads_there(client: Client, path: str, first: str) -> None:
    before = main_of(client.get(path, {"as_of": "2016-12-01"}).content.decode())
    assert "まだありません" in before
    assert f'href="{path}?as_of={first}"' in before
    assert "まだありません" not in text_of(client, f"{path}?as_of={first}")


def test_before_the_first_edition_there_is_no_roadmap(client: Client) -> None:
    page = text_of(client, "/roadmap/?as_of=2016-12-08")
    assert "2016年12月8日）までに" in page or "までに公表されたロードマップはありません" in page
    assert "教育クラウド" not in page


def test_a_reader_stays_on_the_day(client: Client) -> None:
    page = main_of(client.get("/roadmap/", {"as_of": "H29.3.24"}).content.decode())
    assert 'href="/fields/education?as_of=2017-03-24"' in page
    assert 'href="/fields/education"' in main_of(client.get("/roadmap/").content.decode())


@pytest.mark.parametrize("path", ["/roadmap/", "/fields/education", "/solutions/ehr", "/kpis/ehr"])
def test_a_day_that_does_not_exist_is_refused(client: Client, path: str) -> None:
    assert client.get(path, {"as_of": "2017-02-30"}).status_code == 400
    assert client.get(f"/en{path}", {"as_of": "soon"}).status_code == 400


@pytest.mark.parametrize("path", ["/fields/x", "/solutions/x", "/kpis/x", "/roadmap/editions/2015-01"])
def test_an_unknown_address_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "count"), [("", 23), ("field=education", 2), ("field=iot-infrastructure", 5), ("field=x", 23)]
)
def test_the_table_is_narrowed_by_field(client: Client, query: str, count: int) -> None:
    assert client.get(f"/roadmap/table?{query}").context["table"].count == count


@pytest.mark.parametrize("sort", ["field", "-solution", "kpi"])
def test_the_table_is_sorted(client: Client, sort: str) -> None:
    assert client.get("/roadmap/table", {"sort": sort}).status_code == 200


def test_the_file_carries_every_figure_and_address(client: Client) -> None:
    text = client.get("/roadmap/table?format=csv").content.decode("utf-8-sig")
    rows = {row["住所"]: row for row in csv.DictReader(io.StringIO(text))}
    assert len(rows) == 23
    telework = rows["/kpis/telework"]
    assert (telework["目標"], telework["目標の期限"], telework["最新の実績値"], telework["実績値の時点"]) == (
        "34.5",
        "2020",
        "47.4",
        "2020",
    )
    assert (telework["基準値"], telework["基準値の時点"]) == ("11.5", "FY2012")
    assert (rows["/kpis/phr"]["公表"], rows["/kpis/phr"]["目標"]) == ("公表値なし", "")
    assert rows["/kpis/areas-with-iot"]["分野"] == "ロードマップ全体"
    written = json.loads(client.get("/roadmap/table?format=json").content)
    assert {row["address"]: row["target"] for row in written["rows"]}["/kpis/wifi"] == 30000
    assert client.get("/roadmap/table?format=xlsx").content[:2] == b"PK"


def test_an_edition_marks_what_it_added(client: Client) -> None:
    first = text_of(client, "/roadmap/editions/2016-12")
    assert "子育て" not in first
    second = main_of(client.get("/roadmap/editions/2017-05").content.decode())
    assert second.count(">追加<") == 5
    assert second.count(">分野は読み取り<") == 3


def test_a_milestone_is_shown_where_a_source_has_one(client: Client) -> None:
    assert "年ごとの工程を載せた公表資料は見つかっていません" in text_of(client, "/solutions/ehr")
    Milestone.objects.create(kpi_id="ehr", text="試験の工程", by=date(2018, 3, 31), by_precision="month", source="試験")
    assert "2018年3月 試験の工程" in text_of(client, "/solutions/ehr")


def test_every_change_of_a_figure_is_on_the_page_of_its_kpi(client: Client) -> None:
    Reading.objects.filter(kpi="ehr").update(value=2)
    page = text_of(client, "/kpis/ehr")
    assert "変更 実績値 2017年: 人口の2 %" in page
    assert "登録 実績値 2017年: 人口の1 %" in page
    assert "登録 目標 2020年度: 人口の5 %" in page


def test_a_reading_has_its_own_place_on_the_page(client: Client) -> None:
    reading = Reading.objects.select_related("kpi").get(kpi="open-data", count=242)
    assert reading.get_absolute_url() == "/kpis/open-data#at-2016-12"
    assert 'id="at-2016-12"' in client.get("/kpis/open-data").content.decode()


def test_the_navigation_leads_here(client: Client) -> None:
    html = client.get("/roadmap/").content.decode()
    labels = re.findall(r">([^<]+)</a>", html[html.index("<nav") : html.index("</nav>")])
    assert labels[:8] == [
        "自治体",
        "ロードマップ",
        "支援メニュー",
        "課題と提案",
        "事例",
        "説明会",
        "会合",
        "人材プラン",
    ]
