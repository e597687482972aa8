from databases import mariadb_server, postgresql_server  # noqa: F401  (fixtures)
