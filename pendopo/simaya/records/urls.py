"""Addresses of dossiers, under /surat/."""

from django.urls import path

from . import pages

urlpatterns = [
    path("berkas/", pages.index, name="dossiers"),
    path("berkas/<uuid:id>/", pages.dossier, name="dossier"),
    path("berkas/<uuid:id>/tutup/", pages.close, name="dossier-close"),
    path("berkas/masukkan/<uuid:letter>/", pages.put_in, name="dossier-file"),
]
