"""Publishing through two people: frozen for ever, public once approved, corrected by notes, compared with the next."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import translation

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.core.models import FrozenFile
from itoguchi.network.models import Meeting
from itoguchi.outreach.actions import Facts, change_briefing, facts_of, plan_briefing
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.queries import briefings
from itoguchi.reports import actions
from itoguchi.reports.models import Correction, PublishedReport
from itoguchi.reports.queries import status_report
from itoguchi.reports.queries.published import (
    LABELS,
    Snapshot,
    changes_since,
    corrections_of,
    differences,
    last_published_before,
    snapshot_of,
)
from itoguchi.reports.views import frozen
from tests.reports.factories import frozen_report

pytestmark = pytest.mark.django_db

DAY = date(2017, 3, 24)
TODAY = date(2026, 11, 23)


EARLY = date(2016, 10, 31)  # two meetings and no briefing: soon written


@pytest.fixture
def published(coordinator: Account, approver: Account) -> PublishedReport:
    """With every file, as people publish it."""
    report = actions.draft_report(DAY, by=coordinator, today=TODAY, why="試験")
    actions.decide(report.approval, by=approver, deed="approve")
    return report


@pytest.fixture
def known(coordinator: Account, approver: Account) -> PublishedReport:
    """With its figures; the files don't matter."""
    return frozen_report(DAY, by=coordinator, approved_by=approver)


def rename(slug: str, title: str, by: Account) -> None:
    """Change a briefing's title as a coordinator does."""
    briefing = briefings().get(slug=slug)
    change_briefing(briefing, replace(facts_of(briefing), title=title), by=by, why="題名の訂正")


def digests(report: PublishedReport) -> list[str]:
    return [hashlib.sha256(bytes(file.content)).hexdigest() for file in report.files.order_by("pk")]


def test_a_draft_holds_every_file_in_both_languages(coordinator: Account) -> None:
    report = actions.draft_report(DAY, by=coordinator, today=TODAY)
    assert {(file.language, file.name) for file in report.files.all()} == {
        (language, name) for language in ("ja", "en") for name in actions.CONTENT_TYPES
    }
    assert not report.is_public
    with translation.override("ja"):
        assert bytes(report.files.get(name="report.html", language="ja").content) == actions.file_of_report(
            DAY, "report.html"
        )


def test_only_a_second_person_publishes(coordinator: Account, approver: Account, officer: Account) -> None:
    with pytest.raises(PermissionDenied):
        actions.draft_report(EARLY, by=officer, today=TODAY)
    report = actions.draft_report(EARLY, by=coordinator, today=TODAY)
    for who in (coordinator, officer):
        with pytest.raises(PermissionDenied):
            actions.decide(report.approval, by=who, deed="approve")
    actions.decide(report.approval, by=approver, deed="approve")
    assert PublishedReport.objects.get().is_public
    with pytest.raises(ValidationError):
        actions.decide(report.approval, by=approver, deed="approve")


@pytest.mark.parametrize(("day", "said"), [(date(2026, 11, 24), "まだ来ていない日"), (date(2016, 1, 1), "記録がない")])
def test_it_refuses_a_day_to_come_and_a_day_before_any_record(coordinator: Account, day: date, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        actions.draft_report(day, by=coordinator, today=TODAY)
    assert not PublishedReport.objects.exists()


def test_a_returned_draft_makes_way_for_the_next(coordinator: Account, approver: Account) -> None:
    first = actions.draft_report(EARLY, by=coordinator, today=TODAY)
    with pytest.raises(ValidationError, match="承認を待って"):
        actions.draft_report(EARLY, by=approver, today=TODAY)
    with pytest.raises(ValidationError):
        actions.decide(first.approval, by=approver, deed="send_back")
    actions.decide(first.approval, by=approver, deed="send_back", remark="日付を確かめてください")
    second = actions.draft_report(EARLY, by=coordinator, today=TODAY)
    actions.decide(second.approval, by=coordinator, deed="withdraw")
    assert [first.slug, second.slug, actions.free_slug(EARLY)] == ["2016-10-31", "2016-10-31-2", "2016-10-31-3"]
    assert last_published_before(TODAY) is None


def test_the_database_refuses_to_change_what_is_frozen(published: PublishedReport) -> None:
    for table in ("reports_publishedreport", "core_frozenfile", "reports_fileofreport"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    assert FrozenFile.objects.count() == 10


def test_after_a_thousand_edits_it_is_byte_for_byte_the_same(
    published: PublishedReport, coordinator: Account, client: Client
) -> None:
    before = digests(published)
    page = client.get(f"/reports/published/{published.slug}/ja/report.html").content
    rng = random.Random(7)
    rows = list(Briefing.objects.filter(state="held"))
    areas, blocks = list(Area.objects.filter(kind="prefecture")), list(Block.objects.all())
    for number in range(1000):
        each = rng.choice(rows)
        match rng.randrange(5):
            case 0:
                each.title = f"題名{number}"
            case 1:
                each.day = date.fromordinal(date(2016, 12, 1).toordinal() + rng.randrange(300))
            case 2:
                each.counted_prefectures.get_or_create(area=rng.choice(areas)) if not each.is_nationwide else None
            case 3:
                each.counted_blocks.get_or_create(block=rng.choice(blocks)) if not each.is_nationwide else None
            case _:
                meeting = rng.choice(list(Meeting.objects.all()))
                meeting.held_on = date.fromordinal(meeting.held_on.toordinal() + rng.randrange(-5, 6))
                meeting.save()
        each.save()
    assert digests(PublishedReport.objects.get()) == before
    assert client.get(f"/reports/published/{published.slug}/ja/report.html").content == page
    with translation.override("ja"):
        assert actions.file_of_report(DAY, "report.html") != page
    assert status_report(DAY).figures["briefings"].records


def test_a_changed_title_is_named_with_its_figures_and_corrected_by_a_note(
    known: PublishedReport,
    coordinator: Account,
    approver: Account,
    client: Client,
    client_of: Callable[[str], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert changes_since(known, ()) == []
    with pytest.raises(ValidationError, match="違いはありません"):
        actions.draft_correction(known, by=coordinator, why="x")
    rename("2017-01-26-okinawa", "沖縄地域ICT利活用セミナー（訂正）", coordinator)
    (found,) = changes_since(known, ())
    assert (found.kind, found.field, found.after) == ("field", "title", "沖縄地域ICT利活用セミナー（訂正）")
    ids = {each["id"] for each in known.figures if each["number"] in found.figures}
    assert ids == {"briefings", "prefectures", "blocks"}
    page = client.get(f"/reports/published/{known.slug}/since").content.decode()
    assert "のもとの記録が、公開のあとに変わりました" in page
    assert "正誤表を起案する" not in page
    with monkeypatch.context() as few:  # beside the report the first ones, and the way to all
        few.setattr(frozen, "IN_PANEL", 0)
        panel = client.get(f"/reports/published/{known.slug}/since", headers={"HX-Request": "true"}).content.decode()
    assert f'href="/reports/published/{known.slug}/since">変わったところ1件をすべて見る' in panel
    assert "（訂正）" in page
    assert "（訂正）" not in panel
    assert "正誤表を起案する" in client_of("coordinator").get(f"/reports/published/{known.slug}/since").content.decode()

    with pytest.raises(ValidationError):
        actions.draft_correction(known, by=coordinator, why=" ")
    note = actions.draft_correction(known, by=coordinator, why="題名の誤り")
    address = f"/reports/published/{known.slug}"
    assert "題名の誤り" not in client.get(address).content.decode()
    with pytest.raises(PermissionDenied):
        actions.decide(note.approval, by=coordinator, deed="approve")
    actions.decide(note.approval, by=approver, deed="approve")
    shown = client.get(address).content.decode()
    assert "正誤表 1" in shown
    assert "沖縄地域ICT利活用セミナー（訂正）" in shown
    assert "公開したもの" in shown
    assert changes_since(known, tuple(corrections_of(known))) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Correction.objects.all().delete()


def test_rows_that_came_or_went_and_figures_that_moved_are_differences(
    known: PublishedReport, coordinator: Account
) -> None:
    Briefing.objects.get(slug="2017-01-27-nara").delete()
    kyoto = Area.objects.get(code="260002")
    added = plan_briefing(
        Facts(day=date(2017, 3, 1), place="京都府", title="説明会", prefecture=kyoto, prefectures=frozenset({kyoto})),
        by=coordinator,
    )
    assert all(each.address != added.address for each in changes_since(known, ())), "a planned one counts for nothing"
    Briefing.objects.filter(pk=added.pk).update(state="held")
    found = changes_since(known, ())
    kinds = {(each.kind, each.address) for each in found}
    assert {("removed", "/briefings/2017-01-27-nara"), ("added", added.address)} <= kinds
    assert not [each for each in found if each.kind == "value"], "one went and one came: the numbers are the same"
    Briefing.objects.get(slug="2017-02-07-shiga").delete()
    values = {each.title: (each.before, each.after) for each in changes_since(known, ()) if each.kind == "value"}
    assert values["説明会等"] == ("33", "32")


def test_whatever_changes_in_a_record_has_a_name_for_readers() -> None:
    fields = {name for row in status_report(DAY).records.values() for name in row.told}
    assert fields - LABELS.keys() == set()


def test_figures_that_itoguchi_learnt_to_count_later_are_no_difference() -> None:
    with translation.override("ja"):
        now = snapshot_of(status_report(DAY))
    figures = [each | {"number": number} for number, each in enumerate(now.figures[8:], start=1)]
    behind = {address for each in figures for address in each["records"]}
    before = Snapshot(figures, {address: told for address, told in now.records.items() if address in behind})
    assert differences(before, now) == []
    figures[0]["value"] = 0
    (found,) = differences(before, now)
    assert found.figures == (1,)


def test_the_next_report_starts_from_the_last(known: PublishedReport, coordinator: Account, client: Client) -> None:
    day = date(2017, 4, 30)
    with translation.override("ja"):
        assert "［新］" not in actions.file_of_report(day, "report.html").decode()
        kyoto = Area.objects.get(code="260002")
        added = plan_briefing(
            Facts(day=date(2017, 4, 5), place="京都府", title="四月の説明会", prefecture=kyoto, prefectures=frozenset({kyoto})),
            by=coordinator,
        )  # fmt: skip
        Briefing.objects.filter(pk=added.pk).update(state="held")
        rename("2017-02-07-shiga", "地方自治体向け説明会（訂正）", coordinator)
        page = actions.file_of_report(day, "report.html").decode()
    assert page.count("［新］") == 1
    assert page.count("［変更］") == 1
    second = actions.draft_report(day, by=coordinator, today=TODAY)
    assert second.previous == known
    assert "前回公開した報告" in client.get("/reports/2017-04-30").content.decode()


def test_the_comparison_sets_both_reports_side_by_side(
    known: PublishedReport, coordinator: Account, approver: Account, client: Client
) -> None:
    Briefing.objects.filter(slug="2017-03-22-fukuoka").update(day=date(2017, 4, 1))
    second = frozen_report(date(2017, 4, 30), by=coordinator)
    path = f"/reports/published/{second.slug}/compare"
    assert client.get(path).status_code == 404
    actions.decide(second.approval, by=approver, deed="approve")
    page = client.get(path).content.decode()
    assert "2017年4月1日" not in page
    assert "最後の説明会等の日" in page
    assert "平成29年4月1日" in page
    assert client.get(f"/reports/published/{known.slug}/compare").status_code == 404


def test_a_draft_is_not_there_for_others(
    coordinator: Account, client: Client, client_of: Callable[[str], Client]
) -> None:
    report = frozen_report(DAY, by=coordinator)
    for path in ("", "/ja/report.html", "/figures/briefings", "/since"):
        for who in ("visitor", "officer", "bureau"):
            assert client_of(who).get(f"/reports/published/{report.slug}{path}").status_code == 404, path
    assert report.slug not in client.get("/reports/").content.decode().split('id="published"')[1]


def test_every_door_of_the_pages(coordinator: Account, client_of: Callable[[str], Client]) -> None:
    drafter, second = client_of("coordinator"), client_of("approver")
    answer = drafter.post("/reports/2017-03-24/publish", {"why": "会合のため"}, follow=True)
    assert "起案しました" in answer.content.decode()
    own = drafter.post("/reports/published/2017-03-24/decide", {"deed": "approve"}, follow=True).content.decode()
    assert "自分の起案は承認できません" in own
    assert (
        "差し戻す理由"
        in second.post("/reports/published/2017-03-24/decide", {"deed": "send_back"}, follow=True).content.decode()
    )
    assert "どれかを選んで" in second.post("/reports/published/2017-03-24/decide", {}, follow=True).content.decode()
    done = second.post("/reports/published/2017-03-24/decide", {"deed": "approve"}, follow=True).content.decode()
    assert "公開しました" in done
    rename("2017-02-07-shiga", "変えた題名", coordinator)
    path = "/reports/published/2017-03-24/corrections"
    assert "なぜ直すのか" in drafter.post(path, {"why": ""}, follow=True).content.decode()
    assert "正誤表を起案しました" in drafter.post(path, {"why": "題名"}, follow=True).content.decode()
    noted = second.post(f"{path}/1", {"deed": "approve"}, follow=True).content.decode()
    assert "正誤表を公開しました" in noted


def test_a_published_page_asks_few_times(
    known: PublishedReport, client: Client, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for path in ("", "/figures/prefectures", "/ja/report.html"):
        with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
            assert client.get(f"/reports/published/{known.slug}{path}").status_code == 200
    for link in known.figures:
        assert client.get(f"/reports/published/{known.slug}/figures/{link['id']}").status_code == 200


def test_the_command_freezes_and_says_where(coordinator: Account, tmp_path: Path) -> None:
    out = StringIO()
    day = ("--as-of", "2016-10-31", "--out", str(tmp_path))
    call_command("write_status_report", *day, "--publish", "--by", "coordinator", "--why", "x", stdout=out)
    assert "/reports/published/2016-10-31" in out.getvalue()
    with pytest.raises(CommandError, match="already waits"):
        call_command("write_status_report", *day, "--publish", "--by", "coordinator", stdout=out)
    with pytest.raises(CommandError, match="no such sign-in name"):
        call_command("write_status_report", *day, "--publish", "--by", "nobody", stdout=out)
    with pytest.raises(CommandError, match="go together"):
        call_command("write_status_report", *day, "--publish", stdout=out)


def test_writing_to_a_folder_stores_nothing(tmp_path: Path) -> None:
    call_command("write_status_report", "--as-of", "2016-10-31", "--out", str(tmp_path), stdout=StringIO())
    assert not PublishedReport.objects.exists()
    assert not FrozenFile.objects.exists()
