"""Addresses of mailboxes: activation, one's own, and the agency's."""

from django.urls import path

from . import activation_pages, office_pages, pages

urlpatterns = [
    path("aktivasi/", activation_pages.prove, name="activate"),
    path("aktivasi/alamat/", activation_pages.finish, name="activate-address"),
    path("alamat/", activation_pages.choose, name="choose"),
    path("akun/", pages.account, name="account"),
    path("akun/sandi/", pages.password_new, name="password-new"),
    path("akun/sandi/<uuid:id>/akhiri/", pages.password_end, name="password-end"),
    path("akun/profil.mobileconfig", pages.profile, name="profile"),
    path("kantor/", office_pages.people, name="people"),
    path("kantor/kotak/", office_pages.mailboxes, name="mailboxes"),
    path("kantor/kotak/<uuid:id>/", office_pages.mailbox, name="mailbox"),
    path("kantor/kotak/<uuid:id>/tahan/", office_pages.hold, name="mailbox-hold"),
    path("kantor/kotak/<uuid:id>/lepas/", office_pages.release, name="mailbox-release"),
]
