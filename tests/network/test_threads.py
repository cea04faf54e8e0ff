"""Threads: where they run, who asks, lets in, leaves and when, what runs in them, and the three lists of a block's council."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from itoguchi.accounts.actions import grant_membership
from itoguchi.accounts.models import Account, Role
from itoguchi.areas.models import Area, Block
from itoguchi.core.duties import duties_of
from itoguchi.core.journal import history_of
from itoguchi.core.models import Mail
from itoguchi.network import actions, queries
from itoguchi.network.access import can_run, runs
from itoguchi.network.actions import MeasureFacts, PostFacts, ThingFacts, ThreadMemberFacts
from itoguchi.network.models import NamedBody, Opinion, Post, Strand, Thread, ThreadMember, Topic
from itoguchi.roadmap.models import Field, Solution
from tests.core.test_mail import use
from tests.network.factories import a_strand, a_thing, a_thread_member, an_opinion, an_organisation
from tests.network.secretariat import a_body, a_meeting
from tests.personas import PERSONAS, account_of
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db
S = ThreadMember.State
TAMBASASAYAMA = "282219"


def today() -> date:
    return timezone.localdate()


def days(number: int) -> timedelta:
    return timedelta(days=number)


def asked(by: Account, key: str = "diagonal-kinki", **facts: Any) -> ThreadMember:
    """A request of the officer's own area."""
    who = facts or {"area": Area.objects.get(code=TAMBASASAYAMA)}
    actions.ask_to_join(a_strand(key), ThreadMemberFacts(**who), by=by, today=today(), reason="鳥獣害の取組を広げたい")
    return ThreadMember.objects.get(state=S.ASKED)


def test_there_is_one_of_each_field_and_block_and_one_nationwide() -> None:
    fields = Field.objects.filter(kind=Field.Kind.FIELD, until=None).count()
    assert Strand.objects.filter(thread="vertical").count() == fields
    assert Strand.objects.filter(thread="diagonal").count() == 11
    assert [each.pk for each in Strand.objects.filter(thread="horizontal")] == ["horizontal"]
    with pytest.raises(ValidationError):
        actions.open_strand(Thread.objects.get(key="vertical"), block=Block.objects.get(key="kinki"), by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Strand.objects.create(key="x", thread_id="diagonal", field=Field.objects.first())


def test_the_associations_of_the_document_are_the_ways_to_all_areas() -> None:
    ways = NamedBody.objects.filter(strand="horizontal").values_list("name", flat=True)
    assert list(ways) == ["全国知事会", "全国市長会", "全国町村会"]


def test_an_officer_asks_and_the_bureau_lets_in_from_a_day_to_a_day(officer: Account, bureau: Account) -> None:
    member = asked(officer)
    assert member.blocks == ["kinki"]
    assert not queries.thread_members_on(member.strand, today())
    actions.decide_on_member(
        member, deed="approve", role="chair", valid_from=today(), valid_to=today() + days(30), by=bureau, today=today()
    )
    [found] = queries.thread_members_on(member.strand, today())
    assert (found.role, found.area.code if found.area else "") == ("chair", TAMBASASAYAMA)
    assert list(queries.thread_members_on(member.strand, today() + days(30))) == [found]
    # the term is over, and with it the membership
    assert not queries.thread_members_on(member.strand, today() + days(31))
    assert history_of(found)[0].who == str(bureau)


def test_only_those_who_work_for_a_body_ask_for_it(officer: Account, neighbour: Account, adviser: Account) -> None:
    area = Area.objects.get(code=TAMBASASAYAMA)
    for other in (neighbour, adviser):
        with pytest.raises(PermissionDenied):
            actions.ask_to_join(a_strand(), ThreadMemberFacts(area=area), by=other, today=today())
    with pytest.raises(ValidationError, match="別の地域ブロック"):
        actions.ask_to_join(a_strand("diagonal-tohoku"), ThreadMemberFacts(area=area), by=officer, today=today())
    asked(officer)
    with pytest.raises(ValidationError, match="すでに申し込んで"):
        asked(officer)


def test_who_runs_a_thread_decides_and_nobody_else(
    officer: Account, prefecture: Account, bureau: Account, coordinator: Account, partner: Account
) -> None:
    member = asked(officer)
    for other in (officer, prefecture, partner):
        with pytest.raises(PermissionDenied):
            actions.decide_on_member(member, deed="approve", by=other, today=today())
    elsewhere = asked_by_partner(partner, "diagonal-tohoku")
    with pytest.raises(PermissionDenied):  # the bureau of 近畿 runs nothing in 東北
        actions.decide_on_member(elsewhere, deed="approve", by=bureau, today=today())
    actions.decide_on_member(elsewhere, deed="approve", by=coordinator, today=today())
    with pytest.raises(ValidationError, match="すでに決まって"):
        actions.decide_on_member(elsewhere, deed="refuse", remark="x", by=coordinator, today=today())


def asked_by_partner(partner: Account, key: str, **more: Any) -> ThreadMember:
    firm = partner.terms[0].organisation
    facts = ThreadMemberFacts(organisation=firm, **more)
    actions.ask_to_join(a_strand(key), facts, by=partner, today=today())
    return ThreadMember.objects.get(strand=key, organisation=firm, state=S.ASKED)


def test_a_ministry_that_runs_the_thread_of_a_field_decides_there_alone(partner: Account, adviser: Account) -> None:
    ministry = an_organisation("試験省", "ministry")
    member = Account.objects.create(sign_in_name="ministry", name="省の担当")
    grant_membership(member, role=Role.PARTNER, organisation=ministry, valid_from=date(2016, 4, 1), by=None)
    field = Field.objects.get(key="education")
    actions.open_strand(Thread.objects.get(key="vertical"), field=field, run_by=ministry, by=None)
    own = asked_by_partner(partner, "vertical-education")
    other = asked_by_partner(partner, "horizontal", fields=["education"])
    with pytest.raises(PermissionDenied):
        actions.decide_on_member(other, deed="approve", by=member, today=today())
    assert actions.decide_on_member(own, deed="approve", by=member, today=today()).fields == ["education"]
    with pytest.raises(PermissionDenied):
        actions.open_strand(Thread.objects.get(key="vertical"), field=field, by=adviser)


def test_a_request_is_refused_with_a_reason_or_taken_back_by_a_colleague(
    officer: Account, chief: Account, bureau: Account
) -> None:
    member = asked(officer)
    with pytest.raises(ValidationError):
        actions.decide_on_member(member, deed="refuse", by=bureau, today=today())
    actions.decide_on_member(member, deed="refuse", remark="観察から始めてください", by=bureau, today=today())
    again = asked(officer)
    actions.decide_on_member(again, deed="withdraw", by=chief, today=today())
    again.refresh_from_db()
    assert again.state == S.WITHDRAWN


def test_one_term_at_a_time(officer: Account) -> None:
    a_thread_member(until=today() + days(10))
    with pytest.raises(ValidationError, match="すでに加わって"):
        asked(officer)
    with pytest.raises(ValidationError, match="この期間には"):
        a_thread_member(since=today() + days(10))
    a_thread_member(since=today() + days(11))
    with pytest.raises(ValidationError):
        a_thread_member("diagonal-kinki", of="282235", since=today(), until=today() - days(1))


def test_a_member_leaves_with_a_reason_and_its_record_stays(officer: Account, neighbour: Account) -> None:
    member = a_thread_member()
    with pytest.raises(PermissionDenied):
        actions.leave(member, by=neighbour, today=today(), why="x")
    with pytest.raises(ValidationError):
        actions.leave(member, by=officer, today=today(), why=" ")
    left = actions.leave(member, by=officer, today=today(), why="担当がいなくなった")
    assert left.stands_on(today())
    assert not left.stands_on(today() + days(1))
    ahead = a_thread_member(of="282235", since=today() + days(5))
    assert actions.leave(ahead, by=None, today=today(), why="始まる前にやめた").state == S.WITHDRAWN


def test_the_end_of_a_term_is_put_off_by_who_runs_the_thread(officer: Account, bureau: Account) -> None:
    member = a_thread_member(until=today() + days(10))
    with pytest.raises(PermissionDenied):
        actions.keep_term(member, role="member", valid_to=None, by=officer, today=today(), why="x")
    kept = actions.keep_term(
        member, role="observer", valid_to=today() + days(400), by=bureau, today=today(), why="再任"
    )
    assert kept.stands_on(today() + days(400))
    assert kept.role == "observer"


def test_who_runs_a_thread_is_told_of_requests_and_of_terms_that_end(
    officer: Account, bureau: Account, settings: Any
) -> None:
    use(settings, "smtp://127.0.0.1:9")
    bureau.email = "bureau@example.jp"
    bureau.save()
    member = asked(officer)
    assert [mail.to for mail in Mail.objects.all()] == ["bureau@example.jp"]
    a_thread_member(of="282235", until=today() + days(20))
    found = [duty for duty in duties_of(bureau.terms[0], today()) if "/threads/" in duty.path]
    assert [duty.due for duty in found] == [today() + days(20), None]
    assert found[1].path == member.address
    assert not [duty for duty in duties_of(officer.terms[0], today()) if "/threads/" in duty.path]


def test_a_topic_goes_its_way_through_several_threads(bureau: Account) -> None:
    topic = Topic.objects.get(key="ict-people")
    a_thing("horizontal", title="全国での意見交換", topic=topic, on=today() - days(20))
    a_thing("diagonal-kinki", title="近畿での試み", topic=topic, on=today() - days(10))
    a_thing("diagonal-kinki", title="近畿での結果", topic=topic)
    way = queries.way_of(topic, today())
    assert [each.pk for each in way.strands] == ["horizontal", "diagonal-kinki"]
    assert [each.title for each in way.steps] == ["全国での意見交換", "近畿での試み", "近畿での結果"]
    assert len(queries.way_of(topic, today() - days(15)).steps) == 1
    with pytest.raises(PermissionDenied):
        actions.put_in_thread(a_strand("horizontal"), ThingFacts(on=today(), title="x"), by=bureau)


def test_what_was_put_in_a_thread_by_mistake_is_taken_out_with_a_reason(bureau: Account, partner: Account) -> None:
    item = a_thing(about="/meetings/task-force-4")
    with pytest.raises(ValidationError, match="同じ住所"):
        a_thing(about="/meetings/task-force-4")
    with pytest.raises(ValidationError):
        actions.take_out_of_thread(item, by=bureau, why="")
    with pytest.raises(PermissionDenied):
        actions.take_out_of_thread(item, by=partner, why="x")
    actions.take_out_of_thread(item, by=bureau, why="別の糸のもの")
    assert queries.items_of("diagonal-kinki", today(), 9) == []


def test_a_council_chooses_solutions_with_reasons_and_ends_it(bureau: Account, partner: Account) -> None:
    solution = Solution.objects.get(key="telework")
    with pytest.raises(PermissionDenied):
        actions.choose_priority(a_strand(), solution, reason="x", since=today(), by=partner)
    with pytest.raises(ValidationError):
        actions.choose_priority(a_strand(), solution, reason=" ", since=today(), by=bureau)
    with pytest.raises(ValidationError, match="地域ブロックの糸だけ"):
        actions.choose_priority(a_strand("horizontal"), solution, reason="x", since=today(), by=None)
    chosen = actions.choose_priority(a_strand(), solution, reason="山あいの町が多い", since=today(), by=bureau)
    with pytest.raises(ValidationError, match="すでに重点"):
        actions.choose_priority(a_strand(), solution, reason="x", since=today(), by=bureau)
    assert queries.priorities_of(a_strand(), today()) == [chosen]
    actions.end_priority(chosen, until=today(), by=bureau, why="広がった")
    assert queries.priorities_of(a_strand(), today()) == []


def test_an_issue_of_the_block_has_countermeasures_and_who_takes_them(bureau: Account) -> None:
    issue = an_opinion("山の中では携帯が通じない", block="kinki", kind=Opinion.Kind.ISSUE)
    hidden = an_opinion("伏せた課題", block="kinki", kind=Opinion.Kind.ISSUE, may_be_public=False)
    elsewhere = an_opinion("東北の課題", block="tohoku", kind=Opinion.Kind.ISSUE)
    firm = a_thread_member(of=an_organisation())
    stranger = a_thread_member("horizontal", of=an_organisation("よそ"))
    facts = MeasureFacts(text="中継局を試す", taken_by=firm, due_on=today() - days(1))
    for other in (hidden, elsewhere):
        with pytest.raises(ValidationError):
            actions.take_countermeasure(a_strand(), other, facts, by=bureau, today=today())
    bad = MeasureFacts(text="x", taken_by=stranger)
    with pytest.raises(ValidationError, match="この糸の構成員"):
        actions.take_countermeasure(a_strand(), issue, bad, by=bureau, today=today())
    measure = actions.take_countermeasure(a_strand(), issue, facts, by=bureau, today=today())
    [shown] = [each for each in queries.issues_with_measures(a_strand(), today()) if each.measures]
    assert (shown.pk, shown.measures[0].taker) == (issue.pk, "試験電機")
    assert measure.is_late_on(today())
    done = MeasureFacts(text="中継局を試した", taken_by=firm, done_on=today())
    measure = actions.take_countermeasure(a_strand(), issue, done, by=bureau, today=today(), measure=measure)
    assert not measure.is_late_on(today())
    assert hidden not in queries.issues_with_measures(a_strand(), today())


def test_issues_come_in_their_order_and_page_by_page() -> None:
    for number in range(3):
        an_opinion(f"意見{number}", block="kinki", title=f"意見{number}")
        an_opinion(f"課題{number}", block="kinki", kind=Opinion.Kind.ISSUE, title=f"課題{number}")
    long_ago = today() - days(90)
    of_area = an_opinion("市の課題", area="282219", kind=Opinion.Kind.ISSUE, title="市の課題", on=long_ago)
    taken = an_opinion("古い意見", block="kinki", title="古い意見", on=long_ago)
    answered = an_opinion("答えた課題", block="kinki", kind=Opinion.Kind.ISSUE, title="答えた課題")
    Opinion.objects.filter(pk=of_area.pk).update(block=None)
    Opinion.objects.filter(pk__in=[answered.pk, taken.pk]).update(verdict="noted", answer="x", answered_on=today())
    facts = MeasureFacts(text="試す")
    actions.take_countermeasure(a_strand(), taken, facts, by=None, today=today())
    whole = [each.title for each in queries.issues_with_measures(a_strand(), today(), 50)]
    assert whole[:5] == ["古い意見", "課題2", "課題1", "課題0", of_area.title]
    assert whole[5:8] == ["意見2", "意見1", "意見0"]
    paged = [queries.issues_with_measures(a_strand(), today(), 3, first=first) for first in range(0, 12, 3)]
    assert [each.title for page in paged for each in page] == whole[:12]


def test_of_many_members_the_first_of_each_kind_are_named_the_chair_before_them() -> None:
    for code in ("282014", "282022", "282031", "282049", "282057", "282065"):
        a_thread_member(of=code)
    a_thread_member(role=ThreadMember.Role.CHAIR)
    a_thread_member(of=an_organisation())
    areas, firms = queries.sectors_of("diagonal-kinki", today())
    assert (areas.kind, areas.number, len(areas.first)) == ("area", 7, 5)
    assert (str(areas.first[0]), areas.first[0].role) == ("丹波篠山市", "chair")
    assert (firms.kind, firms.number) == ("company", 1)
    assert ThreadMember.Role.values == sorted(ThreadMember.Role.values)  # as `thread_members_on` sorts them


def test_the_state_of_a_block_comes_from_the_records() -> None:
    put(TAMBASASAYAMA, "telework", "running", today() - days(100))
    put("282235", "telework", "trial", today() - days(100))
    field = Solution.objects.get(key="telework").field
    [state] = [each for each in queries.state_of_block("kinki", today()) if each.field == field]
    assert (state.running, state.on_the_way) == (1, 1)
    assert state.places == Area.objects.filter(block="kinki").count() * field.solutions.filter(until=None).count()


def cell_of(field: str, block: str) -> queries.Cell:
    return next(each for each in queries.weave(today()).cells if (each.field.pk, each.block.pk) == (field, block))


def crossing_of(field: str, block: str) -> queries.Crossing:
    found = queries.crossing(field, block, today())
    assert found is not None
    return found


def test_the_weave_shows_who_takes_part_what_runs_and_what_is_open() -> None:
    field = Solution.objects.get(key="telework").field_id
    put(TAMBASASAYAMA, "telework", "running", today() - days(3))
    an_opinion("つながらない", field=field, block="kinki")
    firm = an_organisation()
    a_thread_member("vertical-" + field, of=firm, blocks=["kinki"])
    a_thread_member("diagonal-kinki", of=firm, fields=[field])  # the same body in two threads is one member
    a_thread_member("horizontal", of="282235", fields=[field])
    cell = cell_of(field, "kinki")
    assert dict(cell.sectors) == {"area": 1, "company": 1}
    assert (cell.members, cell.running, cell.issues) == (2, 1, 1)
    assert cell.last == today()
    assert (cell.could_areas, cell.could_organisations) == (1, 0)
    assert crossing_of(field, "kinki").cell == cell


def test_the_last_activity_of_a_cell_counts_what_its_threads_dealt_with_and_their_meetings() -> None:
    field, block = Solution.objects.get(key="telework").field_id, "kinki"

    def last() -> date | None:
        cell = cell_of(field, block)
        assert crossing_of(field, block).cell == cell
        return cell.last

    before = last()
    a_thing(f"vertical-{field}", on=today() - days(9))
    assert last() == today() - days(9) != before
    a_thing("diagonal-tohoku", on=today() - days(5))
    a_thing("horizontal", on=today() - days(4))
    a_thing("diagonal-kinki", on=today() + days(2))
    assert last() == today() - days(9), "of another block, of all, or still to come"
    council = a_strand("diagonal-kinki")
    actions.open_strand(council.thread, block=council.block, body=a_body(), by=None)
    a_meeting(1, state="called")
    assert last() == today() - days(9), "it was called, not held"
    a_meeting(2, state="held")
    assert last() == today() - days(1)


def test_the_last_activity_of_a_cell_counts_what_members_told_openly_in_its_threads(officer: Account) -> None:
    field = Solution.objects.get(key="telework").field_id
    part = a_thread_member("diagonal-kinki", of=TAMBASASAYAMA, fields=["education"], since=today() - days(90))

    def told(*, is_open: bool) -> Post:
        facts = PostFacts(kind=Post.Kind.NOTICE, title="知らせ", text="知らせ", is_open=is_open)
        return actions.post_in_thread(part, facts, by=officer, today=today())

    before = cell_of(field, "kinki").last
    told(is_open=False)
    assert cell_of(field, "kinki").last == before, "for members alone"
    post = told(is_open=True)
    assert cell_of(field, "kinki").last == today() != before
    assert cell_of(field, "tohoku").last != today()
    actions.take_back_post(post, by=officer, today=today(), why="x")
    assert cell_of(field, "kinki").last == before


def test_an_empty_cell_says_who_could_fill_it() -> None:
    field = Solution.objects.get(key="telework").field_id
    other = Field.objects.filter(kind=Field.Kind.FIELD, until=None).exclude(pk=field).first()
    assert other
    put(TAMBASASAYAMA, "telework", "running", today() - days(3))
    put("282235", "telework", "running", today() - days(3), is_internal=True)  # what is internal names nobody
    same_field = an_organisation("東北の会社")
    same_block = an_organisation("近畿の会社")
    a_thread_member("vertical-" + field, of=same_field, blocks=["tohoku"])
    a_thread_member("diagonal-kinki", of=same_block, fields=[other.pk])
    a_thread_member("diagonal-tohoku", of=an_organisation("関係のない会社"), fields=[other.pk])
    cell = cell_of(field, "kinki")
    assert (cell.members, cell.could_areas, cell.could_organisations) == (0, 1, 2)
    found = crossing_of(field, "kinki")
    assert [area.code for area, _runs in found.could_areas] == [TAMBASASAYAMA]
    assert {organisation.name for organisation, _threads in found.could_organisations} == {"東北の会社", "近畿の会社"}
    assert found.cell == cell


def test_who_runs_a_thread_is_one_rule_for_a_row_and_for_a_query() -> None:
    rows = list(queries.threads.strands())
    assert rows
    for persona in PERSONAS:
        user = account_of(persona) if persona != "visitor" else AnonymousUser()
        assert [each for each in rows if can_run(user, each)] == list(queries.threads.strands().filter(runs(user))), (
            persona
        )
