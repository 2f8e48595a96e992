from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Muestra tu nueva insignia",
        "headline": "Gané la insignia {badge}. ¿Te animas a probar?",
        "pitch": "Unas preguntas fáciles, sin crear una cuenta.",
        "cta": "Probar ahora",
    },
    "medium": {
        "title": "Otra insignia. Muéstrala",
    },
    "high": {
        "title": "¡Cuántas insignias! Muestra esta",
    },
    "reading": {
        "headline": "Gané la insignia {badge}. ¿Lees conmigo?",
    },
    "science": {
        "headline": "Gané la insignia {badge}. ¿Quieres descubrir cómo?",
    },
}
