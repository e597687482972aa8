"""Who may do what to accounts and roles."""

from .rights import Act, register

ADMINISTRATOR = {"administrator", "system"}

register(
    Act("accounts.read", ADMINISTRATOR, own="agency"),
    Act("accounts.account.create", ADMINISTRATOR, own="agency"),
    Act("accounts.account.reset", ADMINISTRATOR, own="agency"),
    Act("accounts.account.suspend", ADMINISTRATOR, own="agency"),
    Act("accounts.account.resume", ADMINISTRATOR, own="agency"),
    Act("accounts.role.grant", ADMINISTRATOR, own="agency"),
    Act("accounts.role.withdraw", ADMINISTRATOR, own="agency"),
    Act("accounts.account.activate", {"account"}, own="account"),
    Act("accounts.preferences.edit", {"account"}, own="account"),
    Act("accounts.password.change", {"account"}, own="account"),
    Act("accounts.factor.change", {"account"}, own="account"),
    Act("accounts.session.begin", {"account"}, own="account"),
    Act("accounts.session.end", {"account"}, own="account"),
)
