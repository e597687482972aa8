#!/bin/sh
# reload.sh dovecot|postfix: the server that runs reads its files again.
set -eu
case $1 in
dovecot) doveadm -c @{inside}/etc/dovecot/dovecot.conf reload ;;
postfix) kill -HUP "$(cat @{inside}/spool/postfix/pid/master.pid)" ;;
esac
