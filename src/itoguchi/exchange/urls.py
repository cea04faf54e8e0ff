"""Addresses of the exchange; those of single problems, proposals and offers last for ever."""

from django.urls import path

from itoguchi.exchange import views

app_name = "exchange"
urlpatterns = [
    path("needs/<int:key>/problem", views.panel_need, name="panel_need"),
    path("needs/<int:key>/problem/new", views.new_problem, name="new_problem"),
    path("areas/<slug:key>/problems", views.panel_area, name="panel_area"),
    path("problems/", views.problem_list, name="problem_list"),
    path("problems/suited", views.suited, name="suited"),
    path("problems/<int:pk>", views.problem, name="problem"),
    path("problems/<int:pk>/change", views.change_problem, name="change_problem"),
    path("problems/<int:pk>/publish", views.publish, name="publish"),
    path("problems/<int:pk>/put-off", views.put_off, name="put_off"),
    path("problems/<int:pk>/withdraw", views.withdraw, name="withdraw"),
    path("problems/<int:pk>/files", views.attach, name="attach"),
    path("problems/<int:pk>/files/<int:file>", views.problem_file, name="problem_file"),
    path("problems/<int:pk>/suggestions", views.panel_suggestions, name="panel_suggestions"),
    path("problems/<int:pk>/ask", views.ask, name="ask"),
    path("problems/<int:pk>/questions/<int:question>", views.answer, name="answer"),
    path("problems/<int:pk>/read", views.read, name="read"),
    path("problems/<int:pk>/log", views.log, name="log"),
    path("problems/<int:pk>/propose", views.propose, name="propose"),
    path("problems/<int:pk>/open", views.open_all, name="open"),
    path("problems/<int:pk>/raters", views.raters, name="raters"),
    path("problems/<int:pk>/declare", views.declare, name="declare"),
    path("problems/<int:pk>/finish", views.finish, name="finish"),
    path("problems/<int:pk>/compare", views.compare, name="compare"),
    path("problems/<int:pk>/talks", views.talk, name="talk"),
    path("problems/<int:pk>/talks/end", views.end_talks, name="end_talks"),
    path("problems/<int:pk>/agreement", views.agree, name="agree"),
    path("proposals/<uuid:pk>", views.proposal, name="proposal"),
    path("proposals/<uuid:pk>/file", views.proposal_file, name="proposal_file"),
    path("proposals/<uuid:pk>/withdraw", views.withdraw_proposal, name="withdraw_proposal"),
    path("proposals/<uuid:pk>/rate", views.rate, name="rate"),
    path("offers/", views.offer_list, name="offer_list"),
    path("offers/new", views.new_offer, name="new_offer"),
    path("offers/profile", views.profile, name="profile"),
    path("offers/<int:pk>", views.offer, name="offer"),
    path("offers/<int:pk>/change", views.change_offer, name="change_offer"),
    path("offers/<int:pk>/end", views.end_offer, name="end_offer"),
]
