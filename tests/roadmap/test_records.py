"""The roadmap's records: what each edition holds, every KPI with its figures, and nothing that nobody published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, models, transaction
from django.utils.translation import override

from itoguchi.core.calendar import DatedTo
from itoguchi.core.journal import history_of
from itoguchi.core.queries import find
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.models import (
    Barrier,
    Edition,
    ExpectedEffect,
    Field,
    Kpi,
    Milestone,
    Reading,
    Solution,
    Target,
    shown_value,
    shown_yen,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data" / "roadmap"
GIVEN = yaml.safe_load((DATA / "roadmap.yaml").read_text(encoding="utf-8"))
MODELS: list[type[models.Model]] = [
    Edition,
    Field,
    Solution,
    Kpi,
    Target,
    Reading,
    Milestone,
    Barrier,
    ExpectedEffect,
]
TODAY = date(2026, 1, 1)
SEED = date(2017, 3, 24)
UNPUBLISHED = {
    "big-data",
    "child-rearing-platform",
    "phr",
    "g-spatial",
    "l-alert",
    "smart-primary-industry",
    "local-business-activation",
    "my-key-platform",
    "tourism-cloud",
    "hospitality-cloud",
    "speech-translation",
    "usage-rules",
    "security",
    "testbed",
    "5g",
}


def kpi(key: str, day: date = TODAY) -> Kpi:
    return queries.kpis(day).get(key=key)


@pytest.mark.parametrize(
    ("day", "edition", "fields", "solutions"),
    [
        ("2016-12-08", None, 0, 0),
        ("2016-12-09", "2016-12", 7, 13),
        ("2017-03-24", "2016-12", 7, 13),
        ("2017-05-25", "2016-12", 7, 13),
        ("2017-05-26", "2017-05", 9, 16),
        ("2018-04-29", "2017-05", 9, 16),
        ("2018-04-30", "2018-04", 10, 17),
        ("2026-01-01", "2018-04", 10, 17),
    ],
)
def test_each_edition_holds_its_fields_and_solutions(
    day: str, edition: str | None, fields: int, solutions: int
) -> None:
    roadmap = queries.roadmap_as_of(date.fromisoformat(day))
    assert (roadmap.edition.key if roadmap.edition else None) == edition
    assert queries.edition_as_of(date.fromisoformat(day)) == roadmap.edition
    assert (len(roadmap.fields), len(roadmap.solutions)) == (fields, solutions)
    assert [field.key for field in roadmap.foundations] == (["iot-infrastructure"] if edition else [])
    assert len(roadmap.foundation_solutions) == (5 if edition else 0)


def test_the_seven_fields_of_the_first_edition() -> None:
    names = [field.name for field in queries.roadmap_as_of(SEED).fields]
    assert names == ["教育", "医療・介護・健康", "働き方", "防災", "農林水産業", "地域ビジネス", "観光"]


def test_what_each_later_edition_added() -> None:
    added = {
        edition.key: {each.name for model in (Field, Solution) for each in model.objects.filter(since=edition)}
        for edition in queries.editions()[1:]
    }
    assert added == {
        "2017-05": {
            "官民協働サービス",
            "スマートシティ",
            "オープンデータ利活用",
            "シェアリングエコノミー",
            "ビッグデータ利活用",
        },
        "2018-04": {"子育て", "子育て支援プラットフォーム"},
    }


def test_a_month_of_publication_is_known_to_the_month() -> None:
    shown = [(edition.when.written, str(edition)) for edition in queries.editions()]
    assert [written for written, _name in shown] == ["2016-12-09", "2017-05-26", "2018-04"]
    assert shown[2][1] == "2018年4月版"


def test_every_kpi_of_the_file_is_a_record() -> None:
    for row in GIVEN["kpis"]:
        found = kpi(row["key"])
        assert (found.name, found.unit, found.source) == (row["name"], row["unit"], row["source"])
        assert found.solution_id == row.get("solution")
        assert [(target.value, target.unit, target.when.written) for target in found.targets.all()] == [
            (Decimal(str(target["value"])), target.get("unit", row["unit"]), str(target["by"]))
            for target in row["targets"]
        ]
        given = sorted(row.get("readings", ()), key=lambda reading: DatedTo.read(str(reading["at"])))
        assert [(each.when.written, each.count, each.note) for each in found.readings.all()] == [
            (str(each["at"]), each.get("count"), each.get("note", "")) for each in given
        ]
        for each, reading in zip(given, found.readings.all(), strict=True):
            if "value" in each:
                assert (reading.value, reading.is_derived) == (Decimal(str(each["value"])), False)
            else:
                assert reading.is_derived
                assert abs(reading.value - Decimal(100) * each["count"] / row["denominator"]) <= Decimal("0.05")


def test_what_is_not_published_stays_without_name_and_figure() -> None:
    nameless = {kpi.key: kpi for kpi in queries.kpis(TODAY) if not kpi.is_published}
    assert set(nameless) == UNPUBLISHED
    assert all((kpi.target, kpi.newest, kpi.unit) == (None, None, "") for kpi in nameless.values())
    assert Kpi.objects.count() == 8 + len(UNPUBLISHED)
    assert all(solution.kpis.count() == 1 for solution in Solution.objects.all())
    assert Milestone.objects.count() == 0


def test_targets_and_readings_as_published() -> None:
    shown: dict[str, Any] = {}
    for each in queries.kpis(TODAY):
        if each.target:
            newest = f"{each.newest}（{each.newest.when}）" if each.newest else None
            shown[each.key] = (f"{each.target}（{each.target.when}）", newest)
    assert shown == {
        "education-cloud": ("100 %（2020年度）", None),
        "programming-education": ("100 %（2020年度）", None),
        "ehr": ("人口の5 %（2020年度）", "人口の1 %（2017年）"),
        "telework": ("34.5 %（2020年）", "47.4 %（2020年）"),
        "open-data": ("100 %（2020年度）", "36.5 %（2019年9月17日）"),
        "sharing-economy": ("100件（2020年度）", "115件（2020年）"),
        "wifi": ("30,000か所（2021年度）", "23,896か所（2018年10月）"),
        "areas-with-iot": ("800団体（2020年度）", None),
    }


def test_earlier_targets_and_the_baseline_are_kept() -> None:
    def earlier(key: str) -> list[tuple[str, str]]:
        return [(str(target), target.when.written) for target in kpi(key).earlier_targets]

    assert earlier("wifi") == [("30,000か所", "FY2019")]
    assert earlier("sharing-economy") == [("30地域", "FY2017")]
    assert earlier("telework") == []
    baseline = kpi("telework").baseline
    assert baseline is not None
    assert (str(baseline), baseline.when.written) == ("11.5 %", "FY2012")
    assert kpi("ehr").newest.shown_count == "1,550,000人"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "day", "at"),
    [
        ("open-data", "2015-06-29", None),
        ("open-data", "2015-06-30", "2015-06"),
        ("open-data", "2017-03-24", "2017-02"),
        ("open-data", "2019-09-16", "2019-06-17"),
        ("open-data", "2019-09-17", "2019-09-17"),
        ("telework", "2013-03-30", None),
        ("telework", "2013-03-31", "FY2012"),
        ("telework", "2018-12-30", "FY2012"),
        ("telework", "2018-12-31", "2018"),
        ("wifi", "2016-10-30", None),
        ("wifi", "2016-10-31", "2016-10"),
    ],
)
def test_a_reading_counts_from_the_last_day_on_which_it_may_have_been(key: str, day: str, at: str | None) -> None:
    newest = kpi(key, date.fromisoformat(day)).newest
    assert (newest.when.written if newest else None) == at


def test_a_kpi_is_there_from_the_day_of_its_source() -> None:
    assert queries.roadmap_as_of(date(2019, 6, 20)).of_whole == ()
    assert [each.key for each in queries.roadmap_as_of(date(2019, 6, 21)).of_whole] == ["areas-with-iot"]
    assert [each.key for each in queries.roadmap_as_of(SEED).published_kpis] == [
        "education-cloud",
        "programming-education",
        "ehr",
        "telework",
        "wifi",
    ]


def test_open_data_is_counted_as_the_national_list_counts() -> None:
    counts = [(each.when.written, each.count) for each in kpi("open-data").readings.all()]
    assert counts == [
        ("2015-06", 154),
        ("2016-03", 205),
        ("2016-09", 233),
        ("2016-12", 242),
        ("2017-02", 267),
        ("2017-05", 279),
        ("2017-10", 300),
        ("2018-09", 363),
        ("2019-03-11", 465),
        ("2019-06-17", 595),
        ("2019-09-17", 652),
    ]
    assert kpi("open-data").denominator == 1788


def test_barriers_and_expected_effects() -> None:
    assert [barrier.key for barrier in queries.barriers()] == ["budget", "visible-effect", "people", "public-private"]
    effects = {each.field_id: each for each in queries.expected_effects()}
    assert list(effects) == [None, "education", "health"]
    whole = effects[None]
    assert (whole.output, whole.shown_jobs, whole.ict_investment, whole.shown_ict_jobs, whole.year) == (
        "4兆9,300億円",
        "449,300人",
        "1兆1,200億円",
        "49,100人",
        "2020年度",
    )
    education = effects["education"]
    assert (education.output, education.ict_investment, education.shown_ict_jobs) == ("4,100億円", "", "")


def test_the_field_of_three_solutions_is_our_reading() -> None:
    derived = Solution.objects.filter(field_is_derived=True)
    assert set(derived.values_list("key", flat=True)) == {"open-data", "big-data", "sharing-economy"}
    assert not any(derived.values_list("source", flat=True))
    assert not Solution.objects.filter(field_is_derived=False, source="").exists()


def test_loading_again_changes_nothing_and_mends_what_differs() -> None:
    before = {model: list(model._default_manager.order_by("pk").values()) for model in MODELS}
    changes = {model: model.pgh_event_model.objects.count() for model in MODELS}  # type: ignore[attr-defined]
    actions.load_roadmap(DATA)
    assert {model: list(model._default_manager.order_by("pk").values()) for model in MODELS} == before
    assert {model: model.pgh_event_model.objects.count() for model in MODELS} == changes  # type: ignore[attr-defined]
    Target.objects.filter(kpi="wifi").update(value=1)
    actions.load_roadmap(DATA)
    assert set(Target.objects.filter(kpi="wifi").values_list("value", flat=True)) == {Decimal(30000)}


def test_loading_takes_nothing_away_that_people_added() -> None:
    added = Reading.objects.create(kpi_id="ehr", at=date(2019, 12, 31), at_precision="year", value=2, source="x")
    actions.load_roadmap(DATA)
    assert Reading.objects.filter(pk=added.pk).exists()


def test_a_milestone_of_the_file_is_loaded(tmp_path: Path) -> None:
    step = {"kpi": "ehr", "text": "試験の工程", "by": "FY2018", "source": "試験"}
    file = tmp_path / "roadmap.yaml"
    file.write_text(yaml.safe_dump(GIVEN | {"milestones": [step]}, allow_unicode=True), encoding="utf-8")
    actions.load_roadmap(tmp_path)
    (milestone,) = queries.milestones_of([kpi("ehr")], date(2026, 11, 24))
    assert (str(milestone), milestone.when.written) == ("試験の工程", "FY2018")


def refused(constraint: str, model: type[models.Model], /, **facts: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model._default_manager.create(**facts)


def test_what_must_always_hold() -> None:
    refused(
        "one_kpi_of_a_name_per_solution",
        Kpi,
        key="other",
        solution_id="ehr",
        name=kpi("ehr").name,
        unit="percent",
        source="x",
    )
    refused(
        "one_kpi_of_a_name_per_solution", Kpi, key="other", name=kpi("areas-with-iot").name, unit="areas", source="x"
    )
    refused("published_kpi_has_unit_and_source", Kpi, key="other", name="名だけ", solution_id="ehr")
    refused("published_kpi_has_unit_and_source", Kpi, key="other")
    refused(
        "one_reading_per_kpi_and_time",
        Reading,
        kpi_id="wifi",
        at=date(2016, 10, 31),
        at_precision="month",
        value=1,
        source="x",
    )
    refused("one_baseline_per_kpi", Reading, kpi_id="telework", at=SEED, value=1, source="x", is_baseline=True)
    refused("one_expected_effect_per_field_and_year", ExpectedEffect, fiscal_year=2020, source="x")
    refused(
        "field_kind_is_known", Field, key="other", order=99, name="別", since=queries.editions()[0], kind="something"
    )


def test_values_and_yen_are_written_as_people_write_them() -> None:
    assert [shown_value(Decimal("30000.000"), unit) for unit in ("places", "areas", "people")] == [
        "30,000か所",
        "30,000団体",
        "30,000人",
    ]
    assert shown_yen(123_456_789) == "1億23,456,789円"
    with override("en"):
        assert shown_value(Decimal("1.0"), "percent-of-population") == "1 % of the population"
        assert shown_value(Decimal(30000), "places") == "30,000 places"
        assert (shown_yen(4_930_000_000_000), shown_yen(410_000_000_000)) == ("4.93 trillion yen", "410 billion yen")
        assert str(queries.editions()[0]) == "December 2016 edition"


def test_every_change_has_a_history() -> None:
    (change,) = history_of(kpi("ehr"))
    assert (change.what, change.why, change.door) == ("登録", "基準データの読み込み", "load_reference")


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("オープンデータ", "/solutions/open-data"),
        ("教育", "/fields/education"),
        ("EHR登録患者", "/kpis/ehr"),
        ("2017-05", "/roadmap/editions/2017-05"),
        ("介護", "/fields/health"),
    ],
)
def test_it_can_be_found(word: str, path: str) -> None:
    assert path in {entry.path for entry in find(word, room="roadmap")}
