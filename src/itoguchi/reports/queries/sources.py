"""What a report is made from: everything on record as of a day, each asked for once and only when a chapter needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from itoguchi.core.documents import Run
from itoguchi.network.models import Body, Meeting, Member, Recommendation, Topic
from itoguchi.network.queries import meetings_until, members_as_of, national_bodies, recommendations_as_of, topics_as_of
from itoguchi.outreach.queries import Coverage, MapShape, coverage, shapes_of_maps
from itoguchi.reports.queries.figures import Figure, Record, shown_value


@dataclass(frozen=True, slots=True)
class Before:
    """What the last published report said: of each record by address, and the value of each figure by id."""

    records: Mapping[str, Mapping[str, str]]
    values: Mapping[str, int | str | None]


class Sources:
    """The records up to `as_of`, and what was published before, if anything."""

    def __init__(self, as_of: date, before: Before | None = None) -> None:
        self.as_of = as_of
        self.before = before

    @cached_property
    def coverage(self) -> Coverage:
        return coverage(self.as_of)

    @cached_property
    def bodies(self) -> list[Body]:
        return national_bodies()

    @cached_property
    def meetings(self) -> list[Meeting]:
        return meetings_until(self.as_of)

    @cached_property
    def shapes(self) -> Sequence[MapShape]:
        return shapes_of_maps()

    def mark(self, record: Record) -> tuple[Run, ...]:
        """［新］ for a row that the last published report did not have, ［変更］ for one that says something else now."""
        if self.before is None:
            return ()
        said = self.before.records.get(record.address)
        if said is None:
            return (Run(_("［新］"), is_bold=True),)
        return (Run(_("［変更］"), is_bold=True),) if dict(said) != record.told else ()

    def mark_of_value(self, figure: Figure) -> tuple[Run, ...]:
        """（前回 33） for a figure that the last published report gave differently."""
        if self.before is None:
            return ()
        if figure.id not in self.before.values:
            return (Run(_("［新］"), is_bold=True),)
        value = self.before.values[figure.id]
        if value == figure.plain_value:
            return ()
        known = date.fromisoformat(value) if isinstance(value, str) else value
        return (Run(_("（前回 %(value)s）") % {"value": shown_value(known)}),)

    @cached_property
    def recommendations(self) -> list[Recommendation]:
        return recommendations_as_of(self.as_of)

    @cached_property
    def topics(self) -> list[Topic]:
        return topics_as_of(self.as_of)

    @cached_property
    def members(self) -> list[Member]:
        return members_as_of(self.as_of)
