"""Who may do what to agencies, units, positions and people."""

from pendopo.ground.accounts.rights import Act, register

ADMINISTRATOR = {"administrator", "system"}

register(
    Act("directory.agency.create", {"operator", "system"}),
    Act("directory.agency.edit", ADMINISTRATOR, own="agency"),
    Act("directory.read", ADMINISTRATOR, own="agency"),
    Act("directory.unit.create", ADMINISTRATOR, own="agency"),
    Act("directory.unit.edit", ADMINISTRATOR, own="agency"),
    Act("directory.position.create", ADMINISTRATOR, own="agency"),
    Act("directory.position.edit", ADMINISTRATOR, own="agency"),
    Act("directory.person.create", ADMINISTRATOR, own="agency"),
    Act("directory.person.edit", ADMINISTRATOR, own="agency"),
    Act("directory.assignment.create", ADMINISTRATOR, own="agency"),
    Act("directory.assignment.end", ADMINISTRATOR, own="agency"),
    Act("directory.import", ADMINISTRATOR, own="agency"),
)
