"""Addresses of the directory."""

from django.urls import path

from . import import_pages, pages, unit_pages

app_name = "directory"

urlpatterns = [
    path("", unit_pages.agency_edit, name="agency_edit"),
    path("orang/", pages.people, name="people"),
    path("orang/baru", pages.person_new, name="person_new"),
    path("orang/<uuid:pk>/", pages.person, name="person"),
    path("orang/<uuid:pk>/ubah", pages.person_edit, name="person_edit"),
    path("orang/<uuid:pk>/nomor", pages.number_change, name="number_change"),
    path("orang/<uuid:pk>/penugasan", pages.assignment_new, name="assignment_new"),
    path("penugasan/<uuid:pk>/akhiri", pages.assignment_end, name="assignment_end"),
    path("unit/", unit_pages.units, name="units"),
    path("unit/baru", unit_pages.unit_new, name="unit_new"),
    path("unit/<uuid:pk>/ubah", unit_pages.unit_edit, name="unit_edit"),
    path("unit/<uuid:pk>/jabatan", unit_pages.position_new, name="position_new"),
    path("impor/", import_pages.upload, name="import"),
    path("impor/contoh.csv", import_pages.example, name="import_example"),
    path("impor/<uuid:pk>/", import_pages.preview, name="import_preview"),
]
