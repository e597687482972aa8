"""Addresses of this subject, under /surat/."""

from django.urls import path

from . import giving, pages

urlpatterns = [
    path("masuk/<uuid:id>/disposisi/", giving.give, name="dispose"),
    path("masuk/<uuid:id>/lembar/", pages.sheet, name="disposition-sheet"),
    path("disposisi/", pages.index, name="dispositions"),
    path("disposisi/<uuid:id>/", pages.show, name="disposition"),
    path("disposisi/<uuid:id>/baca/", pages.read, name="disposition-read"),
    path("disposisi/<uuid:id>/jawab/", pages.answer, name="disposition-answer"),
    path("disposisi/<uuid:id>/tarik/", pages.withdraw, name="disposition-withdraw"),
    path("disposisi/<uuid:id>/tutup/", pages.close, name="disposition-close"),
]
