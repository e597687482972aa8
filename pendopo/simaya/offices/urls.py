"""Addresses of the office's rules, under /surat/."""

from django.urls import path

from . import assistant_pages, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("kantor/", pages.office, name="office"),
    path("kantor/jabatan/<uuid:id>/", pages.post, name="office-post"),
    path("kantor/asisten/", assistant_pages.index, name="assistants"),
    path("kantor/asisten/<uuid:id>/akhiri/", assistant_pages.end, name="assistant-end"),
    path("kantor/pelimpahan/", pages.delegate, name="office-delegate"),
    path("kantor/pelimpahan/<uuid:id>/akhiri/", pages.end_delegation, name="delegation-end"),
    path("kantor/libur/", pages.holidays, name="holidays"),
]
