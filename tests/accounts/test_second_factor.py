"""The second factor: each code once, guesses limited, roles that publish asleep until it was shown, and ways back in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.actions import factors, open_account
from itoguchi.accounts.models import Account, Factor, Session
from itoguchi.accounts.sessions import BEGUN
from tests.personas import account_of

pytestmark = pytest.mark.django_db
SECRET = "a-long-enough-secret-7"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 11, 24, 3, 0, 10, tzinfo=UTC)
Clients = Callable[[str], Client]


def code(at: datetime, key: str = KEY) -> str:
    return pyotp.TOTP(key).at(at)


@pytest.fixture
def coordinator() -> Account:
    account = account_of("coordinator")
    account.set_password(SECRET)
    account.save()
    return account


@pytest.fixture
def hanako() -> Account:
    return open_account(sign_in_name="hanako", name="花子", password=SECRET, by=None)


def with_app(account: Account, at: datetime | None = None) -> list[str]:
    at = at or timezone.now() - timedelta(minutes=5)
    return factors.add_app(account, secret=KEY, code=code(at), at=at, by=account)


def enter(client: Client, account: Account, next_page: str = "/roadmap/") -> Any:
    return client.post("/account/sign-in", {"username": account.sign_in_name, "password": SECRET, "next": next_page})


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, SHA-1, the last six of eight digits.
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, shown in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert factors.step_of(key, shown, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_a_code_opens_once_and_only_near_its_time(hanako: Account) -> None:
    with_app(hanako, NOON - timedelta(hours=1))
    assert factors.use_code(hanako, code(NOON - timedelta(seconds=61)), at=NOON) is None
    assert factors.use_code(hanako, code(NOON), at=NOON) == "app"
    assert factors.use_code(hanako, code(NOON), at=NOON) is None, "seen over the shoulder, used again"
    assert factors.use_code(hanako, code(NOON - timedelta(seconds=30)), at=NOON) is None, "nor an older one"
    assert factors.use_code(hanako, code(NOON + timedelta(seconds=30)), at=NOON) == "app"
    assert factors.use_code(hanako, "１２３４５６", at=NOON) is None


def test_the_password_alone_lets_nobody_in_who_has_a_factor(client: Client, hanako: Account) -> None:
    with_app(hanako)
    assert enter(client, hanako)["Location"] == "/account/sign-in/second-step"
    assert not is_in(client)
    assert client.get("/account/sign-in/second-step").status_code == 200
    wrong = client.post("/account/sign-in/second-step", {"code": "000000"})
    assert "番号が違うか" in wrong.content.decode()
    assert not is_in(client)
    right = client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    assert right["Location"] == "/roadmap/"
    assert is_in(client)


def test_guesses_wait_after_five_and_the_right_code_too(client: Client, hanako: Account) -> None:
    with_app(hanako)
    for _guess in range(5):
        enter(client, hanako)
        client.post("/account/sign-in/second-step", {"code": "000000"})
    answer = client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert not is_in(client)


def test_the_second_step_has_a_first_and_an_end(client: Client, hanako: Account) -> None:
    with_app(hanako)
    assert client.post("/account/sign-in/second-step", {"code": code(timezone.now())})["Location"] == "/account/sign-in"
    enter(client, hanako)
    session = client.session
    session["half_signed_in"] = session["half_signed_in"] | {"at": 0}
    session.save()
    assert client.post("/account/sign-in/second-step", {"code": code(timezone.now())})["Location"] == "/account/sign-in"
    enter(client, hanako)
    Account.objects.filter(pk=hanako.pk).update(is_active=False)
    client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    assert not is_in(client)


def test_a_code_from_paper_works_once(client: Client, hanako: Account) -> None:
    first, *_others = with_app(hanako)
    enter(client, hanako)
    client.post("/account/sign-in/second-step", {"code": f" {first[:5]}-{first[5:].upper()} "})
    assert is_in(client)
    assert factors.use_code(hanako, first, at=timezone.now()) is None
    assert hanako.recovery_codes.count() == factors.CODES - 1
    kept = hanako.recovery_codes.first()
    assert kept is not None
    assert kept.digest not in _others, "what is kept opens nothing"


def test_setting_up_the_app_shows_its_picture_and_then_the_codes(client: Client, hanako: Account) -> None:
    enter(client, hanako)
    page = client.get("/account/second-factor/app?next=/roadmap/").content.decode()
    assert "<svg" in page
    assert "style=" not in page
    signed = re.search(r'name="secret" value="([^"]+)"', page)
    key = re.search(r"<code class=\"secret\" tabindex=\"0\">([A-Z2-7 ]+)</code>", page)
    assert signed
    assert key
    given = {"secret": signed[1], "next": "/roadmap/"}
    assert "番号が違うか" in client.post("/account/second-factor/app", given | {"code": "000000"}).content.decode()
    assert not hanako.factors.exists()
    good = {"code": code(timezone.now(), key[1].replace(" ", ""))}
    forged = client.post("/account/second-factor/app", good | {"secret": "forged"}).content.decode()
    assert "新しい鍵" in forged
    assert not hanako.factors.exists()
    done = client.post("/account/second-factor/app", given | good).content.decode()
    assert len(re.findall(r"<li><code>[0-9a-f]{10}</code>", done)) == factors.CODES
    assert "/roadmap/" in done
    assert hanako.factors.get().kind == Factor.Kind.APP
    reloaded = client.get("/account/second-factor/app", follow=True)
    assert reloaded.redirect_chain == [("/account/second-factor", 302)], "one app is enough; nothing to scan again"
    assert "すでに登録されています" in reloaded.content.decode()
    again = client.post("/account/second-factor/codes").content.decode()
    assert len(re.findall(r"<li><code>[0-9a-f]{10}</code>", again)) == factors.CODES
    client.post(f"/account/second-factor/{hanako.factors.get().pk}/remove")
    assert not hanako.factors.exists()
    assert not hanako.recovery_codes.exists()


def test_factors_are_changed_only_soon_after_signing_in(client: Client, hanako: Account) -> None:
    with_app(hanako)
    enter(client, hanako)
    client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    session = client.session
    session[BEGUN] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    for path in (f"{hanako.factors.get().pk}/remove", "codes", "app", "passkey", "passkey/question"):
        answer = client.post(f"/account/second-factor/{path}")
        assert answer["Location"] == "/account/sign-in?next=%2Faccount%2Fsecond-factor"
    assert hanako.factors.exists()


def test_roles_that_publish_sleep_until_the_second_factor(client: Client, coordinator: Account, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    led = enter(client, coordinator, "/account/people")
    assert led["Location"] == "/account/second-factor?next=%2Faccount%2Fpeople"
    assert client.get("/account/people").status_code == 403
    assert client.post("/account/tokens", {"membership": "1", "name": "x", "last_day": "2027-03-31"}).status_code == 200
    assert "書き込めるものがありません" in client.get("/account/tokens").content.decode(), "no key goes around it"
    page = client.get("/roadmap/").content.decode()
    assert "二要素認証を登録する" in page
    assert "/account/second-factor?next=%2Froadmap%2F" in page
    with_app(coordinator)
    enter(client, coordinator, "/account/people")
    came = client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    assert came["Location"] == "/account/people"
    assert client.get("/account/people").status_code == 200
    assert "二要素認証を登録する" not in client.get("/roadmap/").content.decode()


def test_who_publishes_nothing_is_not_asked(client: Client, hanako: Account, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    assert enter(client, hanako)["Location"] == "/roadmap/"
    assert "二要素認証を登録する" not in client.get("/roadmap/").content.decode()


def test_the_secretariat_helps_who_lost_a_factor(
    client: Client, coordinator: Account, hanako: Account, client_of: Clients
) -> None:
    with_app(hanako)
    enter(client, hanako)
    client.post("/account/sign-in/second-step", {"code": code(timezone.now())})
    assert is_in(client)
    helper = client_of("coordinator")
    assert "認証アプリ" in helper.get("/account/people/hanako").content.decode()
    helper.post("/account/people/hanako/second-factor")
    assert not hanako.factors.exists()
    assert not is_in(client), "whoever sits at the lost device is out"
    assert enter(client, hanako)["Location"] == "/roadmap/"
    with pytest.raises(PermissionDenied):
        factors.remove_second_factor(coordinator, by=hanako)
    with pytest.raises(ValidationError, match="自分のページ"):
        factors.remove_second_factor(coordinator, by=coordinator)


def test_the_last_of_the_secretariat_comes_back_by_the_command_line(hanako: Account, capsys: Any) -> None:
    with_app(hanako)
    call_command("remove_second_factor", "HANAKO")
    assert "1 removed" in capsys.readouterr().out
    assert not hanako.factors.exists()
    with pytest.raises(CommandError, match="no such account"):
        call_command("remove_second_factor", "nobody")


def test_a_factor_leaves_its_trace_without_its_secret(client_of: Clients, hanako: Account) -> None:
    with_app(hanako)
    event = Factor.pgh_event_model.objects.get()  # type: ignore[attr-defined]
    kept = {field.name for field in event._meta.fields}
    assert not kept & {"secret", "last_step", "sign_count"}
    assert event.account_id == hanako.pk


def test_passkeys_that_are_none_change_nothing(client: Client, hanako: Account) -> None:
    enter(client, hanako)
    assert "Answer" not in client.get("/account/second-factor/passkey").content.decode(), "what is hidden has no label"
    assert client.post("/account/second-factor/passkey/question").json()["rp"]["id"] == "testserver"
    for answer in ("", "{}", "[]", "null", '{"id": "x", "rawId": "x", "response": {}}', "no json"):
        page = client.post("/account/second-factor/passkey", {"name": "x", "answer": answer})
        assert page.status_code == 200
        assert not hanako.factors.exists()
    client.post("/account/sign-out")
    for answer in ("", "{}", "[]", "null", '{"id": "x", "rawId": "eA", "response": {}}', "no json"):
        client.post("/account/sign-in/passkey/question")
        assert client.post("/account/sign-in/passkey", {"answer": answer})["Location"] == "/account/sign-in"
    assert not is_in(client)


# Sessions -------------------------------------------------------------------------------------------------


def test_a_stolen_session_is_seen_and_ended_at_once(hanako: Account) -> None:
    here, stolen = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/145.0"}), Client()
    enter(here, hanako)
    enter(stolen, hanako)
    page = here.get("/account/sessions").content.decode()
    assert "Firefox / Windows" in page
    for key in (here.session.session_key, stolen.session.session_key):
        assert key not in page, "the page would give the session away"
    [mark] = re.findall(r'name="mark" value="([0-9a-f]+)"', page)
    here.post("/account/sessions/end", {"mark": mark})
    assert not is_in(stolen)
    assert is_in(here)
    enter(stolen, hanako)
    here.post("/account/sessions/end")
    assert not is_in(stolen)
    assert is_in(here)


def test_nobody_ends_the_sessions_of_others_but_the_secretariat(
    client: Client, hanako: Account, client_of: Clients
) -> None:
    enter(client, hanako)
    mark = Session.objects.get(account=hanako).mark
    client_of("officer").post("/account/sessions/end", {"mark": mark})
    assert is_in(client)
    with pytest.raises(PermissionDenied):
        factors.end_sessions(hanako, by=account_of("officer"))
    client_of("coordinator").post("/account/people/hanako/sessions")
    assert not is_in(client)


# Outside providers ----------------------------------------------------------------------------------------


def outside(subject: str = "s-1", email: str = "hanako@example.jp", *, verified: bool = True) -> Account | None:
    return factors.account_from_outside(
        issuer="https://id.example.jp", subject=subject, email=email, email_is_verified=verified, at=NOON
    )


def test_an_identity_belongs_to_the_one_open_account_of_its_verified_address(hanako: Account) -> None:
    Account.objects.filter(pk=hanako.pk).update(email="Hanako@example.jp")
    assert outside(verified=False) is None
    assert outside(email="") is None
    assert outside() == hanako
    assert outside(email="moved@example.jp") == hanako, "once linked, by its number"
    assert outside("s-2") is None, "another identity with the same address is somebody else"
    Account.objects.filter(pk=hanako.pk).update(is_active=False)
    assert outside() is None


def test_an_address_of_two_accounts_opens_neither(hanako: Account) -> None:
    open_account(sign_in_name="hanako2", name="花子", email="hanako@example.jp", password=None, by=None)
    Account.objects.filter(pk=hanako.pk).update(email="hanako@example.jp")
    assert outside() is None


def test_the_last_way_in_is_not_cut_off(hanako: Account) -> None:
    factors.link_outside(hanako, issuer="https://id.example.jp", subject="s-1", at=NOON)
    link = hanako.outside.get()
    with pytest.raises(PermissionDenied):
        factors.unlink_outside(link, by=account_of("officer"))
    factors.unlink_outside(link, by=hanako)
    factors.link_outside(hanako, issuer="https://id.example.jp", subject="s-1", at=NOON)
    hanako.set_unusable_password()
    with pytest.raises(ValidationError, match="外せません"):
        factors.unlink_outside(hanako.outside.get(), by=hanako)


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client.get("/account/sign-in/office").status_code == 404
    assert client.get("/account/sign-in/office/back").status_code == 404
