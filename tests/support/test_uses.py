"""Who used which scheme: written down, taken back, and “never” said only where the lists are whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.support.actions import end_scheme, record_use, reopen_use_list, take_use_back
from itoguchi.support.models import Scheme, Use, UseList
from itoguchi.support.queries import State, explain, reason_of, standings_of, states_for, use_years, who_may
from tests.support.test_scheme_pages import a_scheme, text_of

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 1)
TAMBA, NISHI = "282219", "282065"
UNUSED = {"not": {"used_within_years": 3}}


def area(code: str = TAMBA) -> Area:
    return Area.objects.get(code=code)


def used(scheme: Scheme, year: int, *codes: str, by: Account | None = None, is_whole: bool = False) -> int:
    areas = [area(code) for code in codes]
    return record_use(scheme, areas, year, source="採択一覧", today=DAY, by=by, is_whole=is_whole)


def states(scheme: Scheme, day: date = DAY) -> tuple[State, State]:
    found = who_may(scheme, day)
    assert found == standings_of(scheme, day).states
    for code in (TAMBA, NISHI):  # one area alone is answered the same
        assert states_for([scheme], area(code), day)[scheme.key] == found[code]
    return found[TAMBA], found[NISHI]


def test_never_is_said_only_where_the_lists_of_all_years_are_whole() -> None:
    scheme = a_scheme(rule=UNUSED)
    assert states(scheme) == (State.UNKNOWN, State.UNKNOWN)
    used(scheme, 2025, TAMBA)
    assert states(scheme) == (State.NO, State.UNKNOWN)
    for year in (2026, 2025):
        used(scheme, year, TAMBA if year == 2025 else NISHI, is_whole=True)
    assert states(scheme) == (State.NO, State.NO)
    take_use_back(Use.objects.get(area__code=NISHI), by=None, why="x")
    assert states(scheme) == (State.NO, State.UNKNOWN)  # 2024 is not whole
    record_use(scheme, (), 2024, source="x", today=DAY, by=None, is_whole=True)
    assert states(scheme) == (State.NO, State.YES)
    found = explain(scheme, area(NISHI), DAY)
    assert found
    assert reason_of(found).startswith("前に使ってからの年数は3以上")  # type: ignore[arg-type]
    assert states(scheme, date(2028, 5, 1)) == (State.UNKNOWN, State.UNKNOWN)  # two newer years are not whole
    reopen_use_list(scheme, 2025, by=None)
    assert states(scheme) == (State.NO, State.UNKNOWN)


def test_an_old_use_before_a_gap_in_the_lists_is_not_the_last_one() -> None:
    scheme = a_scheme(rule=UNUSED)
    used(scheme, 2020, TAMBA)
    used(scheme, 2026, is_whole=True)
    assert states(scheme) == (State.UNKNOWN, State.UNKNOWN)
    for year in (2025, 2024):
        used(scheme, year, is_whole=True)
    assert states(scheme) == (State.YES, State.YES)


def test_of_a_group_nothing_is_known_beyond_what_is_known_of_each_of_its_schemes() -> None:
    rule = {"not": {"used_within_years": {"years": 2, "of": "apes"}}}
    first, second = a_scheme(key="first", group="apes", rule=rule), a_scheme(key="second", group="apes")
    for year in (2026, 2025):
        used(first, year, is_whole=True)
    assert states(first) == (State.UNKNOWN, State.UNKNOWN)
    used(second, 2025, NISHI, is_whole=True)
    used(second, 2026, is_whole=True)
    assert states(first) == (State.YES, State.NO)
    reopen_use_list(second, 2026, by=None)
    assert states(first) == (State.UNKNOWN, State.NO)
    end_scheme(second, date(2026, 3, 31), by=None, why="x")  # what has ended is used no more
    assert states(first) == (State.YES, State.NO)


def test_who_may_write_it_down(officer: Account, neighbour: Account, coordinator: Account) -> None:
    scheme = a_scheme()
    assert used(scheme, 2025, TAMBA, by=officer) == 1
    assert used(scheme, 2025, TAMBA, NISHI, by=coordinator, is_whole=True) == 1
    assert [(each.fiscal_year, each.areas, each.whole_by) for each in use_years(scheme)] == [(2025, 2, "採択一覧")]
    for deed in (
        lambda: used(scheme, 2024, TAMBA, by=neighbour),
        lambda: used(scheme, 2024, TAMBA, by=officer, is_whole=True),
        lambda: take_use_back(scheme.uses.get(area=area(NISHI)), by=officer, why="x"),
        lambda: reopen_use_list(scheme, 2025, by=officer),
    ):
        with pytest.raises(PermissionDenied):
            deed()


@pytest.mark.parametrize(
    ("year", "codes", "source", "names"),
    [(2027, [TAMBA], "x", "fiscal_year"), (2025, [TAMBA], " ", "source"), (2025, [], "x", "areas")],
)
def test_what_can_t_be_is_refused(year: int, codes: list[str], source: str, names: str) -> None:
    with pytest.raises(ValidationError) as refused:
        record_use(a_scheme(), [area(code) for code in codes], year, source=source, today=DAY, by=None)
    assert list(refused.value.error_dict) == [names]
    assert not Use.objects.exists()


def test_a_list_is_pasted_and_shown_by_year(client_of: Callable[[str], Client]) -> None:
    a_scheme(rule=UNUSED)
    client, year = client_of("coordinator"), fiscal_year(timezone.localdate())
    said: dict[str, Any] = {"fiscal_year": year, "source": "採択一覧", "is_whole": "on"}
    wrong = client.post("/schemes/monkeys/uses/new", said | {"areas": "丹波篠山市\nどこにもない市\n府中市"})
    assert wrong.status_code == 422
    assert "この団体はありません：どこにもない市" in wrong.content.decode()
    wrong = client.post("/schemes/monkeys/uses/new", said | {"areas": "府中市"})
    assert "同じ名前の団体があります：府中市" in wrong.content.decode()
    listed = "丹波篠山市\r\n東京都府中市\r\n010006 北海道\r\n丹波篠山市"
    assert client.post("/schemes/monkeys/uses/new", said | {"areas": listed}).status_code == 302
    assert set(Use.objects.values_list("area__code", flat=True)) == {TAMBA, "132063", "010006"}
    page = text_of(client_of("visitor").get("/schemes/monkeys").content.decode())
    assert f"{year}年度：3団体 一覧はそろっている" in page
    page = client_of("visitor").get(f"/schemes/monkeys/uses?year={year}").content.decode()
    assert "丹波篠山市" in page
    assert "取り消す" not in page
    assert "使った団体を書く" not in page
    file = client_of("visitor").get("/schemes/monkeys/uses?format=csv").content.decode("utf-8-sig")
    assert len(file.splitlines()) == 4
    answer = client.get(f"/api/v1/scheme-uses?scheme=monkeys&area={TAMBA}").json()["items"]
    assert [(each["area"], each["is_whole"]) for each in answer] == [(TAMBA, True)]
    assert client.post(f"/schemes/monkeys/uses/years/{year}/reopen").status_code == 302
    assert not UseList.objects.exists()


def test_an_officer_says_it_of_the_own_area_and_takes_it_back(client_of: Callable[[str], Client]) -> None:
    a_scheme()
    client = client_of("officer")
    assert 'name="areas"' not in client.get("/schemes/monkeys/uses/new").content.decode()
    said = {"fiscal_year": "2025", "source": "交付決定通知", "areas": NISHI, "is_whole": "on"}
    assert client.post("/schemes/monkeys/uses/new", said).status_code == 302
    use = Use.objects.get()
    assert (use.area.code, UseList.objects.count()) == (TAMBA, 0)
    assert f"/schemes/uses/{use.pk}/take-back" in client.get("/schemes/monkeys/uses").content.decode()
    assert client_of("neighbour").post(f"/schemes/uses/{use.pk}/take-back", {"why": "x"}).status_code == 403
    assert client.post(f"/schemes/uses/{use.pk}/take-back", {"why": "書きまちがい"}).status_code == 302
    assert not Use.objects.exists()


@pytest.mark.parametrize("persona", ["visitor", "officer", "coordinator"])
def test_the_list_takes_few_queries(
    persona: str, client_of: Callable[[str], Client], django_assert_max_num_queries: Any
) -> None:
    scheme = a_scheme()
    used(scheme, 2025, *Area.objects.values_list("code", flat=True)[:60], is_whole=True)
    client = client_of(persona)
    client.get("/schemes/monkeys/uses")
    with django_assert_max_num_queries(12):
        assert client.get("/en/schemes/monkeys/uses").status_code == 200
