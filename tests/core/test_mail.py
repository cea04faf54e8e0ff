"""Notices by mail: who gets one, each once; a server that is away, refuses or breaks off loses none and breaks no page."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.actions import propose_hand_over
from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.core import mail
from itoguchi.core.models import Mail
from itoguchi.outreach.actions import Facts, decide_on_draft, plan_briefing
from itoguchi.outreach.models import Briefing
from itoguchi.site.environment import Environment
from tests.personas import account_of
from tests.site.test_start import free_port

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


class Post:
    """A mail server that keeps what it takes, and answers as a test wants."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.to_rcpt, self.to_data, self.hangs_up, self.hangs_up_at_rcpt = "250 OK", "250 OK", False, ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: ARG002, N802
        if address == self.hangs_up_at_rcpt:
            server.transport.close()
        if self.to_rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_rcpt

    async def handle_DATA(self, server: smtp.SMTP, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802
        self.taken.append(envelope)
        if self.hangs_up:
            server.transport.close()
            await asyncio.sleep(0)
        return self.to_data


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    handler = Post()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    use(settings, f"smtp://127.0.0.1:{port}")
    yield handler
    controller.stop()


def with_settings(**given: str) -> Environment:
    return Environment(**{f"ITOGUCHI_{name}": value for name, value in given.items()})  # type: ignore[arg-type]


def use(settings: Any, address: str) -> None:
    environment = with_settings(SMTP=address, MAIL_FROM="itoguchi@example.jp", ADDRESS="https://itoguchi.example.jp/")
    settings.SMTP, settings.MAIL_FROM = environment.mail_server, environment.mail_from
    settings.ADDRESS = environment.own_address


@pytest.fixture
def people() -> dict[str, Account]:
    found = {name: account_of(name) for name in ("bureau", "coordinator", "approver", "officer")}
    for name, account in found.items():
        account.email, account.language = f"{name}@example.jp", "en" if name == "approver" else "ja"
        account.save()
    return found


def draft(by: Account) -> Briefing:
    kyoto = Area.objects.get(code="260002")
    facts = Facts(
        day=date(2027, 1, 8), place="京都府", title="説明会", prefecture=kyoto, prefectures=frozenset({kyoto})
    )
    return plan_briefing(facts, by=by, state=Briefing.State.DRAFT)


def queued(**more: Any) -> Mail:
    now = timezone.now()
    given = {"key": "k", "to": "a@example.jp", "subject": "件名", "body": "本文", "queued_at": now, "due_at": now}
    return Mail.objects.create(**{**given, "changed_at": now, **more})


def states() -> list[str]:
    return sorted(Mail.objects.values_list("state", flat=True))


def test_who_may_decide_is_asked_and_who_drafted_hears_what_was_decided(post: Post, people: dict[str, Account]) -> None:
    briefing = draft(people["bureau"])
    assert set(Mail.objects.values_list("to", flat=True)) == {"coordinator@example.jp", "approver@example.jp"}
    assert mail.send_waiting(timezone.now()) == 2
    texts = {each.rcpt_tos[0]: each.content.decode() for each in post.taken}
    in_english, in_japanese = (Mail.objects.get(to=f"{name}@example.jp") for name in ("approver", "coordinator"))
    assert "https://itoguchi.example.jp/en/briefings/2027-01-08-kyoto" in in_english.body
    assert "Waiting for your approval" in in_english.subject
    assert "https://itoguchi.example.jp/briefings/2027-01-08-kyoto" in in_japanese.body
    assert "承認のお願い" in in_japanese.subject
    assert "Auto-Submitted: auto-generated" in texts["approver@example.jp"]
    approval = briefing_approval(briefing)
    decide_on_draft(briefing, approval, deed="send_back", by=people["coordinator"], today=TODAY, remark="会場は？")
    back = Mail.objects.get(to="bureau@example.jp")
    assert "差し戻されました" in back.subject
    assert "会場は？" in back.body


def briefing_approval(briefing: Briefing) -> Any:
    from itoguchi.core.models import Approval

    return Approval.objects.get(subject=briefing.address)


def test_a_hand_over_is_told_to_who_decides_and_not_to_the_closed(post: Post, people: dict[str, Account]) -> None:
    Account.objects.filter(pk=people["approver"].pk).update(is_active=False)
    bureau = people["bureau"]
    propose_hand_over(
        bureau.terms[0], successor=people["officer"], last_day=TODAY, today=TODAY, by=bureau, note="秘密の申し送り"
    )
    [told] = Mail.objects.all()
    assert told.to == "coordinator@example.jp"
    assert "秘密の申し送り" not in told.body


def test_without_a_server_nothing_is_written_and_the_page_says_so(
    people: dict[str, Account], client_of: Callable[[str], Client]
) -> None:
    draft(people["bureau"])
    assert not Mail.objects.exists()
    page = client_of("coordinator").get("/account/mails").content.decode()
    assert "メールは送っていません" in page
    assert "しぼる" not in page, "nothing is there to be narrowed, and no condition to be taken away"
    assert "条件をすべて外す" not in page
    narrowed = client_of("coordinator").get("/account/mails?state=sent").content.decode()
    assert "条件をすべて外す" in narrowed


def test_the_same_occasion_is_one_mail_and_one_number(post: Post, people: dict[str, Account]) -> None:
    for _time in range(2):
        mail.post("again", people["officer"], lambda: "一\r\nBcc: x@example.jp", lambda: "二", "/")
    [kept] = Mail.objects.all()
    assert "\n" not in kept.subject
    assert mail.message(kept)["Message-ID"] == mail.message(kept)["Message-ID"]
    assert mail.message(kept)["Message-ID"].endswith("@itoguchi.example.jp>")
    assert mail.send_waiting(timezone.now()) == 1
    assert mail.send_waiting(timezone.now()) == 0
    assert len(post.taken) == 1
    assert post.taken[0].rcpt_tos == ["officer@example.jp"]


def test_an_unreachable_server_is_tried_again_later(settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        use(settings, f"smtp://127.0.0.1:{closed.getsockname()[1]}")
        kept = queued()
        assert mail.send_waiting(timezone.now()) == 0
    kept.refresh_from_db()
    assert (kept.state, kept.tries, kept.problem) == (Mail.State.WAITING, 1, "ConnectionRefusedError")
    assert kept.due_at > timezone.now()
    Mail.objects.update(tries=len(mail.PAUSES), due_at=timezone.now())
    mail.send_waiting(timezone.now())
    assert states() == [Mail.State.WAITING], "no mail is at fault"


def test_a_wrong_password_of_the_server_fails_no_mail(post: Post, settings: Any) -> None:
    port = settings.SMTP.port
    use(settings, f"smtp://user:wrong@127.0.0.1:{port}")
    queued()
    assert mail.send_waiting(timezone.now()) == 0
    assert states() == [Mail.State.WAITING]
    assert post.taken == []


def test_a_mail_that_breaks_the_line_holds_up_no_other(post: Post) -> None:
    now = timezone.now()
    first = queued(key="first", due_at=now - timedelta(minutes=2))
    queued(key="second", to="b@example.jp", due_at=now - timedelta(minutes=1))
    post.hangs_up_at_rcpt = first.to
    assert mail.send_waiting(now) == 0
    assert Mail.objects.get(key="second").tries == 0
    assert mail.send_waiting(timezone.now()) == 1, "the first waits a minute, the second goes out"


def test_a_refusal_that_lasts_is_given_up(post: Post) -> None:
    post.to_rcpt = "450 busy"
    queued(tries=len(mail.PAUSES))
    mail.send_waiting(timezone.now())
    assert states() == [Mail.State.FAILED]


def test_a_server_that_can_not_show_who_it_is_gets_nothing(settings: Any, tmp_path: Path) -> None:
    """A certificate that nobody has signed: neither password nor mail is given to it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = timezone.now()
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    signed = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "both.pem").write_bytes(own + signed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, tls_context=context)
    controller.start()
    try:
        use(settings, f"smtp+starttls://user:secret@localhost:{port}")
        kept = queued()
        assert mail.send_waiting(timezone.now()) == 0
        kept.refresh_from_db()
        assert (kept.state, kept.problem) == (Mail.State.WAITING, "SSLCertVerificationError")
        assert handler.taken == []
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("to_rcpt", "to_data", "state"),
    [
        ("450 busy", "250 OK", Mail.State.WAITING),
        ("550 no such person", "250 OK", Mail.State.FAILED),
        ("250 OK", "451 later", Mail.State.WAITING),
        ("250 OK", "554 not wanted", Mail.State.FAILED),
    ],
)
def test_what_the_server_refuses_is_tried_again_or_given_up(post: Post, to_rcpt: str, to_data: str, state: str) -> None:
    post.to_rcpt, post.to_data = to_rcpt, to_data
    kept = queued()
    queued(key="other", to="b@example.jp")
    assert mail.send_waiting(timezone.now()) == 0
    assert states() == [state, state], "one refusal does not end the others"
    kept.refresh_from_db()
    assert kept.tries == 1
    assert "example.jp" not in kept.problem
    post.to_rcpt = post.to_data = "250 OK"
    Mail.objects.update(due_at=timezone.now())
    assert mail.send_waiting(timezone.now()) == (2 if state == Mail.State.WAITING else 0)


def test_a_line_that_breaks_after_the_text_is_never_sent_twice(
    post: Post, people: dict[str, Account], client_of: Callable[[str], Client]
) -> None:
    post.hangs_up = True
    kept = queued()
    mail.send_waiting(timezone.now())
    assert states() == [Mail.State.UNKNOWN]
    post.hangs_up = False
    assert mail.send_waiting(timezone.now() + timedelta(days=2)) == 0
    assert len(post.taken) == 1
    secretariat = client_of("coordinator")
    assert "送れたか分からない" in secretariat.get("/account/mails").content.decode()
    secretariat.post(f"/account/mails/{kept.pk}/resend")
    assert mail.send_waiting(timezone.now()) == 1
    assert states() == [Mail.State.SENT]
    answer = secretariat.post(f"/account/mails/{kept.pk}/resend", follow=True)
    assert "すでに送られています" in answer.content.decode()


def test_a_mail_whose_sender_died_is_not_guessed_at(post: Post) -> None:
    queued(state=Mail.State.SENDING, changed_at=timezone.now() - timedelta(minutes=1))
    mail.send_waiting(timezone.now())
    assert states() == [Mail.State.SENDING], "it may still be at it"
    mail.send_waiting(timezone.now() + mail.LOST)
    assert states() == [Mail.State.UNKNOWN]
    assert post.taken == []


def test_old_mails_are_forgotten_and_waiting_ones_kept() -> None:
    long_ago = timezone.now() - mail.KEPT - timedelta(days=1)
    queued(key="1", state=Mail.State.SENT, changed_at=long_ago)
    queued(key="2", changed_at=long_ago)
    queued(key="3", state=Mail.State.SENT)
    assert mail.forget_old_mails(timezone.now()) == 1


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("smtp://post.example.jp", ("post.example.jp", 25, "", "", "")),
        ("smtp+starttls://u%40x:p%2F@post.example.jp", ("post.example.jp", 587, "u@x", "p/", "starttls")),
        ("smtps://post.example.jp:2465", ("post.example.jp", 2465, "", "", "tls")),
    ],
)
def test_addresses_of_mail_servers(address: str, found: tuple[Any, ...]) -> None:
    server = with_settings(SMTP=address, MAIL_FROM="a@b").mail_server
    assert server is not None
    assert (server.host, server.port, server.user, server.password, server.security) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMTP": "post.example.jp", "MAIL_FROM": "a@b"},
        {"SMTP": "smtp://post.example.jp"},
        {"ADDRESS": "itoguchi.example.jp"},
        {"CLAMD": "tcp://host"},
        {"CLAMD": "clamd"},
    ],
)
def test_half_settings_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="ITOGUCHI_"):
        with_settings(**wrong)
