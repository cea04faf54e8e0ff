"""A shared address is told nothing before somebody who reads mail there has said so by the link that was sent to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.journal import history_of
from itoguchi.core.models import Mail
from itoguchi.network import actions
from itoguchi.network.models import SharedBox
from tests.core.test_mail import use
from tests.network.factories import a_thing

pytestmark = pytest.mark.django_db
FACTS = {"section": "企画課", "email": "kikaku@example.jp", "language": "ja"}


@pytest.fixture(autouse=True)
def mail_server(settings: Any) -> None:
    use(settings, "smtp://127.0.0.1:9")


def monday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=-today.weekday() % 7)


def a_box(by: Account) -> SharedBox:
    box = actions.keep_box(SharedBox(area_id=by.terms[0].area_id, section="企画課", email="kikaku@example.jp"), by=by)
    actions.follow("/threads/horizontal", by=by, today=monday() - timedelta(days=9), box=box)
    return box


def path_in(mail: Mail) -> str:
    """The link in a mail, as a path."""
    [line] = [each for each in mail.body.splitlines() if "/follow/confirm/" in each]
    return line[line.index("/follow/") :]


def is_told(box: SharedBox, title: str) -> bool:
    """Whether news that comes now goes to the box."""
    a_thing("horizontal", title=title, on=monday())
    before = Mail.objects.filter(to=box.email).count()
    actions.tell_boxes(monday())
    return Mail.objects.filter(to=box.email).count() > before


def test_the_link_is_all_that_goes_there_until_it_is_followed(officer: Account, client: Client) -> None:
    box = a_box(officer)
    assert not is_told(box, "まだの知らせ")
    mail = Mail.objects.get()
    assert mail.to == "kikaku@example.jp"
    page = client.get(path_in(mail)).content.decode()
    assert "この宛先に送ってよい" in page
    assert not SharedBox.objects.get().is_confirmed  # reading, as a scanner of mails does, confirms nothing
    assert "確認できました" in client.post(path_in(mail)).content.decode()
    assert is_told(box, "これからの知らせ")
    assert "宛先に送ったリンクから確認" in {each.why for each in history_of(SharedBox.objects.get())}
    again = client.post(path_in(mail))  # used already: it says so and changes nothing
    assert (again.status_code, "確認できました" in again.content.decode()) == (200, True)


@pytest.mark.parametrize("link", ["x", "x:y:z", "WzEsImEiXQ:1:1"])
def test_what_never_was_a_link_is_nothing(client: Client, link: str) -> None:
    assert client.get(f"/follow/confirm/{link}").status_code == 404
    assert client.post(f"/follow/confirm/{link}").status_code == 404


def test_a_link_is_over_after_a_week(officer: Account, client: Client) -> None:
    box = a_box(officer)
    with patch("django.core.signing.time.time", return_value=timezone.now().timestamp() + 8 * 24 * 3600):
        answer = client.get(path_in(Mail.objects.get()))
        assert (answer.status_code, "このリンクは使えません" in answer.content.decode()) == (410, True)
        assert client.post(path_in(Mail.objects.get())).status_code == 410
    assert not is_told(box, "x")


def test_another_address_begins_anew_and_the_old_link_confirms_nothing(
    client_of: Callable[[str], Client], officer: Account, client: Client
) -> None:
    box = a_box(officer)
    old = path_in(Mail.objects.get())
    client.post(old)
    browser, path = client_of("officer"), f"/follow/boxes/{box.pk}"
    assert (
        "届いたメールのリンク" in browser.post(path, FACTS | {"email": "new@example.jp"}, follow=True).content.decode()
    )
    box.refresh_from_db()
    assert not box.is_confirmed
    assert client.post(old).status_code == 410
    assert not is_told(box, "x")
    browser.post(path, FACTS)  # back to the first address: that is asked anew too
    box.refresh_from_db()
    assert not box.is_confirmed
    newest = Mail.objects.filter(to="kikaku@example.jp").order_by("-pk").first()
    assert newest is not None
    client.post(path_in(newest))
    browser.post(path, FACTS | {"section": "情報課"})  # the same address under another name stays confirmed
    box.refresh_from_db()
    assert box.is_confirmed


def test_a_link_of_one_box_opens_no_other(officer: Account, neighbour: Account, client: Client) -> None:
    own = a_box(officer)
    theirs = SharedBox(area_id=neighbour.terms[0].area_id, section="企画課", email="kikaku@example.jp")
    actions.keep_box(theirs, by=neighbour)
    client.post(path_in(Mail.objects.order_by("pk")[0]))
    assert [each.pk for each in SharedBox.objects.all() if each.is_confirmed] == [own.pk]


def test_the_link_is_sent_again_by_the_office_alone_and_not_in_floods(
    client_of: Callable[[str], Client], officer: Account, neighbour: Account, client: Client
) -> None:
    box = a_box(officer)
    with pytest.raises(PermissionDenied):
        actions.ask_box_again(box, by=neighbour)
    with pytest.raises(ValidationError, match="さきほど"):
        actions.ask_box_again(box, by=officer)
    SharedBox.objects.update(asked_at=timezone.now() - timedelta(minutes=11))
    page = client_of("officer").post(f"/follow/boxes/{box.pk}/ask", follow=True).content.decode()
    assert "確認のメールを送りました" in page
    first, second = map(path_in, Mail.objects.order_by("pk"))
    assert client.post(first).status_code == 410
    assert client.post(second).status_code == 200
    with pytest.raises(ValidationError, match="待っていません"):
        actions.ask_box_again(box, by=officer)


def test_a_box_that_is_used_no_more_is_not_confirmed(officer: Account, client: Client) -> None:
    box = a_box(officer)
    box.is_active = False
    actions.keep_box(box, by=officer)
    assert client.post(path_in(Mail.objects.get())).status_code == 410


def test_boxes_from_before_are_asked_on_monday(officer: Account) -> None:
    box = a_box(officer)
    Mail.objects.all().delete()
    SharedBox.objects.update(asked_at=None)
    a_thing("horizontal", title="x", on=monday())
    for _ in range(2):
        actions.tell_boxes(monday())
    assert [each.to for each in Mail.objects.all()] == [box.email]
    assert "/follow/confirm/" in Mail.objects.get().body


def test_without_a_mail_server_nothing_is_asked(
    officer: Account, settings: Any, client_of: Callable[[str], Client]
) -> None:
    box = a_box(officer)
    assert "確認のリンクをもう一度送る" in client_of("officer").get("/follow").content.decode()
    box.delete()
    Mail.objects.all().delete()
    settings.SMTP = None
    box = a_box(officer)
    page = client_of("officer").get("/follow").content.decode()
    assert "メールを送れるようになると、確認のリンクを送ります" in page
    assert "確認のリンクをもう一度送る" not in page
    assert (SharedBox.objects.get().asked_at, Mail.objects.exists()) == (None, False)
    with pytest.raises(ValidationError, match="送れません"):
        actions.ask_box_again(box, by=officer)
