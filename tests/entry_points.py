"""Every door of the site, read from the URL conf, the forms, the sources and the room registry, for tests that fuzz."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from presence.rooms import base as rooms
from tests.house_style import SOURCES

ADMIN = "/admin/"


@dataclass(frozen=True)
class Door:
    """One address: `path` has a `{}` for each argument, and `names` are the arguments."""

    path: str
    names: tuple[str, ...]


def addresses() -> list[Door]:
    """The site's and allauth's addresses, and the admin's for each of its models."""
    found = {_door(path) for path in _paths(get_resolver(), "/") if not path.startswith(ADMIN)}
    return sorted(found | set(_admin_doors()), key=lambda door: door.path)


def _paths(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + _written(entry)
        if isinstance(entry, URLResolver):
            yield from _paths(entry, path)
        else:
            yield path


def _written(entry: URLPattern | URLResolver) -> str:
    pattern = str(entry.pattern)
    if isinstance(entry.pattern, RoutePattern):
        return pattern
    return re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<str:\1>", pattern).strip("^$").replace("\\", "")


def _door(path: str) -> Door:
    return Door(re.sub(r"<[^>]+>", "{}", path), tuple(re.findall(r"<(?:\w+:)?(\w+)>", path)))


def _admin_doors() -> Iterator[Door]:
    yield Door("/admin/", ())
    yield Door("/admin/login/", ())
    yield Door("/admin/autocomplete/", ())
    for model in admin.site._registry:
        listing = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (Door(listing, ()), Door(f"{listing}add/", ()))
        yield Door(f"{listing}{{}}/change/", ("object_id",))


def parameter_names() -> list[str]:
    """Names of form fields, and of parameters that views read by themselves."""
    found = {name for form in _forms(forms.BaseForm) for name in getattr(form, "base_fields", ())}
    for path in SOURCES:
        found |= set(re.findall(r"request\.(?:GET|POST)(?:\.get\(|\[)\"([\w-]+)\"", path.read_text()))
    return sorted(found)


def _forms(parent: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for form in parent.__subclasses__():
        yield form
        yield from _forms(form)


def cookie_names() -> list[str]:
    return ["sessionid", "csrftoken", "messages", "guest", "device", "birthdate", "log_ins"]


def admin_lists() -> dict[str, list[str]]:
    """The list of each model in the admin, with its lookups of dates."""
    return {
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/": _date_lookups(model, options)
        for model, options in admin.site._registry.items()
    }


def _date_lookups(model: type[models.Model], options: admin.ModelAdmin[Any]) -> list[str]:
    named = {str(one[0] if isinstance(one, tuple) else one) for one in options.list_filter}
    dated = {field.name for field in model._meta.fields if isinstance(field, models.DateField)}
    found = {f"{name}__{lookup}" for name in named & dated for lookup in ("gte", "year")}
    return sorted(found | ({"year", f"{options.date_hierarchy}__year"} if options.date_hierarchy else set()))


def admin_parameters() -> list[str]:
    lookups = {lookup for lookups in admin_lists().values() for lookup in lookups}
    return sorted(lookups | {"q", "p", "o", "e", "all", "id", "id__exact", "_popup", "_to_field"})


def payload_names() -> list[str]:
    """Keys that rooms read from payloads of clients."""
    found = {"seq", "epoch"}
    for path in SOURCES:
        if path.stem in {"rooms", "subject", "site", "user", "base"}:
            found |= {
                node.args[0].value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
                if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
            }
    return sorted(found)


def topics_and_events() -> list[tuple[str, list[str]]]:
    """A pattern of topics of each room, with the events that its members may send."""
    routes = [route for group in rooms._routes.values() for route in group]
    return [(route.pattern.pattern, sorted(route.room.handlers)) for route in routes]
