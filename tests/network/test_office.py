"""Tables and papers of the room open in LibreOffice and hold what the screen shows: clauses, old and new, tasks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.network import actions
from itoguchi.network.models import Body, Clause, Opinion
from tests.network.factories import a_change, an_opinion
from tests.network.office import letters_of, letters_of_pdf, needs_calc, needs_writer, opened, table_of
from tests.network.secretariat import a_meeting, a_member

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
CHANGES = "/opinions/changes?of=recommendation-first"


def cell_of(html: str) -> str:
    """What a cell says: a day as programs read it, a line for each line, nothing for a dash."""
    html = re.sub(r'<time datetime="([^"]*)">.*?</time>', r"\1", html)
    text = unescape(re.sub(r"<[^>]+>", "", html.replace("<br>", "\n"))).strip()
    return "" if text == "—" else text


def rows_on(page: str) -> list[list[str]]:
    """The cells of a page's table, as HTML."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    ]


def heads_on(page: str) -> list[str]:
    """The heads of its columns."""
    return [cell_of(each) for each in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.S)]


def screen_and_file(client: Client, path: str, *, within: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows of a table on the page, and in its Excel file as LibreOffice shows them."""
    page = client.get(path).content.decode()
    heads = heads_on(page)
    shown = [dict(zip(heads, map(cell_of, row), strict=True)) for row in rows_on(page)]
    both = "&" if "?" in path else "?"
    return shown, table_of(client.get(f"{path}{both}format=xlsx").content, within=within)


@needs_calc
@pytest.mark.parametrize(("mark", "state", "late"), [("", "状態", "遅れ"), ("/en", "State", "late")])
def test_clauses_with_their_states_are_the_same(
    client: Client, tmp_path: Path, mark: str, state: str, late: str
) -> None:
    clause, today = Clause.objects.get(slug="first-1-2"), timezone.localdate()
    actions.assign_clause(clause, owner="見本局", due_on=today - timedelta(days=1), why="割り当て", by=None)
    shown, told = screen_and_file(client, f"{mark}/clauses/", within=tmp_path)
    assert len(shown) == len(told) == Clause.objects.count()
    for row, in_file in zip(shown, told, strict=True):
        in_file[state] = f"{in_file[state]} {in_file.pop(late)}".strip()
        assert in_file == row
    assert sum(late in row[state] for row in shown) >= 1


@needs_calc
def test_tasks_of_a_body_are_the_same(client_of: ClientOf, tmp_path: Path) -> None:
    own, today = a_member("六花", kana="ろっか"), timezone.localdate()
    meeting = a_meeting(state="held")
    decision = actions.decide(meeting, "=1+1 窓口を置く", [], by=None)
    days = (today - timedelta(days=2), today, today + timedelta(days=9))
    for number, due in enumerate(days):
        facts = actions.TaskFacts(text=f"宿題{number}\n二行目", member=own, due_on=due, decision=decision)
        task = actions.assign_task(meeting, facts, by=None)
    actions.finish_task(task, outcome="済ませた", by=None, today=today)
    key = Body.objects.get(pk=meeting.body_id).key
    shown, told = screen_and_file(client_of("bureau"), f"/bodies/{key}/tasks", within=tmp_path)
    assert len(shown) == len(told) == 3
    for row, in_file in zip(shown, told, strict=True):
        in_file["状態"] = f"{in_file['状態']} {in_file.pop('済んだ日')}".strip()
        assert in_file == row
    assert [row["状態"] for row in shown] == ["遅れ", "これから", f"済 {today}"]


def a_table_of_changes() -> None:
    """A clause changed by an opinion with two doubles, one of them in confidence, and by one in confidence."""
    today = timezone.localdate()
    remark = an_opinion(title="窓口がほしい")
    doubles = [an_opinion("相談できる場所がほしい"), an_opinion("合言葉の声", may_be_public=False)]
    actions.merge_opinions(remark, doubles, by=None, today=today, why="同じ")
    actions.answer_opinion(remark, Opinion.Verdict.PARTLY, "窓口は置く。\n人件費は出さない。", by=None, today=today)
    a_change(remark, an_opinion("合言葉の意見", may_be_public=False))
    a_change(an_opinion("人を育てたい"), slug="first-1-3")


@needs_calc
def test_old_and_new_are_the_same(client: Client, tmp_path: Path) -> None:
    a_table_of_changes()
    shown, told = screen_and_file(client, CHANGES, within=tmp_path)
    html = rows_on(client.get(CHANGES).content.decode())
    assert len(shown) == len(told) == 2
    for row, in_file, (_name, _old, _new, reason, behind) in zip(shown, told, html, strict=True):
        assert {key: in_file[key] for key in ("項目", "旧", "新")} == {key: row[key] for key in ("項目", "旧", "新")}
        assert in_file["理由"] in row["理由"]
        assert f'href="{in_file["対応"]}"' in reason
        assert in_file["もとの意見"].splitlines() == re.findall(r'href="(/opinions/[0-9]+)"', behind)
        assert int(in_file["公開していない意見の数"]) == sum(
            map(int, re.findall(r"公開していない意見 ([0-9]+)件", behind))
        )
    assert [row["公開していない意見の数"] for row in told] == ["2", "0"]


def words_on(page: str) -> list[str]:
    """The words of the page's table, in their order, without the commas between them."""
    return [cell_of(each) for row in rows_on(page) for html in row for each in re.findall(r">([^<]+)<", f">{html}<")]


def lines_of_changes(client: Client, mark: str = "") -> list[str]:
    """What the page of old and new says, text by text."""
    lines = words_on(client.get(f"{mark}{CHANGES}").content.decode())
    assert len(lines) > 20
    return [each for each in lines if each]


@pytest.mark.parametrize("mark", ["", "/en"])
def test_old_and_new_as_pdf_say_what_the_screen_says(client: Client, mark: str) -> None:
    a_table_of_changes()
    answer = client.get(f"{mark}{CHANGES.replace('changes?', 'changes.pdf?')}")
    assert answer["Content-Type"] == "application/pdf"
    said = letters_of_pdf(answer.content)
    assert [line for line in lines_of_changes(client, mark) if letters_of(line) not in said] == []
    assert "合言葉" not in said
    assert (letters_of("時点：") in said, "Asof" in said) == (mark == "", mark == "/en")


@needs_writer
def test_old_and_new_as_word_open_in_libreoffice_and_say_what_the_screen_says(client: Client, tmp_path: Path) -> None:
    a_table_of_changes()
    answer = client.get(CHANGES.replace("changes?", "changes.docx?"))
    said = letters_of_pdf(opened(answer.content, "docx", "pdf", within=tmp_path))
    assert [line for line in lines_of_changes(client) if letters_of(line) not in said] == []
    assert "合言葉" not in said


def test_of_what_no_opinion_changed_there_is_no_file(client: Client) -> None:
    assert client.get("/opinions/changes.pdf").status_code == 404
    a_table_of_changes()
    assert client.get("/opinions/changes.pdf").status_code == 200
    assert client.get("/opinions/changes.exe").status_code == 404
