"""The sample world, enlarged: copies of its schemes and needs until there are as many as bounds speak of."""

from __future__ import annotations

SCHEMES, NEEDS = 5_000, 20_000


def enlarge() -> None:
    """Copy the schemes of the sample with all that belongs to them, and spread its needs over the municipalities."""
    from django.db import connection

    from itoguchi.core.actions import analyze_tables
    from itoguchi.support.actions import index_schemes
    from itoguchi.support.models import Need, Scheme

    def copy(model: type, last: int, source: str, **changed: str) -> None:
        names = {field.column: f"t.{field.column}" for field in model._meta.concrete_fields if not field.primary_key}  # type: ignore[attr-defined]
        names |= changed
        into = ", ".join(f'"{name}"' for name in names)
        of = ", ".join(value.replace("t.order", 't."order"') for value in names.values())
        table = model._meta.db_table  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{table}" ({into}) SELECT {of} FROM generate_series(1, {last}) n, "{table}" t {source}'
            )

    sample = Scheme.objects.filter(origin=Scheme.Origin.SAMPLE).count()
    times = -(-(SCHEMES - sample) // sample)
    key = "{0} || '-' || n"
    year = (
        "JOIN support_schemeyear old ON old.id = t.year_id JOIN support_schemeyear new ON new.fiscal_year ="
        " old.fiscal_year WHERE new.scheme_id = old.scheme_id || '-' || n"
    )
    of_sample, theirs = "WHERE t.origin = 'sample' AND n > 0", "WHERE t.scheme_id ~ '^sample-[0-9]+$'"
    copy(Scheme, times, of_sample, key=key.format("t.key"), name=key.format("t.name"), origin_key=key.format("t.key"))
    for name in ("steps", "years"):
        copy(Scheme._meta.get_field(name).related_model, times, theirs, scheme_id=key.format("t.scheme_id"))
    for name in ("fields", "solutions"):
        copy(getattr(Scheme, name).through, times, theirs, scheme_id=key.format("t.scheme_id"))
    for name in ("rates", "windows"):
        years = Scheme._meta.get_field("years").related_model
        copy(years._meta.get_field(name).related_model, times, year, year_id="new.id")
    needs = Need.objects.count()
    municipalities = "(SELECT array_agg(id ORDER BY code) AS ids FROM areas_area WHERE kind <> 'prefecture') areas"
    copy(
        Need, -(-(NEEDS - needs) // needs), f"CROSS JOIN {municipalities} WHERE t.state <> 'merged'",
        area_id="areas.ids[1 + (n * 7919 + t.id) % array_length(areas.ids, 1)]",
    )  # fmt: skip
    index_schemes()
    analyze_tables()
    print(f"{Scheme.objects.count():,} schemes, {Need.objects.count():,} needs (見本)")
