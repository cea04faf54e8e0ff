"""What is kept of the exchange: problems (`problems`), questions (`questions`), proposals (`proposals`), how one of them is
chosen (`ratings`) and agreed on (`agreements`), and what organisations offer (`offers`).
"""

from itoguchi.exchange.models.agreements import Agreement, Choice, Talk
from itoguchi.exchange.models.offers import Offer, Profile
from itoguchi.exchange.models.problems import Criterion, Problem, ProblemFile
from itoguchi.exchange.models.proposals import Proposal
from itoguchi.exchange.models.questions import Answer, FirstReading, Question
from itoguchi.exchange.models.ratings import MOST_POINTS, Rater, Rating

__all__ = [
    "MOST_POINTS",
    "Agreement",
    "Answer",
    "Choice",
    "Criterion",
    "FirstReading",
    "Offer",
    "Problem",
    "ProblemFile",
    "Profile",
    "Proposal",
    "Question",
    "Rater",
    "Rating",
    "Talk",
]
