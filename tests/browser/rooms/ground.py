"""Portal, accounts, directory and audit: two agencies, their people, and accounts in each role."""

import datetime

from browser.walk import PASSWORD, Page, Route

AGENCY, FOREIGN = "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
ADMIN, OTHER, NOBODY = "198503152010012001", "197907072004071007", "199912312023012005"
NAMES = [
    "Bernadeta Nona", "Fransiskus Xaverius Mbete", "Ratna Wulandari", "Antonius Pareira", "Petrus Lalu",
    "Katarina Muda", "Yohanes Sare", "Theresia Ina", "Gabriel Rangga", "Elisabeth Wea", "Siti Aminah",
]  # fmt: skip


def seed(seeded):
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.roles import ROLES
    from pendopo.ground.directory import actions as directory
    from pendopo.ground.files import store

    everything = [(room, role) for room, known in ROLES.items() for role in known]
    node = Actor.system(via="cli")
    own = directory.create_agency(AGENCY, "Dinas Kependudukan Ende", "Asia/Makassar", actor=node)
    foreign = directory.create_agency(FOREIGN, "Direktorat Jenderal Pajak", "Asia/Jakarta", actor=node)
    for agency, found, admin, name in (
        (own, seeded.objects, ADMIN, "Yosefina Dhae"),
        (foreign, seeded.foreign, OTHER, "Bagus Prakoso"),
    ):
        actor = Actor.system(agency, via="cli")
        found["agency"] = agency
        found["person"] = person(agency, name, admin, actor)
        found["account"] = account(found["person"], everything, actor)
        found["grant"] = found["account"].grants.filter(room="mantra").first()
        found["unit"] = unit = directory.create_unit(
            agency, "01", f"Sekretariat {agency.code[-3:]}", actor=actor
        )
        found["position"] = head = directory.create_position(unit, "Kepala Dinas", "II.b", True, actor=actor)
        found["assignment"] = directory.assign(
            found["person"], head, "plt", datetime.date(2024, 1, 2), actor=actor, decree="SK 800/12/2024"
        )
        for name, lines in (("good", GOOD), ("bad", BAD)):
            found[f"{name}_list"] = store.put(
                f"{HEADER}{lines}".encode(),
                "text/csv",
                room="directory",
                object=f"import {found['account'].pk}",
                agency=agency,
                name="pegawai.csv",
            )
    actor = Actor.system(own, via="cli")
    seeded.objects["colleague"] = colleague = person(own, "Maria Goreti Wea", NOBODY, actor)
    suspended = account(person(own, "Petronela Bhoki", "198101012006012002", actor), [], actor)
    accounts.suspend(suspended, actor=actor)
    seeded.objects["suspended"] = suspended
    seeded.objects["staff"] = person(own, "Agustinus Dua", "197001011995011003", actor)
    seeded.accounts = {
        "admin": seeded.objects["account"],
        "nobody": account(colleague, [], actor),
        "outsider": account(
            person(foreign, "Dewi Anggraini", "198001012005012001", Actor.system(foreign, via="cli")),
            [role for role in everything if role != ("ground", "operator")],
            Actor.system(foreign, via="cli"),
        ),
        "foreign": seeded.foreign["account"],
    }
    seeded.objects["colleague_account"] = seeded.accounts["nobody"]
    seeded.words += ["Yosefina Dhae", "Maria Goreti Wea", "Sekretariat PIL", ADMIN, "Dinas Kependudukan Ende"]
    unit = directory.create_unit(own, "02", "Bidang Pelayanan Pendaftaran Penduduk", actor=actor)
    post = directory.create_position(unit, "Kepala Bidang", "III.b", True, actor=actor)
    for at in range(60):
        number = f"19{60 + at % 35:02d}0{1 + at % 9}{10 + at % 18}{1985 + at % 35}0{1 + at % 9}1{at + 1:03d}"
        someone = person(own, NAMES[at % len(NAMES)], number, actor, back_title="S.Kom." if at % 3 else "")
        if at == 0:
            directory.assign(someone, post, "definitive", datetime.date(2023, 5, 1), actor=actor)


HEADER = "nama;gelar_belakang;nomor;unit_kode;unit_nama;jabatan;kepala;jenis;mulai\n"
GOOD = (
    "Lusia Bota;S.Sos.;198703032011012003;07;Bidang Arsip;Kepala Bidang Arsip;ya;definitif;2024-02-01\n"
    "Thomas Ola;;199505052020121005;07;Bidang Arsip;Arsiparis;;;\n"
)
BAD = (
    "Lusia Bota;S.Sos.;198713032011012003;07;;Kepala Bidang Arsip;mungkin;;31-02-2024\n"
    ";;1,98505E+17;;;Arsiparis;;sementara;\n"
)


def person(agency, name, number, actor, **more):
    """A person known by a NIP."""
    from pendopo.ground.directory import actions as directory

    return directory.create_person(agency, name, "nip", number, actor=actor, **more)


def account(person, roles, actor):
    """An activated account whose password is PASSWORD."""
    from pendopo.ground.accounts import actions as accounts

    made, code = accounts.create_account(person, roles, actor=actor)
    return accounts.activate(made.username, code, PASSWORD)


def press(name):
    """Press the button `name` in the page's content and wait for the answer."""

    def do(page):
        with page.expect_navigation():
            page.locator("#main").get_by_role("button", name=name, exact=True).click()

    return do


def confirmed_once(page):
    """Past "is it you?", with the password, where it is still asked."""
    if not page.url.endswith("/akun/autentikator/pasang"):
        _confirm(page)
    page.locator("img.qr").wait_for()


def _confirm(page):
    page.get_by_label("Kata sandi").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Lanjutkan").click()


def dialog(key):
    """Open a dialog by its key."""

    def do(page):
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()

    return do


def menu(page):
    """Unfold the side menu, where it is folded."""
    if page.locator(".side-fold summary").is_visible():
        page.locator(".side-fold summary").click()


def searched(page):
    """The command list with what was found."""
    dialog("/")(page)
    page.locator("#find-q").press_sequentially("orang")
    page.locator("#found").get_by_text("Tambah orang").wait_for()


PAGES = [
    Page("/masuk", None),
    Page("/masuk", None, "salah", press("Masuk")),
    Page("/aktivasi", None),
    Page("/aktivasi", None, "salah", press("Pasang kata sandi")),
    Page("/tidak-ada", "admin", status=404),
    Page("/instansi/orang/", "nobody", "ditolak", status=403),
    Page("/"),
    Page("/", "nobody", "kosong"),
    Page("/", "admin", "pintasan", dialog("?")),
    Page("/", "admin", "cari", searched),
    Page("/cari?q=akun"),
    Page("/cari?q=zzz"),
    Page("/akun/"),
    Page("/akun/", "nobody", "menu", menu),
    Page("/akun/sandi"),
    Page("/akun/sandi", "admin", "salah", press("Ganti kata sandi")),
    Page("/akun/sesi"),
    Page("/akun/autentikator"),
    Page("/akun/pastikan"),
    Page("/akun/autentikator/pasang", "nobody", "gambar", confirmed_once),
    Page("/keluar"),
    Page("/instansi/"),
    Page("/instansi/orang/"),
    Page("/instansi/orang/?q=zzz"),
    Page("/instansi/orang/baru"),
    Page("/instansi/orang/baru", "admin", "salah", press("Tambahkan orangnya")),
    Page("/instansi/orang/{person}/"),
    Page("/instansi/orang/{person}/ubah"),
    Page("/instansi/orang/{person}/nomor"),
    Page("/instansi/orang/{person}/penugasan"),
    Page("/instansi/penugasan/{assignment}/akhiri"),
    Page("/instansi/unit/"),
    Page("/instansi/unit/baru"),
    Page("/instansi/unit/{unit}/ubah"),
    Page("/instansi/unit/{unit}/jabatan"),
    Page("/instansi/impor/"),
    Page("/instansi/impor/{good_list}/"),
    Page("/instansi/impor/{bad_list}/"),
    Page("/instansi/akun/"),
    Page("/instansi/akun/baru"),
    Page("/instansi/akun/baru", "admin", "salah", press("Buat akunnya")),
    Page("/instansi/akun/untuk"),
    Page("/instansi/akun/{account}/"),
    Page("/instansi/akun/{suspended}/"),
    Page("/instansi/akun/{account}/", "admin", "lembar", press("Buat kode sekali pakai")),
    Page("/instansi/akun/{account}/tangguhkan"),
    Page("/instansi/peran/{grant}/cabut"),
    Page("/instansi/jejak/"),
]


def confirmed(seeded, client):
    """The own administrator, signed in, gave her password again a moment ago."""
    client.post("/akun/pastikan", {"password": PASSWORD})


def authenticator(seeded, client):
    """She did, and has an authenticator with recovery codes."""
    confirmed(seeded, client)
    _add_authenticator(seeded)


def half_signed_in(seeded, client):
    """Her password was right; the code is still asked."""
    _add_authenticator(seeded)
    client.post("/masuk", {"login": ADMIN, "password": PASSWORD})


def signed_in(seeded, client):
    """Her browser."""
    client.force_login(seeded.accounts["admin"], backend="pendopo.ground.accounts.signin.NumberBackend")


def _add_authenticator(seeded):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    TOTP.activate(seeded.accounts["admin"], generate_totp_secret())
    RecoveryCodes.activate(seeded.accounts["admin"])


_new = {"name": "Lusia Bota", "scheme": "nip", "number": "198703032011012003"}

ROUTES = [
    Route("portal:home", "agency"),
    Route("portal:find", "agency"),
    Route("account_login", "public"),
    Route("accounts:activate", "public"),
    Route(
        "accounts:language",
        "public",
        post={"language": "en"},
        shows=lambda response: [cookie.value for cookie in response.cookies.values()] == ["en"],
    ),
    Route("mfa_authenticate", "public", given=half_signed_in),
    Route(
        "account_logout",
        "public",
        post={},
        given=signed_in,
        shows=lambda response: "_auth_user_id" not in response.wsgi_request.session,
    ),
    Route("accounts:me", "own"),
    Route("accounts:theme", "own", post={"theme": "dark"}),
    Route(
        "accounts:agency",
        "agency",
        post={"agency": "{agency}"},
        shows=lambda response: response.wsgi_request.session["agency"],
    ),
    Route("accounts:sessions", "own"),
    Route("accounts:sessions_end", "own", post={}),
    Route("accounts:session_end", "object", {"pk": "session"}, post={}),
    Route("account_change_password", "own"),
    Route("account_reauthenticate", "own"),
    Route("mfa_reauthenticate", "own", given=authenticator),
    Route("mfa_index", "own"),
    Route("mfa_activate_totp", "own", given=confirmed),
    Route("mfa_deactivate_totp", "own", given=authenticator),
    Route("mfa_view_recovery_codes", "own", given=authenticator),
    Route("mfa_generate_recovery_codes", "own", given=authenticator),
    Route("accounts:accounts", "agency"),
    Route("accounts:account_new", "agency", post=_new),
    Route("accounts:account_for", "agency", post={"person": "{staff}"}),
    Route("accounts:account", "object", {"pk": "account"}),
    Route("accounts:account_reset", "object", {"pk": "account"}, post={}),
    Route("accounts:account_suspend", "object", {"pk": "colleague_account"}, post={}),
    Route("accounts:account_resume", "object", {"pk": "suspended"}, post={}),
    Route("accounts:role_withdraw", "object", {"pk": "grant"}, post={}),
    Route("directory:agency_edit", "agency", post={"name": "Dinas Baru", "zone": "Asia/Jakarta"}),
    Route("directory:people", "agency"),
    Route("directory:person_new", "agency", post=_new),
    Route("directory:person", "object", {"pk": "person"}),
    Route("directory:person_edit", "object", {"pk": "person"}, post={"name": "Yosefina D."}),
    Route("directory:number_change", "object", {"pk": "person"}, post={"scheme": "local", "number": "A-17"}),
    Route(
        "directory:assignment_new",
        "object",
        {"pk": "staff"},
        post={"position": "{position}", "kind": "plh", "since": "2026-01-01"},
    ),
    Route("directory:assignment_end", "object", {"pk": "assignment"}, post={"on": "2026-01-01"}),
    Route("directory:units", "agency"),
    Route("directory:unit_new", "agency", post={"code": "99", "name": "Unit Baru"}),
    Route("directory:unit_edit", "object", {"pk": "unit"}, post={"code": "01", "name": "Sekretariat Baru"}),
    Route("directory:position_new", "object", {"pk": "unit"}, post={"title": "Analis"}),
    Route("directory:import", "agency"),
    Route("directory:import_example", "agency"),
    Route("directory:import_preview", "object", {"pk": "good_list"}, post={}),
    Route("audit:lines", "agency"),
]
