"""Find names and words that do not come back, and what else no linter looks for.

`python -m tests.house_style` prints how many of each are left, beside the budget of tests/house_words.py.
"""

import ast
import io
import os
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import django

from tests.house_words import (
    BUDGETS,
    CLAUSE_AS_SUBJECT,
    CONVENTIONAL_CLASSES,
    NESTED_CHOICES,
    OLD_CALLS,
    OLD_MODULES,
    OLD_NAMES,
    OLD_PATTERNS,
    OLD_PROSE,
    SAME_WORDS,
)
from viral_engine.kernel import events

ROOT = Path(__file__).parent.parent
OURS = ("viral_engine", "presence", "feeds", "leaderboards", "experiments", "loops", "monitoring")
SOURCES = [
    path
    for app in OURS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and path.stat().st_size
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TEXT_TEMPLATES = sorted((ROOT / "templates").rglob("*.txt"))  # of e-mails
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "node_modules" not in path.parts)
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))
MAX_TEMPLATE_LINE = 160


def place(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line} {what}"


def old_names() -> list[str]:
    """Identifiers of sources, tests and benchmarks that have a better name today."""
    found = []
    for path in [*SOURCES, *TESTS, *BENCHMARKS]:
        tokens = list(tokenize.generate_tokens(io.StringIO(path.read_text()).readline))
        for token, following in pairwise(tokens):
            is_old = token.string in OLD_NAMES or any(one.fullmatch(token.string) for one in OLD_PATTERNS)
            is_old |= token.string in OLD_CALLS and following.string == "("
            if token.type == tokenize.NAME and is_old:
                found.append(place(path, token.start[0], token.string))
    return found


def old_names_in_templates() -> list[str]:
    """A template renders an attribute that nothing has any more as nothing."""
    found = []
    for path in [*TEMPLATES, *TEXT_TEMPLATES]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for tag in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", line):
                found += [place(path, number, name) for name in re.findall(r"\w+", tag) if name in OLD_NAMES]
    return found


def old_modules() -> list[str]:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [Path(name) for name in tracked.splitlines() if "migrations" not in name]
    return [str(path) for path in paths if {path.stem, *path.parent.parts} & OLD_MODULES]


def event_literals() -> list[str]:
    """Types of our events, written as strings where the class could be named."""
    ours = {name for name, event in events._registry.items() if event.__module__.split(".")[0] in OURS}
    assert len(ours) > 50
    return [
        place(path, node.lineno, node.value)
        for path in SOURCES
        if "events" not in {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ours
        if f"{path.relative_to(ROOT)} {node.value}" not in SAME_WORDS
    ]


def long_template_lines() -> list[str]:
    return [
        place(path, number, f"{len(line)} characters")
        for path in [*TEMPLATES, *TEXT_TEMPLATES]
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MAX_TEMPLATE_LINE
    ]


def occurrences(text: str) -> list[str]:
    lines = [(path, number, line) for path in SOURCES for number, line in enumerate(path.read_text().splitlines(), 1)]
    return [place(path, number, text) for path, number, line in lines for _ in range(line.count(text))]


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Comments and docstrings of a module, each with its line."""
    source = path.read_text()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """String literals of a module that hold more than one word, without docstrings."""
    module = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and " " in node.value
            and id(node) not in docs
        ):
            yield node.lineno, node.value


def document(path: Path) -> Iterator[tuple[int, str]]:
    """Paragraphs, items and cells of a Markdown file, without code, each with the line it starts on."""
    text = re.sub(
        r"^```.*?^```", lambda code: "\n" * code[0].count("\n"), path.read_text(), flags=re.DOTALL | re.MULTILINE
    )
    start = 1
    for part in re.split(r"(\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.)\s?)|\|)", text):
        yield start, re.sub(r"^\s*(?:[-#]+|\d+\.)\s|\*\*|`[^`]*`", "", part)
        start += part.count("\n")


def page_text(path: Path) -> Iterator[tuple[int, str]]:
    """The text of a template, without tags of HTML and of Django."""
    bare = re.sub(
        r"\{[%{#].*?[#%}]\}|<[^>]*>", lambda tag: "\n" * tag[0].count("\n"), path.read_text(), flags=re.DOTALL
    )
    yield from enumerate(bare.splitlines(), start=1)


def old_prose(paths: list[Path], read: Callable[[Path], Iterator[tuple[int, str]]] = prose) -> list[str]:
    return [place(path, line, word) for path in paths for line, text in read(path) for word in faults(text)]


def faults(text: str) -> list[str]:
    """Words that do not come back, and sentences with a clause as their subject."""
    sentences = " ".join(text.lstrip("# ").split())
    return OLD_PROSE.findall(text) + CLAUSE_AS_SUBJECT.findall(sentences)


def shared_class_names() -> list[str]:
    """Names that several classes have."""
    names = Counter(name for path in SOURCES for name in class_names(ast.parse(path.read_text())))
    return sorted(name for name, count in names.items() if count > 1 and name not in CONVENTIONAL_CLASSES)


def class_names(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            nested = (one.name for one in node.body if isinstance(one, ast.ClassDef))
            yield from (name for name in nested if name not in NESTED_CHOICES)
    yield from (node.name for node in module.body if isinstance(node, ast.ClassDef))


FOUND: dict[str, Callable[[], list[str]]] = {
    "old names": old_names,
    "old names in templates": old_names_in_templates,
    "old modules": old_modules,
    "event names as literals": event_literals,
    "long lines of templates": long_template_lines,
    "type: ignore": lambda: occurrences("# type: ignore"),
    "getattr": lambda: occurrences("getattr("),
    "old prose in sources": lambda: old_prose(SOURCES),
    "old prose in templates": lambda: old_prose([*TEMPLATES, *TEXT_TEMPLATES], page_text),
    "old prose in tests": lambda: old_prose([*TESTS, *BENCHMARKS]),
    "old prose in strings": lambda: old_prose(SOURCES, strings),
    "old prose in documents": lambda: old_prose(DOCUMENTS, document),
    "class names with several meanings": shared_class_names,
}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def sleeps() -> dict[tuple[str, int], tuple[str, float]]:
    """{(module, line): (function, seconds)}; a length that is computed counts as infinite."""
    found = {}
    for path in TESTS:
        for function in ast.walk(ast.parse(path.read_text())):  # outer functions first
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "sleep" and node.args:
                    length = node.args[0]
                    is_plain = isinstance(length, ast.Constant) and isinstance(length.value, int | float)
                    seconds = float(ast.unparse(length)) if is_plain else float("inf")
                    module = str(path.relative_to(ROOT / "tests"))
                    found[module, node.lineno] = (f"{module}::{function.name}", seconds)
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viral_engine.settings")
    django.setup()
    for name, find in FOUND.items():
        found = find()
        print(f"{len(found):5} of {BUDGETS[name]:5} {name}")
        if len(found) > BUDGETS[name]:
            print("\n".join(found))


if __name__ == "__main__":
    main()
