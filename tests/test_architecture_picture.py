import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_architecture", ROOT / "docs" / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_architecture_picture_shows_the_layers_that_the_linter_checks() -> None:
    """Layers come from pyproject.toml; an app without a purpose, or a picture that was not drawn again, fails."""
    drawn = drawing().draw()
    assert (ROOT / "docs" / "architecture.svg").read_text() == drawn
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")} | {
        path.parent.name for path in ROOT.glob("viral_engine/*/apps.py")
    }
    named = set(re.findall(r'<text class="name"[^>]*>(\w+)</text>', drawn))
    assert apps - {"viral_engine"} <= named
