"""A process inside the node PENDOPO_HOME that does the demo's steps: ``python -m pendopo.portal.demo.seat``.

It reads lines of JSON ``{"do": step, "with": {…}}`` and answers each by ``{"did": result}`` or by
``{"failed": text}``.
"""

import json
import os
import sys
import traceback


def main() -> None:
    """Serve until the input ends."""
    from pendopo.ground import loading

    loading.setup()
    from pendopo.core.errors import Fault
    from pendopo.portal.demo import dealings, network, office, post, steps

    known = vars(steps) | vars(dealings) | vars(office) | vars(post) | vars(network)

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"did": known[order["do"]](**order["with"])}
        except Fault as fault:
            answer = {"failed": f"{fault.text('id')} ({fault.code})"}
        except Exception as error:
            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
