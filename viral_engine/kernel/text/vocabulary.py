"""Words that the contact rules look for, in English and Spanish, as `folded` writes them: small and without accents."""

import re


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def any_of(text: str) -> str:
    """Alternatives of a pattern, written on lines and between commas."""
    return "|".join(part.strip() for part in re.split(r"[,\n]", text) if part.strip())


NUMBER_WORDS = {
    "zero": "0", "cero": "0", "oh": "0", "nought": "0", "naught": "0", "nil": "0",
    "one": "1", "uno": "1", "un": "1", "two": "2", "dos": "2", "three": "3", "tres": "3", "tree": "3",
    "four": "4", "cuatro": "4", "five": "5", "cinco": "5", "fife": "5", "six": "6", "seis": "6",
    "seven": "7", "siete": "7", "eight": "8", "ocho": "8", "nine": "9", "nueve": "9", "niner": "9",
    "ten": "10", "diez": "10", "eleven": "11", "once": "11", "twelve": "12", "doce": "12",
    "thirteen": "13", "trece": "13", "fourteen": "14", "catorce": "14", "fifteen": "15", "quince": "15",
    "sixteen": "16", "dieciseis": "16", "seventeen": "17", "diecisiete": "17", "eighteen": "18", "dieciocho": "18",
    "nineteen": "19", "diecinueve": "19", "twenty": "20", "veinte": "20", "thirty": "30", "treinta": "30",
    "forty": "40", "cuarenta": "40", "fifty": "50", "cincuenta": "50", "sixty": "60", "sesenta": "60",
    "seventy": "70", "setenta": "70", "eighty": "80", "ochenta": "80", "ninety": "90", "noventa": "90",
    "veintiuno": "21", "veintidos": "22", "veintitres": "23", "veinticuatro": "24", "veinticinco": "25",
    "veintiseis": "26", "veintisiete": "27", "veintiocho": "28", "veintinueve": "29",
    "cien": "100", "ciento": "100", "doscientos": "200", "trescientos": "300", "cuatrocientos": "400",
    "quinientos": "500", "seiscientos": "600", "setecientos": "700", "ochocientos": "800", "novecientos": "900",
}  # fmt: skip
HOMOPHONES = {
    "won": "1",
    "wan": "1",
    "to": "2",
    "too": "2",
    "tu": "2",
    "free": "3",
    "for": "4",
    "fore": "4",
    "ate": "8",
}
# Between digits that are read one by one, and after measures.
DIGIT_FILLERS = words("n and then y luego dash dot space plus minus times x by comma point guion punto mas menos por +")
UNITS = words("cm mm km m kg g ft in p pts s min h l ml")
SIGNS = str.maketrans("@4301!$57", "aaeoiisst")  # that stand for letters
OTHER_SIGNS = str.maketrans("@43019$57", "aaeolgsst")
REPEATS = {"double": 2, "dbl": 2, "doble": 2, "triple": 3, "treble": 3}

# Places to be reached at. Those that are also words of a lesson need more of a sign.
SOCIAL = any_of(
    "insta, instagram, ig, snap, snapchat, sc, discord, telegram, tg, kik, tik ?tok, roblox, whatsapp, yubo, bereal"
)
SITES = any_of(
    """
    insta, instagram, ig, snapchat, snap, discord, telegram, tg, whatsapp, whats app, wassap, guasap, wasap, whatsap,
    wpp, tik ?tok, kik, roblox, fortnite, psn, xbox live, xbox, skype, facetime, facebook, fb, twitter, twitch, viber,
    wechat, weixin, kakao ?talk, kakao, vk, qq, zalo, bluesky, mastodon, bereal, omegle, hangouts, google meet, yubo,
    vsco, tumblr, reddit, you ?tube, yt, messenger, imessage, gmail, hotmail, outlook, yahoo, icloud, protonmail,
    cash ?app, venmo, paypal, zelle
    """
)
WORDY_SITES = any_of(
    "sc, dc, wa, signal, line, steam, zoom, threads, wink, minecraft, epic, text, e-?mail, mail, cell, correo"
)
PROVIDERS = any_of("gmail, hotmail, outlook, yahoo, icloud, protonmail, proton, aol, gmx, live, msn, mail")

# Sites that are also games or things: a handle must follow.
GAMES = any_of(
    """
    minecraft, epic games, steam, fortnite, brawl ?stars, clash royale, switch, nintendo, threads, signal, line id
    """
)
# Names of sites with one letter missing, or two letters exchanged: discrod, instgram.
_LONG_SITES = words("snapchat discord instagram telegram whatsapp roblox facetime facebook messenger tiktok fortnite")


def _misspelled(site: str) -> set[str]:
    places = range(len(site) - 1)
    missing = {site[:place] + site[place + 1 :] for place in range(1, len(site))}
    return missing | {site[:place] + site[place + 1] + site[place] + site[place + 2 :] for place in places} - {site}


MISSPELLED = {wrong: site for site in _LONG_SITES for wrong in _misspelled(site)} | {
    "snp": "snap", "sanp": "snap", "isnta": "insta", "insat": "insta", "inta": "insta",
}  # fmt: skip

MATH_WORDS = any_of(
    """
    mean, median, mode, average, range, sum, total, data, set, list, sequence, series, pattern, next, dice,
    roll(?:ed|s)?, score(?:s|d)?, got, points?, order, sort, numbers?, terms?, factors?, multiples?, primes?,
    digits?, grades?, values?, answers?, ans, solutions?, fibonacci, squares?, cubes?, table, row, plot, graph,
    media, mediana, moda, promedio, suma, datos, conjunto, lista, secuencia, numeros, notas, puntos
    """
)
ABUSE = any_of(
    r"""
    kys, kms, kill ?(?:your|ur|ya) ?self, go ?die, (?:you|u) (?:should|deserve to|must) die, hope (?:you|u) die,
    (?:neck|unalive|hang|rope) (?:your|ur) ?self, end (?:yourself|your life|ur life),
    (?<!not )(?<!never )(?:drink|eat|chug) (?:some )?bleach, (?:slit|cut|slice) (?:your|ur) (?:wrists?|throats?|self),
    nobody (?:likes|loves|wants) (?:you|u), (?:everyone|everybody|we all) hates? (?:you|u), fuck[a-z]*, fvck[a-z]*,
    phuck[a-z]*, biatch, fck[a-z]*, fuk, fuc, stfu, gtfo, motherf[a-z]*, bullshit, shit(?:ty|head|s)?, bitch(?:es|y)?,
    bich, cunts?, dickheads?, suck my, my dick, pussy, pussies, whores?, sluts?, bastards?, assholes?, arseholes?,
    wankers?, twats?, niggers?, niggas?, fags?, faggots?, retards?, retarded, trann(?:y|ies), spastics?, chinks?,
    kikes?, rape, rapist, nudes?, nud[ez]z?s?, n(?:oo|u)d[sz], dick ?pics?, (?:feet|foot) ?pics?,
    porn(?:o|hub|star|n)?[sz]?, horny, boobs?, tits, blowjobs?, handjobs?, send pics, put[ao]s?, hij[oa]s? de put[ao],
    hijueput[ao], hdp, ptm, mierdas?, pendej[oa]s?, cabron(?:es|a)?, maric(?:on|ones|a|as), gilipollas,
    (?:cono|concha) (?:de )?(?:tu|su) (?:madre|hermana), conchetumadre, joder, jodete, chinga[a-z]*, verga,
    culer[oa]s?, zorras?, perra, subnormal(?:es)?, retrasad[oa]s?, imbeciles?, malparid[oa]s?, gonorrea, que te jodan,
    vete a la (?:mierda|verga), matate, muerete, suicidate, ojala te mueras, nadie te quiere, todos te odian
    """
)
INSULTS = any_of(
    """
    stupid, idiot(?:ic)?, dumb(?:ass)?, moron, ugly, fat, losers?, trash, garbage, pathetic, worthless, disgusting,
    freak, weirdo, creep, retard, pig, cow, brainless, useless, tont[oa]s?, estupid[oa]s?, idiotas?, fe[oa]s?,
    gord[oa]s?, inutil(?:es)?, basura, asqueros[oa]s?, burr[oa]s?, imbecil, perdedora?
    """
)
