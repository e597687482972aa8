"""What no person's address may be, as data: small letters without dots."""

# Roles (RFC 2142), what mail programs and the web look for, offices that speak for the state, and ours.
_RESERVED = """
abuse admin administrator autoconfig autodiscover billing bounce bounces dmarc ftp help helpdesk hostmaster
info infosec kontak mail mailerdaemon marketing news newsletter nobody noc noreply postmaster privacy root
sales security spam ssl support sysadmin system test usenet user username uucp webmaster webmail www
bantuan humas keamanan layanan pengaduan pusatbantuan umum
bupati camat dprd gubernur kapolri kepala lurah menteri panglima pimpinan presiden sekda sekretaris
wakilpresiden walikota
igd kpk kpu ombudsman polisi
mantra pendopo pnsbox pnsmail simaya
"""

# Improper words in Indonesian and English, and of Java, Sunda and Bali where everybody knows them. Only as a
# whole word: many a name holds one.
_IMPOLITE = """
anjing anjir asu babi bajingan bangsat bego bencong bodoh bokep brengsek budak cabul dancok goblok gila
idiot jancok jembut kampret kafir keparat kontol kunyuk lonte maling memek monyet ngentot ngewe pantek
pelacur pelir perek puki sialan setan sundal tolol tokai
anal anus arse ass bastard bitch cock crap cunt damn fuck nazi penis porn pussy rape sex shit slut whore
"""

RESERVED = frozenset(_RESERVED.split())
IMPOLITE = frozenset(_IMPOLITE.split())
