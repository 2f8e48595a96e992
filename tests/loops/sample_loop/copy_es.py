from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Estudien juntos",
        "headline": "Saqué {score}% en una prueba de {subject}. ¿Descubres tu nivel?",
        "pitch": "Un diagnóstico corto, sin crear una cuenta.",
        "cta": "Descubrir mi nivel",
    },
}
