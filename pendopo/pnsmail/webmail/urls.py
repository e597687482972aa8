"""Addresses of one's own mail, under /surel/."""

from django.urls import path

from . import pages, room_pages, write_pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("kotak/<str:folder>/", pages.folder, name="folder"),
    path("kotak/<str:folder>/<int:uid>/", pages.mail, name="mail"),
    path("kotak/<str:folder>/<int:uid>/ke/<str:to>/", pages.move, name="move"),
    path("kotak/<str:folder>/<int:uid>/tanda/<str:how>/", pages.mark, name="mark"),
    path("kotak/<str:folder>/<int:uid>/hapus/", pages.destroy, name="destroy"),
    path("pesan/<str:folder>/<int:uid>/", pages.message, name="message"),
    path("pesan/<str:folder>/<int:uid>/isi/", pages.frame, name="frame"),
    path("pesan/<str:folder>/<int:uid>/lampiran/<str:id>/", pages.attachment, name="attachment"),
    path("cari/", pages.search, name="search"),
    path("tulis/", write_pages.write, name="write"),
    path("tulis/simpan/", write_pages.keep, name="keep"),
    path("kontak/", write_pages.contacts, name="contacts"),
    path("ruang/", room_pages.index, name="room"),
    path("ruang/lepas/", room_pages.lighten, name="lighten"),
    path("dihapus/", room_pages.removed, name="removed"),
]
