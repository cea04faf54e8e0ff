"""Who changed what, when and why, before and after: one journal for every door, kept by database triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pghistory
import pgtrigger
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from pghistory.models import Context, Events

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

Model = TypeVar("Model", bound=type[models.Model])


# One row for each transaction and room whose records it changed: `queries.state_of_records` reads it. Tables are named
# after their room.
COUNTS_AS_CHANGE = """
INSERT INTO core_datachange (at, transaction, room)
VALUES (transaction_timestamp(), pg_current_xact_id()::text::bigint, split_part(TG_TABLE_NAME, '_', 1){part})
ON CONFLICT DO NOTHING;
RETURN NULL;
"""


def counts_as_change(model: Model, part: str = "") -> Model:
    """Class decorator: whatever changes rows of the model changes the state of the records.

    `part`: what is kept of these rows alone names `room_part`, and stays while the rest of the room changes.
    """
    trigger = pgtrigger.Trigger(
        name="counts_as_change",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
        when=pgtrigger.After,
        level=pgtrigger.Statement,
        func=COUNTS_AS_CHANGE.format(part=f" || '_{part}'" if part else ""),
    )
    return cast(Model, pgtrigger.register(trigger)(model))


def track(*, exclude: Sequence[str] = (), part: str = "") -> Callable[[Model], Model]:
    """Class decorator: every insert, update and delete of the model goes into the journal, `exclude`d fields apart.

    `part` of its room: see `counts_as_change`.
    """
    keep = pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=list(exclude) or None
    )
    return lambda model: counts_as_change(keep(model), part)


@contextmanager
def journal(*, by: AbstractBaseUser | None = None, why: str = "", door: str = "", **more: str | int) -> Iterator[None]:
    """Everything written inside belongs to one context; a context inside another adds to the outer one."""
    facts: dict[str, Any] = {"why": why, "door": door, **more}
    if by is not None and by.pk:
        facts["account"] = by.pk
    with pghistory.context(**{name: fact for name, fact in facts.items() if fact != ""}):
        yield


LOADING = "load_reference"  # the door of reference data


def touched_by_people(model: type[models.Model], key: str = "pgh_obj_id") -> set[Any]:
    """Keys of the rows that somebody changed by another door than loading: reference data leaves them alone (1 query).

    `key` may name a field instead, e.g. the row's parent.
    """
    events: Any = model.pgh_event_model
    of_loading = Context.objects.filter(metadata__door=LOADING)
    return set(events.objects.exclude(pgh_context__in=of_loading).values_list(key, flat=True))


def is_from_loading(row: models.Model) -> bool:
    """Whether a row came with the reference data, which would bring it back (1 query)."""
    events: Any = type(row).pgh_event_model
    made = events.objects.filter(pgh_obj_id=row.pk, pgh_label="insert", pgh_context__metadata__door=LOADING)
    return bool(made.exists())


def last_changes(model: type[models.Model]) -> dict[Any, tuple[datetime, int]]:
    """For each row of the model when it last changed, and how often since it was made (1 query)."""
    events: Any = model.pgh_event_model
    rows = (
        events.objects.order_by()
        .values_list("pgh_obj_id")
        .annotate(at=models.Max("pgh_created_at"), times=models.Count("pgh_id"))
    )
    return {key: (at, times - 1) for key, at, times in rows}


def changed_at(kinds: Iterable[type[models.Model]]) -> dict[type[models.Model], datetime]:
    """When any row of each model last changed; a model without rows so far is left out (1 query)."""
    by_label = {kind._meta.label: kind for kind in kinds}
    newest = [
        cast(Any, kind)
        .pgh_event_model.objects.order_by()
        .values_list(models.Value(label))
        .annotate(at=models.Max("pgh_created_at"))
        for label, kind in by_label.items()
    ]
    rows = newest[0].union(*newest[1:], all=True) if newest else ()
    return {by_label[label]: at for label, at in rows if at}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one change; `before` is None when the record was new."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the journal as a page shows it."""

    at: datetime
    what: str
    who: str
    why: str
    door: str
    record: str
    fields: tuple[FieldChange, ...]


def history_of(*records: models.Model, limit: int = 50, first: int = 0) -> list[Change]:
    """The journal of records of one kind from an entry's number on, newest first (2 queries)."""
    found = Events.objects.tracks(*records).order_by("-pgh_created_at", "-pgh_id")
    events = [each for each in found[:limit] if each.pgh_id >= first]
    accounts = {
        str(account.pk): str(account)
        for account in get_user_model()._default_manager.filter(
            pk__in={(event.pgh_context or {}).get("account") for event in events} - {None}
        )
    }
    return [_change(records[0].__class__, event, accounts) for event in events]


def _change(model: type[models.Model], event: Any, accounts: dict[str, str]) -> Change:
    facts = event.pgh_context or {}
    verbs = {"insert": _("登録"), "update": _("変更"), "delete": _("削除")}
    changes = event.pgh_diff or {}
    return Change(
        at=event.pgh_created_at,
        what=verbs.get(event.pgh_label, event.pgh_label),
        who=accounts.get(str(facts.get("account")), _("システム")),
        why=facts.get("why", ""),
        door=facts.get("door", ""),
        record=str(model._meta.verbose_name),
        fields=tuple(
            FieldChange(_label(model, name), before, after)
            for name, (before, after) in changes.items()
            if event.pgh_label == "update"
        ),
    )


def _label(model: type[models.Model], name: str) -> str:
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:
        return name
