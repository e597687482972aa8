require ["date", "duplicate", "fileinto", "index", "variables", "vnd.dovecot.execute"];
# Postfix hands a message over again when Dovecot died before it could say that it lies there. What Postfix wrote
# on the envelope (its number, the time) is then the same.
if header :index 1 :matches "Received" "*" {
    set "received" "${0}";
    if duplicate :uniqueid "${received}" {
        discard;
        stop;
    }
    # That it lies there is written down a moment after it does, and Dovecot may die in that moment. Whoever hands
    # it over again needs more than this second: what came within it is delivered for the first time.
    if date :index 1 :zone "+0000" :matches "received" "time" "*" {
        set "second" "${1}";
    }
    if allof(not currentdate :zone "+0000" :is "time" "${second}", execute "lies_there.sh" ["${received}"]) {
        discard;
        stop;
    }
}
# What Rspamd took for spam, but not surely enough to refuse it.
if header :is "X-Spam" "Yes" {
    fileinto "Junk";
    stop;
}
