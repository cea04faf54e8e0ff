"""When two of a secretariat do something at the same moment, on a database of its own since they commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from itoguchi.network import queries
from itoguchi.network.models import Body, Meeting
from tests.network.secretariat import a_meeting
from tests.personas import signed_in

Post = Callable[[Client], Any]


def at_once(*deeds: Post) -> list[tuple[int, str]]:
    """What each of them is told, a status and a page, the first to be done first; the bureau and the secretariat in turn."""
    clients = [signed_in(("bureau", "coordinator")[place % 2]) for place in range(len(deeds))]
    gate, told = threading.Barrier(len(deeds)), []

    def come(client: Client, deed: Post) -> None:
        gate.wait(10)
        try:
            answer = deed(client)
            told.append((answer.status_code, answer.content.decode()))
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=come, args=pair) for pair in zip(clients, deeds, strict=True)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return sorted(told)


def laying_in(meeting: Meeting, number: str, title: str) -> Post:
    """Somebody lays a paper in."""
    said = {"number": number, "title": title, "provider": "事務局", "access": "open", "text": title}
    return lambda client: client.post(f"/meetings/{meeting.slug}/papers/new", said)


def test_two_papers_of_one_number_at_once_are_one_and_the_other_is_told(own_database: None) -> None:
    meeting = a_meeting()
    proposed = signed_in("bureau").get(f"/meetings/{meeting.slug}/papers/new").content.decode()
    assert 'name="number" value="資料1"' in proposed
    (done, _page), (refused, told) = at_once(
        laying_in(meeting, "資料1", "一つ目"), laying_in(meeting, "資料1", "二つ目")
    )
    assert (done, refused) == (302, 422)
    assert "同じ番号の資料がすでにあります" in told
    first = meeting.papers.get()
    other = "二つ目" if first.title == "一つ目" else "一つ目"
    assert f'value="{other}"' in told  # what was typed is still there
    number = queries.next_number(meeting)
    assert laying_in(meeting, number, other)(signed_in("coordinator")).status_code == 302
    assert [(each.number, each.slug) for each in meeting.papers.order_by("order")] == [
        ("資料1", f"{meeting.slug}-paper-1"),
        ("資料2", f"{meeting.slug}-paper-2"),
    ]


def test_papers_without_a_number_at_once_each_have_a_place_and_an_address(own_database: None) -> None:
    meeting = a_meeting()
    told = at_once(*(laying_in(meeting, "", f"{number}枚目") for number in range(4)))
    assert [status for status, _page in told] == [302] * 4
    papers = list(meeting.papers.order_by("order"))
    assert [each.order for each in papers] == [1, 2, 3, 4]
    assert {each.slug for each in papers} == {f"{meeting.slug}-paper-{place}" for place in range(1, 5)}
    assert {each.title for each in papers} == {f"{number}枚目" for number in range(4)}


def test_two_papers_given_one_number_at_once_keep_two(own_database: None) -> None:
    meeting = a_meeting()
    for number in ("資料1", "資料2"):
        laying_in(meeting, number, number)(signed_in("bureau"))
    first, second = meeting.papers.order_by("order")

    def renumber(paper: Any) -> Post:
        said = {"number": "資料3", "title": paper.title, "provider": "事務局", "access": "open", "text": "x"}
        return lambda client: client.post(f"/papers/{paper.slug}/correct", said)

    told = at_once(renumber(first), renumber(second))
    assert [status for status, _page in told] == [302, 422]
    assert "資料3" in {each.number for each in meeting.papers.all()} != {"資料3"}


def test_of_two_who_save_one_agenda_at_once_the_second_is_told_and_nothing_is_lost(own_database: None) -> None:
    meeting = a_meeting()
    path = f"/meetings/{meeting.slug}/correct"
    both = {"body": meeting.body_id, "number": 1, "held_on": meeting.held_on.isoformat(), "seen": meeting.version}

    def saving(agenda: str) -> Post:
        return lambda client: client.post(path, both | {"agenda": agenda})

    told = dict(at_once(saving("一人目の議事"), saving("二人目の議事")))
    assert len(told) == 2
    page = next(page for status, page in told.items() if status != 302)
    assert "ほかの人が先に保存しました" in page
    assert "一人目の議事" in page
    assert "二人目の議事" in page
    kept = [item.text for item in meeting.agenda.all()]
    assert kept in (["一人目の議事"], ["二人目の議事"])
    seen = Meeting.objects.get(pk=meeting.pk).version
    assert f'name="seen" value="{seen}"' in page
    answer = signed_in("coordinator").post(path, both | {"agenda": "一人目の議事\n二人目の議事", "seen": seen})
    assert answer.status_code == 302
    assert [item.text for item in meeting.agenda.all()] == ["一人目の議事", "二人目の議事"]


@pytest.mark.parametrize("keys", [("sample-group", "sample-group"), ("sample-one", "sample-two")])
def test_a_working_group_is_made_once(own_database: None, keys: tuple[str, str]) -> None:
    def founding(key: str, name: str) -> Post:
        said = {"key": key, "kind": "working-group", "name": name}
        return lambda _client: signed_in("coordinator").post("/bodies/new", said)

    signed_in("coordinator")
    told = at_once(founding(keys[0], "一つ目"), founding(keys[1], "二つ目"))
    made = Body.objects.filter(key__in=keys)
    assert [status for status, _page in told] == ([302, 422] if len(set(keys)) == 1 else [302, 302])
    assert len(made) == len(set(keys))
    if len(set(keys)) == 1:
        other = "二つ目" if made[0].name == "一つ目" else "一つ目"
        assert "この記号の会議体は、すでにあります" in told[1][1]
        assert f'value="{other}"' in told[1][1]
    assert len(set(Body.objects.values_list("order", flat=True))) == Body.objects.count()
