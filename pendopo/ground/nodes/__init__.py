"""Nodes of the exchange: enrolment, keys, revocation and the documents gateways live on."""
