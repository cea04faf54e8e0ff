"""The API of the exchange: problems that were published (`problems`) and offers that stand (`offers`)."""

from itoguchi.exchange.api import offers, problems

router = problems.router
__all__ = ["offers", "problems", "router"]
