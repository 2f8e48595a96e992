from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "A session worth sharing",
        "headline": "I teach {subject}. Your first session with me is half price.",
        "pitch": "Request a session in a minute, or try five questions first.",
        "cta": "Request a session",
    },
}
