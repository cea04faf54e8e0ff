"""Addresses of support; those of single needs last for ever."""

from django.urls import path

from itoguchi.support import views

app_name = "support"
urlpatterns = [
    path("areas/<slug:code>/needs/new", views.write_need, name="write_need"),
    path("areas/<slug:code>/needs", views.panel_needs, name="panel_needs"),
    path("needs/", views.need_list, name="need_list"),
    path("needs/unmet", views.unmet, name="unmet"),
    path("needs/<int:pk>", views.need, name="need"),
    path("needs/<int:pk>/change", views.change_need, name="change_need"),
    path("needs/<int:pk>/answer", views.answer_need, name="answer_need"),
    path("needs/<int:pk>/close", views.close_need, name="close_need"),
    path("needs/<int:pk>/merge", views.merge_needs, name="merge_needs"),
    path("needs/<int:pk>/mark", views.mark, name="mark_scheme"),
    path("needs/<int:pk>/peers", views.panel_peers, name="panel_peers"),
]
