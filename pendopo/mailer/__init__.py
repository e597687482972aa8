"""The node's own mail engine: Postfix, Dovecot, Rspamd and Redis under `mail/` of its home."""
