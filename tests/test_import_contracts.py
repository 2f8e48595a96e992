"""Every module of the site has a place in a contract of import-linter."""

import tomllib
from pathlib import Path
from typing import Any

from loops.installed import LOOP_FOLDERS, loop_names
from tests.import_contracts import LoopLayersContract, with_loops

ROOT = Path(__file__).parent.parent
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
APPS = {path.parent for path in ROOT.glob("*/apps.py")} | {path.parent for path in ROOT.glob("viral_engine/*/apps.py")}


def exhaustive_containers() -> set[str]:
    """Packages whose layers contract fails for a module without a layer."""
    return {
        container
        for contract in SETTINGS["contracts"]
        if contract.get("exhaustive")
        for container in contract["containers"]
    }


def test_no_module_is_outside_the_contracts() -> None:
    """Each app is an exhaustive container, so each module of it, and what is below it, has a layer."""
    packages = {str(app.relative_to(ROOT)).replace("/", ".") for app in APPS}
    assert len(packages) >= 10
    assert packages <= exhaustive_containers()
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert tops == set(SETTINGS["root_packages"])


def test_every_installed_loop_is_in_the_contracts_of_loops() -> None:
    """So that a new loop needs a line in loops/installed.py and none in pyproject.toml."""
    loops = [with_loops(one) for one in SETTINGS["contracts"] if one["type"] == LoopLayersContract.type_name]
    sides = {contract["name"].partition(":")[0]: contract for contract in loops}
    assert sides["Inside a loop"]["containers"] == list(LOOP_FOLDERS)
    assert " | ".join(loop_names()) in sides["Inside loops"]["layers"]


def test_type_checking_imports_count() -> None:
    assert SETTINGS["exclude_type_checking_imports"] is False


def test_a_package_without_an_app_is_a_container_as_well() -> None:
    """`viral_engine` itself, and its packages that are no app: charts."""
    inside = {f"viral_engine.{path.parent.name}" for path in ROOT.glob("viral_engine/*/__init__.py")}
    assert inside - {"viral_engine.management"} <= exhaustive_containers()
