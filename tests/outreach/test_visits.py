"""The visit log: written by a block's bureau, read by nobody else but those it is shared with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.outreach import actions, queries
from itoguchi.outreach.models import Visit

pytestmark = pytest.mark.django_db

Clients = Callable[[str], Client]
SAID = "職員が足りないと聞いた"
TODAY = timezone.localdate()


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "day": "2026-04-20", "block": "kinki", "areas": "丹波篠山市、282235", "spoke_with": "企画課長", "about": SAID,
        "next_step": "人材の派遣を案内する",
    } | changes  # fmt: skip


def logged(client: Client, **changes: Any) -> Visit:
    assert client.post("/briefings/visits/new", typed(**changes)).status_code == 302
    return Visit.objects.order_by("-pk")[0]


def at_the_end_of_a_transaction(deed: Callable[[], object]) -> None:
    """Do it, and let the database check what it checks when a transaction ends."""
    with transaction.atomic():
        deed()
        connection.check_constraints()


def test_a_bureau_writes_down_a_visit(client_of: Clients, bureau: Account) -> None:
    visit = logged(client_of("bureau"))
    assert [area.code for area in visit.of_areas] == ["282219", "282235"]
    assert visit.entered_by == bureau
    page = client_of("bureau").get(visit.get_absolute_url()).content.decode()
    assert SAID in page
    assert "見本 四郎" in page


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": (TODAY + timedelta(days=7)).isoformat()}, "day", "まだ来ていない日の訪問"),
        ({"day": "2026年2月31日"}, "day", "という日はありません"),
        ({"areas": "青森県"}, "areas", "青森県は近畿ブロックの団体ではありません"),
        ({"areas": "どこにもない市"}, "areas", "「どこにもない市」という団体はありません"),
        ({"areas": "、"}, "areas", "一つ以上"),
        ({"areas": "\x00"}, "areas", ""),
        ({"about": " "}, "about", ""),
        ({"spoke_with": ""}, "spoke_with", ""),
        ({"block": "tohoku", "areas": "青森県"}, "block", ""),
        ({"block": "\x00"}, "block", ""),
    ],
)
def test_it_says_which_field_and_the_cure(client_of: Clients, changes: dict[str, Any], field: str, words: str) -> None:
    answer = client_of("bureau").post("/briefings/visits/new", typed(**changes))
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert not Visit.objects.exists()


def test_full_width_codes_and_names_with_codes_are_read(client_of: Clients) -> None:
    visit = logged(
        client_of("coordinator"), areas="２８２２３５\n丹波篠山市（282219）,丹波市", is_shared_with_area="on"
    )
    assert [area.code for area in visit.of_areas] == ["282219", "282235"]


PANEL = "/briefings/visits/panels/area/282219"
READERS = {"officer", "bureau", "coordinator"}


def test_only_the_block_and_those_it_is_shared_with_read_it(client_of: Clients) -> None:
    own = logged(client_of("bureau"), areas="282219")
    shared = logged(client_of("bureau"), areas="282219", about="共有した話", is_shared_with_area="on")
    for persona, sees in (
        ("bureau", {own, shared}), ("coordinator", {own, shared}), ("officer", {shared}), ("neighbour", set()),
        ("prefecture", set()), ("adviser", set()), ("partner", set()), ("funder", set()), ("visitor", set()),
    ):  # fmt: skip
        client = client_of(persona)
        pages = [
            client.get("/areas/282219"),
            client.get(PANEL, headers={"HX-Request": "true"}),
            client.get("/briefings/"),
        ]
        assert (PANEL.encode() in pages[0].content) == (b"<h2>" in pages[1].content) == (persona in READERS), persona
        pages += [client.get("/briefings/visits"), client.get("/briefings/visits?format=csv")]
        read = "".join(page.content.decode("utf-8-sig") for page in pages)
        for visit in (own, shared):
            assert (visit.about in read) == (visit in sees), persona
            assert (client.get(visit.get_absolute_url()).status_code == 200) == (visit in sees), persona


def test_an_officer_reads_but_writes_nothing(client_of: Clients) -> None:
    visit = logged(client_of("bureau"), is_shared_with_area="on")
    client = client_of("officer")
    assert "変更の記録" not in client.get(visit.get_absolute_url()).content.decode()
    assert client.post(f"{visit.get_absolute_url()}/change", typed()).status_code == 403
    assert client.post("/briefings/visits/new", typed()).status_code == 403


def test_another_blocks_visit_is_not_there(client_of: Clients, bureau: Account) -> None:
    visit = logged(client_of("coordinator"), block="tohoku", areas="020001")
    assert client_of("bureau").get(visit.get_absolute_url()).status_code == 404
    assert client_of("bureau").post(f"{visit.get_absolute_url()}/change", typed()).status_code == 404
    visit.block = Block.objects.get(key="kinki")
    with pytest.raises(PermissionDenied):
        actions.log_visit(visit, [Area.objects.get(code="282219")], by=bureau, today=TODAY)


def test_a_correction_leaves_a_trace(client_of: Clients, bureau: Account) -> None:
    visit = logged(client_of("bureau"))
    changed = typed(about="直した話", areas="兵庫県", why="聞き違い")
    client_of("coordinator").post(f"{visit.get_absolute_url()}/change", changed)
    now = Visit.objects.get(pk=visit.pk)
    assert ([area.code for area in now.of_areas], now.entered_by) == (["280003"], bureau)
    page = client_of("bureau").get(visit.get_absolute_url()).content.decode()
    for words in (SAID, "直した話", "聞き違い", "見本 五月"):
        assert words in page


def test_the_database_holds_what_must_hold(client_of: Clients) -> None:
    visit = logged(client_of("bureau"))
    deeds: list[Callable[[], object]] = [
        lambda: visit.visited.all().delete(),
        lambda: visit.visited.create(area=Area.objects.get(code="020001")),
        lambda: Visit.objects.filter(pk=visit.pk).update(block="tohoku"),
    ]
    for deed in deeds:
        with pytest.raises(IntegrityError, match="no area, or one outside"):
            at_the_end_of_a_transaction(deed)


def test_gaps_show_the_last_visit_to_those_who_may_see_it(client_of: Clients) -> None:
    logged(client_of("bureau"), areas="282219", day="2026-04-01")
    newest = logged(client_of("bureau"), areas="兵庫県", day="2026-05-01")
    logged(client_of("coordinator"), block="tohoku", areas="020001", day="2026-06-01")
    page = client_of("bureau").get("/briefings/").content.decode()
    assert "最後の訪問 2026-05-01" in page
    assert newest.get_absolute_url() in page
    assert "2026-06-01" not in page
    assert "最後の訪問 2026-06-01" in client_of("coordinator").get("/briefings/").content.decode()
    assert "最後の訪問" not in client_of("officer").get("/briefings/").content.decode()
    assert set(queries.last_visits(Account.objects.get(sign_in_name="bureau"))) == {"280003"}


def test_the_list_is_narrowed_and_taken_away(client_of: Clients) -> None:
    client = client_of("coordinator")
    logged(client)
    logged(client, block="tohoku", areas="020001")
    for query, count in (("", 2), ("block=tohoku", 1), ("area=282219", 1), ("area=999999", 0)):
        assert client.get(f"/briefings/visits?{query}").context["table"].count == count
    assert SAID in client.get("/briefings/visits?format=csv").content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 12),
        ("visits", 12),
        ("visits/new?area=282219", 12),
        ("list", 12),
        ("panels/area/282219", 4),
        ("visits/panels/area/282219", 6),
    ],
)
def test_pages_ask_few_times(
    client_of: Clients, path: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of("bureau")
    for _visit in range(3):
        logged(client)
    with django_assert_max_num_queries(most):
        assert client.get(f"/briefings/{path}", headers={"HX-Request": "true"}).status_code == 200
