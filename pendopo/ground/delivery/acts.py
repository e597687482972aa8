"""Who may do what with messages.

Sending is part of another act, which asks its own right; trying again is for who looks after the agency,
or part of another act as well.
"""

from pendopo.ground.accounts.rights import Act, register

register(
    Act("delivery.message.send", roles={"account", "system"}, own="agency"),
    Act("delivery.message.view", roles={"administrator"}, own="agency"),
    Act("delivery.message.retry", roles={"administrator", "system"}, own="agency"),
)
