"""What people ask of the exchange: problems and their questions (`problems`), proposals and ratings (`proposals`), offers and
who suits whom (`offers`), and what waits for somebody (`watch`)."""

from itoguchi.exchange.queries.offers import (
    WEIGHTS,
    Reason,
    Suggestion,
    offers_about,
    offers_for,
    offers_seen,
    problems_for,
)
from itoguchi.exchange.queries.problems import (
    Asked,
    Phase,
    Proof,
    answers_out,
    clock,
    phase_of,
    problems_seen_by,
    proofs_of,
    questions_of,
)
from itoguchi.exchange.queries.proposals import (
    Compared,
    compared,
    own_proposals,
    points_of,
    proposals_seen_by,
    rater_of,
    who_still_rates,
)
from itoguchi.exchange.queries.watch import duties, watched

__all__ = [
    "WEIGHTS",
    "Asked",
    "Compared",
    "Phase",
    "Proof",
    "Reason",
    "Suggestion",
    "answers_out",
    "clock",
    "compared",
    "duties",
    "offers_about",
    "offers_for",
    "offers_seen",
    "own_proposals",
    "phase_of",
    "points_of",
    "problems_for",
    "problems_seen_by",
    "proofs_of",
    "proposals_seen_by",
    "questions_of",
    "rater_of",
    "watched",
    "who_still_rates",
]
