"""What people do with the roadmap (`aims`) and with the records of what exists where (`records`)."""

from itoguchi.roadmap.actions.aims import index_roadmap, load_roadmap, record_reading
from itoguchi.roadmap.actions.records import (
    StageFacts,
    check_stage,
    correct_stage,
    rebuild_counts,
    record_stage,
    share_implementation,
    take_back_stage,
)

__all__ = [
    "StageFacts",
    "check_stage",
    "correct_stage",
    "index_roadmap",
    "load_roadmap",
    "rebuild_counts",
    "record_reading",
    "record_stage",
    "share_implementation",
    "take_back_stage",
]
