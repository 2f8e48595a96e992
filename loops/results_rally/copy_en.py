from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "See where you stand together",
        "headline": "I scored {score}% in {subject}. Where do you land on our board?",
        "pitch": "A diagnostic of 20 questions that fits itself to you. No account needed.",
        "cta": "Find my level",
    },
    "high": {
        "title": "Your board is waiting for more players",
    },
}
