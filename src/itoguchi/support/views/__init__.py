"""Pages of support: needs (`needs`), what fits one (`match`), who pays (`money`), by when (`calendar`), schemes, forms, files."""

from itoguchi.support.views.calendar import calendar, calendar_file, council
from itoguchi.support.views.match import mark, need, panel_peers
from itoguchi.support.views.money import finance_sheet, money
from itoguchi.support.views.needs import (
    answer_need,
    change_need,
    close_need,
    merge_needs,
    need_list,
    new_need,
    panel_needs,
    unmet,
    write_need,
)
from itoguchi.support.views.scheme_files import import_schemes, scheme_files
from itoguchi.support.views.scheme_forms import edit_scheme, end_scheme, new_scheme, scheme_year
from itoguchi.support.views.scheme_uses import record_use, reopen_use_list, scheme_uses, take_use_back
from itoguchi.support.views.schemes import scheme, scheme_areas, scheme_calendar, scheme_history, schemes
from itoguchi.support.views.survey_needs import need_of_answer, panel_answer

__all__ = [
    "answer_need",
    "calendar",
    "calendar_file",
    "change_need",
    "close_need",
    "council",
    "edit_scheme",
    "end_scheme",
    "finance_sheet",
    "import_schemes",
    "mark",
    "merge_needs",
    "money",
    "need",
    "need_list",
    "need_of_answer",
    "new_need",
    "new_scheme",
    "panel_answer",
    "panel_needs",
    "panel_peers",
    "record_use",
    "reopen_use_list",
    "scheme",
    "scheme_areas",
    "scheme_calendar",
    "scheme_files",
    "scheme_history",
    "scheme_uses",
    "scheme_year",
    "schemes",
    "take_use_back",
    "unmet",
    "write_need",
]
