"""What people do in support: keep schemes (`schemes`), and write, answer, merge and close needs (`needs`)."""

from itoguchi.support.actions.needs import (
    NeedFacts,
    answer_need,
    change_need,
    close_need,
    mark_scheme,
    merge_needs,
    record_need,
)
from itoguchi.support.actions.schemes import (
    RateFacts,
    SchemeFacts,
    WindowFacts,
    YearFacts,
    end_scheme,
    facts_of,
    facts_of_year,
    index_schemes,
    keep_scheme,
    keep_year,
    load_schemes,
    version_of,
)

__all__ = [
    "NeedFacts",
    "RateFacts",
    "SchemeFacts",
    "WindowFacts",
    "YearFacts",
    "answer_need",
    "change_need",
    "close_need",
    "end_scheme",
    "facts_of",
    "facts_of_year",
    "index_schemes",
    "keep_scheme",
    "keep_year",
    "load_schemes",
    "mark_scheme",
    "merge_needs",
    "record_need",
    "version_of",
]
