"""Safe SVG, element by element: every value is escaped, every number is short, nothing carries a style."""

from functools import lru_cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from viral_engine.formatting import label_text

Attribute = str | float | None


@lru_cache(maxsize=512)
def _shape(name: str, keys: tuple[str, ...]) -> str:
    names = (key.rstrip("_").replace("_", "-") for key in keys)
    return f"<{name}" + "".join(f' {key}="{{}}"' for key in names) + f">{{}}</{name}>"


def tag(name: str, *inside: SafeString | str, **attributes: Attribute) -> SafeString:
    """One element; text inside is escaped, elements stay. An attribute of None is left out.

    Shape  tag("line", x1=0.5, class_="chart-grid") is <line x1="0.5" class="chart-grid"></line>.
    """
    given = {key: _value(value) for key, value in attributes.items() if value is not None}
    return format_html(_shape(name, tuple(given)), *given.values(), join(*inside))


def join(*parts: SafeString | str) -> SafeString:
    whole = SafeString()
    for part in parts:
        whole += clean(part)
    return whole


def clean(part: SafeString | str) -> SafeString:
    """Text escaped and free of what XML cannot carry: control characters, half surrogates. Elements stay."""
    is_fine = isinstance(part, SafeString) or part.isprintable()
    return conditional_escape(part if is_fine else label_text(part, len(part)))


def picture(title: str, description: str, *inside: SafeString, size: tuple[int, float], kind: str) -> SafeString:
    """The root of a chart: it scales with its place, and says what it shows to who cannot see it."""
    width, height = size
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description) if description else "",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height:g}",
        class_=f"chart-svg chart-{kind}",
        role="img",
    )


def nothing(title: str, words: str, *, size: tuple[int, float], kind: str) -> SafeString:
    """The empty state: a frame that says in words that there is nothing yet."""
    width, height = size
    return picture(
        title,
        words,
        tag("rect", x=1, y=1, width=width - 2, height=height - 2, rx=12, class_="chart-void"),
        tag("text", words, x=width / 2, y=height / 2, class_="chart-empty", text_anchor="middle", dy="0.35em"),
        size=size,
        kind=kind,
    )


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
