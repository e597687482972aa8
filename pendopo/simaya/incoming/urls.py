"""Addresses of this subject, under /surat/, with the register books."""

from django.urls import path

from pendopo.simaya.register import pages as register

from . import pages

urlpatterns = [
    path("masuk/", pages.index, name="incoming"),
    path("masuk/pindai/", pages.scan, name="scan"),
    path("masuk/<uuid:id>/", pages.show, name="incoming-letter"),
    path("masuk/<uuid:id>/pdf/", pages.pdf, name="incoming-pdf"),
    path("masuk/<uuid:id>/halaman/<int:n>/", pages.picture, name="incoming-page"),
    path("masuk/<uuid:id>/teks/", pages.plain, name="incoming-plain"),
    path("masuk/<uuid:id>/registrasi/", pages.register, name="incoming-register"),
    path("masuk/<uuid:id>/tolak/", pages.reject, name="incoming-reject"),
    path("masuk/<uuid:id>/teruskan/", pages.pass_on, name="incoming-pass"),
    path("masuk/<uuid:id>/dibaca/", pages.mark_read, name="incoming-read"),
    path("masuk/<uuid:id>/tutup/", pages.close, name="incoming-close"),
    path("buku/agenda/", register.this_year, {"name": "agenda"}, name="book-agenda"),
    path("buku/keluar/", register.this_year, {"name": "keluar"}, name="book-out"),
    path("buku/<str:name>/<int:year>/", register.book, name="book"),
    path("buku/<str:name>/<int:year>.csv", register.table, name="book-file"),
]
