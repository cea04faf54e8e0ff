"""A draft goes through two people, and nobody else sees it anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core.queries import find
from itoguchi.outreach import actions, queries
from itoguchi.outreach.access import can_change, changeable_by
from itoguchi.outreach.models import Briefing
from tests.personas import PERSONAS, account_of

pytestmark = pytest.mark.django_db

Clients = Callable[[str], Client]
TITLE = "まだ秘密の説明会"
AHEAD = timezone.localdate() + timedelta(days=30)


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "day": AHEAD.isoformat(), "prefecture": "260002", "place": "京都府", "title": TITLE, "prefectures": ["260002"],
        "why": "", "deed": "ask",
    } | changes  # fmt: skip


def drafted(client: Client) -> Briefing:
    assert client.post("/briefings/plan", typed()).status_code == 302
    return queries.with_drafts().get(state=Briefing.State.DRAFT)


def waiting(briefing: Briefing) -> Any:
    found = queries.waiting_approval(briefing)
    assert found
    return found


def decide(client: Client, briefing: Briefing, deed: str, remark: str = "", approval: int = 0) -> str:
    """What the page says after a decision."""
    data = {"deed": deed, "remark": remark, "approval": approval or waiting(briefing).pk}
    return client.post(f"{briefing.address}/decide", data, follow=True).content.decode()


def state_of(briefing: Briefing) -> str:
    return Briefing.objects.get(pk=briefing.pk).state


def test_a_draft_is_nowhere_for_others(client_of: Clients) -> None:
    draft = drafted(client_of("bureau"))
    paths = [
        "/briefings/", "/briefings/list", "/briefings/list?state=draft", "/briefings/list?format=csv",
        "/briefings/panels/area/260002", "/briefings/panels/block/kinki", "/", f"/reports/{AHEAD.isoformat()}",
        "/areas/find?q=秘密",
    ]  # fmt: skip
    for persona in ("visitor", "officer", "neighbour", "prefecture", "adviser", "coordinator"):
        client = client_of(persona)
        for path in paths:
            page = client.get(path).content.decode("utf-8-sig")
            assert TITLE not in page, (persona, path)
            assert draft.slug not in page, (persona, path)
        if persona != "coordinator":
            assert client.get(draft.address).status_code == 404
    assert find(draft.slug) == []
    assert queries.coverage(AHEAD).planned == ()


def test_deeds_on_a_draft_are_not_even_refused_to_others(client_of: Clients) -> None:
    draft = drafted(client_of("bureau"))
    for deed in ("change", "hold", "cancel", "decide"):
        assert client_of("officer").post(f"{draft.address}/{deed}", typed()).status_code == 404


def test_a_second_person_approves(client_of: Clients) -> None:
    draft = drafted(client_of("bureau"))
    assert "自分の起案は承認できません" in decide(client_of("bureau"), draft, "approve")
    assert state_of(draft) == "draft"
    assert TITLE in client_of("approver").get("/briefings/drafts").content.decode()
    assert "予定として公開されました" in decide(client_of("approver"), draft, "approve")
    assert state_of(draft) == "planned"
    assert TITLE in client_of("visitor").get("/briefings/list").content.decode()
    assert find(draft.slug)


def test_a_returned_draft_is_corrected_and_asked_for_again(client_of: Clients) -> None:
    bureau, approver = client_of("bureau"), client_of("approver")
    draft = drafted(bureau)
    first = waiting(draft).pk
    assert "差し戻す理由を書いてください" in decide(approver, draft, "send_back")
    decide(approver, draft, "send_back", "会場を書いてください")
    page = bureau.get(f"{draft.address}/change").content.decode()
    assert "会場を書いてください" in page
    assert bureau.post(f"{draft.address}/change", typed(place="京都市")).status_code == 302
    assert waiting(draft).pk != first
    assert "すでに決裁されています" in decide(approver, draft, "approve", approval=first)
    assert state_of(draft) == "draft"
    decide(approver, draft, "approve")
    page = client_of("visitor").get(draft.address).content.decode()
    assert state_of(draft) == "planned"
    assert "京都市" in page
    assert "会場を書いてください" not in page
    assert "起案と承認" not in page


def test_while_it_waits_it_stays_as_the_approver_reads_it(client_of: Clients, bureau: Account) -> None:
    draft = drafted(client_of("bureau"))
    assert client_of("bureau").post(f"{draft.address}/change", typed(title="別")).status_code == 302
    with pytest.raises(ValidationError, match="承認を待つ間"):
        actions.change_briefing(draft, actions.facts_of(draft), by=bureau)
    assert Briefing.objects.get(pk=draft.pk).title == TITLE
    assert "取り下げられるのは起案者だけ" in decide(client_of("approver"), draft, "withdraw")
    decide(client_of("bureau"), draft, "withdraw")
    assert client_of("bureau").post(f"{draft.address}/change", typed(title="別")).status_code == 302
    assert Briefing.objects.get(pk=draft.pk).title == "別"


def test_a_draft_is_neither_held_nor_called_off(bureau: Account, client_of: Clients) -> None:
    draft = drafted(client_of("bureau"))
    with pytest.raises(ValidationError):
        actions.hold_briefing(draft, today=AHEAD, by=bureau)
    with pytest.raises(ValidationError):
        actions.cancel_briefing(draft, by=bureau, why="x")


def test_the_actions_refuse_strangers_and_a_past_day(
    client_of: Clients, officer: Account, approver: Account, bureau: Account
) -> None:
    draft = drafted(client_of("bureau"))
    for account in (officer, bureau):
        with pytest.raises(PermissionDenied):
            actions.decide_on_draft(draft, waiting(draft), deed="approve", by=account, today=AHEAD)
    with pytest.raises(ValidationError, match="開催日が過ぎている"):
        actions.decide_on_draft(draft, waiting(draft), deed="approve", by=approver, today=AHEAD + timedelta(days=1))
    assert waiting(draft).drafter == bureau
    assert state_of(draft) == "draft"


def test_an_approval_of_something_else_decides_nothing(client_of: Clients) -> None:
    draft = drafted(client_of("bureau"))
    other = waiting(draft)
    client_of("coordinator").post("/briefings/plan", typed(prefecture="020001", prefectures=["020001"]))
    aomori = queries.with_drafts().order_by("-pk")[0]
    assert "この起案の承認ではありません" in decide(client_of("approver"), aomori, "approve", approval=other.pk)
    assert {state_of(draft), state_of(aomori)} == {"draft"}
    assert client_of("bureau").get(aomori.address).status_code == 404
    for junk in ("", "x", str(2**70), "0"):
        assert client_of("approver").post(
            f"{draft.address}/decide", {"deed": "approve", "approval": junk}
        ).status_code in {302, 404}
    assert state_of(draft) == "draft"


def test_two_who_draft_the_same_day_and_place_get_two_addresses(client_of: Clients) -> None:
    for persona in ("bureau", "coordinator"):
        client_of(persona).post("/briefings/plan", typed())
    slugs = list(queries.with_drafts().filter(state="draft").order_by("pk").values_list("slug", flat=True))
    assert slugs == [f"{AHEAD.isoformat()}-kyoto", f"{AHEAD.isoformat()}-kyoto-2"]


def test_who_may_change_a_briefing_is_one_rule_for_a_row_and_for_a_query(client_of: Clients) -> None:
    coordinator = client_of("coordinator")
    for changes in (
        {},
        {"prefectures": ["260002", "020001"]},
        {"blocks": ["kinki"]},
        {"prefectures": [], "blocks": ["kinki"]},
    ):
        coordinator.post("/briefings/plan", typed(**changes))
    rows = list(queries.with_drafts())
    assert len({tuple(each.counts_for) for each in rows}) > 3
    for persona in PERSONAS:
        user = AnonymousUser() if persona == "visitor" else account_of(persona)
        open_to = [each for each in rows if can_change(user, each)]
        assert open_to == list(Briefing.objects.filter(changeable_by(user))), persona
