"""Addresses of the exchange; those of single problems, proposals and offers last for ever."""

app_name = "exchange"
urlpatterns: list[object] = []
