from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "A lesson worth telling of",
        "headline": "I teach {subject}. Your first lesson with me is half the price.",
        "pitch": "Ask for a lesson in a minute, or try five questions first.",
        "cta": "Ask for a lesson",
    },
}
