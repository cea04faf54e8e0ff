"""Addresses of support; those of single schemes and needs last for ever."""

from django.urls import path

from itoguchi.support import views

app_name = "support"
urlpatterns = [
    path("areas/<slug:code>/needs/new", views.write_need, name="write_need"),
    path("areas/<slug:code>/needs", views.panel_needs, name="panel_needs"),
    path("areas/<slug:code>/calendar", views.calendar, name="calendar"),
    path("areas/<slug:code>/calendar.ics", views.calendar_file, name="calendar_file"),
    path("areas/<slug:code>/council", views.council, name="council"),
    path("areas/<slug:code>/finance-sheet", views.finance_sheet, name="finance_sheet"),
    path("money", views.money, name="money"),
    path("answers/<int:pk>/needs", views.panel_answer, name="panel_answer"),
    path("answers/<int:pk>/needs/<int:question>", views.need_of_answer, name="need_of_answer"),
    path("needs/new", views.new_need, name="new_need"),
    path("needs/", views.need_list, name="need_list"),
    path("needs/unmet", views.unmet, name="unmet"),
    path("needs/<int:pk>", views.need, name="need"),
    path("needs/<int:pk>/change", views.change_need, name="change_need"),
    path("needs/<int:pk>/answer", views.answer_need, name="answer_need"),
    path("needs/<int:pk>/close", views.close_need, name="close_need"),
    path("needs/<int:pk>/merge", views.merge_needs, name="merge_needs"),
    path("needs/<int:pk>/mark", views.mark, name="mark_scheme"),
    path("needs/<int:pk>/peers", views.panel_peers, name="panel_peers"),
    path("schemes/", views.schemes, name="schemes"),
    path("schemes/new", views.new_scheme, name="new_scheme"),
    path("schemes/import", views.import_schemes, name="import_schemes"),
    path("schemes/table", views.scheme_files, name="scheme_files"),
    path("schemes/<slug:key>", views.scheme, name="scheme"),
    path("schemes/<slug:key>/edit", views.edit_scheme, name="edit_scheme"),
    path("schemes/<slug:key>/end", views.end_scheme, name="end_scheme"),
    path("schemes/<slug:key>/areas", views.scheme_areas, name="scheme_areas"),
    path("schemes/<slug:key>/history", views.scheme_history, name="scheme_history"),
    path("schemes/<slug:key>/calendar.ics", views.scheme_calendar, name="scheme_calendar"),
    path("schemes/<slug:key>/uses", views.scheme_uses, name="scheme_uses"),
    path("schemes/<slug:key>/uses/new", views.record_use, name="record_use"),
    path("schemes/uses/<int:pk>/take-back", views.take_use_back, name="take_use_back"),
    path("schemes/<slug:key>/uses/years/<int:year>/reopen", views.reopen_use_list, name="reopen_use_list"),
    path("schemes/<slug:key>/years/<int:year>", views.scheme_year, name="scheme_year"),
]
