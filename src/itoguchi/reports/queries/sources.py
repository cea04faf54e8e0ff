"""What a report is made from: everything on record as of a day, each asked for once and only when a chapter needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from itoguchi.core.documents import Run
from itoguchi.network.models import Body, Meeting
from itoguchi.network.queries import bodies, meetings_until
from itoguchi.outreach.queries import Coverage, MapShape, coverage, shapes_of_maps
from itoguchi.reports.queries.figures import Record

Says = Mapping[str, Mapping[str, str]]  # address of a record → what a report said of it


class Sources:
    """The records up to `as_of`; `before` is what the last published report said of its records, None without one."""

    def __init__(self, as_of: date, before: Says | None = None) -> None:
        self.as_of = as_of
        self.before = before

    @cached_property
    def coverage(self) -> Coverage:
        return coverage(self.as_of)

    @cached_property
    def bodies(self) -> list[Body]:
        return bodies()

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
        said = self.before.get(record.address)
        if said is None:
            return (Run(_("［新］"), is_bold=True),)
        return (Run(_("［変更］"), is_bold=True),) if dict(said) != dict(record.says) else ()
