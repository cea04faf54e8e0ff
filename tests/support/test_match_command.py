"""`itoguchi match_schemes`: ranked schemes with their reasons, and clear words for what it can't read."""

from __future__ import annotations

import json
import random
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from itoguchi.areas import sample

pytestmark = pytest.mark.django_db


def run(file: Path, *more: str, area: str = "282219") -> str:
    out = StringIO()
    call_command("match_schemes", "--area", area, "--need-file", str(file), "--as-of", "2018-05-01", *more, stdout=out)
    return out.getvalue()


def a_need(folder: Path, **given: Any) -> Path:
    file = folder / "need.json"
    file.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    return file


def test_it_ranks_schemes_with_eligible_reasons_gaps_window_and_score(tmp_path: Path) -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))
    file = a_need(
        tmp_path, text="猿が畑を荒らす、見回りの人手がない", solutions=["smart-primary-industry"], applicant="area",
        size_yen=5_000_000,
    )  # fmt: skip
    found = json.loads(run(file, "--json"))
    assert (found["area"], found["as_of"]) == ("282219", "2018-05-01")
    first = found["schemes"][0]
    assert {"scheme", "eligible", "reasons", "gaps", "window", "score"} <= first.keys()
    assert {each["eligible"] for each in found["schemes"]} <= {"yes", "no", "unknown"}
    order = ["yes", "unknown", "no"]
    ranks = [(order.index(each["eligible"]), -each["score"]) for each in found["schemes"]]
    assert ranks == sorted(ranks)
    assert "regional-iot" in {each["scheme"] for each in found["schemes"][:5]}
    telework = next(
        each
        for each in json.loads(run(file, "--json", "--top", "99"))["schemes"]
        if each["scheme"] == "furusato-telework"
    )
    assert telework["eligible"] == "no"
    assert telework["gaps"][0]["text"].startswith("申請者は地方公共団体")


def test_people_get_a_table(tmp_path: Path) -> None:
    assert "地域IoT" in run(a_need(tmp_path, solutions=["ehr"]))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{", "JSON"),
        ("[]", "—"),
        ('{"moon": 1}', "moon"),
        ('{"text": 1}', "text"),
        ('{"fields": "x"}', "fields"),
        ('{"size_yen": 0}', "size_yen"),
        ('{"size_yen": true}', "size_yen"),
        ('{"wanted": "いつか"}', ""),
    ],
)
def test_what_is_no_need_is_refused(tmp_path: Path, given: str, says: str) -> None:
    file = tmp_path / "need.json"
    file.write_text(given, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        run(file)
    assert says in str(refused.value)
    assert refused.value.returncode == 2


def test_an_area_or_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="282210"):
        run(a_need(tmp_path), area="282210")
    with pytest.raises(CommandError, match=r"nothing\.json"):
        run(tmp_path / "nothing.json")
