"""Pages of support: needs, what becomes of them and what none serves (`needs`), and what fits one (`match`)."""

from itoguchi.support.views.match import mark, need, panel_peers
from itoguchi.support.views.needs import (
    answer_need,
    change_need,
    close_need,
    merge_needs,
    need_list,
    panel_needs,
    unmet,
    write_need,
)

__all__ = [
    "answer_need",
    "change_need",
    "close_need",
    "mark",
    "merge_needs",
    "need",
    "need_list",
    "panel_needs",
    "panel_peers",
    "unmet",
    "write_need",
]
