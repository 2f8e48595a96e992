from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Muestra tu nueva insignia",
        "headline": "Gané la insignia {badge}. ¿Te animas a probar?",
        "pitch": "Unas preguntas fáciles, sin crear una cuenta.",
        "cta": "Probar ahora",
    },
}
