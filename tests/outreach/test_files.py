"""Briefings as files: イベント一覧 and calendars go out and come back unchanged; what can't be is named by row and cure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import prefectures
from itoguchi.core.exports import write_csv
from itoguchi.core.imports import ImportRefused
from itoguchi.core.models import ImportedFile
from itoguchi.outreach.actions import Facts, plan_briefing
from itoguchi.outreach.event_list import COLUMNS, Records, counts_for, read_remarks, remarks_of, table_of, unknown_items
from itoguchi.outreach.files import bring_in, read_file
from itoguchi.outreach.models import Briefing, Rule
from itoguchi.outreach.queries import briefings, coverage

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
KYOTO = "数える範囲：京都府"


def plan_in_kyoto(day: date, by: Account | None = None) -> Briefing:
    area = Area.objects.get(code="260002")
    facts = Facts(day=day, place="京都府", title="地方自治体向け説明会", prefecture=area, prefectures=frozenset({area}))
    return plan_briefing(facts, by=by)


def a_file(*rows: dict[str, Any], header: tuple[str, ...] = COLUMNS, encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    usual = {"イベント名": "説明会", "開始日": "2027-04-01", "場所名称": "京都府", "備考": KYOTO}
    for number, row in enumerate(rows, start=1):
        cells = usual | {"NO": str(number)} | row
        writer.writerow([cells.get(name, "") for name in header])
    return out.getvalue().encode(encoding)


def problems_of(data: bytes, name: str = "x.csv") -> list[tuple[int | None, str, str]]:
    with pytest.raises(ImportRefused) as refused:
        read_file(data, name, TODAY)
    return [(each.row, str(each.column), f"{each.message} {each.cure}") for each in refused.value.problems]


@pytest.mark.parametrize("query", ["format=csv", "format=csv&encoding=cp932", "format=xlsx"])
def test_the_exported_file_comes_back_with_no_change(client: Client, query: str) -> None:
    cancelled = plan_in_kyoto(date(2027, 4, 1))
    Briefing.objects.filter(pk=cancelled.pk).update(state="cancelled", reason="a｜b\\c：d\n二行目")
    data = client.get(f"/briefings/event-list?{query}").content
    found, _digest = read_file(data, "event-list", TODAY)
    assert len(found) == 34
    assert [each.row for each in found if not each.is_same] == []
    assert bring_in(found, name="x", sha256="0" * 64, size=1, why="x", by=None, today=TODAY) is None
    assert not ImportedFile.objects.exists()


def test_the_exported_calendar_comes_back_with_no_change_and_others_read_it(client: Client) -> None:
    plan_in_kyoto(date(2027, 4, 1))
    data = client.get("/briefings/calendar.ics").content
    found, _digest = read_file(data, "calendar.ics", TODAY)
    assert len(found) == 34
    assert [each.row for each in found if not each.is_same] == []
    read = IcsCalendarStream.calendar_from_ics(data.decode())
    assert [str(event.status).rpartition(".")[2] for event in read.events][-1] == "TENTATIVE"
    assert client.get("/briefings/calendar.ics").content == data
    one = client.get("/briefings/2017-02-24-ishikawa.ics").content
    assert len(IcsCalendarStream.calendar_from_ics(one.decode()).events) == 1


def test_the_feed_follows_changes_and_can_be_narrowed(client: Client) -> None:
    planned = plan_in_kyoto(date(2027, 4, 1))
    first = client.get(f"/briefings/{planned.slug}.ics").content.decode()
    assert "SEQUENCE:0" in first
    Briefing.objects.filter(pk=planned.pk).update(title="変えた題名")
    assert "SEQUENCE:1" in client.get(f"/briefings/{planned.slug}.ics").content.decode()
    assert client.get("/briefings/calendar.ics?prefecture=260002").content.count(b"BEGIN:VEVENT") == 1
    assert client.get("/briefings/calendar.ics?block=hokuriku").content.count(b"BEGIN:VEVENT") == 3
    assert client.get("/briefings/calendar.ics?block=nowhere").status_code == 404
    assert client.get("/briefings/calendar.ics?prefecture=999999").status_code == 404


def test_files_ask_few_times(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for path in ("/briefings/calendar.ics", "/briefings/event-list", "/briefings/event-list?format=csv"):
        with django_assert_max_num_queries(6):
            assert client.get(path).status_code == 200


def test_the_file_has_the_columns_of_the_standard_and_says_what_is_unknown(client: Client) -> None:
    lines = list(csv.reader(io.StringIO(client.get("/briefings/event-list?format=csv").content.decode("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    assert len(COLUMNS) == 32
    row = dict(zip(COLUMNS, lines[6], strict=True))
    assert (row["イベント名"], row["開始日"], row["終了日"]) == (
        "沖縄地域ICT利活用セミナー",
        "2017-01-26",
        "2017-01-26",
    )
    assert row["備考"].startswith("数える範囲：沖縄ブロック、沖縄県［読み取り］｜規則：§5｜状態：開催済｜理由：")
    assert row["URL"].endswith("/briefings/2017-01-26-okinawa")
    assert row["住所"] == ""
    assert dict(unknown_items(briefings()))["住所"] == 33
    page = client.get("/briefings/event-list").content.decode()
    assert "イベント名_カナ" in page


SAFE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(title=SAFE, place=SAFE, reason=SAFE, source=SAFE, notes=SAFE)
def test_whatever_a_briefing_says_it_comes_back(title: str, place: str, reason: str, source: str, notes: str) -> None:
    given = {"title": title, "place": place, "reason": reason, "source": source, "notes": notes}
    told = {name: re.sub(r"^'+|\s+$", "", text.strip()).strip() or "x" for name, text in given.items()}
    kinki = Block(key="kinki", name="近畿", order=7)
    kyoto = Area(pk=1, code="260002", name="京都府", kind="prefecture", block=kinki)
    facts = Facts(
        day=date(2027, 4, 1), prefecture=kyoto, prefectures=frozenset({kyoto}), derived=frozenset({kyoto}), **told
    )  # fmt: skip
    assert read_remarks(remarks_of(facts, Briefing.State.PLANNED)) == {
        "数える範囲": "京都府［読み取り］",
        "規則": "§7",
        "状態": "予定",
        "理由": facts.reason,
        "出典": facts.source,
    }


@pytest.mark.parametrize("text", ["=1+1", "+81", "-x", "@a", "'=x", "a,b", 'a"b', "題｜名", "a\\", "：", "１２", "#x"])
def test_texts_that_programs_would_run_come_back_as_they_were(text: str) -> None:
    briefing = plan_in_kyoto(date(2027, 4, 1))
    Briefing.objects.filter(pk=briefing.pk).update(title=text, place=text, notes=text, reason=text, source=text)
    data, _replaced = write_csv(table_of(list(briefings()), "https://example.jp"))
    found, _digest = read_file(data, "x.csv", TODAY)
    assert all(each.is_same for each in found), [each.differences for each in found if not each.is_same]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_a_file_with_full_width_digits_and_japanese_years_is_read(encoding: str) -> None:
    data = a_file({"開始日": "令和９年４月１日", "都道府県コード又は市区町村コード": "２６０００２"}, encoding=encoding)
    (found,), _digest = read_file(data, "x.csv", TODAY)
    assert found.facts.day == date(2027, 4, 1)
    assert found.facts.prefecture == Area.objects.get(code="260002")
    assert found.state == Briefing.State.PLANNED
    assert found.facts.rule == Rule.STATED


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ({"開始日": "2027-02-31"}, "開始日", "2月"),
        ({"開始日": ""}, "開始日", ""),
        ({"イベント名": ""}, "イベント名", ""),
        ({"場所名称": ""}, "場所名称", ""),
        ({"終了日": "2027-03-31"}, "終了日", "ちがいます"),
        ({"終了日": "2027-04-02"}, "終了日", "日ごとに行を分けて"),
        ({"備考": "", "都道府県コード又は市区町村コード": "", "都道府県名": ""}, "備考", "どこに数えるか"),
        ({"都道府県コード又は市区町村コード": "", "都道府県名": "京都"}, "都道府県名", "京都"),
        ({"都道府県コード又は市区町村コード": "260002", "都道府県名": "大阪府"}, "都道府県名", "大阪府"),
        ({"イベント名": "〓橋の会"}, "イベント名", "Shift_JIS"),
        ({"備考": "数える範囲：近畿ブロック、石川県"}, "備考", "石川県は近畿ブロックの外"),
        ({"備考": "数える範囲：全国、京都府"}, "備考", "全国"),
        ({"備考": "数える範囲：京都市"}, "備考", "京都市"),
        ({"備考": f"{KYOTO}｜規則：§99"}, "備考", "§99"),
        ({"備考": f"{KYOTO}｜状態：延期"}, "備考", "延期"),
        ({"都道府県コード又は市区町村コード": "260003"}, "都道府県コード又は市区町村コード", "検査数字"),
        ({"都道府県コード又は市区町村コード": "990001"}, "都道府県コード又は市区町村コード", ""),
        ({"URL": "https://x.jp/briefings/2017-01-01-nowhere"}, "URL", "2017-01-01-nowhere"),
        ({"イベント名": "=HYPERLINK(1)"}, "イベント名", "数式"),
        ({"イベント名": "あ" * 201}, "イベント名", "201"),
    ],
)
def test_a_row_that_cant_be_is_named_with_its_column_and_cure(row: dict[str, str], column: str, said: str) -> None:
    found = problems_of(a_file({}, row))
    assert {(number, name) for number, name, _text in found} == {(3, column)}
    assert all(said in text for _row, _column, text in found)
    with override("en"):
        english = problems_of(a_file({}, row))[0][2]
    assert english


@pytest.mark.parametrize("where", [{"都道府県名": "京都府"}, {"都道府県コード又は市区町村コード": "261009"}])
def test_a_row_without_remarks_counts_for_its_prefecture(where: dict[str, str]) -> None:
    (found,), _digest = read_file(a_file({"備考": ""} | where), "x.csv", TODAY)
    assert found.facts.prefecture == Area.objects.get(code="260002")
    assert counts_for(found.facts) == "京都府"


def test_doubled_numbers_and_doubled_briefings_are_refused() -> None:
    assert problems_of(a_file({"NO": "1"}, {"NO": "1"}))[0][0] == 3
    url = {"URL": "/briefings/2017-02-24-ishikawa"}
    assert "同じ説明会" in problems_of(a_file(url, url))[0][2]


def test_a_file_without_the_columns_that_are_needed_names_them() -> None:
    found = problems_of(a_file({}, header=("NO", "イベント名", "備考")))
    assert {column for _row, column, _text in found} >= {"開始日", "場所名称"}


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04broken", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\x00\x01", b"a,b\n"]
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    assert problems_of(data)


def upload(client: Client, data: bytes, name: str = "x.csv") -> Any:
    return client.post("/briefings/import", {"file": SimpleUploadedFile(name, data), "why": "4月の予定"})


def packed_in(page: str) -> str:
    found = re.search(r'name="packed" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_file_is_shown_first_and_written_when_confirmed(client_of: Callable[[str], Client], client: Client) -> None:
    before = coverage(TODAY)
    secretariat = client_of("coordinator")
    known = {
        "URL": "/briefings/2017-02-07-shiga",
        "開始日": "2017-02-08",
        "場所名称": "滋賀県",
        "備考": "数える範囲：滋賀県｜状態：開催済",
    }
    data = a_file({"開始日": "2027-04-01"}, known, {"開始日": "2026-11-01"})
    page = upload(secretariat, data).content.decode()
    assert "新しい 2件、変わる 1件、変更なし 0件" in page
    assert "2017-02-07" in page
    assert Briefing.objects.count() == 33, "nothing is written before it is confirmed"
    done = secretariat.post("/briefings/import", {"packed": packed_in(page)}, follow=True).content.decode()
    assert "3件、変更なし 0件" in done
    assert Briefing.objects.get(slug="2017-02-07-shiga").day == date(2017, 2, 8)
    assert Briefing.objects.get(slug="2027-04-01-nationwide").state == "planned"
    assert Briefing.objects.get(slug="2026-11-01-nationwide").state == "held"
    assert coverage(TODAY).briefings == before.briefings + 1
    file = ImportedFile.objects.get()
    assert (file.name, file.rows) == ("x.csv", 3)
    assert "4月の予定" in client.get("/briefings/2027-04-01-nationwide").content.decode()


def test_nothing_is_written_when_one_row_cant_be(client_of: Callable[[str], Client]) -> None:
    data = a_file({}, {"備考": f"{KYOTO}｜状態：中止"})
    page = upload(client_of("coordinator"), data).content.decode()
    answer = client_of("coordinator").post("/briefings/import", {"packed": packed_in(page)})
    assert answer.status_code == 422
    assert "新しくは登録できません" in answer.content.decode()
    assert Briefing.objects.count() == 33
    assert not ImportedFile.objects.exists()


def test_a_bureau_brings_in_its_own_block_only(client_of: Callable[[str], Client]) -> None:
    bureau = client_of("bureau")
    page = upload(bureau, a_file({})).content.decode()
    assert bureau.post("/briefings/import", {"packed": packed_in(page)}).status_code == 302
    other = upload(bureau, a_file({"備考": "数える範囲：石川県"})).content.decode()
    assert bureau.post("/briefings/import", {"packed": packed_in(other)}).status_code == 422
    assert Briefing.objects.count() == 34


def test_what_was_shown_to_one_person_is_not_written_by_another_nor_when_records_changed(
    client_of: Callable[[str], Client],
) -> None:
    secretariat = client_of("coordinator")
    known = {
        "URL": "/briefings/2017-02-07-shiga",
        "開始日": "2017-02-08",
        "場所名称": "滋賀県",
        "備考": "数える範囲：滋賀県｜状態：開催済",
    }
    packed = packed_in(upload(secretariat, a_file(known)).content.decode())
    assert client_of("bureau").post("/briefings/import", {"packed": packed}, follow=True).status_code == 200
    Briefing.objects.filter(slug="2017-02-07-shiga").update(title="べつの題名")
    again = secretariat.post("/briefings/import", {"packed": packed}).content.decode()
    assert "もう一度確かめて" in again
    assert Briefing.objects.get(slug="2017-02-07-shiga").day == date(2017, 2, 7)
    assert secretariat.post("/briefings/import", {"packed": "x"}, follow=True).status_code == 200


def test_drafts_are_in_no_file(client: Client, bureau: Account) -> None:
    area = Area.objects.get(code="260002")
    facts = Facts(
        day=date(2027, 5, 1), place="京都府", title="起案中の会", prefecture=area, prefectures=frozenset({area})
    )
    draft = plan_briefing(facts, by=bureau, state=Briefing.State.DRAFT, why="x")
    for path in ("/briefings/calendar.ics", "/briefings/event-list?format=csv"):
        assert "起案中の会" not in client.get(path).content.decode("utf-8-sig")
    assert client.get(f"/briefings/{draft.slug}.ics").status_code == 404


def test_records_are_found_by_name_and_code() -> None:
    records = Records.of(briefings(), prefectures(), TODAY)
    assert records.areas["京都府"] == records.areas["260002"]
    assert records.blocks["近畿ブロック"].key == "kinki"
