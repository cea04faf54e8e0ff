"""Addresses of meetings, recommendations, threads, topics, members and opinions; those of single records last for ever."""

from django.urls import path

from itoguchi.network import views

app_name = "network"
urlpatterns = [
    path("meetings/", views.index, name="index"),
    path("meetings.ics", views.calendar, name="calendar"),
    path("meetings/enter", views.enter, name="enter"),
    path("meetings/<slug:slug>", views.meeting, name="meeting"),
    path("meetings/<slug:slug>/correct", views.correct, name="correct"),
    path("recommendations/", views.clauses, name="clauses"),
    path("recommendations/<slug:key>", views.recommendation, name="recommendation"),
    path("clauses/", views.clauses, name="clause_table"),
    path("clauses/<slug:slug>", views.clause, name="clause"),
    path("clauses/<slug:slug>/record", views.record, name="record"),
    path("clauses/<slug:slug>/actions/<int:number>", views.correct_action, name="correct_action"),
    path("clauses/<slug:slug>/assign", views.assign, name="assign"),
    path("opinions/", views.opinions, name="opinions"),
    path("opinions.atom", views.feed, name="feed"),
    path("opinions/new", views.new_opinion, name="new_opinion"),
    path("opinions/import", views.import_opinions, name="import_opinions"),
    path("opinions/desk", views.desk, name="desk"),
    path("opinions/desk/moderate", views.moderate, name="moderate"),
    path("opinions/changes", views.changes, name="changes"),
    path("opinions/<int:pk>", views.opinion, name="opinion"),
    path("opinions/<int:pk>/sort", views.sort, name="sort"),
    path("opinions/<int:pk>/merge", views.merge, name="merge"),
    path("opinions/<int:pk>/answer", views.answer, name="answer"),
    path("opinions/<int:pk>/decide", views.decide, name="decide"),
    path("opinions/<int:pk>/undecide", views.undecide, name="undecide"),
    path("decisions/<int:pk>", views.decision, name="decision"),
    path("decisions/<int:pk>/change", views.change, name="change"),
    path("decisions/<int:pk>/changes/<int:change>", views.take_back_change, name="take_back_change"),
    path("comments/", views.periods, name="periods"),
    path("comments/new", views.keep_period, name="new_period"),
    path("comments/<slug:slug>", views.period, name="period"),
    path("comments/<slug:slug>/edit", views.keep_period, name="edit_period"),
    path("briefings/<slug:key>/opinions", views.panel_opinions, {"noun": "briefings"}, name="panel_briefing"),
    path("meetings/<slug:key>/opinions", views.panel_opinions, {"noun": "meetings"}, name="panel_meeting"),
    path("clauses/<slug:key>/opinions", views.panel_opinions, {"noun": "clauses"}, name="panel_clause"),
    path("kpis/<slug:key>/opinions", views.panel_opinions, {"noun": "kpis"}, name="panel_kpi"),
    path("threads/", views.threads, name="threads"),
    path("threads/<slug:key>", views.thread, name="thread"),
    path("topics/<slug:key>", views.topic, name="topic"),
    path("members", views.members, name="members"),
]
