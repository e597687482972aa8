"""Two agencies that write letters: a regency's communication office with its line of posts, and another."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

OFFICE, OTHER = "ID/GOV/KOMINFO-ENDE", "ID/GOV/BAPPEDA-ENDE"
BODY = {
    "type": "doc",
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Dengan hormat kami undang."}]}],
}
SINCE = date(2020, 1, 1)
# post -> (unit, the unit above, heads it)
POSTS = {
    "Kepala Dinas": ("01", None, True),
    "Sekretaris": ("01.1", "01", True),
    "Kepala Bidang": ("01.2", "01", True),
    "Analis": ("01.2", "01", False),
    "Arsiparis": ("01.1", "01", False),
}


@dataclass
class Desk:
    """An agency and, by post, its position, its holder's assignment and account."""

    agency: object
    posts: dict = field(default_factory=dict)
    holders: dict = field(default_factory=dict)
    accounts: dict = field(default_factory=dict)

    def actor(self, post: str):
        """Whoever holds `post`, or (for a role's name) has that role."""
        from pendopo.ground.accounts.actor import Actor

        return Actor.of(self.accounts[post], self.agency)

    def hire(self, name: str, post: str | None = None, roles=(), kind="definitive", valid=(SINCE, None)):
        """A person with an account, perhaps a post and roles; known here by `name`."""
        from pendopo.ground.accounts.models import Account, RoleGrant
        from pendopo.ground.directory.models import Assignment, Person

        person = Person.objects.create(agency=self.agency, name=f"Orang {name}")
        account = Account.objects.create_user(
            f"{self.agency.code}-{name}", person=person, state=Account.State.ACTIVE
        )
        self.accounts[name] = account
        for role in roles:
            RoleGrant.objects.create(
                account=account, agency=self.agency, room="simaya", role=role, valid=(SINCE, None)
            )
        if post:
            self.holders[name] = Assignment.objects.create(
                person=person, position=self.posts[post], kind=kind, valid=valid, decree="SK 1/2020"
            )
        return account

    def content(self, **changes):
        """A complete surat dinas to the other agency: the head of division initials, the head signs."""
        from pendopo.simaya.letters.drafting import Addressee, Content, Initial

        written = {
            "kind": "surat-dinas",
            "subject": "Undangan rapat",
            "body": BODY,
            "classification": "000.1.2.3",
            "signer": str(self.posts["Kepala Dinas"].pk),
            "addressees": (Addressee(line="Kepala Bappeda", agency=OTHER),),
            "initials": (Initial(post=str(self.posts["Kepala Bidang"].pk), turn=1),),
        }
        return Content(**(written | changes))

    def start(self, author: str = "Analis", **changes):
        """A draft by the holder of `author`."""
        from pendopo.simaya.letters import actions

        actor = self.actor(author)
        return actions.start(self.content(**changes), author=self.holders[author], actor=actor)


def found(code: str, zone: str = "Asia/Makassar") -> Desk:
    """An agency with its posts, their holders, and a person for each role."""
    from pendopo.ground.directory.models import Agency

    return staff(Agency.objects.create(code=code, name=f"Dinas {code[7:]}", zone=zone, hosted=True))


def staff(agency) -> Desk:
    """The posts, holders and roles of an agency that there is."""
    from pendopo.ground.directory.models import Position, Unit
    from pendopo.simaya.offices import actions

    desk, units = Desk(agency), {}
    for title, (unit, above, heads) in POSTS.items():
        if unit not in units:
            units[unit] = Unit.objects.create(
                agency=agency, parent=units.get(above), code=unit, name=f"Unit {unit}", valid=(SINCE, None)
            )
        desk.posts[title] = Position.objects.create(unit=units[unit], title=title, heads=heads)
    for title in POSTS:
        desk.hire(title, title)
    for role in ("administrator", "registrar", "supervisor"):
        desk.hire(role, roles=(role,))
    actions.set_up(
        agency,
        profile="permendagri-2023",
        lines=["PEMERINTAH KABUPATEN ENDE", "DINAS KOMUNIKASI", "Jalan El Tari 5, Ende"],
        place="Ende",
        actor=desk.actor("administrator"),
    )
    return desk


def tomorrow() -> date:
    """A day after today in every zone of the nation."""
    return date.today() + timedelta(days=2)


@contextmanager
def fault(code: str):
    """The body must end in exactly this fault."""
    from pendopo.core.errors import Fault

    try:
        yield
    except Fault as raised:
        assert raised.code == code, raised.code
    else:
        raise AssertionError(f"no {code}")


def arrived(desk: Desk, **changes):
    """A letter that came to `desk` by wire, its signature found sound, with a file of one page."""
    from django.utils import timezone

    from pendopo.ground.files import store
    from pendopo.simaya.letters.models import Letter, Secret
    from tests.rules.simaya.signatures import page

    subject = changes.pop("subject", "Permintaan data SPBE")
    given = {
        "origin": "wire",
        "kind": "surat-dinas",
        "profile": "permendagri-2023",
        "state": "received",
        "urgency": "segera",
        "number": "000.1.2.3/4461/107.1/2026",
        "day": date(2026, 11, 20),
        "peer": OTHER,
        "peer_name": "Bappeda Kab. Ende",
        "signer_name": "Sekretaris Daerah a.n. Bupati",
        "signed_at": timezone.now() - timedelta(hours=2),
        "received_at": timezone.now() - timedelta(hours=1),
        "due": timezone.now() + timedelta(days=2),
        "checked": "sound",
        "pages": 1,
    } | changes
    letter = Letter(agency=desk.agency, side="in", **given)
    letter.subject = "" if letter.secret else subject
    letter.file = store.put(
        page(), "application/pdf", room="simaya", object=f"letter {letter.pk}", agency=desk.agency
    )
    letter.save()
    if letter.secret:
        Secret.objects.create(letter=letter, subject=subject)
    return letter


def registered(desk: Desk, to: str | None = "Kepala Dinas", **changes):
    """One that arrived, registered by the clerk and passed on to `to`."""
    from pendopo.simaya.incoming import actions

    letter = arrived(desk, **changes)
    post = desk.posts[to] if to else None
    return actions.register(letter, classification="", to=post, v=letter.v, actor=desk.actor("registrar"))


def clear(desk: Desk, *posts: str) -> None:
    """Their holders may be party to secret letters from now on."""
    from pendopo.ground.accounts.models import RoleGrant

    for post in posts:
        RoleGrant.objects.create(
            account=desk.accounts[post],
            agency=desk.agency,
            room="simaya",
            role="cleared",
            valid=(SINCE, None),
        )


def bell(desk: Desk, who: str) -> list[str]:
    """What the bell of `who` says and nobody has seen yet, oldest first, as written in English."""
    sends = desk.accounts[who].notices.filter(seen_at=None).select_related("notice").order_by("notice_id")
    return [send.notice.text % send.notice.params for send in sends]
