"""Measure the rules of `viral_engine.kernel.text` on 30,000 characters, made to be slow for each.

    python -m benchmarks.text_rules

The site never checks so much at once: text over 2,000 characters is refused unread.
"""

from collections.abc import Callable
from time import perf_counter

from viral_engine.kernel.text import abuse, addresses, characters, contact, handles, links, numbers, readings

LENGTH, TRIES = 30_000, 3
# Each repeated to the full length: beginnings of what the patterns look for, never ended.
SEEDS = (
    "a", "1", " ", "@", ".", "-", "_", "é", "\u0435", "😀", "a ", "1 ", "a.", "1.", "a@", "a_", "a-", "1-", "1,", "1/",
    "1:", "(1", "1) ", "00 ", "o1", "x#", "www", "http:", "[", "{", "(at)", "ada at ", "ada dot ", "five ", "snap ",
    "my snap ", "add me ", "as ada99 on ", "12 maple ", "calle luna ", "you are ", "you so ", "f*", "fuc", "5️⃣",
    "1a", "1 n ", "5 dash ", "v ", "v i x ", "won too ", "five hundred ", "0ne ", "五", "(55,", "55:", "5,555",
    "bit ly ", "t me slash ", "👻 ", "👻", "my gram ", "i go to linc ", "im ada9 ", "friend code ", "i will ", "f***",
)  # fmt: skip
RULES: dict[str, Callable[[str], object]] = {
    "canonical name": characters.canonical_name,
    "readings": readings.readings,
    "phone numbers": numbers.has_phone_number,
    "e-mail addresses": links.has_email,
    "links": links.has_link,
    "handles": handles.has_handle,
    "street addresses": addresses.has_address,
    "abuse": abuse.has_abuse,
    "worth a look": abuse.is_worth_a_look,
    "almost a number": numbers.nearly_has_phone_number,
    "names of sites": handles.names_a_site,
}


def main() -> None:
    print(f"slowest of {len(SEEDS)} texts of {LENGTH:,} characters, best of {TRIES}; growth from half the length")
    for name, rule in RULES.items():
        rule("warm up")
        took, seed = max((best(rule, seed, LENGTH), seed) for seed in SEEDS)
        growth = took / best(rule, seed, LENGTH // 2)
        print(f"{name:18} {took * 1000:6.1f} ms  x{growth:.1f}  {seed!r}")
    longest = max(best(contact.finding, seed, contact.MAX_CHECKED) for seed in SEEDS)
    print(f"{'a whole check':18} {longest * 1000:6.1f} ms  of {contact.MAX_CHECKED:,} characters, the most there is")


def best(rule: Callable[[str], object], seed: str, length: int) -> float:
    text = (seed * (length // len(seed) + 1))[:length]
    return min(timed(rule, text) for _ in range(TRIES))


def timed(rule: Callable[[str], object], text: str) -> float:
    started = perf_counter()
    rule(text)
    return perf_counter() - started


if __name__ == "__main__":
    main()
