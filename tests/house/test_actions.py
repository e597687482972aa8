"""Rule 2: whatever changes state takes its `actor` by keyword and cannot be called without."""

import importlib
import inspect
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Public functions of an actions module without an actor of their own, each for a reason.
EXCEPT = {
    "pendopo.ground.accounts.actions.activate": "whoever holds the one-time code is the actor",
    "pendopo.ground.accounts.actions.prove": "checks and changes nothing",
    "pendopo.ground.accounts.actions.use_code": "whoever holds the one-time code is the actor",
    "pendopo.ground.accounts.actions.end_all_sessions": "a step of acts that asked their own right",
    "pendopo.ground.directory.actions.check_number": "checks and changes nothing",
}


def actions() -> list[tuple[str, object]]:
    """Every public function defined in a module named actions."""
    found = []
    for path in sorted((ROOT / "pendopo").rglob("actions.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                found.append((f"{module.__name__}.{name}", function))
    return found


def test_every_action_takes_its_actor_by_keyword(django_home):
    found = actions()
    assert len(found) > 20
    wrong = []
    for name, function in found:
        actor = inspect.signature(inspect.unwrap(function)).parameters.get("actor")
        if not actor or actor.kind is not actor.KEYWORD_ONLY or actor.default is not actor.empty:
            wrong.append(name)
    assert set(wrong) == set(EXCEPT)
