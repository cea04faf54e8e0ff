"""Addresses of meetings, recommendations, threads, topics and members; those of single records last for ever."""

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
    path("clauses/<slug:slug>", views.clause, name="clause"),
    path("clauses/<slug:slug>/record", views.record, name="record"),
    path("clauses/<slug:slug>/actions/<int:number>", views.correct_action, name="correct_action"),
    path("threads/", views.threads, name="threads"),
    path("threads/<slug:key>", views.thread, name="thread"),
    path("topics/<slug:key>", views.topic, name="topic"),
    path("members", views.members, name="members"),
]
