"""A contract of import-linter that reads loops/installed.py: a new loop needs no line in pyproject.toml."""

from typing import Any

from importlinter.contracts.layers import LayersContract

from loops.installed import loop_names

EACH_LOOP = "{each loop}"


def with_loops(options: dict[str, Any]) -> dict[str, Any]:
    """The options with every loop in place of `{each loop}`, in layers side by side, in containers one by one."""
    names = loop_names()
    layers = [layer.replace(EACH_LOOP, " | ".join(names)) for layer in options["layers"]]
    containers = [container.replace(EACH_LOOP, name) for container in options["containers"] for name in names]
    return options | {"layers": layers, "containers": list(dict.fromkeys(containers))}


class LoopLayersContract(LayersContract):
    """A layers contract with `{each loop}` among its layers or containers. A folder that is not installed fails it."""

    type_name = "loop_layers"

    def __init__(self, name: str, session_options: dict[str, Any], contract_options: dict[str, Any]) -> None:
        super().__init__(name, session_options, with_loops(contract_options))
