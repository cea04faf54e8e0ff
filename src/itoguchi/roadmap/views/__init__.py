"""Pages of the roadmap: what it aims at (`aims`), what exists where (`records`), and surveys (`surveys`)."""

from itoguchi.roadmap.views.aims import edition, field, forecast, index, kpi, kpi_table, solution
from itoguchi.roadmap.views.follow_up import follow_up, remedy
from itoguchi.roadmap.views.next_steps import next_areas, push
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
from itoguchi.roadmap.views.revisions import (
    compare,
    draft,
    freeze,
    frozen,
    frozen_deed,
    frozen_file,
    frozen_states,
    item,
    revision,
    revision_deed,
    revisions,
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
from itoguchi.roadmap.views.watch import duties, watch

__all__ = [
    "answer",
    "areas",
    "compare",
    "compose",
    "correct",
    "draft",
    "duties",
    "edition",
    "evidence",
    "field",
    "follow_up",
    "forecast",
    "freeze",
    "frozen",
    "frozen_deed",
    "frozen_file",
    "frozen_states",
    "implementation",
    "index",
    "item",
    "kpi",
    "kpi_table",
    "next_areas",
    "peers",
    "places",
    "push",
    "record",
    "remedy",
    "revision",
    "revision_deed",
    "revisions",
    "solution",
    "survey",
    "survey_deed",
    "survey_file",
    "survey_import",
    "surveys",
    "take_back",
    "uses",
    "watch",
]
