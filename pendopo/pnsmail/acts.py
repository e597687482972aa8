"""Who may do what in PNSMail.

Everybody with an account has a mailbox of one's own and looks after it. *administrator* hands out the
agency's mailboxes and holds them; making accounts and codes besides is `accounts.…`.
"""

from pendopo.ground.accounts.rights import Act, register

ADMINISTRATOR = {"administrator", "system"}
ACCOUNT = {"account"}

register(
    Act("pnsmail.mailbox.open", ACCOUNT, own="account"),
    Act("pnsmail.password.make", ACCOUNT, own="account"),
    Act("pnsmail.password.end", ACCOUNT, own="account"),
    Act("pnsmail.mail.send", ACCOUNT, own="account"),
    Act("pnsmail.mail.take_back", ACCOUNT, own="account"),
    Act("pnsmail.read", ADMINISTRATOR, own="agency"),
    Act("pnsmail.mailbox.provide", ADMINISTRATOR, own="agency"),
    Act("pnsmail.mailbox.hold", ADMINISTRATOR, own="agency"),
    Act("pnsmail.mailbox.release", ADMINISTRATOR, own="agency"),
    Act("pnsmail.mailbox.class", ADMINISTRATOR, own="agency"),
    Act("pnsmail.sending.stop", {"system"}, own="agency"),
    Act("pnsmail.sending.resume", ADMINISTRATOR, own="agency"),
    # The domain is the node's: its keys belong to no one agency.
    Act("pnsmail.key.make", {"system"}),
    Act("pnsmail.key.sign", ADMINISTRATOR),
    Act("pnsmail.fullness.note", {"system"}, own="agency"),
    Act("pnsmail.person.invite", ADMINISTRATOR, own="agency"),
)
