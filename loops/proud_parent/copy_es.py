from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Una semana para estar orgullosos",
        "headline": "Prácticas esta semana: {rounds}. Minutos: {minutes}. ¡Qué orgullo!",
        "pitch": "Mira cómo es una semana y llévate un pase de clase para tu hijo.",
        "cta": "Probar cinco preguntas",
    },
    "high": {
        "title": "¡Qué semana! Compártela",
    },
    "medium": {
        "title": "Una buena semana. Compártela",
    },
}
