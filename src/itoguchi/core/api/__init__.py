"""The API's own parts, which every room's `api.py` uses: answers, problems, datasets, the door in front of them."""

from itoguchi.core.api.answers import Answer, Day, Key, Quantity, Text, column, in_language_of_page
from itoguchi.core.api.datasets import Dataset, Filters, answers_with, as_json, datasets, offer, sent
from itoguchi.core.api.problems import Refusal, no_key, not_there, wrong

__all__ = [
    "Answer",
    "Dataset",
    "Day",
    "Filters",
    "Key",
    "Quantity",
    "Refusal",
    "Text",
    "answers_with",
    "as_json",
    "column",
    "datasets",
    "in_language_of_page",
    "no_key",
    "not_there",
    "offer",
    "sent",
    "wrong",
]
