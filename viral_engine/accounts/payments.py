"""A payment as proof of a parent (16 CFR 312.5(b)(2)(ii)): the provider's protocol, and its one adapter.

The provider serves two calls, both with `Authorization: Bearer <CONSENT_PAYMENT_KEY>`:

    POST {CONSENT_PAYMENT_URL}/payments  {"reference", "amount_cents", "currency", "return_url"} -> 201 {"id", "url"}
    GET  {CONSENT_PAYMENT_URL}/payments/<id> -> 200 {"id", "reference", "amount_cents", "currency", "status"}

`status` is "paid" once the money arrived and the account holder got a notice of the transaction. The site asks the
provider and believes nothing that the browser brings back. Without CONSENT_PAYMENT_URL there is no such method.
"""

from dataclasses import dataclass
from typing import Protocol

import httpx
from django.conf import settings

from viral_engine.kernel.outbound.gate import OutboundRefused, http_client

TIMEOUT = httpx.Timeout(10.0, connect=3.0)


class PaymentUnavailable(Exception):
    """The provider cannot be reached, or its answer makes no sense."""


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment that waits for the parent at `url`."""

    id: str
    url: str


class PaymentCheck(Protocol):
    """The calls that a payment provider offers. Both raise PaymentUnavailable."""

    def open(self, *, reference: str, return_url: str) -> OpenPayment: ...

    def is_paid(self, *, payment_id: str, reference: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class HttpPaymentCheck:
    """The protocol above over HTTPS."""

    base_url: str
    key: str
    amount_cents: int
    currency: str

    def open(self, *, reference: str, return_url: str) -> OpenPayment:
        body = {"reference": reference, "return_url": return_url} | self._price
        answer = self._call("POST", "/payments", body)
        url = str(answer.get("url", ""))
        if not answer.get("id") or not url.startswith(("https://", "http://127.0.0.1:")):
            raise PaymentUnavailable("an answer without an id or a safe address")
        return OpenPayment(str(answer["id"])[:100], url)

    def is_paid(self, *, payment_id: str, reference: str) -> bool:
        """Whether this payment is paid, was opened for this reference, and is of our price."""
        answer = self._call("GET", f"/payments/{payment_id}")
        expected = {"id": payment_id, "reference": reference, "status": "paid"} | self._price
        return {name: answer.get(name) for name in expected} == expected

    @property
    def _price(self) -> dict[str, object]:
        return {"amount_cents": self.amount_cents, "currency": self.currency}

    def _call(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
        try:
            with http_client(timeout=TIMEOUT, follow_redirects=False) as client:
                headers = {"Authorization": f"Bearer {self.key}"}
                response = client.request(method, self.base_url.rstrip("/") + path, json=body, headers=headers)
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, OutboundRefused, ValueError) as error:
            raise PaymentUnavailable(type(error).__name__) from None
        if not isinstance(answer, dict):
            raise PaymentUnavailable("an answer that is no object")
        return answer


def payment_check() -> PaymentCheck | None:
    """The provider of the settings; None where payments are off, which is the default."""
    if not settings.CONSENT_PAYMENT_URL:
        return None
    return HttpPaymentCheck(
        settings.CONSENT_PAYMENT_URL,
        settings.CONSENT_PAYMENT_KEY,
        settings.CONSENT_PAYMENT_CENTS,
        settings.CONSENT_PAYMENT_CURRENCY,
    )
