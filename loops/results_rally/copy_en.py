from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "See how you and your friends compare",
        "headline": "I scored {score}% in {subject}. Where do you land on our board?",
        "pitch": "A 20-question diagnostic that adapts to you. No account needed.",
        "cta": "Find my level",
    },
    "high": {
        "title": "Your board is waiting for more players",
    },
    "medium": {
        "title": "Bring your friends to your board",
    },
    "reading": {
        "headline": "I scored {score}% in {subject}. Can you read your way up our board?",
    },
    "science": {
        "headline": "I scored {score}% in {subject}. Put yourself to the test on our board?",
    },
}
