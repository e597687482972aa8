"""The search's address, under /surat/."""

from django.urls import path

from . import pages

urlpatterns = [path("cari/", pages.search, name="search")]
