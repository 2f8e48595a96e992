"""Columns that hold one spelling, no matter who writes: a form, the admin, a bulk insert, an update, a lookup."""

from typing import Any

from django.db import models

from viral_engine.kernel.text.characters import canonical_name
from viral_engine.kernel.text.fields import MailboxField
from viral_engine.kernel.text.mailboxes import same_mailbox


class NameKeyField(models.CharField[str, str]):
    """The canonical spelling of the name in another field, filled at every insert and save; lookups may use any."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001  (Django's signature)
        value = canonical_name(model_instance.serializable_value(self.of))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return canonical_name(value) if isinstance(value, str) else value


class MailboxColumn(models.EmailField[str | None, str | None]):
    """An e-mail address in its canonical spelling; lookups may use any."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  (Django's signature)
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return same_mailbox(value) if isinstance(value, str) and value else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"form_class": MailboxField} | kwargs))
