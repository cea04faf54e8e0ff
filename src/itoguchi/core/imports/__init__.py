"""Reading files that people hand in, all or nothing: every problem is named by row, column and cure.

A file is CSV or TSV (UTF-8 or cp932, told apart by content) or .xlsx. Its first row with anything in it
holds the column names. Of a workbook the one visible sheet with values is read; several such sheets are
refused, hidden ones are left alone. Blank rows are passed over; row numbers stay those that Excel shows.
"""

from itoguchi.core.imports.cells import choice, day, decimal_number, fiscal_year_or_year, flag, text, whole_number
from itoguchi.core.imports.problems import SHOWN_PROBLEMS, ImportRefused, Problem, Unreadable
from itoguchi.core.imports.sheet import (
    Column,
    Matched,
    Row,
    Sheet,
    match_columns,
    parse_rows,
    read_sheet,
    read_workbook,
)

__all__ = [
    "SHOWN_PROBLEMS",
    "Column",
    "ImportRefused",
    "Matched",
    "Problem",
    "Row",
    "Sheet",
    "Unreadable",
    "choice",
    "day",
    "decimal_number",
    "fiscal_year_or_year",
    "flag",
    "match_columns",
    "parse_rows",
    "read_sheet",
    "read_workbook",
    "text",
    "whole_number",
]
