import pytest

from viral_engine.kernel.text.mailboxes import NotAMailbox, canonical_mailbox, same_mailbox


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("\uff41da@example.com", "ada@example.com"),
        ("ada+math@example.com", "ada+math@example.com"),
    ],
)
def test_one_mailbox_has_one_spelling(typed: str, address: str) -> None:
    assert canonical_mailbox(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["a@" + "ü" * 60 + ".com", "a@" + "b." * 126 + "com", "ada@.com", "ada", "ä@example.com", "a" * 65 + "@b.com"],
)
def test_what_no_mail_server_takes_is_refused(typed: str) -> None:
    with pytest.raises(NotAMailbox):
        canonical_mailbox(typed)
    assert len(same_mailbox(typed)) <= 254
