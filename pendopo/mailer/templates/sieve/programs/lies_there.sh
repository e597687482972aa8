#!/bin/sh
# Does the message with this first Received line, which Postfix wrote, lie in the mailbox? lies_there.sh RECEIVED.
# Looks at the heads of all that came since, in every folder; before.sieve runs it as the mailbox's user, at many
# deliveries: each program it starts is paid for there.
set -eu
number=${1##* id }
number=${number%%[!A-Za-z0-9]*}
[ -n "$number" ] && [ -d "$HOME/Maildir" ]
cd "$HOME/Maildir"
found=$(find . -type f \( -path '*/cur/*' -o -path '*/new/*' \) -newermt "${1##*; } 2 seconds ago" -exec awk \
    -v by="[ \t]id $number([; \r]|\$)" '/^\r?$/ { nextfile } $0 ~ by { print FILENAME; exit }' {} +)
[ -n "$found" ]
