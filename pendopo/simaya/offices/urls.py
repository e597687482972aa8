"""Addresses of the office's rules, under /surat/."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("kantor/", pages.office, name="office"),
    path("kantor/jabatan/<uuid:id>/", pages.post, name="office-post"),
    path("kantor/pelimpahan/", pages.delegate, name="office-delegate"),
]
