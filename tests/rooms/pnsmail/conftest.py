"""An agency of this node with mail, its administrator, and people to give mailboxes to."""

import itertools
from types import SimpleNamespace

import pytest
from browser.rooms import ground

ADMIN = "198503152010012001"
TEACHERS = ("199001012015032001", "198802022014031002")
COUNT = itertools.count()


@pytest.fixture
def lookups(django_home):
    """The file the mail servers read, empty; the next test finds it empty too."""
    from pendopo.mailer.lookups import Contents
    from pendopo.pnsmail.mailboxes import lookups

    lookups.file().replace(Contents)
    yield lookups.file()
    lookups.file().replace(Contents)


def make_office(code="ID/GOV/A", number=ADMIN):
    """An agency; `person`, `account` and `mailbox` make more of its people."""
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account
    from pendopo.ground.accounts.roles import ROLES
    from pendopo.ground.directory import actions as directory
    from pendopo.pnsmail.mailboxes import actions, reads

    agency = directory.create_agency(
        code, f"Dinas {code[-1]}", "Asia/Makassar", actor=Actor.system(via="cli")
    )
    node = Actor.system(agency, via="cli")

    def person(name, number, **more):
        return ground.person(agency, name, number, node, **more)

    def account(name, number, roles=()):
        """Signed in by a test itself: it has no password, which would cost a fifth of a second."""
        made = Account.objects.create_user(number, person=person(name, number), state=Account.State.ACTIVE)
        for room, role in roles:
            accounts.grant_role(made, agency, room, role, actor=node)
        return made

    def mailbox(name, number):
        owner = account(name, number)
        return actions.open_mailbox(
            owner.person, reads.offered(owner.person)[0], actor=Actor.of(owner, agency)
        )

    roles = [(room, role) for room in ("ground", "pnsmail") for role in ROLES[room]]
    admin = account("Yosefina Dhae", number, roles)
    return SimpleNamespace(
        agency=agency, node=node, admin=admin, actor=Actor.of(admin, agency),
        person=person, account=account, mailbox=mailbox,
    )  # fmt: skip


@pytest.fixture
def office(db):
    return make_office()


@pytest.fixture
def client(django_home, assets):
    """A browser, signed in as an account where one is given."""
    from django.core.cache import cache
    from django.test import Client

    cache.clear()

    def made(account=None):
        browser = Client(HTTP_HOST=f"{django_home.node}.localhost")
        if account is not None:
            browser.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
        return browser

    return made


@pytest.fixture
def desk(office, client, lookups, mail_servers):
    """Ani and Budi of one agency with mailboxes, each signed in; `settle` gives one to somebody more."""
    from pendopo.mailer.lookups import Mailbox
    from pendopo.pnsmail.webmail import service

    lookups.put_domain(mail_servers.mail.domain)
    own = "".join(chr(97 + int(digit)) for digit in str(next(COUNT)))  # addresses are for life, mail too

    def settle(office, name, number):
        mailbox = office.mailbox(name + own, number)
        lookups.put_mailbox(Mailbox(mailbox.address, quota_mb=4))
        with service.opened(mailbox) as box:
            box.folders()
        return SimpleNamespace(mailbox=mailbox, address=mailbox.address, web=client(mailbox.person.account))

    ani, budi = (
        settle(office, name, number)
        for name, number in zip(("Ani Wati", "Budi Santoso"), TEACHERS, strict=True)
    )
    yield SimpleNamespace(ani=ani, budi=budi, office=office, settle=settle)
    service.pool().close()
