"""What a body decided over its whole series: a table, files, and nothing of meetings that were not held (docs/meetings.md §9)."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.network import actions
from itoguchi.network.models import Decision
from tests.network.factories import an_opinion
from tests.network.secretariat import a_body, a_meeting
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
PAGE = "/bodies/kinki-council/decisions"


def two_meetings() -> None:
    """Two meetings with what they decided, one of them about two opinions, one of which is not public."""
    first, second = a_meeting(1, state="held"), a_meeting(2, state="held")
    actions.decide(second, "窓口を置く。", [an_opinion("公"), an_opinion("秘", may_be_public=False)], by=None)
    actions.decide(first, "防災を先にする。", [], by=None)
    Decision.objects.create(meeting=a_meeting(3, state="called"), text="まだ決まっていない。")


def test_the_table_and_the_files_say_the_same(client_of: ClientOf) -> None:
    two_meetings()
    visitor = client_of("visitor")
    assert PAGE in visitor.get("/bodies/kinki-council").content.decode()
    page = visitor.get(PAGE).content.decode()
    assert page.index("防災を先にする。") < page.index("窓口を置く。")
    assert "まだ決まっていない" not in page
    rows = visitor.get(f"{PAGE}?format=json").json()["rows"]
    assert [(row["text"], row["voices"]) for row in rows] == [("防災を先にする。", 0), ("窓口を置く。", 1)]
    assert "窓口を置く。" not in visitor.get(f"{PAGE}?q=防災").content.decode().split("<table")[1]
    word = docx.Document(io.BytesIO(visitor.get(f"{PAGE}.docx").content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert cells.index("防災を先にする。") < cells.index("窓口を置く。")
    assert "まだ決まっていない。" not in cells
    for kind, begins in (("pdf", b"%PDF-"), ("pptx", b"PK")):
        assert visitor.get(f"{PAGE}.{kind}").content.startswith(begins)
    assert visitor.get(f"{PAGE}.exe").status_code == 404
    assert visitor.get("/bodies/nowhere/decisions").status_code == 404


def test_a_body_that_decided_nothing_says_so(client_of: ClientOf) -> None:
    a_body()
    visitor = client_of("visitor")
    assert "決まったことの記録はまだありません" in visitor.get(PAGE).content.decode()
    word = docx.Document(io.BytesIO(visitor.get(f"{PAGE}.docx").content))
    assert any("決まったことの記録はまだありません" in each.text for each in word.paragraphs)


def test_it_asks_few_times_and_speaks_english(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    held, visitor = a_meeting(1, state="held"), client_of("visitor")
    for number in range(30):
        actions.decide(held, f"決定{number}", [an_opinion(f"意見{number}")], by=None)
    with django_assert_max_num_queries(12):
        assert visitor.get(PAGE).status_code == 200
    assert japanese_left(main_of(visitor.get(f"/en{PAGE}").content.decode())) == []
    assert timezone.localdate() >= held.held_on
