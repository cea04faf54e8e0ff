"""Addresses of the roadmap; those of single records last for ever."""

from django.urls import path

from itoguchi.roadmap import views

app_name = "roadmap"
urlpatterns = [
    path("roadmap/", views.index, name="index"),
    path("roadmap/table", views.kpi_table, name="table"),
    path("roadmap/editions/<slug:key>", views.edition, name="edition"),
    path("roadmap/compare", views.compare, name="compare"),
    path("roadmap/revisions/", views.revisions, name="revisions"),
    path("roadmap/revisions/new", views.draft, name="new_revision"),
    path("roadmap/revisions/<int:pk>", views.revision, name="revision"),
    path("roadmap/revisions/<int:pk>/edit", views.draft, name="change_revision"),
    path("roadmap/revisions/<int:pk>/deed", views.revision_deed, name="revision_deed"),
    path("roadmap/revisions/<int:pk>/<slug:noun>", views.item, name="item"),
    path("roadmap/frozen/", views.frozen_states, name="frozen_states"),
    path("roadmap/frozen/new", views.freeze, name="freeze"),
    path("roadmap/frozen/<slug:slug>", views.frozen, name="frozen"),
    path("roadmap/frozen/<slug:slug>/deed", views.frozen_deed, name="frozen_deed"),
    path("roadmap/frozen/<slug:slug>/<str:name>", views.frozen_file, name="frozen_file"),
    path("fields/<slug:key>", views.field, name="field"),
    path("solutions/<slug:key>", views.solution, name="solution"),
    path("solutions/<slug:key>/places", views.places, name="places"),
    path("solutions/<slug:key>/areas", views.areas, name="areas"),
    path("solutions/<slug:key>/next", views.next_areas, name="next_areas"),
    path("areas/blocks/<slug:key>/push", views.push, name="push"),
    path("areas/<slug:code>/peers", views.peers, name="peers"),
    path("areas/<slug:code>/implementations", views.uses, name="uses"),
    path("areas/<slug:code>/implementations/<slug:key>", views.implementation, name="implementation"),
    path("areas/<slug:code>/implementations/<slug:key>/record", views.record, name="record"),
    path("areas/<slug:code>/implementations/<slug:key>/<int:pk>/correct", views.correct, name="correct"),
    path("areas/<slug:code>/implementations/<slug:key>/<int:pk>/take-back", views.take_back, name="take_back"),
    path("areas/<slug:code>/implementations/<slug:key>/<int:pk>/evidence", views.evidence, name="evidence"),
    path("follow-up/", views.follow_up, name="follow_up"),
    path("follow-up/<slug:key>/remedy", views.remedy, name="remedy"),
    path("surveys/", views.surveys, name="surveys"),
    path("surveys/new", views.compose, name="new_survey"),
    path("surveys/<slug:key>", views.survey, name="survey"),
    path("surveys/<slug:key>/edit", views.compose, name="change_survey"),
    path("surveys/<slug:key>/deed", views.survey_deed, name="survey_deed"),
    path("surveys/<slug:key>/file", views.survey_file, name="survey_file"),
    path("surveys/<slug:key>/import", views.survey_import, name="survey_import"),
    path("surveys/<slug:key>/areas/<slug:code>", views.answer, name="answer"),
    path("kpis/<slug:key>", views.kpi, name="kpi"),
    path("kpis/<slug:key>/forecast", views.forecast, name="forecast"),
]
