"""Every module of the site has a place in a contract of import-linter."""

import tomllib
from pathlib import Path
from typing import Any

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


def test_type_checking_imports_count() -> None:
    assert SETTINGS["exclude_type_checking_imports"] is False


def test_a_package_without_an_app_is_a_container_as_well() -> None:
    """`viral_engine` itself, and its packages that are no app: charts."""
    inside = {f"viral_engine.{path.parent.name}" for path in ROOT.glob("viral_engine/*/__init__.py")}
    assert inside - {"viral_engine.management"} <= exhaustive_containers()
