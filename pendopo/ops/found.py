"""The part of `pendopo init` that needs Django: tables, agency, administrator, keys.

`python -m pendopo.ops.found` reads the plan as JSON from stdin and answers with one line of JSON on stdout:
`{"activation": CODE}`, or `{"fault": CODE, "params": {…}}`.
"""

import json
import os
import sys
import traceback
from collections.abc import Mapping

from pendopo.core import nip
from pendopo.core.errors import Fault
from pendopo.ground import loading
from pendopo.ops import home as homes
from pendopo.ops import schema

OFFLINE = "offline"  # where the registry's sealed root key waits to be carried to a safe place


def found(plan: Mapping[str, str]) -> str:
    """Fill the database and the gateway's folders of the home PENDOPO_HOME; the activation code.

    The first administrator holds every role of the agency, so that she can begin alone and hand them out.
    """
    from pendopo.ground.accounts import actions as accounts
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.roles import ROLES
    from pendopo.ground.directory import actions as directory
    from pendopo.ground.nodes import setup

    home = homes.load()
    schema.load(os.environ.get("PENDOPO_DATABASE_URL") or homes.database_url(home))
    node = Actor.system(via="cli")
    agency = directory.create_agency(plan["agency"], plan["agency_name"].strip(), plan["zone"], actor=node)
    node = Actor.system(agency, via="cli")
    number = nip.any_scheme(plan["admin"])
    name = plan["admin_name"].strip()
    person = directory.create_person(agency, name, number.scheme, number.value, actor=node)
    roles = [(room, role) for room, known in ROLES.items() for role in known]
    _account, activation = accounts.create_account(person, roles, actor=node)
    if plan["registry"]:
        setup.found_registry(home, agency, plan["passphrase"], home.root / OFFLINE, actor=node)
    elif plan["join"]:
        setup.join_registry(home, agency, plan["join"], actor=node)
    return activation


def main() -> None:
    from django.core.exceptions import ValidationError

    plan = json.load(sys.stdin)
    loading.setup()
    try:
        answer = {"activation": found(plan)}
    except Fault as fault:
        answer = {"fault": fault.code, "params": fault.params}
    except ValidationError as error:
        answer = {"fault": "init.refused", "params": {"said": " ".join(error.messages)}}
    except Exception as error:
        traceback.print_exc()
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        answer = {"fault": "ops.unexpected", "params": {"what": said}}
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    main()
