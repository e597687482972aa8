"""The names of all routes in Django's table, those of included parts with their namespace."""


def names():
    from django.urls import get_resolver

    found = []

    def walk(patterns, space):
        for one in patterns:
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
            else:
                assert one.name, f"{one.pattern} needs a name"
                found.append(f"{space}{one.name}")

    walk(get_resolver().url_patterns, "")
    return found
