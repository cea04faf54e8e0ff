"""Writing through the API: with a key that never does more than its membership, once for each idempotency key."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.actions import make_token, revoke_token
from itoguchi.accounts.models import ApiToken
from itoguchi.areas.models import Statistic
from itoguchi.core.journal import history_of
from itoguchi.core.models import AnsweredRequest
from itoguchi.outreach.models import Briefing
from itoguchi.roadmap.models import Kpi, Reading
from tests.personas import account_of

pytestmark = pytest.mark.django_db
PLAN = {"day": "2030-01-07", "place": "京都府", "title": "説明会", "prefecture": "260002", "prefectures": ["260002"]}
Post = Callable[..., Any]


def secret_of(persona: str) -> str:
    """A key of the persona's one membership."""
    account, today = account_of(persona), timezone.localdate()
    last_day = today + timedelta(days=30)
    return make_token(account.terms[0], name="試験", last_day=last_day, today=today, by=account)[1]


def send(
    secret: str, path: str, body: Any, *, key: str = "one-deed", method: str = "POST", client: Client | None = None
) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    if key:
        headers["Idempotency-Key"] = key
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return (client or Client()).generic(
        method, f"/api/v1{path}", content, content_type="application/json", headers=headers
    )


def test_a_planned_briefing_is_on_every_page_and_its_history_names_the_door() -> None:
    made = send(secret_of("bureau"), "/briefings", PLAN | {"why": "年度計画"})
    assert made.status_code == 201, made.content
    briefing = Briefing.objects.get(slug=made.json()["slug"])
    assert (briefing.state, briefing.title) == ("planned", "説明会")
    newest = history_of(briefing)[0]
    assert (newest.door, newest.why, newest.who) == ("api", "年度計画", str(account_of("bureau")))
    assert Client().get(made.json()["address"]).status_code == 200


def test_a_key_reaches_no_further_than_its_membership() -> None:
    bureau = secret_of("bureau")
    outside = PLAN | {"prefecture": "020001", "prefectures": ["020001"]}
    refused = send(bureau, "/briefings", outside)
    assert refused.status_code == 403
    assert "総合通信局等" in refused.json()["error"]["message"]
    values = {"source": "x", "values": [{"area": "282219", "measure": "population", "year": 2025, "value": 1}]}
    assert send(bureau, "/statistics", values, key="another-one").status_code == 403
    assert send(secret_of("officer"), "/briefings", PLAN).status_code == 403
    assert not Statistic.objects.exists()


def test_a_key_never_lends_its_owners_other_roles() -> None:
    account = account_of("coordinator")
    today = timezone.localdate()
    from itoguchi.accounts.actions import grant_membership
    from itoguchi.areas.models import Area

    area = Area.objects.get(code="282219")
    role = grant_membership(account, role="officer", area=area, valid_from=today, by=None)
    _token, secret = make_token(role, name="x", last_day=today, today=today, by=account)
    assert send(secret, "/briefings", PLAN).status_code == 403


@pytest.mark.parametrize("how", ["revoked", "over", "ended", "closed", "wrong", "none"])
def test_a_key_that_opens_nothing(how: str) -> None:
    secret = secret_of("bureau")
    token = ApiToken.objects.get()
    account = token.membership.account
    if how == "revoked":
        revoke_token(token, at=timezone.now(), by=account)
    elif how == "over":
        ApiToken.objects.update(last_day=date(2020, 1, 1))
    elif how == "ended":
        account.memberships.update(valid_to=date(2020, 1, 1))
    elif how == "closed":
        account.is_active = False
        account.save()
    given = {"wrong": secret[:-1] + "!", "none": ""}.get(how, secret)
    answer = send(given, "/briefings", PLAN)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "no_token"
    assert not Briefing.objects.filter(title="説明会").exists()


def test_the_same_request_is_done_once_and_answered_twice() -> None:
    secret = secret_of("bureau")
    first, again = (send(secret, "/briefings", PLAN) for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Briefing.objects.filter(title="説明会").count() == 1
    other = send(secret, "/briefings", PLAN | {"title": "別の会"})
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    # Another's same key is another's: nobody is answered what somebody else asked.
    coordinator = send(secret_of("coordinator"), "/briefings", PLAN)
    assert coordinator.json()["slug"] != first.json()["slug"]


def test_a_refused_request_may_be_mended_under_the_same_key() -> None:
    secret = secret_of("bureau")
    assert send(secret, "/briefings", PLAN | {"title": ""}).status_code == 422
    assert not AnsweredRequest.objects.exists()
    assert send(secret, "/briefings", PLAN).status_code == 201


def test_a_briefing_is_changed_held_and_called_off() -> None:
    secret = secret_of("coordinator")
    made = send(secret, "/briefings", PLAN).json()
    moved = PLAN | {"day": "2030-01-09", "version": made["version"]}
    changed = send(secret, f"/briefings/{made['slug']}", moved, method="PUT", key="change-it")
    assert changed.status_code == 200, changed.content
    assert changed.json()["day"] == "2030-01-09"
    late = send(secret, f"/briefings/{made['slug']}", moved, method="PUT", key="change-late")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed_meanwhile")
    early = send(secret, f"/briefings/{made['slug']}/hold", {}, key="hold-early")
    assert early.status_code == 409
    off = send(secret, f"/briefings/{made['slug']}/cancel", {"why": "会場"}, key="call-it-off")
    assert (off.status_code, off.json()["state"]) == (200, "cancelled")
    day = (timezone.localdate() - timedelta(days=1)).isoformat()
    held = send(secret, "/briefings", PLAN | {"day": day, "state": "held"}, key="it-was-held")
    assert held.json()["state"] == "held"


def test_statistics_come_in_all_or_not_at_all() -> None:
    secret = secret_of("coordinator")
    good = {"area": "282219", "measure": "population", "year": 2025, "value": 39000}
    bad = [
        good | {"area": "999999"},
        good | {"measure": "elderly_share", "value": 101},
        good,
        good | {"year": 2024, "value": 1.5},
        good | {"measure": "disadvantaged", "value": 0.5},
    ]
    refused = send(secret, "/statistics", {"source": "試験", "values": [good, *bad]})
    assert refused.status_code == 409
    assert [each["field"] for each in refused.json()["error"]["fields"]] == [
        "values.1.area",
        "values.2.value",
        "values.3",
        "values.4.value",
        "values.5.value",
    ]
    assert not Statistic.objects.exists()
    done = send(secret, "/statistics", {"source": "試験", "values": [good]})
    assert (done.status_code, done.json()) == (201, {"new": 1, "changed": 0, "same": 0})
    assert Client().get("/api/v1/statistics?area=282219").json()["items"][0]["value"] == 39000


def test_a_reading_is_recorded_and_seen_on_the_kpis_page() -> None:
    secret, kpi = secret_of("coordinator"), Kpi.objects.exclude(name="").filter(unit="percent").first()
    assert kpi is not None
    path, given = f"/kpis/{kpi.key}/readings", {"at": "2026-03", "value": 45.5, "source": "調査"}
    made = send(secret, path, given)
    assert made.status_code == 201, made.content
    assert Reading.objects.get(kpi=kpi, source="調査").value == 45.5
    assert "45.5" in Client().get(kpi.address).content.decode()
    for key, wrong, field in (
        ("same-time", {}, ""),
        ("in-future", {"at": "2999"}, "at"),
        ("too-much", {"at": "2026-04", "value": 101}, "value"),
        ("no-such-day", {"at": "2026-02-31"}, "at"),
    ):
        refused = send(secret, path, given | wrong, key=key)
        assert refused.status_code == 409, refused.content
        assert field in [each["field"] for each in refused.json()["error"]["fields"]]
    unpublished = Kpi.objects.filter(name="").first()
    assert send(secret, f"/kpis/{unpublished.key}/readings", given, key="unpublished").status_code == 409  # type: ignore[union-attr]
    assert send(secret_of("bureau"), path, given | {"at": "2026-05"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "no_json"),
        (b"\xff\xfe", 400, "no_json"),
        (b'{"title": NaN}', 400, "no_json"),
        (b"[" * 100_000, 400, "no_json"),
        (b'{"title": "\\ud800"}', 400, "no_json"),
        (b'{"title": "\\u0000"}', 400, "nul"),
        (b"[]", 422, "invalid"),
        (b"", 422, "invalid"),
        (json.dumps(PLAN | {"colour": "red"}).encode(), 422, "invalid"),
        (json.dumps(PLAN | {"title": "x" * 201}).encode(), 422, "invalid"),
        (json.dumps(PLAN | {"prefectures": ["999999"]}).encode(), 409, "refused"),
        (json.dumps(PLAN | {"day": 0}).encode(), 422, "invalid"),
        (json.dumps(PLAN | {"day": "2020-01-01"}).encode(), 409, "refused"),
        (b'{"title": "' + b"x" * 10_000_000 + b'"}', 413, "too_large"),
    ],
    ids=["cut", "no UTF-8", "NaN", "deep", "surrogate", "nul", "list", "none", "unknown", "long", "code", "seconds", "past", "10 MB"],
)  # fmt: skip
def test_bodies_that_can_not_be(body: bytes, status: int, code: str) -> None:
    answer = send(secret_of("coordinator"), "/briefings", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.content[:300]
    assert not Briefing.objects.filter(place="京都府", day="2030-01-07").exists()


@pytest.mark.parametrize("key", ["", "short", "日本語の鍵", "x" * 101])
def test_writing_needs_an_idempotency_key(key: str) -> None:
    answer = send(secret_of("coordinator"), "/briefings", PLAN, key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key")


def test_a_session_writes_nothing_here(client_of: Callable[[str], Client]) -> None:
    answer = send("", "/briefings", PLAN, client=client_of("coordinator"))
    assert answer.status_code == 401
