"""The network of the sample world: opinions in every state and what they changed, a council at work, threads and their work."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from itoguchi.accounts.actions import keep_organisation
from itoguchi.accounts.models import Account, Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.core.actions import freeze_file
from itoguchi.network.actions import (
    BodyFacts,
    ChangeFacts,
    CommentFacts,
    MeasureFacts,
    MeetingFacts,
    MemberFacts,
    OpinionFacts,
    PaperFacts,
    PeriodFacts,
    PostFacts,
    TaskFacts,
    ThingFacts,
    ThreadMemberFacts,
    add_paper,
    admit,
    answer_moments,
    answer_opinion,
    answer_post,
    ask_to_join,
    assign_clause,
    assign_task,
    begin_summary,
    bring_in_opinions,
    call_meeting,
    choose_priority,
    connect_body,
    decide,
    follow,
    hold_meeting,
    keep_body,
    keep_box,
    keep_period,
    merge_opinions,
    moderate_opinions,
    open_strand,
    post_in_thread,
    prepare_meeting,
    propose_moments,
    publish_paper,
    put_in_thread,
    record_change,
    seat_member,
    send_comment,
    sort_opinion,
    take_countermeasure,
    write_attendance,
    write_statement,
)
from itoguchi.network.models import (
    Attendance,
    Body,
    Clause,
    CommentPeriod,
    Meeting,
    Member,
    MomentAnswer,
    NamedBody,
    Opinion,
    Post,
    SharedBox,
    Strand,
    ThreadMember,
    Topic,
)
from itoguchi.network.queries import strands, words_of
from itoguchi.roadmap.models import Field, Solution

WORDS = "見本"
WHY = "見本データの読み込み"
PERIOD = "sample-roadmap"
COMMENTS = (  # as they wait on the desk
    "見本：町の説明会に行けませんでした。画面越しに見られる説明会をひらいてください。",
    "見本：子どもの健診の記録を、引っ越しても携帯電話で見られるようにしてほしい。",
    "見本：商品のご案内です。詳しくは https://example.jp と https://example.com をご覧ください。",
    "見本：避難所になる体育館で、家族と連絡のとれる無線を先に整えてほしい。",
)
HEARD: tuple[tuple[str, str, str | None, str], ...] = (  # briefing, block, field, what was said
    (
        "2017-02-16-mie",
        "tokai",
        None,
        "見本：小さな町では情報担当が一人しかいない。横の糸に、近くの町どうしが相談できる窓口を入れてほしい。",
    ),
    (
        "2017-02-24-ishikawa",
        "hokuriku",
        None,
        "見本：担当が一人の役場です。周りの自治体と気軽に相談できる場所がほしい。",
    ),
    ("2017-02-16-saga", "kyushu", "primary-industry", "見本：山の中では携帯が通じず、罠の知らせが届かない。"),
)
ANSWER = (
    "見本：相談の窓口を横の糸に加える。ただし、窓口の人件費は地域ごとの事情が違うため、国が一律に出すことはしない。"
)
COUNCIL = "kinki-council"
SEATS = (  # name, reading, affiliation, sign-in name of the persona
    ("見本 六花", "みほん ろっか", "見本 情報大学", "adviser"),
    ("見本 七海", "みほん ななみ", "見本 通信株式会社", "partner"),
    ("見本 一郎", "みほん いちろう", "見本市", ""),
    ("見本 文", "みほん あや", "見本NPO", ""),
)
STATEMENTS = (
    "見本：避難所のWi-Fiは、つながるかどうかを、年に一度は確かめるべき。",
    "見本：山あいの市町では、回線の費用が続かない。共同で調達したい。",
)
AFTER = "\n見本：あわせて、近くの自治体どうしが相談できる窓口を置くべき。"


KINKI = "diagonal-kinki"
PAPER = "/meetings/task-force-4#funding-crowdfunding"
# Who takes part: thread, area's code or organisation, role, fields, what it brings.
MEMBERS: tuple[tuple[str, str, str, list[str], str], ...] = (
    (KINKI, "見本 情報大学", "chair", ["education"], "見本：懇談会の座長として、大学の研究を地域につなぐ。"),
    (KINKI, "282219", "member", ["primary-industry", "workstyle"], "見本：獣害の罠の見守りを広げたい。"),
    (KINKI, "280003", "member", [], "見本：県内の市町に声をかける。"),
    (KINKI, "見本 通信株式会社", "member", ["primary-industry"], "見本：山の中の電波を測れる。"),
    (KINKI, "見本 信用金庫", "observer", [], "見本：資金の相談にのる。"),
    ("vertical-education", "見本 情報大学", "member", [], "見本：教材と講師を出せる。"),
    ("horizontal", "282219", "member", [], "見本：ほかの地域の話を聞きたい。"),
    ("horizontal", "見本 通信株式会社", "member", [], "見本：全国どこへでも出向く。"),
)
ISSUE = "見本：罠の知らせが届かない谷がある。市町をまたぐ電波の地図がほしい。"


def load_sample(rng: random.Random, today: date) -> None:
    """Opinions with a comment period, a council at work, threads; each loaded once. `rng` is not asked: this tells one story."""
    _council_at_work(today)
    _opinions(today)
    _threads(today)


def _opinions(today: date) -> None:
    if CommentPeriod.objects.filter(slug=PERIOD).exists():
        return
    now = datetime.combine(today, time(), timezone.get_current_timezone())
    facts = PeriodFacts(
        title="見本：ロードマップの次の版についての意見募集",
        about="見本：次の版に入れてほしいこと、直してほしいことをお寄せください。",
        opens_at=now - timedelta(days=20),
        closes_at=now + timedelta(days=40),
        source="見本データ（実在の意見募集ではありません）",
    )
    period = keep_period(PERIOD, facts, by=None, why=WHY)
    sent = [send_comment(period, CommentFacts(text=text), now=now - timedelta(days=2)) for text in COMMENTS]
    moderate_opinions([sent[2]], passes=False, by=None, today=today, reason="見本：宣伝のため")
    moderate_opinions([sent[3]], passes=True, by=None, today=today)
    remark, same, other = (_heard(*row, today) for row in HEARD)
    sort_opinion(other, _sorted(other, "見本：圏外の山でも使える罠の知らせ"), by=None, today=today)
    _what_it_changed(remark, same, today)
    assign_clause(
        Clause.objects.get(slug="first-2-3"), owner="見本課", due_on=today - timedelta(days=30), by=None, why=WHY
    )


def _heard(slug: str, block: str, field: str | None, text: str, today: date) -> Opinion:
    said_on = date.fromisoformat(slug[:10])
    facts = OpinionFacts(
        text=text,
        said_on=said_on,
        heard_at=f"/briefings/{slug}",
        author=Opinion.Author.AREA,
        block=Block.objects.get(key=block),
        field=Field.objects.get(key=field) if field else None,
    )
    return bring_in_opinions([facts], by=None, today=today, why=WHY)[0]


def _sorted(opinion: Opinion, title: str) -> OpinionFacts:
    return OpinionFacts(
        text=opinion.text,
        said_on=opinion.said_on,
        title=title,
        block=opinion.block,
        field=opinion.field,
        subject="/clauses/first-1-2",
    )


def _what_it_changed(remark: Opinion, same: Opinion, today: date) -> None:
    """The remark of 三重 is merged with another one, adopted in part, and changes a clause."""
    remark = sort_opinion(remark, _sorted(remark, "見本：担当が一人の町が相談できる窓口"), by=None, today=today)
    merge_opinions(remark, [same], by=None, today=today, why="見本：同じ窓口のことを言っているため")
    answer_opinion(remark, Opinion.Verdict.PARTLY, ANSWER, by=None, today=today)
    meeting = Meeting.objects.get(slug="task-force-4")
    decision = decide(meeting, "見本：横の糸に、自治体どうしの相談の窓口を加える。", [remark], by=None)
    clause = Clause.objects.get(slug="first-1-2")
    change = ChangeFacts(reason="見本：担当の少ない団体の声による", clause=clause, after=words_of(clause) + AFTER)
    record_change(decision, change, by=None, today=today)


def _threads(today: date) -> None:
    """A council with its three lists, a topic on its way, a request that waits, somebody who follows."""
    if ThreadMember.objects.exists():
        return
    april = date(today.year - (today.month < 4), 4, 1)
    for key, who, role, fields, brings in MEMBERS:
        area = Area.objects.filter(code=who).first()
        organisation = None if area else Organisation.objects.get(name=who)
        facts = ThreadMemberFacts(
            area=area,
            organisation=organisation,
            role=ThreadMember.Role(role),
            fields=fields,
            brings=brings,
        )
        until = date(april.year + 2, 3, 31)
        admit(strands().get(pk=key), facts, valid_from=april, valid_to=until, by=None, why=WHY)
    council, neighbour = strands().get(pk=KINKI), Account.objects.get(sign_in_name="neighbour")
    facts = ThreadMemberFacts(area=Area.objects.get(code="282235"), brings="見本：隣の市と一緒に取り組みたい。")
    ask_to_join(council, facts, by=neighbour, today=today, reason="見本：来年度の予算の前に加わりたい。")
    _work_of(council, today)
    _information_link(today)
    _associations(april)
    officer = Account.objects.get(sign_in_name="officer")
    follow("/solutions/telework", by=officer, today=today)
    box = SharedBox(area=officer.terms[0].area, section="見本 企画課", email="kikaku@example.jp")
    follow("/threads/horizontal", by=officer, today=today, box=keep_box(box, by=None))


def _associations(april: date) -> None:
    """The association of the mayors, as an organisation that takes part in the horizontal thread."""
    mayors = NamedBody.objects.get(slug="mayors")
    facts = Organisation(name=f"{WORDS} {mayors.name}", kind=Organisation.Kind.ASSOCIATION)
    association = keep_organisation(facts, by=None)
    connect_body(mayors, association, by=None, why=WHY)
    member = ThreadMemberFacts(organisation=association, brings="見本：すべての市に知らせる。")
    admit(strands().get(pk="horizontal"), member, valid_from=april, valid_to=None, by=None, why=WHY)


def _information_link(today: date) -> None:
    """An open question of the officer's town with an answer of the firm, and a notice for members alone."""
    nationwide = strands().get(pk="horizontal")
    parts = {str(each): each for each in nationwide.members.select_related("area", "organisation", "strand__thread")}
    officer, partner = (Account.objects.get(sign_in_name=name) for name in ("officer", "partner"))
    town, firm = parts["丹波篠山市"], parts["見本 通信株式会社"]
    question = PostFacts(
        kind=Post.Kind.QUESTION,
        title="見本：谷の奥で電波をどう届けていますか",
        text="見本：罠の知らせが谷の奥から届きません。ほかの町では、どうしていますか。",
        is_open=True,
    )
    asked = post_in_thread(town, question, by=officer, today=today)
    answer_post(asked, firm, PostFacts(text="見本：中継機を一つ置いて試せます。"), by=partner, today=today)
    notice = PostFacts(
        kind=Post.Kind.NOTICE,
        title="見本：見学の受入れ",
        text="見本：来月、罠の通信機を見に来られます。構成員の方だけ。",
    )
    post_in_thread(town, notice, by=officer, today=today)


def _work_of(council: Strand, today: date) -> None:
    open_strand(council.thread, block=council.block, body=Body.objects.get(key=COUNCIL), by=None)
    topic = Topic.objects.get(key="regional-resources")
    nationwide = strands().get(pk="horizontal")
    for strand, days, title, about in (
        (nationwide, 40, "見本：クラウドファンディングの資料を全国で読む", PAPER),
        (council, 20, "見本：近畿で使えるかを話し合う", PAPER),
        (council, 5, "見本：試す団体を二つ選ぶ", ""),
    ):
        thing = ThingFacts(on=today - timedelta(days=days), title=title, about=about, topic=topic, source=WORDS)
        put_in_thread(strand, thing, by=None, why=WHY)
    for key, reason in (
        ("telework", "見本：大都市に通う人が多く、山あいの町に働く場所が要る。"),
        ("smart-primary-industry", "見本：獣害の届けが多く、罠の見守りに人手が足りない。"),
    ):
        solution = Solution.objects.get(pk=key)
        choose_priority(council, solution, reason=reason, since=today - timedelta(days=60), by=None)
    facts = OpinionFacts(
        text=ISSUE,
        kind=Opinion.Kind.ISSUE,
        said_on=today - timedelta(days=30),
        origin=Opinion.Origin.MEMBER,
        title="見本：罠の知らせが届かない谷",
        block=council.block,
        field=Field.objects.get(key="primary-industry"),
    )
    [issue] = bring_in_opinions([facts], by=None, today=today, why=WHY)
    firm = council.members.get(organisation__name="見本 通信株式会社")
    measure = MeasureFacts(text="見本：谷を三つ選んで電波を測る。", taken_by=firm, due_on=today + timedelta(days=60))
    take_countermeasure(council, issue, measure, by=None, today=today, why=WHY)


def _council_at_work(today: date) -> None:
    """A council of a block: one meeting held with statements and tasks, one called with papers, one whose day is asked for."""
    if Body.objects.filter(key=COUNCIL).exists():
        return
    facts = BodyFacts(
        kind=Body.Kind.COUNCIL,
        name="見本 近畿情報通信懇談会",
        purpose="見本：地域ブロックの状況、重点モデル、課題と対策を話し合う。",
        block=Block.objects.get(key="kinki"),
    )
    body = keep_body(COUNCIL, facts, by=None, why=WHY)
    seats = [_seat(body, *row, today) for row in SEATS]
    held = prepare_meeting(_meeting(body, 1, today - timedelta(days=40)), by=None, why=WHY)
    held = hold_meeting(call_meeting(held, by=None), by=None, today=today)
    how = Attendance.How
    came = [(how.PRESENT, ""), (how.ONLINE, ""), (how.PROXY, "見本 代理"), (how.ABSENT, "")]
    write_attendance(held, dict(zip(seats, came, strict=True)), by=None)
    summary = begin_summary(held, confirm_by=today + timedelta(days=7), by=None)
    for member, text in zip(seats, STATEMENTS, strict=False):
        write_statement(summary, text, member=member, by=None)
    decision = decide(held, "見本：防災のWi-Fiを重点モデルにする。", [], by=None)
    for text, member, days in (
        ("見本：市町の設置の数をまとめる", seats[0], -5),
        ("見本：見学の日程を出す", seats[1], 20),
    ):
        due = today + timedelta(days=days)
        assign_task(held, TaskFacts(text=text, member=member, due_on=due, decision=decision), by=None)
    called = call_meeting(prepare_meeting(_meeting(body, 2, today + timedelta(days=14)), by=None, why=WHY), by=None)
    _papers(called, today)
    poll = prepare_meeting(_meeting(body, 3, today + timedelta(days=60)), by=None, why=WHY)
    moments = [(_at(today, days, 10), _at(today, days, 12)) for days in (58, 60, 63)]
    made = propose_moments(poll, moments, answer_by=today + timedelta(days=10), by=None)
    fits = MomentAnswer.Fits
    answer_moments(poll, seats[2], {made[0].pk: fits.YES, made[1].pk: fits.MAYBE, made[2].pk: fits.NO}, by=None)


def _seat(body: Body, name: str, kana: str, affiliation: str, sign_in_name: str, today: date) -> Member:
    account = Account.objects.filter(sign_in_name=sign_in_name).first() if sign_in_name else None
    facts = MemberFacts(
        name=name,
        kana=kana,
        role=Member.Role.MEMBER,
        since=today - timedelta(days=300),
        affiliation=affiliation,
        account=account,
    )
    return seat_member(body, facts, by=None)


def _meeting(body: Body, number: int, day: date) -> MeetingFacts:
    return MeetingFacts(
        body=body,
        number=number,
        held_on=day,
        agenda=(
            ("見本：地域ブロックの状況について", (("見本 六花構成員", "見本：防災のWi-Fiの広がり"),)),
            ("見本：意見交換", ()),
        ),
        source="見本データ（実在の会合ではありません）",
        starts_at=_at(day, 0, 10),
        ends_at=_at(day, 0, 12),
        place="見本会館　第1会議室",
    )


def _papers(meeting: Meeting, today: date) -> None:
    """One that everybody sees, one being written, one under embargo."""
    now = _at(today, 0, 9)
    for number, access, days in (("資料2-1", "open", 0), ("資料2-2", "members", 0), ("資料2-3", "open", 7)):
        facts = PaperFacts(
            number=number,
            title=f"見本：{number}の題名",
            provider="見本 事務局",
            text="見本：この資料の中身は、まだ書かれていません。",
            access=access,
            embargo_until=_at(today, days, 12) if days else None,
            file=freeze_file("sample.txt", f"見本 {number}".encode(), content_type="text/plain; charset=utf-8"),
        )
        paper = add_paper(meeting, facts, by=None, today=today)
        if access != "members":
            publish_paper(paper, by=None, now=now)


def _at(day: date, days: int, hour: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time(hour), timezone.get_current_timezone())
