"""The API of the exchange: problems that were published (`problems`) and offers that stand (`offers`)."""

from ninja import Router

router = Router(tags=["exchange"])
