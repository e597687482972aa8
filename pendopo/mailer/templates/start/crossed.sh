#!/bin/sh
# Dovecot calls it when a mailbox reaches a part of its quota: crossed.sh PERCENT ADDRESS. It leaves a note for the
# portal, which may be down: the file has the address as its name, the last percentage as its text. The portal is
# another user, and who may enter the folder is the folder's to say.
set -eu
umask 022
cd @{inside}/crossed
printf '%s\n' "$1" >".$2.$$"
mv ".$2.$$" "$2"
