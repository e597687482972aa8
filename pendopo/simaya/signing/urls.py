"""The addresses of one's own signing key, under /surat/."""

from django.urls import path

from . import pages

urlpatterns = [
    path("kunci/", pages.key, name="key"),
    path("kunci/akhiri/", pages.end, name="key-end"),
]
