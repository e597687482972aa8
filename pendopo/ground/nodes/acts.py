"""Who may do what with nodes, keys and the registry.

The registry's acts have no owner: they belong to who runs the registry's node. A key belongs to its agency.
"""

from pendopo.ground.accounts.rights import Act, register

OPERATOR = {"operator", "system"}

register(
    Act("nodes.view", OPERATOR),
    Act("nodes.registry.found", {"system"}),
    Act("nodes.registry.join", {"system"}),
    Act("nodes.registry.reissue", OPERATOR),
    Act("nodes.registry.letters", OPERATOR),
    Act("nodes.registry.publish", OPERATOR),
    Act("nodes.member.host", OPERATOR),
    Act("nodes.member.invite", OPERATOR),
    Act("nodes.member.withdraw", OPERATOR),
    Act("nodes.member.enrol", {"system"}),
    Act("nodes.revoke", OPERATOR),
    Act("nodes.key.rotate", {"administrator", "operator", "system"}, own="agency"),
    Act("nodes.key.begin", {"system"}, own="agency"),
    Act("nodes.key.accept", {"system"}),
    Act("nodes.catalogue.list", {"system"}),
    Act("nodes.certificate.renew", {"system"}),
    Act("nodes.certificate.take", {"system"}),
)
