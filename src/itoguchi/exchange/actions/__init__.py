"""What people do in the exchange: open problems (`problems`), ask and answer (`questions`), propose (`proposals`), rate and
choose (`ratings`), agree (`agreements`), offer (`offers`)."""

from itoguchi.exchange.actions.agreements import AgreementFacts, agree, end_talks, note_talk
from itoguchi.exchange.actions.offers import OfferFacts, end_offer, keep_offer, keep_profile
from itoguchi.exchange.actions.problems import (
    ProblemFacts,
    attach_file,
    change_problem,
    index_exchange,
    open_need,
    publish_problem,
    put_off,
    withdraw_problem,
)
from itoguchi.exchange.actions.proposals import ProposalFacts, open_proposals, propose, withdraw_proposal
from itoguchi.exchange.actions.questions import answer_question, ask, note_reading
from itoguchi.exchange.actions.ratings import (
    appoint_rater,
    choose,
    choose_none,
    declare_conflict,
    declare_free,
    finish_rating,
    rate,
)

__all__ = [
    "AgreementFacts",
    "OfferFacts",
    "ProblemFacts",
    "ProposalFacts",
    "agree",
    "answer_question",
    "appoint_rater",
    "ask",
    "attach_file",
    "change_problem",
    "choose",
    "choose_none",
    "declare_conflict",
    "declare_free",
    "end_offer",
    "end_talks",
    "finish_rating",
    "index_exchange",
    "keep_offer",
    "keep_profile",
    "note_reading",
    "note_talk",
    "open_need",
    "open_proposals",
    "propose",
    "publish_problem",
    "put_off",
    "rate",
    "withdraw_problem",
    "withdraw_proposal",
]
