"""Pages of support: schemes (`schemes`), their forms (`scheme_forms`) and files (`scheme_files`)."""

from itoguchi.support.views.scheme_files import import_schemes, scheme_files
from itoguchi.support.views.scheme_forms import edit_scheme, end_scheme, new_scheme, scheme_year
from itoguchi.support.views.schemes import scheme, scheme_areas, scheme_calendar, scheme_history, schemes

__all__ = [
    "edit_scheme",
    "end_scheme",
    "import_schemes",
    "new_scheme",
    "scheme",
    "scheme_areas",
    "scheme_calendar",
    "scheme_files",
    "scheme_history",
    "scheme_year",
    "schemes",
]
