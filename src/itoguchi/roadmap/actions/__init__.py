"""What people do with the roadmap (`aims`) and with records of what exists where (`records`, asked for in `surveys`)."""

from itoguchi.roadmap.actions.aims import index_roadmap, load_roadmap, record_reading
from itoguchi.roadmap.actions.follow_up import (
    RemedyFacts,
    note_standings,
    record_remedy,
)
from itoguchi.roadmap.actions.records import (
    StageFacts,
    check_stage,
    correct_stage,
    rebuild_counts,
    record_stage,
    share_implementation,
    take_back_stage,
)
from itoguchi.roadmap.actions.surveys import (
    SurveyFacts,
    answer_survey,
    bring_in,
    check_answer,
    close_survey,
    compose_survey,
    decide_on_answer,
    open_survey,
    problems_of,
    remind,
    return_answer,
    save_draft,
)

__all__ = [
    "RemedyFacts",
    "StageFacts",
    "SurveyFacts",
    "answer_survey",
    "bring_in",
    "check_answer",
    "check_stage",
    "close_survey",
    "compose_survey",
    "correct_stage",
    "decide_on_answer",
    "index_roadmap",
    "load_roadmap",
    "note_standings",
    "open_survey",
    "problems_of",
    "rebuild_counts",
    "record_reading",
    "record_remedy",
    "record_stage",
    "remind",
    "return_answer",
    "save_draft",
    "share_implementation",
    "take_back_stage",
]
