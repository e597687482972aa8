"""The address of one's own signing key, under /surat/."""

from django.urls import path

from . import pages

urlpatterns = [path("kunci/", pages.key, name="key")]
