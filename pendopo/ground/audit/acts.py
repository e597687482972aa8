"""Who may read the audit."""

from pendopo.ground.accounts.rights import Act, register

register(Act("audit.read", {"administrator"}, own="agency"))
