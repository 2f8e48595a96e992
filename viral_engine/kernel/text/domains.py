"""Endings of web addresses, from the public suffix list that tldextract brings along; nothing is fetched."""

from functools import cache

from tldextract import TLDExtract

from viral_engine.kernel.text.vocabulary import words

# Endings that are also words or file names: "yes.so it is" and "main.py" are no addresses.
WORDS_TOO = words(
    """
    ac ad af ag ai al am an and are art as at ba band bar be beer best bet bid bike bio blue boo book bot box build
    buy by cab cafe cal call cam camp car care cash cat center chat cheap city class clothing coach code cool cs
    dad day de deals degree do doc dog dot earth eat eco education energy es et exchange fail family fan farm fast
    fish fit fly food foo free fun fund fyi gal game games gap gift gives go goo good got green guide guru hair help
    here hot house how ice id il im in ing ink international is it jot joy la law life like line live living lol
    love ma man map mba md me men mom money mov movie music my name ne new news no now nu on one ooo open page pay
    pet phd photo pin pink pizza place play plus pro ps pub py red rest review rip rs run sale save school science
    se sea select sex sexy sh shop show si sky so social sol soy store sucks support su tab talk tax team tech tel
    to today tools top tour town toys training tube un university us va vet vote watch wed win work works world wow
    wtf ya you zero zip zone
    """
)
SHORTENERS = words(
    """
    bit.ly tinyurl.com t.co goo.gl is.gd ow.ly buff.ly rebrand.ly cutt.ly shorturl.at rb.gy tiny.cc bl.ink t.ly v.gd
    s.id shorte.st adf.ly linktr.ee lnk.bio beacons.ai t.me wa.me m.me fb.me youtu.be discord.gg dsc.gg ig.me sc.com
    snap.chat kik.me qr.ae x.co soo.gd clck.ru vk.cc me2.do zpr.io surl.li tr.im
    """
)


@cache
def endings() -> frozenset[str]:
    """Every last part of a public domain, as Unicode and as `xn--` ASCII."""
    suffixes = TLDExtract(cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True).tlds
    last = {suffix.rpartition(".")[2] for suffix in suffixes}
    return frozenset(last | {one.encode("idna").decode() for one in last if not one.isascii()})


@cache
def sure_endings() -> frozenset[str]:
    """Endings that are neither words nor file names."""
    return endings() - WORDS_TOO
