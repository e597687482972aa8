"""PNSMail: mail for every civil servant. So far its rules; it is no room of the portal yet."""
