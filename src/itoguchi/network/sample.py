"""Opinions of the sample world in every state: heard at briefings, sent in a comment period, answered, and what they changed."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from itoguchi.areas.models import Block
from itoguchi.network.actions import (
    ChangeFacts,
    CommentFacts,
    OpinionFacts,
    PeriodFacts,
    answer_opinion,
    assign_clause,
    bring_in_opinions,
    decide,
    keep_period,
    merge_opinions,
    moderate_opinions,
    record_change,
    send_comment,
    sort_opinion,
)
from itoguchi.network.models import Clause, CommentPeriod, Meeting, Opinion
from itoguchi.network.queries import words_of
from itoguchi.roadmap.models import Field

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
AFTER = "\n見本：あわせて、近くの自治体どうしが相談できる窓口を置くべき。"


def load_sample(rng: random.Random, today: date) -> None:
    """Opinions and a comment period; loaded once. `rng` is not asked: what is said here tells one story."""
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
