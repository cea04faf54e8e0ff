"""Pages of the roadmap: what it aims at (`aims`), what exists where (`records`), and surveys (`surveys`)."""

from itoguchi.roadmap.views.aims import edition, field, forecast, index, kpi, kpi_table, solution
from itoguchi.roadmap.views.follow_up import follow_up, remedy
from itoguchi.roadmap.views.peers import peers
from itoguchi.roadmap.views.records import (
    areas,
    correct,
    evidence,
    implementation,
    places,
    record,
    take_back,
    uses,
)
from itoguchi.roadmap.views.surveys import (
    answer,
    compose,
    survey,
    survey_deed,
    survey_file,
    survey_import,
    surveys,
)

__all__ = [
    "answer",
    "areas",
    "compose",
    "correct",
    "edition",
    "evidence",
    "field",
    "follow_up",
    "forecast",
    "implementation",
    "index",
    "kpi",
    "kpi_table",
    "peers",
    "places",
    "record",
    "remedy",
    "solution",
    "survey",
    "survey_deed",
    "survey_file",
    "survey_import",
    "surveys",
    "take_back",
    "uses",
]
