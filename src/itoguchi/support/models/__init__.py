"""What is kept of support: schemes with their years (`schemes`), looks at their pages (`links`), needs of areas (`needs`),
sessions of their councils (`council`).
"""

from itoguchi.support.models.council import CouncilSession
from itoguchi.support.models.links import LinkCheck
from itoguchi.support.models.needs import Mark, Need
from itoguchi.support.models.schemes import Cost, Rate, Scheme, SchemeYear, Step, Use, UseList, Window

__all__ = [
    "Cost",
    "CouncilSession",
    "LinkCheck",
    "Mark",
    "Need",
    "Rate",
    "Scheme",
    "SchemeYear",
    "Step",
    "Use",
    "UseList",
    "Window",
]
