require ["duplicate", "fileinto", "index", "variables"];
# Postfix hands a message over again when Dovecot died before it could say that it lies there. What Postfix wrote
# on the envelope (its number, the time) is then the same.
if header :index 1 :matches "Received" "*" {
    set "received" "${0}";
    if duplicate :uniqueid "${received}" {
        discard;
        stop;
    }
}
# What Rspamd took for spam, but not surely enough to refuse it.
if header :is "X-Spam" "Yes" {
    fileinto "Junk";
    stop;
}
