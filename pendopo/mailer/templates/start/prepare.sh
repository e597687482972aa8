#!/bin/sh
# Once before the servers start, as root of their own view: folders with the owners they want.
set -eu
cd @{inside}

own() { # OWNER MODE FOLDER...
    owner=$1 mode=$2
    shift 2
    mkdir -p "$@"
    chown "$owner" "$@"
    chmod "$mode" "$@"
}
own root:root 0755 . lib run spool spool/postfix lib/dovecot lib/postfix-program
own root:postfix 0770 lookups
own root:_rspamd 0750 dkim
own root:root 0755 tokens tokens/default tokens/default/ES256
own root:redis 0770 run/redis
own _rspamd:_rspamd 0755 run/rspamd
own _rspamd:_rspamd 0750 lib/rspamd
own redis:redis 0700 lib/redis
own postfix:root 0700 lib/postfix
own mail:mail 0700 boxes
own root:mail 0770 crossed
own root:_rspamd 0770 limited

# The queue, as /etc/postfix/postfix-files lists it. `postfix check` would make it too, and in a user's view
# complain of every file of the machine, one process each.
cd spool/postfix
own postfix:root 0700 active bounce corrupt defer deferred flush hold incoming private saved trace
own postfix:postdrop 0730 maildrop
own postfix:postdrop 0710 public
own root:root 0755 pid
cd @{inside}

# Postfix follows a link, and loads a plug-in, only where root owns it: in a user's view what the machine has
# is nobody's.
ln -sfn /proc/self/fd/1 run/stdout
cp -r /etc/postfix/dynamicmaps.cf* /usr/lib/postfix/*.so* lib/postfix-program/
chown -R root:root lib/postfix-program

sievec -c etc/dovecot/dovecot.conf etc/sieve/before.sieve
