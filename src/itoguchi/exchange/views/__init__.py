"""Pages of the exchange: problems (`problems`), questions (`questions`), proposals (`proposals`), how one is chosen (`ratings`),
agreements (`agreements`) and offers (`offers`)."""

from itoguchi.exchange.views.agreements import agree, end_talks, talk
from itoguchi.exchange.views.offers import (
    change_offer,
    end_offer,
    new_offer,
    offer,
    offer_list,
    panel_suggestions,
    profile,
    suited,
)
from itoguchi.exchange.views.problems import (
    attach,
    change_problem,
    new_problem,
    panel_area,
    panel_need,
    problem,
    problem_file,
    problem_list,
    publish,
    put_off,
    withdraw,
)
from itoguchi.exchange.views.proposals import open_all, proposal, proposal_file, propose, withdraw_proposal
from itoguchi.exchange.views.questions import answer, ask, log, read
from itoguchi.exchange.views.ratings import compare, declare, finish, rate, raters

__all__ = [
    "agree",
    "answer",
    "ask",
    "attach",
    "change_offer",
    "change_problem",
    "compare",
    "declare",
    "end_offer",
    "end_talks",
    "finish",
    "log",
    "new_offer",
    "new_problem",
    "offer",
    "offer_list",
    "open_all",
    "panel_area",
    "panel_need",
    "panel_suggestions",
    "problem",
    "problem_file",
    "problem_list",
    "profile",
    "proposal",
    "proposal_file",
    "propose",
    "publish",
    "put_off",
    "rate",
    "raters",
    "read",
    "suited",
    "talk",
    "withdraw",
    "withdraw_proposal",
]
