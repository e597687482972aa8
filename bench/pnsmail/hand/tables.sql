pragma journal_mode = wal;
create table domain (name text primary key) without rowid;
create table mailbox (address text primary key, password text, quota_mb integer not null) without rowid;
create table alias (address text, target text, primary key (address, target)) without rowid;
