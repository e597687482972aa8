"""Addresses of sign-in, one's own account and the agency's accounts.

allauth's views keep the names allauth knows them by; those it offers and we do not (sign-up, mail) have
no address.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import include, path

from . import manage, pages

own = [
    path("aktivasi", pages.activate, name="activate"),
    path("bahasa", pages.language, name="language"),
    path("akun/", pages.me, name="me"),
    path("akun/tema", pages.theme, name="theme"),
    path("akun/instansi", pages.agency, name="agency"),
    path("akun/sesi", pages.sessions, name="sessions"),
    path("akun/sesi/akhiri", pages.sessions_end, name="sessions_end"),
    path("akun/sesi/<int:pk>/akhiri", pages.session_end, name="session_end"),
    path("instansi/akun/", manage.accounts, name="accounts"),
    path("instansi/akun/baru", manage.account_new, name="account_new"),
    path("instansi/akun/untuk", manage.account_for, name="account_for"),
    path("instansi/akun/<uuid:pk>/", manage.account, name="account"),
    path("instansi/akun/<uuid:pk>/kode", manage.account_reset, name="account_reset"),
    path("instansi/akun/<uuid:pk>/tangguhkan", manage.account_suspend, name="account_suspend"),
    path("instansi/akun/<uuid:pk>/pulihkan", manage.account_resume, name="account_resume"),
    path("instansi/peran/<uuid:pk>/cabut", manage.role_withdraw, name="role_withdraw"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("masuk", account.login, name="account_login"),
    path("masuk/kode", mfa.authenticate, name="mfa_authenticate"),
    path("keluar", account.logout, name="account_logout"),
    path("akun/sandi", account.password_change, name="account_change_password"),
    path("akun/pastikan", account.reauthenticate, name="account_reauthenticate"),
    path("akun/pastikan/kode", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("akun/autentikator", mfa.index, name="mfa_index"),
    path("akun/autentikator/pasang", totp.activate_totp, name="mfa_activate_totp"),
    path("akun/autentikator/lepas", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("akun/autentikator/cadangan", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "akun/autentikator/cadangan/baru",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
]
