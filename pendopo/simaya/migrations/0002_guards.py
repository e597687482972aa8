"""A version, once written, is not changed by anybody: it is what people initialled."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION simaya_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a letter is never changed';
END $$;
CREATE TRIGGER simaya_version_stays BEFORE UPDATE OR DELETE ON simaya_version
    FOR EACH ROW EXECUTE FUNCTION simaya_version_stays();
"""
BACKWARD = "DROP FUNCTION simaya_version_stays() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("simaya", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
