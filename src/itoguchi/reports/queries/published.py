"""What was published, what has changed since, and how one report differs from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from itoguchi.accounts.models import Membership
from itoguchi.accounts.queries import acting_for, predecessors_of, reachable
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval, FrozenFile
from itoguchi.core.remembered import remembered
from itoguchi.core.wording import say
from itoguchi.reports.access import can_publish
from itoguchi.reports.models import Correction, PublishedReport
from itoguchi.reports.queries.figures import shown_value
from itoguchi.reports.queries.report import StatusReport, status_report
from itoguchi.reports.queries.sources import Before

# The deeds of approvals.
PUBLISH, CORRECT = "publish_status_report", "publish_correction"
# What a report tells of a record, by the key it is kept under.
LABELS = {
    "day": gettext_lazy("日"),
    "place": gettext_lazy("開催箇所"),
    "title": gettext_lazy("題名"),
    "notes": gettext_lazy("参加者・説明者"),
    "counts_for": gettext_lazy("数える範囲"),
    "rule": gettext_lazy("数え方の規則"),
    "agenda": gettext_lazy("議事と発表"),
    "text": gettext_lazy("文"),
    "state": gettext_lazy("状態"),
    "owner": gettext_lazy("担当"),
    "affiliation": gettext_lazy("所属"),
    "role": gettext_lazy("役割"),
    "results": gettext_lazy("結果"),
    "number": gettext_lazy("番号"),
    "actions": gettext_lazy("措置"),
    "members": gettext_lazy("想定参加メンバー"),
    "heading": gettext_lazy("見出し"),
    "provider": gettext_lazy("提供者"),
    "source": gettext_lazy("出典"),
    "programme": gettext_lazy("プログラム"),
    "group": gettext_lazy("まとまり"),
    "line": gettext_lazy("施策の柱"),
    "axis": gettext_lazy("軸"),
    "field": gettext_lazy("分野"),
    "value": gettext_lazy("実績値"),
    "target": gettext_lazy("目標"),
    "by_whom": gettext_lazy("だれが"),
    "due_on": gettext_lazy("いつまでに"),
    "expected": gettext_lazy("見込む値"),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a report said: its figures in order and, by address, what it told of each record behind them."""

    figures: list[dict[str, Any]]
    records: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two reports say differently: a figure's `value`, a record's `field`, or a row `added`, `removed`.

    `figures` are the numbers of the figures it stands behind, in the older report.
    """

    kind: str
    figures: tuple[int, ...]
    title: str
    address: str = ""
    field: str = ""
    before: str = ""
    after: str = ""

    @property
    def label(self) -> str:
        """What differs, in the language of the page."""
        if self.kind == "value":
            return _("値")
        return str(LABELS.get(self.field, self.field)) if self.kind == "field" else _("もとの記録")

    @property
    def was(self) -> str:
        """誤: what the older report says."""
        return self.before or (_("（なし）") if self.kind != "removed" else self.title)

    @property
    def now(self) -> str:
        """正: what the newer one says."""
        return self.after or (_("（なし）") if self.kind != "added" else self.title)


def snapshot_of(report: StatusReport) -> Snapshot:
    """What is kept of a report, in Japanese whatever the language of the moment (the report must be so too)."""
    figures = [
        each.as_data() | {"number": number, "label": each.label}
        for number, each in enumerate(report.figures.values(), start=1)
    ]
    records = {address: row.told for address, row in report.records.items()}
    return Snapshot(figures, records)


@remembered(most=8)
def snapshot_now(as_of: date) -> Snapshot:
    """What a report of that day would say now."""
    with override("ja"):
        return snapshot_of(status_report(as_of))


def differences(old: Snapshot, new: Snapshot) -> list[Difference]:
    """Figures first, in the order of the older report, then records by address.

    What only the newer one counts, because Itoguchi has learnt to since, is no difference.
    """
    new = _limited_to(old, new)
    found: list[Difference] = []
    values = {each["id"]: each for each in new.figures}
    for each in old.figures:
        now = values.get(each["id"])
        value = now["value"] if now else None
        if value != each["value"]:
            before, after = shown_value(each["value"]), shown_value(value) if now else ""
            found.append(Difference("value", (each["number"],), each["label"], before=before, after=after))
    for address in sorted(old.records.keys() | new.records.keys()):
        found += _differences_of_record(address, old, new)
    return found


def _limited_to(old: Snapshot, new: Snapshot) -> Snapshot:
    """The newer one with the figures of the older alone, under their numbers, and the records behind them."""
    numbers = {each["id"]: each["number"] for each in old.figures}
    figures = [each | {"number": numbers[each["id"]]} for each in new.figures if each["id"] in numbers]
    behind = {address for each in figures for address in each["records"]}
    return Snapshot(figures, {address: told for address, told in new.records.items() if address in behind})


def _differences_of_record(address: str, old: Snapshot, new: Snapshot) -> Iterable[Difference]:
    before, after = old.records.get(address), new.records.get(address)
    numbers = tuple(each["number"] for each in (old if before else new).figures if address in each["records"])
    if before is None or after is None:
        title = (before or after or {}).get("title", address)
        yield Difference("added" if before is None else "removed", numbers, title, address)
        return
    for name in dict.fromkeys((*before, *after)):
        if before.get(name, "") != after.get(name, ""):
            yield Difference(
                "field", numbers, before.get("title", address), address, name, before.get(name, ""), after.get(name, "")
            )
    behind_old, behind_new = _figures_behind(address, old), _figures_behind(address, new)
    for key in sorted(behind_old ^ behind_new):
        kind = "removed" if key in behind_old else "added"
        number = next(each["number"] for each in (old if key in behind_old else new).figures if each["id"] == key)
        yield Difference(kind, (number,), before.get("title", address), address)


def _figures_behind(address: str, snapshot: Snapshot) -> set[str]:
    return {each["id"] for each in snapshot.figures if address in each["records"]}


def as_data(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Differences as they are kept."""
    return [asdict(each) for each in found]


def from_data(kept: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Differences as they were kept."""
    return [Difference(**{**each, "figures": tuple(each["figures"])}) for each in kept]


def reports() -> QuerySet[PublishedReport]:
    """All frozen reports with their approvals, without the bulk of what they said."""
    return PublishedReport.objects.select_related("approval__drafter", "approval__approver", "previous").defer(
        "figures", "records", "previous__figures", "previous__records"
    )


def published() -> QuerySet[PublishedReport]:
    """Those that are public, the newest day first."""
    return reports().filter(approval__state=Approval.State.APPROVED)


def duties(membership: Membership, day: date) -> list[Duty]:
    """Reports and corrections that wait for a decision, own and others' (up to 3 queries)."""
    alone = acting_for(membership)
    if not can_publish(alone):
        return []
    own = {membership.account_id, *predecessors_of(alone, day)}
    asked = Approval.objects.filter(deed__in=(PUBLISH, CORRECT), state=Approval.State.DRAFTED).order_by("pk")
    return [
        Duty(
            gettext_lazy("承認を待つ状況報告"),
            each.subject.rpartition("/")[2],
            each.subject,
            gettext_lazy("承認する方に、決裁を頼む"),
        )
        if each.drafter_id in own
        else Duty(
            gettext_lazy("決裁を待つ状況報告"),
            each.subject.rpartition("/")[2],
            each.subject,
            gettext_lazy("中身を読み、承認するか差し戻す"),
        )
        for each in asked
    ]


def waiting() -> QuerySet[PublishedReport]:
    """Those that wait for a second person."""
    return reports().filter(approval__state=Approval.State.DRAFTED)


def last_published_before(as_of: date) -> PublishedReport | None:
    """The newest public report of an earlier day, from which the report of `as_of` starts."""
    return (
        PublishedReport.objects.filter(approval__state=Approval.State.APPROVED, as_of__lt=as_of)
        .order_by("-as_of", "-pk")
        .first()
    )


def before(as_of: date) -> Before | None:
    """What the last report published before a day said (1 query)."""
    last = last_published_before(as_of)
    return Before(last.records, {each["id"]: each["value"] for each in last.figures}) if last else None


def corrections_of(report: PublishedReport) -> list[Correction]:
    """Its correction notes with their approvals, in order (1 query)."""
    return list(report.corrections.select_related("approval__drafter", "approval__approver").order_by("number"))


def snapshot_of_published(report: PublishedReport, corrections: Iterable[Correction] = ()) -> Snapshot:
    """What it said, as corrected by the last of its public corrections."""
    said = Snapshot(report.figures, report.records)
    for each in corrections:
        if each.is_public:
            said = Snapshot(each.figures, each.records)
    return said


@remembered(most=16)
def changes_since(report: PublishedReport, corrections: tuple[Correction, ...]) -> list[Difference]:
    """How the records differ now from what the report, as corrected, says."""
    return differences(snapshot_of_published(report, corrections), snapshot_now(report.as_of))


def file_of(report: PublishedReport, name: str, language: str) -> FrozenFile | None:
    """One of its files, byte for byte."""
    return report.files.filter(name=name, language=language).first()


def matter_of(approval: Approval) -> Matter | None:
    """Reports and correction notes are decided by who publishes (2 queries)."""
    titles = {PUBLISH: gettext_lazy("状況報告の公開（%(slug)s）"), CORRECT: gettext_lazy("正誤表の公開（%(slug)s）")}
    if approval.deed not in titles:
        return None
    slug = approval.subject.rpartition("/")[2].partition("#")[0]
    able = [each for each in reachable(timezone.localdate()) if can_publish(each)]
    return Matter(say(titles[approval.deed], slug=slug), able)
