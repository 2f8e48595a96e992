from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Una semana para estar orgullosos",
        "headline": "Rondas de práctica esta semana: {rounds}. Minutos: {minutes}. ¡Qué orgullo!",
        "pitch": "Mira cómo es una semana y llévate un pase de clase para tu propio hijo.",
        "cta": "Probar cinco preguntas",
    },
    "high": {
        "title": "¡Qué semana! Que otros la vean",
    },
}
