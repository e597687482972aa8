"""What people call the documents that agencies send each other: each room names its own, once, at start."""

_names: dict[str, object] = {}


def register(type: str, name: object) -> None:
    """People read `name` (a lazily translated text) for documents of `type`.

    A second, other name for a type is a mistake: ValueError.
    """
    if _names.setdefault(type, name) != name:
        raise ValueError(f"{type} has a name already")


def name(type: str) -> str:
    """The name in the language that is active; documents this version does not know keep their code."""
    return str(_names.get(type, type))
