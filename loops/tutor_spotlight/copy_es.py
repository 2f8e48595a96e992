from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Una clase que vale la pena contar",
        "headline": "Enseño {subject}. Tu primera clase conmigo cuesta la mitad.",
        "pitch": "Pide una clase en un minuto, o prueba primero cinco preguntas.",
        "cta": "Pedir una clase",
    },
    "medium": {
        "title": "Otra familia contenta. Compártelo",
    },
    "high": {
        "title": "Cinco estrellas otra vez. Comparte tu página",
    },
    "reading": {
        "headline": "Enseño {subject}, con buenas historias. Tu primera clase conmigo cuesta la mitad.",
    },
    "science": {
        "headline": "Enseño {subject}, primero las preguntas. Tu primera clase conmigo cuesta la mitad.",
    },
}
