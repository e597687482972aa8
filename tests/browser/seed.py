"""What the pages are looked at with: two agencies, their people, and accounts in each role.

Runs inside Django, through the rooms' own actions. Room builders add a function to `SEEDS`.
"""

import datetime
from dataclasses import dataclass, field

PASSWORD = "empat kata yang mudah diingat"
AGENCY = "ID/GOV/DUKCAPIL"
FOREIGN = "ID/GOV/DJP"
HEAD, ADMIN, OTHER, NOBODY = (
    "198001012005011001",
    "198503152010012001",
    "197907072004071007",
    "199912312023012005",
)


@dataclass
class Seeded:
    """What a page's address may need: `objects` by a name, in the own agency and in the foreign one."""

    accounts: dict = field(default_factory=dict)
    objects: dict = field(default_factory=dict)
    foreign: dict = field(default_factory=dict)


def ground(seeded):
    """Directory and accounts: an administrator with all roles, one without any, a foreign administrator."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.roles import ROLES
    from pendopo.ground.directory import actions as directory

    everything = [(room, role) for room, known in ROLES.items() for role in known]
    node = Actor.system(via="cli")
    own = directory.create_agency(
        AGENCY, "Dinas Kependudukan dan Pencatatan Sipil", "Asia/Makassar", actor=node
    )
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
        found["unit"] = unit = directory.create_unit(agency, "01", "Sekretariat", actor=actor)
        found["position"] = head = directory.create_position(unit, "Kepala Dinas", "II.b", True, actor=actor)
        found["assignment"] = directory.assign(
            found["person"], head, "plt", datetime.date(2024, 1, 2), actor=actor, decree="SK 800/12/2024"
        )
    actor = Actor.system(own, via="cli")
    nobody = person(own, "Maria Goreti Wea", NOBODY, actor)
    seeded.accounts = {
        "admin": seeded.objects["account"],
        "nobody": account(nobody, [], actor),
        "foreign": seeded.foreign["account"],
    }
    unit = directory.create_unit(own, "02", "Bidang Pelayanan Pendaftaran Penduduk", actor=actor)
    post = directory.create_position(unit, "Kepala Bidang", "III.b", True, actor=actor)
    for at in range(60):
        number = f"19{60 + at % 35:02d}0{1 + at % 9}{10 + at % 18}{1985 + at % 35}0{1 + at % 9}1{at + 1:03d}"
        someone = person(own, NAMES[at % len(NAMES)], number, actor, back_title="S.Kom." if at % 3 else "")
        if at == 0:
            directory.assign(someone, post, "definitive", datetime.date(2023, 5, 1), actor=actor)


NAMES = [
    "Bernadeta Nona", "Fransiskus Xaverius Mbete", "Ratna Wulandari", "Antonius Pareira", "Petrus Lalu",
    "Katarina Muda", "Yohanes Sare", "Theresia Ina", "Gabriel Rangga", "Elisabeth Wea", "Siti Aminah",
]  # fmt: skip


def person(agency, name, number, actor, **more):
    """A person known by a NIP."""
    from pendopo.ground.directory import actions as directory

    return directory.create_person(agency, name, "nip", number, actor=actor, **more)


def account(person, roles, actor):
    """An activated account whose password is PASSWORD."""
    from pendopo.ground.accounts import actions as accounts

    made, code = accounts.create_account(person, roles, actor=actor)
    return accounts.activate(made.username, code, PASSWORD)


SEEDS = [ground]


def seed():
    """Everything, in one transaction."""
    from django.db import transaction

    seeded = Seeded()
    with transaction.atomic():
        for each in SEEDS:
            each(seeded)
    return seeded
