"""PNSMail: mail for every civil servant."""
