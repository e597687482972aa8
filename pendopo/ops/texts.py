"""What the commands say to people, in Indonesian and English. Errors are in `pendopo.core.errors`."""

LANGUAGES = ("id", "en")

TEXTS: dict[str, tuple[str, str]] = {
    "up.starting": ("mulai", "starting"),
    "up.ready": ("siap      {address}", "ready     {address}"),
    "up.died": (
        "mati      ({how}), dinyalakan lagi dalam {wait} detik: {why}",
        "died      ({how}), starting again in {wait} s: {why}",
    ),
    "up.stopped": ("berhenti", "stopped"),
    "up.killed": (
        "dihentikan paksa: tidak berhenti sendiri tepat waktu",
        "killed: it did not stop by itself in time",
    ),
    "up.gateway_address": (
        "{app} (program instansi), {peer} (gerbang lain)",
        "{app} (the agency's programs), {peer} (other gateways)",
    ),
    "up.worker_address": (
        "kotak keluar, kotak masuk, dokumen simpul",
        "outbox, inbox, the node's documents",
    ),
    "up.no_mail": ("tanpa surel: {why}", "without mail: {why}"),
    "init.made": ("Simpul dibuat di {home}", "The node is made in {home}"),
    "init.root_key": (
        "Kunci akar, tersegel dengan frasa sandi, ada di {home}/offline. "
        "Pindahkan ke tempat aman di luar mesin ini.",
        "The root key, sealed by the passphrase, is in {home}/offline. "
        "Move it to a safe place off this machine.",
    ),
    "init.start": ("Jalankan: pendopo up --home {home}", "Start it: pendopo up --home {home}"),
    "init.sign_in": (
        "Lalu buka {url} dan aktifkan akun {admin} dengan kode di bawah. Kode hanya ditampilkan sekali.",
        "Then open {url} and activate the account {admin} with the code below. It is shown only once.",
    ),
    "init.code": ("Kode aktivasi: {code}", "Activation code: {code}"),
    "init.passphrase": ("Frasa sandi kunci akar:", "Passphrase of the root key:"),
    "init.passphrase_again": ("Ulangi frasa sandi:", "The passphrase again:"),
    "doctor.good": ("baik  ", "good  "),
    "doctor.bad": ("kurang", "wrong "),
    "doctor.fault": ("{said}", "{said}"),
    "doctor.python": ("Python {version}; perlu 3.11 ke atas", "Python {version}; 3.11 or newer is needed"),
    "doctor.postgres": ("program basis data: {said}", "database programs: {said}"),
    "doctor.postgres_bad": (
        "program basis data tidak mau jalan: {said} Sebagai root, izinkan user namespace "
        "(sysctl user.max_user_namespaces) atau jalankan sebagai pengguna biasa",
        "the database programs do not run: {said} As root, allow user namespaces "
        "(sysctl user.max_user_namespaces) or run as an ordinary user",
    ),
    "doctor.home": ("simpul {node} di {home}", "node {node} in {home}"),
    "doctor.secret_open": (
        "terbaca pengguna lain: {files}. Jalankan: chmod 600 pada berkas itu",
        "readable by others: {files}. Run: chmod 600 on those files",
    ),
    "doctor.mail": ("server surel terpasang", "the mail servers are installed"),
    "doctor.disk": (
        "{free} GB ruang kosong; perlu 1 GB ke atas. Kosongkan, atau pindahkan rumah simpul",
        "{free} GB of free disk; 1 GB or more is needed. Free some, or move the home",
    ),
    "doctor.running": ("gerbang berjalan", "the gateway runs"),
    "doctor.stopped": (
        "simpul tidak berjalan. Jalankan: pendopo up --home {home}",
        "the node does not run. Start it: pendopo up --home {home}",
    ),
    "doctor.document": (
        "dokumen {name} berlaku sampai {until}",
        "the {name} document is valid until {until}",
    ),
    "doctor.document_missing": (
        "dokumen {name} belum ada: simpul ini belum bergabung dengan registri",
        "there is no {name} document: this node has not joined a registry",
    ),
    "doctor.document_broken": (
        "dokumen {name} rusak: {why}. Jalankan simpul dengan registri menyala untuk mengambilnya lagi",
        "the {name} document is broken: {why}. Run the node while the registry is up to get it again",
    ),
    "doctor.certificate": (
        "sertifikat sambungan berlaku sampai {until}",
        "the link certificate is valid until {until}",
    ),
    "doctor.certificate_late": (
        "sertifikat sambungan berlaku hanya sampai {until} dan belum diperbarui. Biarkan simpul ini dan "
        "simpul registri berjalan satu jam. Bila sudah lewat, minta pemegang registri: "
        "pendopo nodes invite --rekey --agency KODE --name {node}, lalu di sini: pendopo nodes rejoin TOKEN",
        "the link certificate is valid until {until} only and is not renewed yet. Let this node and the "
        "registry's run for an hour. If it has ended, ask the registry: pendopo nodes invite --rekey "
        "--agency CODE --name {node}, then here: pendopo nodes rejoin TOKEN",
    ),
    "doctor.certificate_broken": (
        "sertifikat sambungan {file} rusak. Ambil dari cadangan, atau minta pemegang registri: "
        "pendopo nodes invite --rekey --agency KODE --name {node}, lalu di sini: pendopo nodes rejoin TOKEN",
        "the link certificate {file} is broken. Take it from a backup, or ask the registry: "
        "pendopo nodes invite --rekey --agency CODE --name {node}, then here: pendopo nodes rejoin TOKEN",
    ),
    "doctor.letters": (
        "daftar pencabutan untuk tanda tangan surat berlaku sampai {until}",
        "the revocation list for letters' signatures is valid until {until}",
    ),
    "doctor.letters_late": (
        "daftar pencabutan untuk tanda tangan surat berlaku hanya sampai {until}; sesudah itu surat tidak "
        "dapat ditandatangani. Ambil root.pendopo, lalu: pendopo nodes letters --root root.pendopo",
        "the revocation list for letters' signatures is valid until {until} only; after that no letter can "
        "be signed. Fetch root.pendopo, then: pendopo nodes letters --root root.pendopo",
    ),
    "doctor.letters_missing": (
        "registri ini belum mempunyai otoritas tanda tangan surat. Ambil root.pendopo, lalu: "
        "pendopo nodes letters --root root.pendopo",
        "this registry has no authority for letters' signatures yet. Fetch root.pendopo, then: "
        "pendopo nodes letters --root root.pendopo",
    ),
    "doctor.peer": ("gerbang {node}: {state} sejak {since}", "gateway {node}: {state} since {since}"),
    "doctor.clock": (
        "jam gerbang {node} berbeda {clock} ms; paling jauh 60000. Samakan dengan NTP",
        "the clock of gateway {node} is {clock} ms off; 60000 at most. Set both by NTP",
    ),
    "cli.pendopo": (
        "Pendopo: pertukaran data antarinstansi. Bahasa: PENDOPO_LANG=id atau en.",
        "Pendopo: data exchange between agencies. Language: PENDOPO_LANG=id or en.",
    ),
    "cli.home": ("Direktori rumah simpul.", "The node's home directory."),
    "cli.init": ("Buat simpul baru, tanpa data contoh.", "Make a new node, without demo data."),
    "cli.init.name": (
        "Nama simpul: huruf kecil, angka, tanda hubung. Alamatnya NAMA.localhost.",
        "The node's name: lower-case letters, digits, hyphens. Its address is NAME.localhost.",
    ),
    "cli.init.agency": ("Kode instansi, misalnya ID/GOV/DUKCAPIL.", "The agency, such as ID/GOV/DUKCAPIL."),
    "cli.init.agency_name": ("Nama lengkap instansi.", "The agency's full name."),
    "cli.init.admin": (
        "Nomor administrator pertama: NIP, NI-PPPK, atau nomor instansi.",
        "Number of the first administrator: NIP, NI-PPPK or the agency's own.",
    ),
    "cli.init.admin_name": ("Nama administrator pertama.", "Name of the first administrator."),
    "cli.init.zone": ("Zona waktu instansi.", "The agency's time zone."),
    "cli.init.registry": (
        "Simpul ini memegang registri. Frasa sandi kunci akar ditanyakan, atau dari PENDOPO_ROOT_PASSPHRASE.",
        "This node holds the registry. The root key's passphrase is asked, or from PENDOPO_ROOT_PASSPHRASE.",
    ),
    "cli.init.join": ("Token undangan dari pemegang registri.", "Invitation token from the registry."),
    "cli.init.host": (
        "Alamat untuk portal dan gerbang lain. Sisi aplikasi tetap di 127.0.0.1.",
        "Address for the portal and other gateways. The application side stays on 127.0.0.1.",
    ),
    "cli.init.portal_port": ("Porta portal.", "The portal's port."),
    "cli.init.app_port": ("Porta gerbang untuk program instansi.", "The gateway's port for programs."),
    "cli.init.peer_port": ("Porta gerbang untuk gerbang lain.", "The gateway's port for other gateways."),
    "cli.init.advertise": (
        "HOST:PORT yang dipakai gerbang lain untuk menghubungi simpul ini.",
        "HOST:PORT by which other gateways reach this node.",
    ),
    "cli.init.url": (
        "Alamat portal bagi orang di luar mesin ini, misalnya https://surat.kota.go.id.",
        "The portal's address for people outside this machine, such as https://surat.kota.go.id.",
    ),
    "cli.init.database": (
        "URL PostgreSQL yang masih kosong. Tanpa ini: basis data sendiri di dalam rumah simpul.",
        "URL of an empty PostgreSQL database. Without it: a private one inside the home.",
    ),
    "cli.init.mail_domain": (
        "Domain surel simpul ini, misalnya pns.kota.go.id. Tanpa ini: tanpa surel.",
        "The domain of this node's mail, such as pns.kota.go.id. Without it: no mail.",
    ),
    "cli.init.mail_offset": (
        "Geser semua porta surel sekian angka.",
        "Shift every port of the mail servers by so much.",
    ),
    "cli.init.lang": ("Bahasa awal portal: id atau en.", "The portal's first language: id or en."),
    "cli.up": (
        "Jalankan simpul di latar depan. Ctrl-C menghentikan semuanya.",
        "Run the node in the foreground. Ctrl-C stops everything.",
    ),
    "cli.up.demo": (
        "Negeri contoh: tiga simpul dengan data sintetis yang saling bertukar data.",
        "The demo nation: three nodes with synthetic data that exchange it.",
    ),
    "cli.up.port_offset": (
        "Geser semua porta negeri contoh sekian angka.",
        "Shift every port of the demo nation by so much.",
    ),
    "cli.doctor": (
        "Periksa apa yang kurang dan bagaimana memperolehnya.",
        "Say what is missing and how to get it.",
    ),
    "cli.verify": (
        "Periksa berkas bukti atau surat yang ditandatangani, tanpa jaringan dan tanpa basis data.",
        "Check an evidence file or a signed letter, without network or database.",
    ),
    "cli.verify.file": (
        "Berkas bukti pertukaran, berkas bukti surat, atau PDF surat.",
        "Evidence of an exchange, proof of a letter, or a letter's PDF.",
    ),
    "cli.verify.anchor": ("Jangkar kepercayaan (anchor.json).", "The trust anchor (anchor.json)."),
    "cli.verify.lang": ("Bahasa laporan: id atau en.", "Language of the report: id or en."),
    "cli.verify.json": ("Tulis hasilnya sebagai JSON.", "Write the outcome as JSON."),
    "cli.box": (
        "Perangkat jaringan privat: daftarkan, jalankan, coba di lab.",
        "A box of the private network: enrol, run, try out in a lab.",
    ),
    "cli.nodes": (
        "Registri dan undangan: simpul dan instansi yang saling percaya.",
        "Registry and invitations: the nodes and agencies that trust each other.",
    ),
    "cli.keys": (
        "Kunci: tampilkan, ganti, cabut.",
        "Keys: list, rotate, revoke.",
    ),
}


def text(key: str, lang: str, **params: object) -> str:
    """The text `key` in `lang` ("id" or "en"), its placeholders filled in."""
    return TEXTS[key][LANGUAGES.index(lang)].format(**params)
