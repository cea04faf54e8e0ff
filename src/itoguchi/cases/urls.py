"""Addresses of cases and reference models; those of single ones last for ever."""

from django.urls import path

from itoguchi.cases import views

app_name = "cases"
urlpatterns = [
    path("areas/<slug:code>/cases", views.panel_area, name="panel_area"),
    path("areas/<slug:code>/cases/new", views.write_case, name="write_case"),
    path("areas/<slug:code>/reference-models/new", views.offer_model, name="offer_model"),
    path("solutions/<slug:key>/cases", views.panel_solution, name="panel_solution"),
    path("problems/<int:pk>/cases", views.panel_problem, name="panel_problem"),
    path("implementations/<int:pk>/cases", views.panel_implementation, name="panel_implementation"),
    path("cases/", views.case_list, name="case_list"),
    path("cases/side-by-side", views.side_by_side, name="side_by_side"),
    path("cases/<int:pk>", views.case, name="case"),
    path("cases/<int:pk>/change", views.change_case, name="change_case"),
    path("cases/<int:pk>/check", views.check_case, name="check_case"),
    path("cases/<int:pk>/history", views.case_history, name="case_history"),
    path("cases/<int:pk>/file", views.case_file, name="case_file"),
    path("cases/<int:pk>/deed", views.case_deed, name="case_deed"),
    path("reference-models/", views.model_list, name="model_list"),
    path("reference-models/new", views.offer_model, {"code": ""}, name="offer_model_of_secretariat"),
    path("reference-models/<slug:key>", views.reference_model, name="reference_model"),
    path("reference-models/<slug:key>/change", views.change_model, name="change_model"),
    path("reference-models/<slug:key>/history", views.model_history, name="model_history"),
    path("reference-models/<slug:key>/deed", views.model_deed, name="model_deed"),
    path("reference-models/<slug:key>/reuses", views.reuses, name="reuses"),
    path("reference-models/<slug:key>/parts/new", views.part, name="new_part"),
    path("reference-models/<slug:key>/parts/<int:pk>", views.part, name="part"),
    path("reference-models/<slug:key>/parts/<int:pk>/file", views.part_file, name="part_file"),
    path("reuses/<int:pk>/report", views.report, name="report"),
]
