#!/bin/sh
# Does the message with this first Received line, which Postfix wrote, lie in the mailbox? lies_there.sh RECEIVED.
# Looks at the heads of all that came since, in every folder; before.sieve runs it as the mailbox's user.
set -eu
number=$(printf '%s\n' "$1" | sed -n 's/.* id \([A-Za-z0-9]*\)[; ].*/\1/p')
[ -n "$number" ]
[ -d "$HOME/Maildir" ]
since=$(($(date -d "${1##*; }" +%s) - 2))
cd "$HOME/Maildir"
found=$(find . -type f \( -path '*/cur/*' -o -path '*/new/*' \) -newermt "@$since" -exec awk \
    -v by="[ \t]id $number([; \r]|\$)" '/^\r?$/ { nextfile } $0 ~ by { print FILENAME; exit }' {} +)
[ -n "$found" ]
