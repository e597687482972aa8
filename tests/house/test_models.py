"""Rule 1: no foreign key leads from one room to another, nor from the ground up to a room."""

ROOMS = ("mantra", "simaya", "pnsmail", "pnsbox")


def room(model) -> str | None:
    """The room a model belongs to, None for the ground and libraries."""
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "pendopo" and parts[1] in ROOMS else None


def test_no_foreign_key_crosses_rooms(django_home):
    from django.apps import apps

    links = [
        (model, field.related_model)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
    ]
    assert links
    crossing = [
        f"{model.__name__} → {target.__name__}"
        for model, target in links
        if room(target) and room(target) != room(model)
    ]
    assert crossing == []


def test_models_and_migrations_agree(django_home):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
