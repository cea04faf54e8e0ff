"""Addresses of first steps and plans; those of single plans last for ever."""

from django.urls import path

from itoguchi.plans import views

app_name = "plans"
urlpatterns = [
    path("first-step", views.first_step, name="first_step"),
    path("areas/<slug:key>/first-step", views.panel_first_step, {"noun": "area"}, name="panel_area"),
    path("needs/<slug:key>/first-step", views.panel_first_step, {"noun": "need"}, name="panel_need"),
    path("solutions/<slug:key>/first-step", views.panel_first_step, {"noun": "solution"}, name="panel_solution"),
    path("areas/<slug:code>/plans", views.panel_plans, name="panel_plans"),
    path("plans/", views.plan_list, name="plan_list"),
    path("plans/draft", views.draft, name="draft"),
    path("plans/draft.<slug:kind>", views.draft_file, name="draft_file"),
    path("plans/begin", views.begin, name="begin"),
    path("plans/<int:pk>", views.plan, name="plan"),
    path("plans/<int:pk>/plan.<slug:kind>", views.plan_file, name="plan_file"),
    path("plans/<int:pk>/calendar.ics", views.plan_calendar, name="plan_calendar"),
    path("plans/<int:pk>/change", views.change_plan, name="change_plan"),
    path("plans/<int:pk>/deed", views.plan_deed, name="plan_deed"),
    path("plans/<int:pk>/sections/<slug:key>", views.section, name="section"),
    path("plans/<int:pk>/sections/<slug:key>/comment", views.comment, name="comment"),
    path("plans/<int:pk>/comments/<int:comment>", views.comment_deed, name="comment_deed"),
    path("plans/<int:pk>/actions/new", views.plan_action, name="new_action"),
    path("plans/<int:pk>/actions/<int:action>", views.plan_action, name="action"),
    path("plans/<int:pk>/actions/<int:action>/tick", views.tick, name="tick"),
    path("plans/<int:pk>/kpis/new", views.plan_kpi, name="new_kpi"),
    path("plans/<int:pk>/kpis/<int:aim>", views.plan_kpi, name="kpi"),
    path("plans/<int:pk>/copy", views.copy, name="copy"),
    path("plans/<int:pk>/copy/<slug:key>", views.copy_parts, name="copy_parts"),
    path("plans/<int:pk>/copied/<int:copied>", views.remove_copy, name="remove_copy"),
    path("copied-parts/<int:copied>/file", views.copied_file, name="copied_file"),
    path("reference-models/<slug:key>/plans", views.panel_model, name="panel_model"),
    path("plans/<int:pk>/records", views.plan_records, name="records"),
    path("plans/<int:pk>/versions", views.versions, name="versions"),
    path("plans/<int:pk>/versions/<int:number>/restore", views.restore, name="restore"),
]
