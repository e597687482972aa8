"""Addresses of letters out, under /surat/."""

from django.urls import path

from . import draft_pages, drawn, review_pages

urlpatterns = [
    path("konsep/", draft_pages.index, name="drafts"),
    path("konsep/baru/", draft_pages.new, name="draft-new"),
    path("konsep/<uuid:id>/", draft_pages.draft, name="draft"),
    path("konsep/<uuid:id>/pratinjau/", draft_pages.preview, name="draft-preview"),
    path("konsep/<uuid:id>/tarik/", draft_pages.withdraw, name="draft-withdraw"),
    path("paraf/", review_pages.turns, name="turns"),
    path("terkirim/", review_pages.sent, name="sent"),
    path("keluar/<uuid:id>/", review_pages.letter, name="letter"),
    path("keluar/<uuid:id>/paraf/", review_pages.initial, name="letter-initial"),
    path("keluar/<uuid:id>/kembalikan/", review_pages.give_back, name="letter-return"),
    path("keluar/<uuid:id>/ambil/", review_pages.take_back, name="letter-take-back"),
    path("keluar/<uuid:id>/tandatangan/", review_pages.sign, name="letter-sign"),
    path("keluar/<uuid:id>/pdf/", review_pages.pdf, name="letter-pdf"),
    path("berkas-surat/<uuid:id>/<int:n>/", review_pages.attached, name="letter-file"),
    path("keluar/<uuid:id>/halaman/<int:n>.png", review_pages.page_image, name="letter-page"),
    path("keluar/<uuid:id>/kirim-ulang/<uuid:delivery>/", review_pages.again, name="letter-again"),
    path("keluar/<uuid:id>/gambar/<int:n>.svg", drawn.drawing, name="letter-drawing"),
    path("keluar/<uuid:id>/teks/", review_pages.plain, name="letter-plain"),
    path("keluar/<uuid:id>/bukti/<uuid:delivery>/", review_pages.proof, name="letter-proof"),
]
