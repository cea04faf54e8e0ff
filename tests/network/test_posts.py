"""The information link of a thread: told by areas, answered by members, corrected, taken back, read by whom it is for (§9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.core.models import Mail, SearchEntry
from itoguchi.network import actions
from itoguchi.network.access import posts_visible_to
from itoguchi.network.actions import PostFacts
from itoguchi.network.models import Post, SharedBox, ThreadMember
from itoguchi.roadmap.actions import send_digests
from itoguchi.roadmap.models import Topic
from itoguchi.roadmap.queries import watched_by
from tests.core.test_mail import use
from tests.exchange.factories import firm_of
from tests.network.factories import a_strand, a_thread_member
from tests.outreach.test_pages import japanese_left, main_of
from tests.personas import PERSONAS, account_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
THREAD = "/threads/horizontal"
MEMBERS = {"officer", "neighbour", "partner"}  # of the horizontal thread in these tests
RUN_IT = {"coordinator"}
PDF = b"%PDF-1.7 x"
HTMX = {"HX-Request": "true"}


def members() -> dict[str, ThreadMember]:
    """The municipalities of `officer` and `neighbour` and the firm of `partner`, who take part since last year."""
    return {
        "officer": a_thread_member("horizontal", of="282219"),
        "neighbour": a_thread_member("horizontal", of="282235"),
        "partner": a_thread_member("horizontal", of=firm_of(account_of("partner"))),
    }


def a_post(part: ThreadMember, title: str = "猿の知らせ", *, by: str = "officer", **more: Any) -> Post:
    """A notice to the members, unless said otherwise."""
    said = {"kind": Post.Kind.NOTICE, "title": title, "text": f"{title}の本文"} | more
    return actions.post_in_thread(part, PostFacts(**said), by=account_of(by), today=timezone.localdate())


def an_answer(post: Post, part: ThreadMember, text: str = "うちにも来ます。", *, by: str = "neighbour") -> Post:
    facts = PostFacts(text=text)
    return actions.answer_post(post, part, facts, by=account_of(by), today=timezone.localdate())


def list_of(client: Client, thread: str = THREAD) -> str:
    """The information link as the page of the thread loads it."""
    return client.get(f"{thread}/posts", headers=HTMX).content.decode()


def typed(**more: Any) -> dict[str, Any]:
    return {
        "kind": "question",
        "title": "電波の届き方",
        "text": "谷の奥ではどうしていますか。",
        "access": "members",
    } | more


def test_an_area_asks_and_members_answer_through_the_pages(client_of: ClientOf) -> None:
    part = members()
    officer, neighbour, partner = (client_of(each) for each in ("officer", "neighbour", "partner"))
    assert f'hx-get="{THREAD}/posts"' in officer.get(THREAD).content.decode()
    assert f"{THREAD}/posts/new" in list_of(officer)
    assert f"{THREAD}/posts/new" not in list_of(partner), "an organisation answers"
    answer = officer.post(f"{THREAD}/posts/new", typed())
    post = Post.objects.get()
    assert answer.headers["Location"] == post.address
    assert (post.member, post.is_open, post.kind) == (part["officer"], False, "question")
    assert post.address in list_of(neighbour)
    assert neighbour.post(f"{post.address}/answer", {"text": "中継機を置いています。"}).status_code == 302
    said = {"text": "貸し出せます。", "file": SimpleUploadedFile("中継機.pdf", PDF)}
    assert partner.post(f"{post.address}/answer", said).status_code == 302
    page = officer.get(post.address).content.decode()
    for words in ("中継機を置いています。", "貸し出せます。", "中継機.pdf", "丹波市"):
        assert words in page
    with_file = post.answers.get(member=part["partner"])
    assert partner.get(f"{THREAD}/posts/{with_file.pk}").headers["Location"] == with_file.address
    file = officer.get(f"{THREAD}/posts/{with_file.pk}/file")
    assert (file.content, file.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "回答 2件" in list_of(officer)


def test_areas_tell_members_answer_and_others_do_neither(client_of: ClientOf) -> None:
    part = members()
    post = a_post(part["officer"], is_open=True)
    with pytest.raises(PermissionDenied):
        a_post(part["partner"], by="partner")
    with pytest.raises(PermissionDenied):
        a_post(part["officer"], by="neighbour")
    with pytest.raises(PermissionDenied):
        an_answer(post, part["neighbour"], by="officer")
    elsewhere = a_thread_member("diagonal-kinki", of="282235")
    with pytest.raises(PermissionDenied):
        an_answer(post, elsewhere)
    for persona in PERSONAS[1:]:
        client = client_of(persona)
        asked = client.post(f"{THREAD}/posts/new", typed()).status_code
        assert asked == (302 if persona in {"officer", "neighbour"} else 403), persona
        answered = client.post(f"{post.address}/answer", {"text": "x"}).status_code
        assert answered == (302 if persona in MEMBERS else 403), persona
    answer = an_answer(post, part["neighbour"])
    with pytest.raises(ValidationError):
        an_answer(answer, part["officer"], by="officer")


def test_terms_are_honoured(client_of: ClientOf) -> None:
    part, today = members(), timezone.localdate()
    post = a_post(part["officer"])
    yesterday = today - timedelta(days=1)
    ThreadMember.objects.filter(pk=part["neighbour"].pk).update(valid_to=yesterday)
    neighbour = client_of("neighbour")
    assert neighbour.get(post.address).status_code == 404
    assert neighbour.post(f"{THREAD}/posts/new", typed()).status_code == 403
    ThreadMember.objects.filter(pk=part["officer"].pk).update(valid_to=yesterday)
    officer = client_of("officer")
    assert officer.get(post.address).status_code == 200, "one's own words stay one's own"
    assert officer.post(f"{post.address}/correct", typed(correction="x")).status_code == 403
    assert officer.post(f"{post.address}/take-back", {"why": "脱けるので"}).status_code == 302


def test_what_was_wrong_is_corrected_with_a_note_and_who_may_read_it_stays(client_of: ClientOf) -> None:
    part = members()
    post = a_post(part["officer"], is_open=False)
    officer = client_of("officer")
    new = {"title": "猿の知らせ（訂正）", "text": "新しい本文", "access": "open", "correction": "日を直した"}
    assert officer.post(f"{post.address}/correct", new | {"correction": ""}).status_code == 422
    assert client_of("neighbour").post(f"{post.address}/correct", new).status_code == 403
    assert officer.post(f"{post.address}/correct", new).status_code == 302
    post.refresh_from_db()
    assert (post.title, post.correction, post.is_open) == ("猿の知らせ（訂正）", "日を直した", False)
    assert "日を直した" in client_of("neighbour").get(post.address).content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(is_open=True)


def test_who_wrote_it_or_runs_the_thread_takes_it_back_with_a_reason(client_of: ClientOf) -> None:
    part = members()
    post = a_post(part["officer"], is_open=True)
    answer = an_answer(post, part["neighbour"], "広告です")
    coordinator, neighbour = client_of("coordinator"), client_of("neighbour")
    place = f"{THREAD}/posts/{answer.pk}"
    assert client_of("officer").post(f"{place}/take-back", {"why": "x"}).status_code == 403
    coordinator.post(f"{place}/take-back", {"why": ""})
    answer.refresh_from_db()
    assert answer.taken_back_on is None
    assert coordinator.post(f"{place}/take-back", {"why": "広告のため"}).status_code == 302
    assert "広告です" not in client_of("officer").get(post.address).content.decode()
    assert "広告のため" in neighbour.get(post.address).content.decode(), "its own body is told why"
    assert "回答 0件" in list_of(client_of("officer"))
    assert client_of("officer").post(f"{post.address}/take-back", {"why": "日が違った"}).status_code == 302
    assert neighbour.get(post.address).status_code == 404
    assert neighbour.post(f"{post.address}/answer", {"text": "x"}).status_code == 404
    assert not SearchEntry.objects.filter(path=post.address).exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"title": ""}, "errorlist"),
        ({"text": "x" * 4001}, "errorlist"),
        ({"kind": "answer"}, "errorlist"),
        ({"kind": "material"}, "ファイルかリンクを付けてください"),
        ({"link": "javascript:alert(1)"}, "errorlist"),
        ({"access": "somebody"}, "errorlist"),
        ({"text": "\x00"}, "errorlist"),
        ({"file": ("x.exe", b"MZ")}, "受け取れません"),
        ({"file": ("x.pdf", b"<script>")}, "中身が"),
        ({"file": ("x.png", PDF)}, "中身が"),
    ],
)
def test_what_cant_be_told_says_why(client_of: ClientOf, more: dict[str, Any], says: str) -> None:
    members()
    if "file" in more:
        more = {"file": SimpleUploadedFile(*more["file"])}
    answer = client_of("officer").post(f"{THREAD}/posts/new", typed(**more))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Post.objects.exists()


def test_markup_stays_words(client_of: ClientOf) -> None:
    post = a_post(members()["officer"], text="<script>alert(1)</script>", is_open=True)
    page = client_of("visitor").get(post.address).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def in_every_state() -> dict[str, tuple[Post, set[str]]]:
    """State → a post or answer with words of its own, and who may read it."""
    part, everybody = members(), set(PERSONAS)
    found: dict[str, tuple[Post, set[str]]] = {}
    today = timezone.localdate()
    for access, readers in (("open", everybody), ("members", MEMBERS | RUN_IT)):
        is_open = access == "open"
        root = a_post(part["officer"], f"合言葉{access}甲", is_open=is_open)
        found[access] = (root, readers)
        found[f"{access}-answer"] = (an_answer(root, part["neighbour"], f"合言葉{access}乙の回答"), readers)
        gone = an_answer(root, part["neighbour"], f"合言葉{access}丙の回答")
        actions.take_back_post(gone, by=account_of("neighbour"), today=today, why="x")
        found[f"{access}-answer-taken-back"] = (gone, {"neighbour", *RUN_IT})
        back = a_post(part["officer"], f"合言葉{access}丁", is_open=is_open)
        found[f"{access}-answer-of-taken-back"] = (
            an_answer(back, part["partner"], f"合言葉{access}戊の回答", by="partner"),
            RUN_IT | {"partner"},
        )
        actions.take_back_post(back, by=account_of("officer"), today=today, why="x")
        found[f"{access}-taken-back"] = (back, {"officer", *RUN_IT})
    return found


DOORS = [
    THREAD,
    f"/en{THREAD}",
    f"{THREAD}/posts",
    f"/en{THREAD}/posts",
    f"{THREAD}.atom",
    "/threads/",
    "/threads/weave",
    "/api/v1/thread-posts?limit=2000",
    "/api/v1/thread-posts.csv",
    "/data/thread-posts",
    "/follow",
]
OPEN_DOORS = [f"{THREAD}.atom", "/api/v1/thread-posts?limit=2000", "/api/v1/thread-posts.csv", "/data/thread-posts"]
SEARCHES = ["/search?q={words}", "/search/suggest?q={words}", "/api/v1/search?q={words}"]


@pytest.mark.parametrize("persona", PERSONAS)
def test_nobody_finds_what_is_not_theirs_at_any_door(client_of: ClientOf, persona: str) -> None:
    found = in_every_state()
    client = client_of(persona)
    doors = {path: client.get(path).content.decode() for path in DOORS} | {"panel": list_of(client)}
    if persona != "visitor":
        account = account_of(persona)
        doors["notice"] = " ".join(f"{each.title} {each.why}" for each in watched_by(account, timezone.localdate()))
    leaks, missing = [], []
    for state, (post, readers) in found.items():
        words = post.title or post.text.removesuffix("の回答")
        own = {f"{THREAD}/posts/{post.pk}": "", f"{THREAD}/posts/{post.to_id or post.pk}": ""}
        own = {path: client.get(path).content.decode() for path in own}
        asked = {path: client.get(path.format(words=words)).content.decode() for path in SEARCHES}
        is_public = readers == set(PERSONAS)
        for path, text in (doors | own).items():
            may = persona in readers and (is_public or path not in OPEN_DOORS)
            if words in text and not may:
                leaks.append((state, path))
        leaks += [(state, path) for path, text in asked.items() if post.address in text and not is_public]
        if persona in readers and "answer" not in state:
            missing += [
                (state, path) for path in ("panel", f"{THREAD}/posts", post.address) if words not in (doors | own)[path]
            ]
        if is_public and "answer" not in state:
            missing += [(state, path) for path in OPEN_DOORS[:3] if words not in doors[path]]
            missing += [(state, path) for path in asked if post.address not in asked[path] and "suggest" not in path]
        if persona in MEMBERS and state in {"open", "members"} and words not in doors["notice"]:
            missing.append((state, "notice"))
    assert leaks == []
    assert missing == []


def test_the_query_of_the_database_says_the_same() -> None:
    found = in_every_state()
    for persona in PERSONAS[1:]:
        seen = set(posts_visible_to(account_of(persona)).values_list("pk", flat=True))
        assert seen == {post.pk for post, readers in found.values() if persona in readers}, persona


def news_of(account: Account) -> list[Any]:
    return [each for each in watched_by(account, timezone.localdate()) if each.topic == Topic.FOLLOWED]


def test_members_are_told_once_with_the_reason_and_followers_of_what_is_open(client_of: ClientOf) -> None:
    part, day = members(), timezone.localdate()
    for persona in ("neighbour", "funder"):
        actions.follow(THREAD, by=account_of(persona), today=day)
    a_post(part["officer"], "構成員への知らせ")
    a_post(part["officer"], "みなへの知らせ", is_open=True)
    told = {each.title: each.why for each in news_of(account_of("neighbour"))}
    assert set(told) >= {"構成員への知らせ", "みなへの知らせ"}
    assert "丹波市が加わっています" in told["構成員への知らせ"]
    assert told["みなへの知らせ"].count("フォローしています") == 1
    assert len([each for each in news_of(account_of("neighbour")) if each.title == "みなへの知らせ"]) == 1
    assert [each.title for each in news_of(account_of("funder"))] == ["みなへの知らせ"]
    assert "構成員への知らせ" not in client_of("funder").get("/follow").content.decode()


def test_a_digest_and_the_box_of_a_section_tell_it_once(settings: Any) -> None:
    use(settings, "smtp://127.0.0.1:9")
    part = members()
    officer, neighbour, day = account_of("officer"), account_of("neighbour"), timezone.localdate()
    neighbour.email = "neighbour@example.jp"
    neighbour.save()
    own = actions.keep_box(
        SharedBox(area_id=part["neighbour"].area_id, section="企画課", email="box@example.jp"), by=neighbour
    )
    outside = SharedBox(area_id=account_of("prefecture").terms[0].area_id, section="x", email="out@example.jp")
    box = actions.keep_box(outside, by=account_of("prefecture"))
    for each in (own, box):
        actions.confirm_box(actions.link_of(each))
    Mail.objects.all().delete()
    actions.follow(THREAD, by=account_of("prefecture"), today=day - timedelta(days=40), box=box)
    a_post(part["officer"], "構成員への知らせ")
    monday: date = day + timedelta(days=-day.weekday() % 7)
    send_digests(monday)
    actions.tell_boxes(monday)
    bodies = {each.to: each.body for each in Mail.objects.all()}
    assert bodies["neighbour@example.jp"].count("構成員への知らせ") == 1
    assert bodies["box@example.jp"].count("構成員への知らせ") == 1
    assert all("構成員への知らせ" not in body for to, body in bodies.items() if to == "out@example.jp")
    before = Mail.objects.count()
    send_digests(monday + timedelta(days=7))
    actions.tell_boxes(monday + timedelta(days=7))
    assert Mail.objects.count() == before
    assert officer.email == ""


def test_the_feed_names_an_open_post_once(client_of: ClientOf) -> None:
    a_post(members()["officer"], "みなへの知らせ", is_open=True)
    feed = ET.fromstring(client_of("visitor").get(f"{THREAD}.atom").content)
    titles = [each.text for each in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles.count("みなへの知らせ") == 1


def test_of_many_the_newest_are_shown_and_the_others_led_to(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    part = members()
    posts = [a_post(part["officer"], f"知らせ{number:02}", is_open=True) for number in range(23)]
    for number in range(5):
        an_answer(posts[-1], part["neighbour"], f"回答{number}")
    for persona in ("visitor", "officer", "coordinator"):
        client = client_of(persona)
        for path in (THREAD, f"{THREAD}/posts", posts[-1].address):
            with django_assert_max_num_queries(12):
                page = client.get(path)
            assert page.status_code == 200
            assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []
    visitor = client_of("visitor")
    with django_assert_max_num_queries(6):
        page = list_of(visitor)
    assert "知らせ22" in page
    assert "知らせ00" not in page
    assert "情報リンクをすべて見る" in page
    assert "知らせ00" in visitor.get(f"{THREAD}/posts").content.decode()
    for odd in ("page=0", "page=x", "page=999999"):
        assert visitor.get(f"{THREAD}/posts?{odd}").status_code == 200
    officer = client_of("officer")
    for path in ("posts/new", f"posts/{posts[0].pk}/correct", f"posts/{posts[0].pk}/answer"):
        with django_assert_max_num_queries(12):
            page = officer.get(f"/en{THREAD}/{path}")
        assert japanese_left(main_of(page.content.decode())) == [], path


def test_the_strand_it_runs_in_is_its_members(client_of: ClientOf) -> None:
    part = members()
    post = a_post(part["officer"], is_open=True)
    assert client_of("visitor").get(f"/threads/diagonal-kinki/posts/{post.pk}").status_code == 404
    assert post.address not in list_of(client_of("visitor"), "/threads/diagonal-kinki")
    assert client_of("visitor").get("/threads/nowhere/posts").status_code == 404
    assert a_strand("horizontal") == post.strand
