#!/bin/sh
# Once, as root: the folders of the four servers. `postfix check` makes the queue.
set -eu
cd /mnt
mkdir -p spool log run/rspamd run/redis lib/postfix lib/dovecot lib/rspamd lib/redis boxes
chown postfix lib/postfix
chown mail: boxes
chown _rspamd: run/rspamd lib/rspamd
chown redis: run/redis lib/redis
chown root:postfix db
chmod 0770 db
chmod 0666 db/*
chmod 1777 log
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=hand.localhost -days 30 \
    -keyout etc/server.key -out etc/server.pem 2>log/openssl
postfix -c /mnt/etc/postfix check
sievec etc/dovecot/junk.sieve
