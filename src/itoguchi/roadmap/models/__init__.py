"""What is kept of the roadmap: what it aims at (`aims`), and what exists where (`records`, counted in `counts`, asked
for in `surveys`)."""

from itoguchi.roadmap.models.aims import (
    PRECISIONS,
    Barrier,
    Edition,
    ExpectedEffect,
    Field,
    Kpi,
    Milestone,
    Reading,
    Solution,
    Target,
    Unit,
    precision_field,
    shown_value,
    shown_yen,
)
from itoguchi.roadmap.models.counts import CountedArea, Level, StageCount
from itoguchi.roadmap.models.follow_up import Remedy, StandingChange, State
from itoguchi.roadmap.models.records import LADDER, Implementation, JointUse, Stage, StageChange, at_or_beyond
from itoguchi.roadmap.models.revisions import Deed, FrozenState, Noun, Revision, RevisionItem
from itoguchi.roadmap.models.surveys import Answer, Question, Survey, SurveySolution
from itoguchi.roadmap.models.watch import Told, Topic, Watching

__all__ = [
    "LADDER",
    "PRECISIONS",
    "Answer",
    "Barrier",
    "CountedArea",
    "Deed",
    "Edition",
    "ExpectedEffect",
    "Field",
    "FrozenState",
    "Implementation",
    "JointUse",
    "Kpi",
    "Level",
    "Milestone",
    "Noun",
    "Question",
    "Reading",
    "Remedy",
    "Revision",
    "RevisionItem",
    "Solution",
    "Stage",
    "StageChange",
    "StageCount",
    "StandingChange",
    "State",
    "Survey",
    "SurveySolution",
    "Target",
    "Told",
    "Topic",
    "Unit",
    "Watching",
    "at_or_beyond",
    "precision_field",
    "shown_value",
    "shown_yen",
]
