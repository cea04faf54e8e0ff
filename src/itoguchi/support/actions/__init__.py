"""What people do in support: keep schemes (`schemes`), look at their pages (`links`), keep sessions (`council`), write down
who used which scheme (`uses`), and write and answer needs (`needs`)."""

from itoguchi.support.actions.council import SessionFacts, keep_sessions
from itoguchi.support.actions.links import Checked, check_links
from itoguchi.support.actions.needs import (
    NeedFacts,
    answer_need,
    change_need,
    close_need,
    index_needs,
    mark_scheme,
    merge_needs,
    record_need,
    record_need_said,
)
from itoguchi.support.actions.schemes import (
    Brought,
    RateFacts,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    bring_in_schemes,
    end_scheme,
    facts_of,
    facts_of_year,
    index_schemes,
    keep_scheme,
    keep_year,
    load_schemes,
    version_of,
)
from itoguchi.support.actions.uses import record_use, reopen_use_list, take_use_back

__all__ = [
    "Brought",
    "Checked",
    "NeedFacts",
    "RateFacts",
    "SchemeFacts",
    "SessionFacts",
    "WindowFacts",
    "YearFacts",
    "answer_need",
    "bring_in_schemes",
    "change_need",
    "check_links",
    "close_need",
    "end_scheme",
    "facts_of",
    "facts_of_year",
    "index_needs",
    "index_schemes",
    "keep_scheme",
    "keep_sessions",
    "keep_year",
    "load_schemes",
    "mark_scheme",
    "merge_needs",
    "record_need",
    "record_need_said",
    "record_use",
    "reopen_use_list",
    "take_use_back",
    "version_of",
]
