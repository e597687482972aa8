"""PNSMail: mailboxes in every state, people who wait for theirs, and the first day from sheet to mailbox."""

from browser.rooms.ground import account, person, press
from browser.walk import PASSWORD, Page, Route

NEW, NEW_BORN = "199107142019032004", "14-07-1991"


def seed(seeded):
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory import actions as directory
    from pendopo.pnsmail.mailboxes import actions
    from pendopo.pnsmail.sending import actions as sending

    for found, admin in (
        (seeded.objects, seeded.accounts["admin"]),
        (seeded.foreign, seeded.accounts["foreign"]),
    ):
        mine = Actor.of(admin, found["agency"])
        found["mailbox"] = opened(admin.person, mine)
        actions.make_app_password(found["mailbox"], "Thunderbird di kantor", actor=mine)
        found["app_password"] = found["mailbox"].app_passwords.get()
    agency = seeded.objects["agency"]
    office, node = Actor.of(seeded.accounts["admin"], agency), Actor.system(agency, via="cli")
    for name, number in (("Klara Hoar", "199001012015032001"), ("Simon Petrus Bau", "198802022014031002")):
        teacher = account(person(agency, name, number, node), [], node)
        seeded.objects["held_mailbox" if name.startswith("Klara") else "large_mailbox"] = opened(
            teacher.person, Actor.of(teacher, agency)
        )
    actions.hold(seeded.objects["held_mailbox"], "Kata sandi bocor", actor=office)
    actions.set_class(seeded.objects["large_mailbox"], "large", actor=office)
    sending.stop(seeded.objects["large_mailbox"], 21, 1, actor=Actor.system(agency))
    # Nobody has signed in as these two yet; the second has no date of birth.
    seeded.objects["invitee"] = person(agency, "Adelheid Beci", NEW, node)
    directory.create_person(agency, "Alfons Honorer", "local", "HON-7", actor=node)
    seeded.words += [seeded.objects["mailbox"].address, "Adelheid Beci", "Klara Hoar", "Kata sandi bocor"]


def opened(owner, actor):
    """The owner's mailbox at the first address proposed."""
    from pendopo.pnsmail.mailboxes import actions, reads

    return actions.open_mailbox(owner, reads.offered(owner)[0], actor=actor)


def proved(page):
    """Through step 1 as the newest teacher, with a code made for her."""
    page.goto("/surel/aktivasi/")
    page.get_by_label("Nomor").fill(NEW)
    page.get_by_label("Tanggal lahir").fill(NEW_BORN)
    page.get_by_label("Kode sekali pakai").fill(code())
    with page.expect_navigation():
        page.get_by_role("button", name="Lanjutkan").click()


def refused(page):
    """And step 2 sent empty."""
    proved(page)
    press("Buka kotak surat")(page)


def code():
    """A fresh code of the newest teacher."""
    from pendopo.ground.accounts import actions
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account
    from pendopo.ground.directory.models import Person

    teacher = Person.objects.get(numbers__value=NEW)
    node = Actor.system(teacher.agency, via="cli")
    held = Account.objects.filter(person=teacher).first()
    return actions.issue_code(held, actor=node) if held else actions.create_account(teacher, actor=node)[1]


def sheets(page):
    """For those ticked on the page."""
    page.get_by_role("checkbox").first.check()
    press("Buat lembar aktivasi")(page)


def nobody_ticked(page):
    """Pressed without a choice."""
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    press("Buat lembar aktivasi")(page)


def labelled(page):
    """A new password, shown."""
    page.get_by_label("Untuk program apa").fill("Ponsel")
    press("Buat sandi aplikasi")(page)


def next_key(page):
    """A signing key that waits for its record to be published."""
    key_waits()
    page.reload()


def key_waits(*_seeded):
    """One that signs, and one made after it."""
    from pendopo.mailer import dkim
    from pendopo.pnsmail.domains import signing
    from pendopo.pnsmail.service import engine, mail

    folder, domain = engine().dkim, mail().domain
    found = signing.keys()
    if found is None:
        dkim.make(folder, domain, "p202605")
        dkim.sign(folder, domain, "p202605")
    if found is None or found.next is None:
        dkim.make(folder, domain, f"{found.signs}b" if found else "p202611")


M = "/surel/kantor/kotak"

PAGES = [
    Page("/surel/"),
    Page("/surel/aktivasi/", None),
    Page("/surel/aktivasi/", None, "salah", press("Lanjutkan")),
    Page("/surel/aktivasi/", None, "langkah-2", proved),
    Page("/surel/aktivasi/", None, "langkah-2-salah", refused),
    Page("/surel/alamat/", "nobody"),
    Page("/surel/akun/"),
    Page("/surel/akun/sandi/"),
    Page("/surel/akun/sandi/", "admin", "jadi", labelled),
    Page("/surel/akun/sandi/{app_password}/akhiri/"),
    Page("/surel/kantor/"),
    Page("/surel/kantor/?q=adel", "admin", "lembar", sheets),
    Page("/surel/kantor/", "admin", "salah", nobody_ticked),
    Page(f"{M}/"),
    Page(f"{M}/?q=zzz", "admin", "kosong"),
    Page(M + "/{mailbox}/"),
    Page(M + "/{held_mailbox}/"),
    Page(M + "/{large_mailbox}/"),
    Page(M + "/{mailbox}/tahan/"),
    Page("/surel/kantor/domain/"),
    Page("/surel/kantor/domain/", "admin", "kunci-berikut", next_key),
]


def without_mailbox(seeded, client):
    """Her own mailbox is not there yet."""
    from pendopo.pnsmail.mailboxes.models import Mailbox

    Mailbox.objects.filter(pk=seeded.objects["mailbox"].pk).delete()


def code_proved(seeded, client):
    """A browser in which the newest teacher's code was proved."""
    client.post("/surel/aktivasi/", {"number": NEW, "birth": NEW_BORN, "code": code()})


def _object(name, post=None, of="mailbox"):
    return Route(f"pnsmail:{name}", "object", {"id": of}, post)


ROUTES = [
    Route("pnsmail:home", "own"),
    Route("pnsmail:activate", "public"),
    Route(
        "pnsmail:activate-address",
        "public",
        post={"local": "adelheid.beci", "password": PASSWORD},
        given=code_proved,
    ),
    Route("pnsmail:choose", "own", post={"local": "yosefina.dhae"}, given=without_mailbox),
    Route("pnsmail:account", "own"),
    Route("pnsmail:password-new", "own", post={"label": "Ponsel"}),
    _object("password-end", {}, "app_password"),
    Route("pnsmail:profile", "own"),
    Route("pnsmail:people", "agency", post={"person": "{invitee}"}),
    Route("pnsmail:mailboxes", "agency"),
    _object("mailbox", {"size": "large"}),
    # Not her own: what the mail servers were told of it is not taken back.
    _object("mailbox-hold", {"reason": "Uji"}, "large_mailbox"),
    _object("mailbox-release", {}, "held_mailbox"),
    _object("sending-resume", {}, "large_mailbox"),
    Route("pnsmail:domain", "agency"),
    Route("pnsmail:key-sign", "agency", post={}, given=key_waits),
    Route("pnsmail-clients:autoconfig", "public"),
    Route("pnsmail-clients:autoconfig-well-known", "public"),
    Route("pnsmail-clients:mta-sts", "public"),
]
