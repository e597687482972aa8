"""A new node and one that was migrated from the first release have the same tables."""

from pendopo.ops import schema


def test_the_file_says_what_all_migrations_make():
    assert schema.FILE.read_text() == schema.migrated(), "after a migration: python -m pendopo.ops.schema"
