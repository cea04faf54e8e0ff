"""Addresses of briefings; those of single briefings last for ever."""

from django.urls import path

from itoguchi.outreach import views

app_name = "outreach"
urlpatterns = [
    path("", views.coverage, name="coverage"),
    path("list", views.briefing_list, name="briefing_list"),
    path("plan", views.plan, name="plan"),
    path("drafts", views.drafts, name="drafts"),
    path("event-list", views.event_list, name="event_list"),
    path("calendar.ics", views.calendar, name="calendar"),
    path("import", views.import_file, name="import_file"),
    path("visits", views.visit_list, name="visit_list"),
    path("visits/new", views.log_visit, name="log_visit"),
    path("visits/<int:pk>", views.visit, name="visit"),
    path("visits/<int:pk>/change", views.change_visit, name="change_visit"),
    path("visits/<int:pk>/need", views.need_of_visit, name="need_of_visit"),
    path("visits/panels/area/<str:code>", views.panel_visits, name="panel_visits"),
    path("panels/area/<str:code>", views.panel_area, name="panel_area"),
    path("panels/block/<slug:key>", views.panel_block, name="panel_block"),
    path("<slug:slug>.ics", views.briefing_calendar, name="briefing_calendar"),
    path("<slug:slug>", views.briefing, name="briefing"),
    path("<slug:slug>/need", views.need_of_briefing, name="need_of_briefing"),
    path("<slug:slug>/change", views.change, name="change"),
    path("<slug:slug>/hold", views.hold, name="hold"),
    path("<slug:slug>/cancel", views.cancel, name="cancel"),
    path("<slug:slug>/decide", views.decide, name="decide"),
]
