from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "A session worth sharing",
        "headline": "I teach {subject}. Your first session with me is half price.",
        "pitch": "Request a session in a minute, or try five questions first.",
        "cta": "Request a session",
    },
    "medium": {
        "title": "Another happy family. Share it",
    },
    "high": {
        "title": "Five stars again. Share your page",
    },
    "reading": {
        "headline": "I teach {subject}, one good story at a time. Your first session with me is half price.",
    },
    "science": {
        "headline": "I teach {subject}, questions before answers. Your first session with me is half price.",
    },
}
