"""The page docs/simaya-machines.md, drawn from the tables: `python -m pendopo.simaya.machines > docs/…`."""

from pendopo.simaya.disposition.rules import DISPOSITION
from pendopo.simaya.letters.rules import IN, OUT
from pendopo.simaya.moves import Machine, states
from pendopo.simaya.register.rules import NUMBER
from pendopo.simaya.routing.rules import DELIVERY

MACHINES: dict[str, Machine] = {
    "Letter out": OUT,
    "Letter in": IN,
    "Delivery": DELIVERY,
    "Disposition": DISPOSITION,
    "Number": NUMBER,
}


def document() -> str:
    """Every machine as a diagram and a table, Markdown."""
    lines = [
        "# Machines of siMAYA",
        "",
        "Written by `python -m pendopo.simaya.machines > docs/simaya-machines.md` from the tables in",
        "`pendopo/simaya/*/rules.py`. Whatever is not here is refused.",
    ]
    for title, machine in MACHINES.items():
        lines += ["", f"## {title}", "", "```mermaid", "stateDiagram-v2"]
        edges: dict[tuple[str, str], list[str]] = {}
        for (state, act), move in machine.items():
            for to in (move.to, *(move.fork or ())[1:]):
                edges.setdefault((state, to), []).append(act)
        lines += [f"    {state} --> {to}: {', '.join(acts)}" for (state, to), acts in edges.items()]
        lines += ["```", "", "| state | act | who | needs | leads to |", "|---|---|---|---|---|"]
        for state in states(machine):
            for (at, act), move in machine.items():
                if at == state:
                    fork = f"; {move.fork[1]} if {move.fork[0]}" if move.fork else ""
                    cells = (at, act, ", ".join(sorted(move.who)), ", ".join(move.guard), move.to + fork)
                    lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
