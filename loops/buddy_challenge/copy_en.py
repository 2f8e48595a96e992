from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Dare a friend",
        "headline": "I scored {score}% in {skill}. Can you beat it?",
        "pitch": "5 questions, 2 minutes, no account needed.",
        "cta": "Play now",
    },
    "high": {
        "title": "You are on a roll. Dare a friend",
    },
    "science": {
        "headline": "I scored {score}% in {skill}. Can your experiment beat it?",
    },
    "medium": {
        "title": "Keep it up: dare a friend",
    },
    "reading": {
        "headline": "I scored {score}% in {skill}. Can you read between the lines better?",
    },
}
